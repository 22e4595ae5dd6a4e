import { rmSync } from 'node:fs';
import path from 'node:path';
import type { Browser, BrowserContext } from 'playwright-core';
import type { LabOptions } from '../../../src/virtual/index.ts';
import { describeWith } from '../requirements.ts';
import { requireChromium, startChromium } from './chromium.ts';
import { startCodeServer, type CodeServer } from './codeServer.ts';
import { ensureCodeServer } from './codeServerPackage.ts';
import { makeRunFolder } from './folders.ts';
import { runDevicelab, startEditorLab, type EditorLab } from './lab.ts';
import { mainThemes, themeIds, themeTitles, type Theme } from './settings.ts';
import { packagedExtension, packExtension } from './vsix.ts';
import { Workbench } from './workbench.ts';

/** What a suite of user tests needs. */
export interface WorkbenchOptions {
	/** The virtual iPhones; `false` for a computer without a muxer. Three paired ones if not given. */
	readonly lab?: Partial<LabOptions> | false;
	/** Dark if not given. */
	readonly theme?: Theme;
	/** User settings. */
	readonly settings?: Readonly<Record<string, unknown>>;
	/** Environment of the extension host and of the engine's server. */
	readonly env?: Readonly<Record<string, string>>;
	/** Asks whether a folder is trusted; otherwise every folder is. */
	readonly workspaceTrust?: boolean;
	/** A folder that is open, as an absolute path; none if not given. */
	readonly folder?: string;
	/** Extensions that are installed beside it, each as its files by path. */
	readonly extensions?: readonly Readonly<Record<string, string>>[];
	/**
	 * Runs before the editor starts. `devicelab` is the command line with the user's environment, so that what it stores is in the editor too:
	 * `prepare: ({ devicelab }) => devicelab('snapshot', 'Lab-1', '--name', 'fresh')`.
	 */
	readonly prepare?: (before: { readonly lab: EditorLab; readonly devicelab: (...argv: string[]) => Promise<string> }) => Promise<unknown>;
}

const PAGE_SIZE = { width: 1280, height: 800 };
const WAIT_MS = 30_000;
/** The first start on a computer installs the editor. */
const START_LIMIT_MS = 15 * 60_000;
const TEST_LIMIT_MS = 120_000;

interface Running {
	readonly vsix: string;
	readonly lab: EditorLab | undefined;
	readonly server: CodeServer;
	readonly browser: Browser;
	readonly context: BrowserContext;
	readonly ui: Workbench;
}

/** The packaged extension in a clean web workbench, with its virtual iPhones. */
export class InstalledWorkbench {
	readonly #options: WorkbenchOptions;
	#running: Running | undefined;
	#theme: Theme;

	constructor(options: WorkbenchOptions) {
		this.#options = options;
		this.#theme = options.theme ?? 'dark';
	}

	/** The window. */
	get ui(): Workbench {
		return this.#now.ui;
	}

	/** The lab that is on USBMUXD_SOCKET_ADDRESS of the editor. */
	get lab(): EditorLab {
		const { lab } = this.#now;
		if (lab === undefined) {
			throw new Error('This suite runs without a lab.');
		}
		return lab;
	}

	/** The editor's process, with the user's home. */
	get server(): CodeServer {
		return this.#now.server;
	}

	/** The package that is installed in it. */
	get vsix(): string {
		return this.#now.vsix;
	}

	async start(): Promise<void> {
		const { lab: labOptions, env, folder, prepare, extensions = [] } = this.#options;
		const editor = await ensureCodeServer((line) => console.log(line));
		const vsix = await packagedExtension();
		const ending: (() => Promise<void>)[] = [];
		const packages = makeRunFolder();
		try {
			const lab = labOptions === false ? undefined : await startEditorLab(labOptions);
			ending.unshift(() => lab?.stop() ?? Promise.resolve());
			const server = await startCodeServer(editor, {
				vsix: [vsix, ...extensions.map((files, index) => packExtension(files, path.join(packages, `${index}.vsix`)))],
				settings: this.#settings,
				// Nobody listens on port 1: a computer without a muxer, whatever this one has.
				env: { USBMUXD_SOCKET_ADDRESS: lab?.address ?? '127.0.0.1:1', ...env },
				workspaceTrust: this.#options.workspaceTrust,
				prepare: async (userEnv) => {
					if (lab !== undefined) {
						await prepare?.({ lab, devicelab: (...argv) => runDevicelab(userEnv, ...argv) });
					}
				},
			});
			ending.unshift(() => server.stop());
			const browser = await startChromium();
			ending.unshift(() => browser.close());
			const context = await browser.newContext({ viewport: PAGE_SIZE, reducedMotion: 'reduce' });
			context.setDefaultTimeout(WAIT_MS);
			this.#running = { vsix, lab, server, browser, context, ui: await openWindow(context, server, this.#theme, folder) };
		} catch (error) {
			for (const end of ending) {
				await end();
			}
			throw error;
		} finally {
			rmSync(packages, { recursive: true, force: true });
		}
	}

