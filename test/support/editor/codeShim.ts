import path from 'node:path';
import { parseArgs } from 'node:util';
import { startChromium } from './chromium.ts';
import { startCodeServer, type CodeServer } from './codeServer.ts';
import { ensureCodeServer } from './codeServerPackage.ts';
import { screenshotFolder } from './folders.ts';

/**
 * Runs a test module in the extension host of the web workbench, by the arguments with which `@vscode/test-electron` starts `code`, and ends
 * with the exit code of the tests. With `DEVICELAB_EDITOR_LOG` it prints what the workbench logs.
 */
const LIMIT_MS = 15 * 60_000;
const KEPT_LINES = 40;

interface Run {
	readonly extensions: readonly string[];
	readonly tests: string;
	readonly folder: string | undefined;
}

function readArguments(args: readonly string[]): Run {
	const { values, positionals } = parseArgs({
		args: [...args],
		strict: false,
		options: { extensionDevelopmentPath: { type: 'string', multiple: true }, extensionTestsPath: { type: 'string' } },
	});
	const { extensionDevelopmentPath: extensions = [], extensionTestsPath: tests } = values;
	if (typeof tests !== 'string') {
		throw new Error('codeShim needs --extensionTestsPath: it stands in for `code` in tests only.');
	}
	return { extensions: extensions.map(String), tests, folder: positionals[0] };
}

function pageAddress(server: CodeServer, run: Run): string {
	const uri = (file: string): string => `vscode-remote://${server.authority}${path.resolve(file)}`;
	const payload = [
		...run.extensions.map((folder) => ['extensionDevelopmentPath', uri(folder)]),
		['extensionTestsPath', uri(run.tests)],
		['skipWelcome', 'true'],
	];
	const opened = run.folder === undefined ? 'ew=true' : `folder=${encodeURIComponent(path.resolve(run.folder))}`;
	return `${server.address}/?${opened}&payload=${encodeURIComponent(JSON.stringify(payload))}`;
}

/** @returns the exit code of the tests */
async function runTests(run: Run, stopped: Promise<number>): Promise<number> {
	const server = await startCodeServer(await ensureCodeServer((line) => console.log(line)), { testDriver: true });
	const browser = await startChromium().catch(async (error: unknown) => {
		await server.stop();
		throw error;
	});
	let limit: NodeJS.Timeout | undefined;
	try {
		const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
		const lines: string[] = [];
		const tests = new Promise<number>((resolve, reject) => {
			limit = setTimeout(() => reject(new Error('The tests in the extension host did not end.')), LIMIT_MS);
			page.exposeFunction('codeAutomationExit', (code: number) => resolve(code)).catch(reject);
		});
		// The consoles of the tests and of the workbench arrive here, not told apart, so what the tests have to say comes another way.
		await page.exposeFunction('codeAutomationLog', (_type: string, words: unknown[]) => {
			const line = words.map(String).join(' ');
			lines.push(line);
			if (process.env['DEVICELAB_EDITOR_LOG']) {
				console.log(line);
			}
		});
		await page.goto(pageAddress(server, run));
		try {
			return await Promise.race([tests, stopped]);
		} catch (error) {
			await page.screenshot({ path: path.join(screenshotFolder(), 'failed-extension-host.png') });
			console.error(lines.slice(-KEPT_LINES).join('\n'));
			throw error;
		}
	} finally {
		clearTimeout(limit);
		await browser.close();
		await server.stop();
	}
}

const stopped = new Promise<number>((resolve) => {
	process.once('SIGINT', () => resolve(130));
	process.once('SIGTERM', () => resolve(143));
});
process.exit(await runTests(readArguments(process.argv.slice(2)), stopped));
