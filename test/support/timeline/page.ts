import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { FromTimeline, TimelineState, ToTimeline } from '../../../src/contract/index.ts';
import { snapshotInfo } from './snapshots.ts';

const root = path.resolve(import.meta.dirname, '../../..');

/** The editor's three kinds of theme, as far as the page uses their colours. */
export type PageTheme = 'dark' | 'light' | 'high-contrast';

interface Keybinding {
	readonly command: string;
	readonly key: string;
}

/** The window that the code runs in; this file is compiled without the types of a page. */
interface PostTarget {
	postMessage(data: unknown, origin: string): void;
}

const KEY_COMMAND = 'deviceLab.timeline.';

/** What the page's host would tell it. */
export function timelineState(part: Partial<TimelineState> = {}): TimelineState {
	const [first] = part.snapshots ?? [snapshotInfo({ id: 'a1' })];
	const device = { udid: first?.udid ?? 'X', name: 'Lab-1', model: 'iPhone 15 Pro', iosVersion: '18.1', ready: true };
	return { locale: 'en', texts: {}, device, devices: [device], snapshots: [], jobs: [], events: [], ...part };
}

/**
 * The timeline page alone in a browser, with a host that answers from recorded data. Keys go the way they go in the editor: through the key
 * bindings of package.json, back as messages.
 */
export class TimelinePage {
	readonly page: Page;
	/** What the page said, oldest first. */
	readonly sent: FromTimeline[] = [];
	readonly errors: string[] = [];

	private constructor(page: Page) {
		this.page = page;
	}

	/** @param options.answer - the host's answer to a message of the page; `ready` is answered with `state`. */
	static async open(
		browser: Browser,
		state: TimelineState,
		options: {
			readonly theme?: PageTheme;
			readonly size?: { readonly width: number; readonly height: number };
			answer?(message: FromTimeline): ToTimeline | undefined;
		} = {},
	): Promise<TimelinePage> {
		const context = await browser.newContext({ viewport: options.size ?? { width: 1200, height: 720 }, reducedMotion: 'reduce' });
		const timeline = new TimelinePage(await context.newPage());
		const { page } = timeline;
		page.on('pageerror', (error) => timeline.errors.push(String(error)));
		page.on('console', (message) => {
			if (message.type() === 'error') {
				timeline.errors.push(message.text());
			}
		});
		await page.exposeFunction('toHost', async (message: FromTimeline) => {
			timeline.sent.push(message);
			const reply = options.answer?.(message);
			if (reply !== undefined) {
				await timeline.tell(reply);
			}
		});
		await page.route('http://timeline.test/**', (route) => {
			const file = new URL(route.request().url()).pathname;
			if (file === '/state.js') {
				// A long history would take seconds on the way of messages from the test to the page.
				return route.fulfill({ contentType: 'text/javascript', body: `window.recordedState = ${JSON.stringify(state)};` });
			}
			return file === '/'
				? route.fulfill({ contentType: 'text/html', body: documentText(options.theme ?? 'dark') })
				: route.fulfill({ path: path.join(root, 'dist/webview', path.basename(file)) });
		});
		await page.goto('http://timeline.test/');
		await page.locator('header').waitFor();
		return timeline;
	}

	async tell(message: ToTimeline): Promise<void> {
		await this.page.evaluate((data) => (globalThis as unknown as PostTarget).postMessage(data, '*'), message);
	}

	/** A row, by what a screen reader says of it. */
	row(name: string | RegExp) {
		return this.page.getByRole('treeitem', { name });
	}

	/** Waits until a row has the keyboard: keys go by messages. */
	async focused(name: string | RegExp): Promise<void> {
		await this.row(name).and(this.page.locator(':focus')).waitFor();
	}

	async close(): Promise<void> {
		await this.page.context().close();
	}
}

