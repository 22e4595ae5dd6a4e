import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { programPath } from '../requirements.ts';
import { runCommand } from './command.ts';
import { editorCache, projectFolder } from './folders.ts';

/**
 * The web workbench: code-server's npm package, which holds VS Code's server and web client and needs nothing but a package registry.
 * Its version is pinned because tests know its page.
 */
const CODE_SERVER = '4.139.1';
/** What this release of code-server runs on. */
const CODE_SERVER_NODE_MAJOR = 24;
const STALE_AFTER_MS = 60 * 60 * 1000;

/** An installed web workbench. */
export interface CodeServerPackage {
	readonly version: string;
	/** The Node that runs it. */
	readonly node: string;
	/** The script that starts it. */
	readonly entry: string;
	/** Without its one native module, which needs a compiler, logs and output channels stay empty. */
	readonly hasOutputChannels: boolean;
}

interface NodePackage {
	readonly package: string;
	readonly version: string;
	readonly binary: string;
	readonly integrity: string;
}
interface Npm {
	readonly command: string;
	readonly args: readonly string[];
	readonly shell: boolean;
}

const require = createRequire(import.meta.url);
const bootstrapModule = (name: string): unknown => require(path.join(projectFolder, 'bootstrap', name));
const { fetchNode, findNpm } = bootstrapModule('fetchNode.cjs') as {
	readonly fetchNode: (wanted: NodePackage, folder: string, npm: Npm) => Promise<string>;
	readonly findNpm: () => Npm;
};
const { NODE_PACKAGES } = bootstrapModule('nodePackages.cjs') as { readonly NODE_PACKAGES: Readonly<Record<string, NodePackage>> };
const { cacheFolder } = bootstrapModule('node.cjs') as { readonly cacheFolder: () => string };

/**
 * The web workbench from the user's cache, installed there first when it is missing: some 800 MB and two minutes.
 *
 * Several processes may do this at once: each works in a folder of its own and the first rename wins.
 *
 * @param say - hears what is being done when it takes long
 */
export async function ensureCodeServer(say: (line: string) => void): Promise<CodeServerPackage> {
	const folder = path.join(editorCache, `code-server-${CODE_SERVER}`);
	const node = await findNode(say);
	if (!existsSync(folder)) {
		await install(folder, node, say);
	}
	const code = path.join(folder, 'node_modules/code-server');
	const native = path.join(code, 'lib/vscode/node_modules/@vscode/spdlog/build/Release/spdlog.node');
	if (!existsSync(native) && hasCompiler()) {
		await compileLogModule(folder, node, say);
	}
	return { version: CODE_SERVER, node, entry: path.join(code, 'out/node/entry.js'), hasOutputChannels: existsSync(native) };
}

async function install(folder: string, node: string, say: (line: string) => void): Promise<void> {
	say(`Installing the web workbench (code-server ${CODE_SERVER}, about 800 MB, once) into ${folder}`);
	mkdirSync(editorCache, { recursive: true });
	dropStaleWork();
	const work = mkdtempSync(path.join(editorCache, '.installing-'));
	try {
		writeFileSync(path.join(work, 'package.json'), '{"private":true}');
		say('  1 of 2: the package');
		// Its own install script would download; what it does is the next step.
		await npm(node, work, ['install', '--ignore-scripts', `code-server@${CODE_SERVER}`]);
		say('  2 of 2: the packages of the editor in it');
		// `npm ci` refuses: the lock file that is shipped does not fit its package.json.
		await npm(node, path.join(work, 'node_modules/code-server/lib/vscode'), ['install', '--ignore-scripts', '--omit=dev', '--no-save']);
		try {
			renameSync(work, folder);
		} catch (error) {
			if (!existsSync(folder)) {
				throw error;
			}
		}
	} finally {
		rmSync(work, { recursive: true, force: true });
	}
}

/** The headers come from the same npm package as the bootstrap's Node, because nothing else of a registry has them. */
async function compileLogModule(folder: string, node: string, say: (line: string) => void): Promise<void> {
	const wanted = NODE_PACKAGES[`${process.platform}-${process.arch}`];
	if (wanted === undefined) {
		return;
	}
	say('Compiling the log module of the web workbench, without which output channels stay empty');
	const work = mkdtempSync(path.join(editorCache, '.installing-'));
	try {
		writeFileSync(path.join(work, 'package.json'), '{"private":true}');
		await npm(node, work, ['install', '--ignore-scripts', `${wanted.package}@${wanted.version}`]);
		await npm(node, path.join(folder, 'node_modules/code-server/lib/vscode'), ['rebuild', '@vscode/spdlog'], {
			npm_config_nodedir: path.join(work, 'node_modules', wanted.package),
		});
	} catch (error) {
		say(
			`It could not be compiled, so output channels stay empty (${error instanceof Error ? error.message.split('\n').at(-1) : String(error)})`,
		);
	} finally {
		rmSync(work, { recursive: true, force: true });
	}
}

function hasCompiler(): boolean {
	return ['g++', 'make', 'python3'].every((name) => programPath(name) !== undefined);
}

/** This Node when it is the right one, else the bootstrap's. */
async function findNode(say: (line: string) => void): Promise<string> {
	if (parseInt(process.versions.node, 10) === CODE_SERVER_NODE_MAJOR) {
		return process.execPath;
	}
	const wanted = NODE_PACKAGES[`${process.platform}-${process.arch}`];
	if (wanted === undefined || parseInt(wanted.version, 10) !== CODE_SERVER_NODE_MAJOR) {
		throw new Error(`The web workbench needs Node ${CODE_SERVER_NODE_MAJOR}; run this under one.`);
	}
	const folder = path.join(cacheFolder(), `${wanted.package}-${wanted.version}`);
	const binary = path.join(folder, path.basename(wanted.binary));
	if (existsSync(binary)) {
		return binary;
	}
	say(`Fetching Node ${wanted.version} for the web workbench`);
	return fetchNode(wanted, folder, findNpm());
}

/** npm itself runs under the Node that will run what it installs. */
async function npm(node: string, cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
	const found = findNpm();
	const command = found.args.length === 0 ? found.command : node;
	await runCommand(command, [...found.args, ...args, '--no-audit', '--no-fund', '--loglevel', 'error'], {
		cwd,
		env: { ...withoutNpm(process.env), PATH: `${path.dirname(node)}${path.delimiter}${process.env['PATH'] ?? ''}`, ...env },
	});
}

/** The variables that an npm script sets would steer the nested npm to this project. */
function withoutNpm(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
	const projectOnly = /^npm_(config_(local_prefix|prefix|global|save)|package_|lifecycle_)/;
	return Object.fromEntries(Object.entries(env).filter(([name]) => !projectOnly.test(name)));
}

/** A killed process leaves its work folder behind; the next one that installs removes it. */
function dropStaleWork(): void {
	for (const name of readdirSync(editorCache)) {
		const place = path.join(editorCache, name);
		const modifiedAt = statSync(place, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
		if (name.startsWith('.installing-') && Date.now() - modifiedAt > STALE_AFTER_MS) {
			rmSync(place, { recursive: true, force: true });
		}
	}
}
