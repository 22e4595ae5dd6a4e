'use strict';

const { reporters } = require('mocha');

/**
 * Prints like one of mocha's own reporters (`--reporter-option style=spec|dot`) and tells `test/run.ts`, over the channel that it
 * opened, how many tests passed, failed and were left out.
 */
module.exports = class CountingReporter {
	constructor(runner, options) {
		const style = options.reporterOptions?.style === 'dot' ? reporters.Dot : reporters.Spec;
		new style(runner, options);
		const leftOut = new Set();
		runner.on('pending', (test) => {
			const reason = /\[left out: .*\]/;
			const titles = test.titlePath();
			leftOut.add(titles.find((title) => reason.test(title)) ?? titles.join(' › '));
		});
		runner.once('end', () => {
			const { passes, failures, pending } = runner.stats;
			process.send?.({ passed: passes, failed: failures, skipped: pending, leftOut: [...leftOut] });
		});
	}
};