/** The page as the host makes it: nothing inline but what carries the nonce. */
function documentText(theme: PageTheme): string {
	const bindings = keyBindings();
	return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Timeline</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self' 'nonce-test'; font-src 'self'; script-src 'nonce-test'">
<style nonce="test">${themeText(theme)}</style>
<link rel="stylesheet" href="/timeline.css">
<script nonce="test" src="/state.js"></script>
<script nonce="test">
const bindings = ${JSON.stringify(bindings)};
let state = JSON.parse(sessionStorage.getItem('state') ?? 'null');
let place = 'other';
window.acquireVsCodeApi = () => ({
	postMessage(message) {
		if (message.type === 'focus') place = message.place;
		if (message.type === 'ready') {
			performance.mark('state');
			window.postMessage({ type: 'state', state: window.recordedState }, '*');
			const watch = new MutationObserver(() => {
				if (document.querySelector('[role=treeitem]')) {
					watch.disconnect();
					requestAnimationFrame(() => performance.mark('rows'));
				}
			});
			watch.observe(document.body, { childList: true, subtree: true });
		}
		window.toHost(message);
	},
	getState: () => state,
	setState(next) { state = next; sessionStorage.setItem('state', JSON.stringify(next)); },
});
window.addEventListener('keydown', (event) => {
	const name = { ArrowDown: 'down', ArrowUp: 'up', ArrowLeft: 'left', ArrowRight: 'right', ' ': 'space' }[event.key] ?? event.key.toLowerCase();
	const key = bindings[(event.ctrlKey ? 'ctrl+' : '') + name];
	if (key !== undefined && (place === 'rows' || key === 'find')) window.postMessage({ type: 'key', key }, '*');
});
</script></head>
<body class="${theme === 'light' ? 'vscode-light' : theme === 'dark' ? 'vscode-dark' : 'vscode-high-contrast'}">
<div id="timeline"></div><script nonce="test" src="/timeline.js"></script></body></html>`;
}

function keyBindings(): Record<string, string> {
	const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
		readonly contributes: { readonly keybindings: readonly Keybinding[] };
	};
	const ours = manifest.contributes.keybindings.filter(({ command }) => command.startsWith(KEY_COMMAND));
	return Object.fromEntries(ours.map(({ command, key }) => [key, command.slice(KEY_COMMAND.length)]));
}

/** Colours of the editor's own default themes. */
function themeText(theme: PageTheme): string {
	const colours: Record<PageTheme, string> = {
		dark: `color-scheme: dark; --vscode-foreground: #cccccc; --vscode-editor-background: #1f1f1f; --vscode-descriptionForeground: #9d9d9d;
			--vscode-panel-border: #2b2b2b; --vscode-button-foreground: #ffffff; --vscode-button-background: #0078d4; --vscode-button-hoverBackground: #026ec1;
			--vscode-button-secondaryForeground: #cccccc; --vscode-button-secondaryBackground: #313131; --vscode-button-secondaryHoverBackground: #3c3c3c;
			--vscode-input-background: #313131; --vscode-input-foreground: #cccccc; --vscode-input-border: #3c3c3c; --vscode-input-placeholderForeground: #989898;
			--vscode-dropdown-background: #313131; --vscode-dropdown-foreground: #cccccc; --vscode-dropdown-border: #3c3c3c; --vscode-focusBorder: #0078d4;
			--vscode-list-hoverBackground: #2a2d2e; --vscode-list-inactiveSelectionBackground: #37373d; --vscode-textLink-foreground: #4daafc;
			--vscode-charts-blue: #3794ff; --vscode-charts-orange: #d18616; --vscode-charts-green: #89d185; --vscode-charts-purple: #b180d7; --vscode-charts-yellow: #cca700;
			--vscode-charts-red: #f14c4c; --vscode-errorForeground: #f85149; --vscode-editorWarning-foreground: #cca700; --vscode-progressBar-background: #0078d4;
			--vscode-editor-selectionBackground: #264f78; --vscode-textCodeBlock-background: #2b2b2b; --vscode-disabledForeground: #8b8b8b;
			--vscode-gitDecoration-addedResourceForeground: #81b88b; --vscode-gitDecoration-deletedResourceForeground: #e37b7b; --vscode-gitDecoration-modifiedResourceForeground: #e2c08d;`,
		light: `color-scheme: light; --vscode-foreground: #3b3b3b; --vscode-editor-background: #ffffff; --vscode-descriptionForeground: #3b3b3b;
			--vscode-panel-border: #e5e5e5; --vscode-button-foreground: #ffffff; --vscode-button-background: #005fb8; --vscode-button-hoverBackground: #0258a8;
			--vscode-button-secondaryForeground: #3b3b3b; --vscode-button-secondaryBackground: #e5e5e5; --vscode-button-secondaryHoverBackground: #cccccc;
			--vscode-input-background: #ffffff; --vscode-input-foreground: #3b3b3b; --vscode-input-border: #cecece; --vscode-input-placeholderForeground: #767676;
			--vscode-dropdown-background: #ffffff; --vscode-dropdown-foreground: #3b3b3b; --vscode-dropdown-border: #cecece; --vscode-focusBorder: #005fb8;
			--vscode-list-hoverBackground: #f2f2f2; --vscode-list-inactiveSelectionBackground: #e4e6f1; --vscode-textLink-foreground: #005fb8;
			--vscode-charts-blue: #1a85ff; --vscode-charts-orange: #d18616; --vscode-charts-green: #388a34; --vscode-charts-purple: #652d90; --vscode-charts-yellow: #bf8803;
			--vscode-charts-red: #e51400; --vscode-errorForeground: #c72e2e; --vscode-editorWarning-foreground: #8a6100; --vscode-progressBar-background: #005fb8;
			--vscode-editor-selectionBackground: #add6ff; --vscode-textCodeBlock-background: #f2f2f2; --vscode-disabledForeground: #767676;
			--vscode-gitDecoration-addedResourceForeground: #386e2f; --vscode-gitDecoration-deletedResourceForeground: #ad0707; --vscode-gitDecoration-modifiedResourceForeground: #7b5400;`,
		'high-contrast': `color-scheme: dark; --vscode-foreground: #ffffff; --vscode-editor-background: #000000; --vscode-descriptionForeground: #ffffff;
			--vscode-panel-border: #6fc3df; --vscode-contrastBorder: #6fc3df; --vscode-contrastActiveBorder: #f38518; --vscode-button-foreground: #ffffff;
			--vscode-button-background: #000000; --vscode-button-secondaryForeground: #ffffff; --vscode-button-secondaryBackground: #000000; --vscode-input-background: #000000;
			--vscode-input-foreground: #ffffff; --vscode-input-placeholderForeground: #ffffff; --vscode-dropdown-background: #000000; --vscode-dropdown-foreground: #ffffff;
			--vscode-focusBorder: #f38518; --vscode-textLink-foreground: #21a6ff; --vscode-charts-blue: #3794ff; --vscode-charts-orange: #d18616; --vscode-charts-green: #89d185;
			--vscode-charts-purple: #b180d7; --vscode-charts-yellow: #ffd370; --vscode-charts-red: #f48771; --vscode-errorForeground: #f48771; --vscode-editorWarning-foreground: #ffd370;
			--vscode-progressBar-background: #6fc3df; --vscode-editor-selectionBackground: #ffffff; --vscode-textCodeBlock-background: #000000; --vscode-disabledForeground: #a5a5a5;
			--vscode-gitDecoration-addedResourceForeground: #a1e3ad; --vscode-gitDecoration-deletedResourceForeground: #ff8c8c; --vscode-gitDecoration-modifiedResourceForeground: #e2c08d;`,
	};
	return `:root { ${colours[theme]} --vscode-font-family: system-ui, "DejaVu Sans", sans-serif; --vscode-font-size: 13px; --vscode-editor-font-family: monospace; }`;
}
