import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/**
 * Runs suites, one after the other, and ends with one line for all of them: `N passed, N failed`.
 *
 * `node bootstrap/run.cjs test/run.ts [unit] [integration] [editor] [ui] [-- option of mocha…]`; without a name, all suites.
 * With `DEVICELAB_TEST_REQUIRE=all` a test that was left out counts as a failure.
 */
interface Suite {
	/** The folder of its tests, if that is not named as it is. */
	readonly folder?: string;
	/** What runs its tests and reports as `support/reporter.cjs` does, if that is not mocha here. */
	readonly runner?: string;
	/** How mocha prints it: a dot a test, or every name. */
	readonly style: 'dot' | 'spec';
	/** A suite that takes longer hangs; it is ended and has failed. */
	readonly limitMs: number;
}

interface Counts {
	passed: number;
	failed: number;
	skipped: number;
	leftOut: string[];
}

const minutes = 60_000;
const suites: Readonly<Record<string, Suite>> = {
	unit: { style: 'dot', limitMs: 10 * minutes },
	integration: { style: 'spec', limitMs: 30 * minutes },
	editor: { folder: 'editor/host', runner: 'test/editor/runHost.ts', style: 'spec', limitMs: 20 * minutes },
	ui: { folder: 'editor/ui', style: 'spec', limitMs: 40 * minutes },
};

const root = path.dirname(import.meta.dirname);
const mocha = createRequire(import.meta.url).resolve('mocha/bin/mocha.js');

function runSuite(name: string, suite: Suite, mochaOptions: readonly string[]): Promise<Counts> {
	const files = globSync(`test/${suite.folder ?? name}/**/*.test.ts`, { cwd: root }).sort();
	const reporter = ['--reporter', path.join(root, 'test/support/reporter.cjs'), '--reporter-option', `style=${suite.style}`];
	console.log(`\n${name}: ${files.length} files`);
	return new Promise((resolve, reject) => {
		const here = [mocha, '--forbid-only', ...reporter, ...mochaOptions, ...files];
		const child = spawn(process.execPath, suite.runner === undefined ? here : [suite.runner, ...mochaOptions], {
			cwd: root,
			stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
		});
		let counts: Counts | undefined;
		let failure: string | undefined;
		const limit = setTimeout(() => {
			failure = `did not finish within ${suite.limitMs / minutes} minutes`;
			child.kill('SIGKILL');
		}, suite.limitMs);
		child.on('message', (message) => {
			counts = message as Counts;
		});
		child.once('error', reject);
		child.once('close', (code, signal) => {
			clearTimeout(limit);
			if (failure === undefined && counts === undefined) {
				failure = `ended before its tests did (${signal ?? `exit code ${code}`})`;
			} else if (failure === undefined && code !== 0 && counts?.failed === 0) {
				failure = `ended with exit code ${code} although no test failed`;
			}
			const total = counts ?? { passed: 0, failed: 0, skipped: 0, leftOut: [] };
			if (failure !== undefined) {
				console.error(`${name} ${failure}`);
				total.failed++;
			}
			resolve(total);
		});
	});
}

async function main(args: readonly string[]): Promise<number> {
	const firstOption = args.findIndex((arg) => arg.startsWith('-'));
	const names = firstOption === -1 ? args : args.slice(0, firstOption);
	const mochaOptions = firstOption === -1 ? [] : args.slice(firstOption).filter((arg) => arg !== '--');
	const total: Counts = { passed: 0, failed: 0, skipped: 0, leftOut: [] };
	for (const name of names.length === 0 ? Object.keys(suites) : names) {
		const suite = suites[name];
		if (suite === undefined) {
			throw new Error(`There is no suite ${name}; there are ${Object.keys(suites).join(', ')}.`);
		}
		const counts = await runSuite(name, suite, mochaOptions);
		total.passed += counts.passed;
		total.failed += counts.failed;
		total.skipped += counts.skipped;
		total.leftOut.push(...counts.leftOut);
	}
	for (const title of total.leftOut) {
		console.log(`left out: ${title.replace(/ \[left out: (.*)\]$/, ' because $1')}`);
	}
	if (process.env['DEVICELAB_TEST_REQUIRE'] === 'all' && total.skipped > 0) {
		console.error('DEVICELAB_TEST_REQUIRE=all: tests that were left out count as failed.');
		total.failed += total.skipped;
		total.skipped = 0;
	}
	console.log(`\n${total.passed} passed, ${total.failed} failed${total.skipped === 0 ? '' : `, ${total.skipped} skipped`}`);
	return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
