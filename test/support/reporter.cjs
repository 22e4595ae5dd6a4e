'use strict';

const { reporters } = require('mocha');

/**
 * Prints like one of mocha's own reporters (`--reporter-option style=spec|dot`) and tells `test/run.ts`, over the channel that it
 * opened, how many tests passed, failed and were left out. Where there is no such channel, `reporterOptions.report` takes the counts.
 */
module.exports = class CountingReporter {
	constructor(runner, options) {
		const style = options.reporterOptions?.style === 'dot' ? reporters.Dot : reporters.Spec;
		new style(runner, options);
		const report = options.reporterOptions?.report ?? ((counts) => process.send?.(counts));
		const leftOut = new Set();
		runner.on('pending', (test) => {
			const reason = /\[left out: .*\]/;
			const titles = test.titlePath();
			leftOut.add(titles.find((title) => reason.test(title)) ?? titles.join(' › '));
		});
		runner.once('end', () => {
			const { passes, failures, pending } = runner.stats;
			report({ passed: passes, failed: failures, skipped: pending, leftOut: [...leftOut] });
		});
	}
};
