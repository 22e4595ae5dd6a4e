import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { runCommand } from './command.ts';
import type { CodeServerPackage } from './codeServerPackage.ts';
import { makeRunFolder } from './folders.ts';
import { quietSettings } from './settings.ts';

/** How a web workbench is started. */
export interface CodeServerOptions {
	/** Extensions to install first, as `.vsix` files. */
	readonly vsix?: readonly string[];
	/** User settings, over those that keep the editor quiet. */
	readonly settings?: Readonly<Record<string, unknown>>;
	/** Environment of the extension host and of what it starts, over this process's own. */
	readonly env?: Readonly<Record<string, string>>;
	/** Lets the page run tests in the extension host. It hides notifications and refuses modal dialogs, so it is not for tests of the page. */
	readonly testDriver?: boolean;
	/** Runs in the user's environment before the editor starts. */
	readonly prepare?: (env: NodeJS.ProcessEnv) => Promise<void>;
	/** Asks people whether they trust a folder. Usually every folder is trusted. */
	readonly workspaceTrust?: boolean;
	/** The port of 127.0.0.1 that it listens on; a free one if not given. */
	readonly port?: number;
}

/** A web workbench that is running, for one user with a home of their own that goes when it stops. */
export interface CodeServer {
	/** `http://127.0.0.1:<port>`. */
	readonly address: string;
	/** As URIs of remote files name it. */
	readonly authority: string;
	/** The user's home; temporary files and sockets are in it too. */
	readonly home: string;
	/** Replaces the user's settings, over those that keep the editor quiet; the running editor follows. */
	changeSettings(settings: Readonly<Record<string, unknown>>): void;
	/** Ends it with everything that it started, and removes the home. */
	stop(): Promise<void>;
}

const START_LIMIT_MS = 60_000;
const LOOK_EVERY_MS = 100;
const STOP_LIMIT_MS = 10_000;

/** Starts a web workbench in a fresh home. */
export async function startCodeServer(editor: CodeServerPackage, options: CodeServerOptions = {}): Promise<CodeServer> {
	const home = makeRunFolder();
	try {
		return await startIn(home, editor, options);
	} catch (error) {
		remove(home);
		throw error;
	}
}

async function startIn(home: string, editor: CodeServerPackage, options: CodeServerOptions): Promise<CodeServer> {
	const userData = path.join(home, 'data');
	const settingsFile = path.join(userData, 'User/settings.json');
	// Where the editor reads settings of the scope `machine`: those of ours that name places on it.
	const machineFile = path.join(userData, 'Machine/settings.json');
	const changeSettings = (settings: Readonly<Record<string, unknown>>): void => {
		const own = Object.entries(settings).filter(([key]) => key.startsWith('deviceLab.'));
		writeFileSync(settingsFile, JSON.stringify({ ...quietSettings, ...settings }, undefined, '\t'));
		writeFileSync(machineFile, JSON.stringify(Object.fromEntries(own), undefined, '\t'));
	};
	mkdirSync(path.dirname(settingsFile), { recursive: true });
	mkdirSync(path.dirname(machineFile), { recursive: true });
	changeSettings(options.settings ?? {});

	const env = homeEnvironment(home, options.env ?? {});
	const folders = ['--user-data-dir', userData, '--extensions-dir', path.join(home, 'extensions')];
	for (const vsix of options.vsix ?? []) {
		await runCommand(editor.node, [editor.entry, ...folders, '--install-extension', vsix], { env });
	}
	await options.prepare?.(env);
	const port = options.port ?? (await freePort());
	const own = [
		'--auth',
		'none',
		'--bind-addr',
		`127.0.0.1:${port}`,
		'--disable-telemetry',
		'--disable-update-check',
		'--ignore-last-opened',
	];
	const quiet = ['--disable-getting-started-override', '--disable-proxy', ...(options.workspaceTrust ? [] : ['--disable-workspace-trust'])];
	// Without this the test that the page names is ignored, silently.
	const driver = options.testDriver ? ['--vscode-option', 'enable-smoke-test-driver'] : [];
	const child = spawn(editor.node, [editor.entry, ...folders, ...own, ...quiet, ...driver], {
		env,
		stdio: ['ignore', 'pipe', 'pipe'],
		// A group of its own, so that the extension hosts end with it.
		detached: true,
	});
	const log = createWriteStream(path.join(home, 'server.log'));
	child.stdout.pipe(log, { end: false });
	child.stderr.pipe(log, { end: false });
	const address = `http://127.0.0.1:${port}`;
	// A group of its own would outlive a process that ends without stopping it.
	const stopAtExit = (): void => {
		signalGroup(child, 'SIGKILL');
		remove(home);
	};
	process.once('exit', stopAtExit);
	const stop = async (): Promise<void> => {
		process.off('exit', stopAtExit);
		await endGroup(child);
		log.end();
		remove(home);
	};
	try {
		await answers(address, child);
	} catch (error) {
		await stop();
		throw error;
	}
	return { address, authority: `127.0.0.1:${port}`, home, changeSettings, stop };
}