	async stop(): Promise<void> {
		const running = this.#running;
		this.#running = undefined;
		await running?.browser.close();
		await running?.server.stop();
		await running?.lab?.stop();
	}

	/** A second window of the same user on the same lab. It closes with the first. */
	secondWindow(): Promise<Workbench> {
		const { context, server } = this.#now;
		return openWindow(context, server, this.#theme, this.#options.folder);
	}

	/** Reloads the window, as a user does. */
	async reload(): Promise<void> {
		await this.ui.page.reload();
		await this.ui.ready(this.#theme);
	}

	/** Changes user settings, over those of the suite, as if the user had written them into the file. */
	changeSettings(settings: Readonly<Record<string, unknown>>): void {
		this.server.changeSettings({ ...this.#settings, ...settings });
	}

	/** Switches the theme as a user does, and waits until the window has it. The window reads its own settings at its start only. */
	async changeTheme(theme: Theme): Promise<void> {
		const { ui } = this;
		this.#theme = theme;
		await ui.palette('Preferences: Color Theme');
		await ui.quickInput().fill(themeTitles[theme]);
		await ui.page.locator('.quick-input-list .monaco-list-row.focused').filter({ hasText: themeTitles[theme] }).waitFor();
		await ui.page.keyboard.press('Enter');
		await ui.quickInputBox().waitFor({ state: 'detached' });
		await ui.hasTheme(theme);
	}

	get #settings(): Record<string, unknown> {
		return { 'workbench.colorTheme': themeIds[this.#theme], ...this.#options.settings };
	}

	get #now(): Running {
		if (this.#running === undefined) {
			throw new Error('The workbench runs only inside of a test.');
		}
		return this.#running;
	}
}

/**
 * A suite of user tests: the packaged extension in a clean workbench that starts before the first test and stops after the last. Each test
 * that fails leaves a screenshot, `failed-<title>.png`.
 *
 * Left out, or failed with `DEVICELAB_TEST_REQUIRE=all`, where there is no Chromium.
 *
 * @param define - gets the workbench; use what is in it inside of tests and hooks only
 */
export function describeWorkbench(title: string, options: WorkbenchOptions, define: (workbench: InstalledWorkbench) => void): void {
	describeWith(requireChromium(), title, function () {
		const workbench = new InstalledWorkbench(options);
		this.timeout(TEST_LIMIT_MS);
		before(async function () {
			this.timeout(START_LIMIT_MS);
			await workbench.start();
		});
		afterEach(async function () {
			if (this.currentTest?.state === 'failed') {
				const file = await workbench.ui.screenshot(`failed-${this.currentTest.fullTitle()}`);
				console.log(`      the page when it failed: ${file}`);
			}
		});
		after(() => workbench.stop());
		define(workbench);
	});
}

/** The same suite in the dark, the light and the high contrast theme. */
export function describeInThemes(
	title: string,
	options: Omit<WorkbenchOptions, 'theme'>,
	define: (workbench: InstalledWorkbench, theme: Theme) => void,
): void {
	for (const theme of mainThemes) {
		describeWorkbench(`${title} (${theme})`, { ...options, theme }, (workbench) => define(workbench, theme));
	}
}

async function openWindow(context: BrowserContext, server: CodeServer, theme: Theme, folder: string | undefined): Promise<Workbench> {
	const ui = new Workbench(await context.newPage());
	await ui.page.goto(`${server.address}/?${folder === undefined ? 'ew=true' : `folder=${encodeURIComponent(folder)}`}`);
	await ui.ready(theme);
	return ui;
}
