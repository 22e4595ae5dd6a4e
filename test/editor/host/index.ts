import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { format } from 'node:util';
import Mocha from 'mocha';
import { REPORT_PORT, type HostReport } from '../../support/editor/hostReport.ts';
import CountingReporter from '../../support/reporter.cjs';

const TEST_LIMIT_MS = 30_000;

/**
 * What the editor calls in its extension host (the contract of `@vscode/test-electron`): runs every test file beside this bundle.
 * @throws Error when a test failed, which makes the editor end with an exit code
 */
export async function run(): Promise<void> {
	const reports = connect(Number(process.env[REPORT_PORT]), '127.0.0.1');
	const report = (message: HostReport): boolean => reports.write(`${JSON.stringify(message)}\n`);
	Mocha.reporters.Base.consoleLog = (...words: unknown[]) => report({ line: format(...words) });
	const mocha = new Mocha({
		...(JSON.parse(process.env['DEVICELAB_TEST_MOCHA'] ?? '{}') as Mocha.MochaOptions),
		ui: 'bdd',
		timeout: TEST_LIMIT_MS,
		forbidOnly: true,
		reporter: CountingReporter,
		reporterOptions: { report: (counts: object) => report({ counts }) },
	});
	for (const file of readdirSync(__dirname)
		.filter((name) => name.endsWith('.test.js'))
		.sort()) {
		mocha.addFile(path.join(__dirname, file));
	}
	try {
		const failures = await new Promise<number>((resolve) => mocha.run(resolve));
		if (failures > 0) {
			throw new Error(`${failures} tests failed.`);
		}
	} finally {
		await new Promise<void>((resolve) => reports.end(resolve));
	}
}
