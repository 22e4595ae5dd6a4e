import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startCodeServer } from '../test/support/editor/codeServer.ts';
import { ensureCodeServer } from '../test/support/editor/codeServerPackage.ts';
import { downloadDesktop, findInstalledDesktop, hasDisplay } from '../test/support/editor/desktop.ts';
import { makeRunFolder, projectFolder } from '../test/support/editor/folders.ts';
import { runDevicelab, startEditorLab, type EditorLab } from '../test/support/editor/lab.ts';
import { packagedExtension } from '../test/support/editor/vsix.ts';
import { makeHistory, trialLabOptions } from './trialLab.ts';

/**
 * `npm start`: a real VS Code with the extension and three virtual iPhones, one of them with snapshots. Everything is temporary and ends with
 * Ctrl-C, or with the window.
 *
 * The editor is the desktop one that is installed, else one that is downloaded, else the web workbench in a browser. `DEVICELAB_EDITOR`
 * decides otherwise: `desktop`, `web`, or an executable.
 */
interface Trial {
	readonly lab: EditorLab;
	/** What editor and engine are started with. */
	readonly env: Readonly<Record<string, string>>;
	readonly home: string;
	/** Runs when the trial ends, the last one first. */
	readonly ending: (() => Promise<void> | void)[];
}

const say = (line: string): void => console.log(line);

/** @returns the desktop editor, or why there is none */
async function findDesktop(): Promise<{ executable: string } | { missing: string }> {
	const chosen = process.env['DEVICELAB_EDITOR'] ?? '';
	if (!['', 'desktop', 'web'].includes(chosen)) {
		return { executable: chosen };
	}
	if (chosen === 'web') {
		return { missing: 'DEVICELAB_EDITOR=web asks for it' };
	}
	if (!hasDisplay()) {
		return { missing: 'there is no display for the desktop editor' };
	}
	const installed = findInstalledDesktop();
	if (installed !== undefined) {
		return { executable: installed };
	}
	try {
		say('VS Code is not installed here. Downloading it into the cache…');
		return { executable: await downloadDesktop() };
	} catch (error) {
		return { missing: `VS Code is not installed and cannot be downloaded (${error instanceof Error ? error.message : String(error)})` };
	}
}

/** @returns when its window is closed */
async function openDesktop(executable: string, { env, home, ending }: Trial): Promise<void> {
	const userData = path.join(home, 'data');
	mkdirSync(path.join(userData, 'User'), { recursive: true });
	writeFileSync(path.join(userData, 'User/settings.json'), JSON.stringify({ 'workbench.startupEditor': 'none' }));
	const args = ['--new-window', '--user-data-dir', userData, '--extensions-dir', path.join(home, 'extensions')];
	// Chromium refuses to run as root inside of its sandbox.
	const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
	const child = spawn(executable, [...args, ...sandbox, '--disable-workspace-trust', `--extensionDevelopmentPath=${projectFolder}`], {
		env: { ...process.env, ...env },
		stdio: 'ignore',
	});
	const ended = endOf(child);
	ending.push(async () => {
		child.kill();
		await ended;
	});
	say(`editor            ${executable}`);
	say('\nChoose Device Lab in the activity bar. Closing the window, or Ctrl-C here, ends the trial; nothing is left behind.');
	await ended;
}

/** @returns never: a browser does not say that it was closed */
async function openWeb(why: string, { lab, env, ending }: Trial): Promise<never> {
	say(`editor            VS Code in a browser, because ${why}`);
	const editor = await ensureCodeServer(say);
	if (!editor.hasOutputChannels) {
		say('                  Its output channels stay empty: they need a part that only a C++ compiler (g++, make, python3) makes.');
	}
	const server = await startCodeServer(editor, { vsix: [await packagedExtension()], env });
	ending.push(() => server.stop());
	say(`\nOpen  ${server.address}/?ew=true`);
	say('in a browser on this computer and choose Device Lab in the activity bar. Ctrl-C ends the trial; nothing is left behind.');
	say(`In another shell, \`node dist/cli.js virtual tell --listen ${lab.address} ${lab.devices[1]?.name} unplug\` pulls a cable.`);
	return new Promise<never>(() => {});
}

async function runTrial(ending: Trial['ending']): Promise<void> {
	say('iOS Device Lab in VS Code, with virtual iPhones\n');
	const home = makeRunFolder();
	ending.push(() => rmSync(home, { recursive: true, force: true, maxRetries: 10 }));
	const lab = await startEditorLab(trialLabOptions);
	ending.push(() => lab.stop());
	const env = { USBMUXD_SOCKET_ADDRESS: lab.address, DEVICELAB_STORE: path.join(home, 'store') };
	say(`virtual iPhones   ${lab.devices.map(({ name }) => name).join(', ')} on ${lab.address}`);
	await makeHistory(lab, (...argv) => runDevicelab({ ...process.env, ...env }, ...argv));
	say(`history           ${lab.devices[0]?.name} has the snapshots fresh and logged-in, and was used since`);
	const trial = { lab, env, home, ending };
	const desktop = await findDesktop();
	await ('executable' in desktop ? openDesktop(desktop.executable, trial) : openWeb(desktop.missing, trial));
}

function endOf(child: ChildProcess): Promise<void> {
	return new Promise((resolve, reject) => {
		child.once('error', reject);
		child.once('exit', () => resolve());
	});
}

async function main(): Promise<void> {
	const ending: Trial['ending'] = [];
	const stopped = new Promise<void>((resolve) => {
		for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
			process.on(signal, () => resolve());
		}
	});
	try {
		await Promise.race([runTrial(ending), stopped]);
	} finally {
		say('\nEnding the trial…');
		for (const end of ending.reverse()) {
			await end();
		}
	}
	// What was under way when it was stopped is not waited for.
	process.exit();
}

await main();
