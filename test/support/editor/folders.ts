import { mkdirSync, mkdtempSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The project. */
export const projectFolder = path.resolve(import.meta.dirname, '../../..');

const require = createRequire(import.meta.url);
const bootstrap = require(path.join(projectFolder, 'bootstrap/node.cjs')) as { readonly cacheFolder: () => string };

/** What can be made again and is made for this checkout: bundles, packages, screenshots. Ignored by git, as `@vscode/test-electron` has it. */
export const workFolder = path.join(projectFolder, '.vscode-test');

/** What can be fetched again and serves every checkout: editors. Beside the Nodes that the bootstrap fetches. */
export const editorCache = path.join(path.dirname(bootstrap.cacheFolder()), 'editor');

/** Where screenshots are kept: `DEVICELAB_SCREENSHOTS`, else `.vscode-test/screenshots`. */
export function screenshotFolder(): string {
	const folder = process.env['DEVICELAB_SCREENSHOTS'] || path.join(workFolder, 'screenshots');
	mkdirSync(folder, { recursive: true });
	return folder;
}

/** A fresh folder for one run. Its path is short: an editor makes Unix sockets in it, whose paths have about a hundred characters. */
export function makeRunFolder(): string {
	return mkdtempSync(path.join(tmpdir(), 'devicelab-editor-'));
}
