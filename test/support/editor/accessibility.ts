import { createRequire } from 'node:module';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Workbench } from './workbench.ts';

const axe = createRequire(import.meta.url)('axe-core') as { readonly source: string };
/** Rules of whole pages; ours is a frame in the editor's. */
const FRAME: RunOptions = { rules: { region: { enabled: false }, 'page-has-heading-one': { enabled: false } } };

/**
 * What keeps people with screen readers, keyboards or weak eyes from using the webview that is shown: axe's findings, one line each, with the
 * elements. Contrast is judged in the theme of the moment.
 */
export async function webviewBarriers(ui: Workbench): Promise<string[]> {
	const frame = await (await ui.webview().owner().elementHandle())?.contentFrame();
	if (!frame) {
		throw new Error('No webview is shown.');
	}
	await frame.evaluate(axe.source);
	const results = await frame.evaluate(
		(options) => (globalThis as unknown as { axe: { run(options: object): Promise<AxeResults> } }).axe.run(options),
		FRAME,
	);
	return results.violations.map(({ id, help, nodes }) => `${id}: ${help} (${nodes.map(({ target }) => target.join(' ')).join(', ')})`);
}
