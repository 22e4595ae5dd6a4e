import { globSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { runTests } from '@vscode/test-electron';
import { build, type Plugin } from 'esbuild';
import { chooseEditor } from '../support/editor/chooseEditor.ts';
import { makeRunFolder, projectFolder, workFolder } from '../support/editor/folders.ts';
import { listenForReports, REPORT_PORT } from '../support/editor/hostReport.ts';
import { startEditorLab } from '../support/editor/lab.ts';

/**
 * Runs the tests of `test/editor/host` in the extension host of an editor that has the extension from this folder and three virtual iPhones.
 * Started by `test/run.ts`, which gets the counts; the arguments are mocha's `--grep` and `--invert`.
 */

/** In a bundle a file's own place would be that of the bundle. */
const ownPlaces: Plugin = {
	name: 'own places',
	setup(builder) {
		builder.onLoad({ filter: /[\\/](src|test)[\\/].*\.ts$/ }, async ({ path: file }) => {
			const source = await readFile(file, 'utf8');
			const contents = source
				.replaceAll('import.meta.dirname', JSON.stringify(path.dirname(file)))
				.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(file).href));
			return { contents, loader: 'ts' };
		});
	},
};

async function bundle(folder: string): Promise<void> {
	await build({
		absWorkingDir: projectFolder,
		entryPoints: ['test/editor/host/index.ts', ...globSync('test/editor/host/**/*.test.ts', { cwd: projectFolder })],
		outdir: folder,
		outbase: 'test/editor/host',
		bundle: true,
		platform: 'node',
		target: 'node22',
		format: 'cjs',
		sourcemap: 'inline',
		external: ['vscode', 'mocha'],
		plugins: [ownPlaces],
		logLevel: 'warning',
	});
	// The project's tests are ES modules; these bundles are not.
	writeFileSync(path.join(folder, 'package.json'), '{"type":"commonjs"}');
}

function mochaOptions(args: readonly string[]): Record<string, unknown> {
	const { values } = parseArgs({
		args: [...args],
		options: { grep: { type: 'string', short: 'g' }, invert: { type: 'boolean', short: 'i' } },
	});
	return values;
}

async function main(): Promise<void> {
	const options = mochaOptions(process.argv.slice(2));
	const editor = await chooseEditor();
	console.log(`editor: ${editor.title}`);
	const bundles = path.join(workFolder, `host-${process.pid}`);
	const home = makeRunFolder();
	const lab = await startEditorLab();
	const reports = await listenForReports((report) => {
		if ('line' in report) {
			console.log(report.line);
		} else {
			process.send?.(report.counts);
		}
	});
	try {
		await bundle(bundles);
		await runTests({
			vscodeExecutablePath: editor.executable,
			extensionDevelopmentPath: projectFolder,
			extensionTestsPath: path.join(bundles, 'index.js'),
			launchArgs: [home, '--disable-extensions', `--user-data-dir=${path.join(home, 'data')}`],
			extensionTestsEnv: {
				USBMUXD_SOCKET_ADDRESS: lab.address,
				DEVICELAB_STORE: path.join(home, 'store'),
				DEVICELAB_TEST_MOCHA: JSON.stringify(options),
				[REPORT_PORT]: String(reports.port),
			},
		});
	} finally {
		await reports.close();
		await lab.stop();
		rmSync(home, { recursive: true, force: true, maxRetries: 5 });
		rmSync(bundles, { recursive: true, force: true });
	}
}

try {
	await main();
} catch (error) {
	// A failed test was reported already; it is the editor's exit code that arrives here.
	console.error(error instanceof Error ? error.message : error);
	process.exitCode = 1;
}
