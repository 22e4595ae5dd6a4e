import { existsSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { downloadAndUnzipVSCode, SilentReporter } from '@vscode/test-electron';
import { programPath } from '../requirements.ts';
import { editorCache } from './folders.ts';

/** Where installers put the program itself; `code` is a script that starts it and does not stay. */
const PLACES: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
	linux: ['/usr/share/code/code', '/opt/visual-studio-code/code', '/snap/code/current/usr/share/code/code'],
	darwin: ['/Applications', path.join(homedir(), 'Applications')].flatMap((folder) =>
		['Code', 'Electron'].map((name) => `${folder}/Visual Studio Code.app/Contents/MacOS/${name}`),
	),
	win32: [path.join(homedir(), 'AppData/Local/Programs/Microsoft VS Code/Code.exe'), 'C:\\Program Files\\Microsoft VS Code\\Code.exe'],
};
/** The program, seen from the script. */
const FROM_SCRIPT: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
	linux: ['../../code'],
	darwin: ['../../../../MacOS/Code', '../../../../MacOS/Electron'],
	win32: ['../../Code.exe'],
};

/** The desktop VS Code that is installed: the one whose `code` is on PATH, else the one in the usual place; undefined when there is none. */
export function findInstalledDesktop(): string | undefined {
	const script = programPath('code');
	const beside = script === undefined ? [] : (FROM_SCRIPT[process.platform] ?? []).map((step) => path.resolve(realpathSync(script), step));
	return [...beside, ...(PLACES[process.platform] ?? [])].find((file) => existsSync(file));
}

/** Desktop VS Code from the user's cache, downloaded first when it is missing. @throws Error when it cannot be had here */
export function downloadDesktop(): Promise<string> {
	return downloadAndUnzipVSCode({ version: 'stable', cachePath: path.join(editorCache, 'desktop'), reporter: new SilentReporter() });
}

/** Whether a desktop program can show a window. */
export function hasDisplay(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): boolean {
	return platform !== 'linux' || Boolean(env['DISPLAY']) || Boolean(env['WAYLAND_DISPLAY']);
}