/** Everything that an editor writes lands in `home`: settings, sockets, the store of the extension. */
function homeEnvironment(home: string, more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
	const env: NodeJS.ProcessEnv = {
		...process.env,
		HOME: home,
		XDG_CONFIG_HOME: path.join(home, 'config'),
		XDG_DATA_HOME: path.join(home, 'share'),
		XDG_CACHE_HOME: path.join(home, 'cache'),
		XDG_RUNTIME_DIR: home,
		TMPDIR: home,
		// No extension gallery: nothing is looked up.
		EXTENSIONS_GALLERY: '{}',
		VSCODE_SKIP_BUILTIN_EXTENSIONS: 'GitHub.copilot-chat,vscode.mermaid-markdown-features',
		...more,
	};
	for (const name of Object.keys(env)) {
		// Those of an editor in whose terminal this runs, and those of an npm script.
		if (/^(VSCODE_(?!SKIP)|npm_|NODE_OPTIONS$|ELECTRON_)/.test(name)) {
			delete env[name];
		}
	}
	return env;
}

async function answers(address: string, child: ChildProcess): Promise<void> {
	const endAt = Date.now() + START_LIMIT_MS;
	while (Date.now() < endAt) {
		if (child.exitCode !== null || child.signalCode !== null) {
			throw new Error(`The web workbench ended at its start (${child.signalCode ?? `exit code ${child.exitCode}`}).`);
		}
		try {
			if ((await fetch(`${address}/healthz`)).ok) {
				return;
			}
		} catch {
			// It does not listen yet.
		}
		await pause(LOOK_EVERY_MS);
	}
	throw new Error(`The web workbench did not answer within ${START_LIMIT_MS / 1000} seconds.`);
}

/** Ends a process that leads a group, and its group. */
async function endGroup(child: ChildProcess): Promise<void> {
	const ended = new Promise<void>((resolve) => {
		if (child.exitCode !== null || child.signalCode !== null) {
			resolve();
		}
		child.once('exit', () => resolve());
	});
	signalGroup(child, 'SIGTERM');
	const limit = setTimeout(() => signalGroup(child, 'SIGKILL'), STOP_LIMIT_MS);
	await ended;
	clearTimeout(limit);
	// Members that outlived their leader.
	signalGroup(child, 'SIGKILL');
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
	if (child.pid === undefined) {
		return;
	}
	try {
		process.kill(-child.pid, signal);
	} catch {
		// Everybody of the group has ended.
	}
}

function remove(folder: string): void {
	rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
}

function freePort(): Promise<number> {
	return new Promise((resolve, reject) => {
		const server = createServer();
		server.once('error', reject);
		server.listen(0, '127.0.0.1', () => {
			const { port } = server.address() as AddressInfo;
			server.close(() => resolve(port));
		});
	});
}
