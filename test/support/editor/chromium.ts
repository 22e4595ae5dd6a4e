import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';
import { programPath, type Requirement } from '../requirements.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'microsoft-edge'];
const PLACES = [
	'/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
	'/Applications/Chromium.app/Contents/MacOS/Chromium',
	'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
	'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/**
 * A browser that shows the web workbench: `DEVICELAB_CHROMIUM`, else Chromium or a relative of it where systems have them, else the one that
 * `npx playwright-core install chromium` fetches; undefined when there is none.
 */
export function findChromium(): string | undefined {
	const chosen = process.env['DEVICELAB_CHROMIUM'];
	if (chosen !== undefined && chosen !== '') {
		return chosen;
	}
	const onPath = NAMES.flatMap((name) => programPath(name) ?? []);
	return [...onPath, ...PLACES, chromium.executablePath()].find((file) => existsSync(file));
}

/** For suites that show a page. */
export function requireChromium(): Requirement {
	return { missing: findChromium() === undefined ? 'Chromium is not installed' : undefined };
}

/** Starts the browser. @throws Error when there is none */
export function startChromium(options: { readonly headless?: boolean } = {}): Promise<Browser> {
	const executablePath = findChromium();
	if (executablePath === undefined) {
		throw new Error('There is no Chromium here. Install one, or name it in DEVICELAB_CHROMIUM.');
	}
	return chromium.launch({
		executablePath,
		headless: options.headless ?? true,
		// Signals are for whoever started the browser: it must not vanish under a test that is being stopped in order.
		handleSIGINT: false,
		handleSIGTERM: false,
		handleSIGHUP: false,
		args: [
			// A container has neither user namespaces nor a GPU.
			'--no-sandbox',
			'--disable-gpu',
			'--disable-quic',
			'--no-first-run',
			'--disable-background-networking',
			'--disable-component-update',
			'--disable-sync',
		],
	});
}
