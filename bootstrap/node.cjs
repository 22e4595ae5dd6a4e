'use strict';

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { BootstrapError } = require('./errors.cjs');

/** The oldest Node that has what the engine uses: `node:sqlite` without a flag and zstd in `node:zlib`. */
const ENGINE_MINIMUM = '22.15.0';
/** Tests run TypeScript as it is, and the newer release reports their errors better; the older one that can is good enough. */
const TEST_PREFERRED = '24.0.0';
const TEST_MINIMUM = '22.18.0';

/**
 * Finds a Node that runs the engine, fetching one into a per-user cache when the installed one is too old.
 *
 * `DEVICELAB_NODE` names the Node to use and ends the search.
 *
 * @param {{ forTests?: boolean, say?: (line: string) => void }} [options]
 * @returns {Promise<string>} path of the executable; `process.execPath` when the running one serves
 * @throws {BootstrapError} with one sentence saying what is in the way and what to do
 */
async function ensureNode(options = {}) {
	const chosen = process.env.DEVICELAB_NODE;
	const minimum = options.forTests ? TEST_MINIMUM : ENGINE_MINIMUM;
	if (chosen !== undefined && chosen !== '') {
		return checkChosen(chosen, minimum);
	}
	if (atLeast(process.versions.node, options.forTests ? TEST_PREFERRED : ENGINE_MINIMUM)) {
		return process.execPath;
	}
	try {
		return await fromCache(options.say ?? (() => {}));
	} catch (error) {
		if (options.forTests && atLeast(process.versions.node, TEST_MINIMUM)) {
			return process.execPath;
		}
		throw error;
	}
}

async function fromCache(say) {
	// Loaded here, since each start would pay for them otherwise.
	const { fetchNode, findNpm } = require('./fetchNode.cjs');
	const { NODE_PACKAGES } = require('./nodePackages.cjs');
	const platform = `${process.platform}-${process.arch}`;
	const wanted = NODE_PACKAGES[platform];
	const advice = `Install Node ${ENGINE_MINIMUM} or later, or name one in DEVICELAB_NODE.`;
	if (wanted === undefined) {
		throw new BootstrapError(`Node ${process.versions.node} is too old, and there is no newer one to fetch for ${platform}. ${advice}`);
	}
	const folder = path.join(cacheFolder(), `${wanted.package}-${wanted.version}`);
	const binary = path.join(folder, path.basename(wanted.binary));
	if (fs.existsSync(binary)) {
		return binary;
	}
	say(`Node ${process.versions.node} is too old for the engine: fetching Node ${wanted.version} once (about 50 MB) into ${folder}`);
	try {
		return await fetchNode(wanted, folder, findNpm());
	} catch (error) {
		throw error instanceof BootstrapError ? new BootstrapError(`${error.message} ${advice}`) : error;
	}
}

/** Where fetched Nodes are kept: the place each system gives to what can be fetched again. */
function cacheFolder(env = process.env, platform = process.platform, home = os.homedir()) {
	const base =
		platform === 'win32'
			? env.LOCALAPPDATA || path.join(home, 'AppData', 'Local')
			: platform === 'darwin'
				? path.join(home, 'Library', 'Caches')
				: env.XDG_CACHE_HOME || path.join(home, '.cache');
	return path.join(base, 'ios-device-lab', 'node');
}

function checkChosen(chosen, minimum) {
	let version;
	try {
		const { execFileSync } = require('node:child_process');
		version = execFileSync(chosen, ['-p', 'process.versions.node'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
	} catch (error) {
		throw new BootstrapError(`DEVICELAB_NODE names ${chosen}, which does not run as Node (${error.message.split('\n')[0]}).`);
	}
	if (!atLeast(version, minimum)) {
		throw new BootstrapError(`DEVICELAB_NODE names Node ${version}, and ${minimum} or later is needed.`);
	}
	return fs.realpathSync(chosen) === fs.realpathSync(process.execPath) ? process.execPath : chosen;
}

/** Compares dotted versions; a pre-release counts as its release. */
function atLeast(version, minimum) {
	const have = version.split('.').map((part) => parseInt(part, 10));
	const want = minimum.split('.').map(Number);
	for (let i = 0; i < want.length; i++) {
		if (have[i] !== want[i]) {
			return have[i] > want[i];
		}
	}
	return true;
}

module.exports = { atLeast, BootstrapError, cacheFolder, ensureNode, ENGINE_MINIMUM };
