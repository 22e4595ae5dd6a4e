import path from 'node:path';
import { downloadDesktop, hasDisplay } from './desktop.ts';

/** An editor that takes the arguments of `code`. */
export interface ChosenEditor {
	readonly executable: string;
	/** Which one, and why, for people. */
	readonly title: string;
}

const shim = path.join(import.meta.dirname, 'codeShim.cjs');

/**
 * The editor for tests in the extension host: the desktop one, downloaded once into the user's cache, where that is possible; else the web
 * workbench, which a package registry has. `DEVICELAB_EDITOR` decides otherwise: `desktop`, `web`, or the path of an executable.
 */
export async function chooseEditor(): Promise<ChosenEditor> {
	const chosen = process.env['DEVICELAB_EDITOR'] ?? '';
	if (!['', 'desktop', 'web'].includes(chosen)) {
		return { executable: chosen, title: `${chosen} (DEVICELAB_EDITOR)` };
	}
	if (chosen === 'web') {
		return web('DEVICELAB_EDITOR=web');
	}
	if (chosen === '' && !hasDisplay()) {
		return web('the desktop editor needs a display, and there is none');
	}
	try {
		const executable = await downloadDesktop();
		return { executable, title: `desktop VS Code (${executable})` };
	} catch (error) {
		if (chosen === 'desktop') {
			throw error;
		}
		return web(`the desktop editor cannot be downloaded (${firstLine(error)})`);
	}
}

function web(why: string): ChosenEditor {
	return { executable: shim, title: `the web workbench, because ${why}` };
}

function firstLine(error: unknown): string {
	return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
