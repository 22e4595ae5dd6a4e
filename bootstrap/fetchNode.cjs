'use strict';

const { execFile } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { promisify } = require('node:util');
const { gunzipSync } = require('node:zlib');
const { BootstrapError } = require('./errors.cjs');

const run = promisify(execFile);
const BLOCK_BYTES = 512;
const STALE_AFTER_MS = 60 * 60 * 1000;

/**
 * Fetches one Node binary through the npm client and puts it into the cache.
 *
 * Several processes may do this at once: each works in a folder of its own and the first rename wins.
 *
 * @param {{ package: string, version: string, binary: string, integrity: string }} wanted
 * @param {string} folder - final place, `<cache>/<package>-<version>`; appears complete or not at all.
 * @param {{ command: string, args: string[], shell: boolean }} npm - from `findNpm`
 * @returns {Promise<string>} path of the binary
 * @throws {BootstrapError} npm failed, the content is not the pinned one, or the binary does not run here.
 */
async function fetchNode(wanted, folder, npm) {
	const cache = path.dirname(folder);
	const spec = `${wanted.package}@${wanted.version}`;
	let work;
	try {
		fs.mkdirSync(cache, { recursive: true });
		dropStaleWork(cache);
		work = fs.mkdtempSync(path.join(cache, '.fetching-'));
	} catch (error) {
		throw new BootstrapError(`The cache folder ${cache} cannot be written (${error.message}).`);
	}
	try {
		const archive = await pack(spec, work, npm);
		checkIntegrity(archive, wanted.integrity, spec);
		const content = findInTar(gunzipSync(archive), `package/${wanted.binary}`);
		if (content === undefined) {
			throw new BootstrapError(`The package ${spec} holds no ${wanted.binary}.`);
		}
		const ready = path.join(work, 'ready');
		const binary = path.join(ready, path.basename(wanted.binary));
		fs.mkdirSync(ready);
		fs.writeFileSync(binary, content, { mode: 0o755 });
		await checkRuns(binary, wanted.version);
		moveIntoPlace(ready, folder);
		return path.join(folder, path.basename(wanted.binary));
	} finally {
		fs.rmSync(work, { recursive: true, force: true });
	}
}

/** Lets npm download the package file: it knows the registry, the proxy and the credentials that this machine uses. */
async function pack(spec, work, npm) {
	try {
		await run(npm.command, [...npm.args, 'pack', spec, '--ignore-scripts', '--loglevel', 'error', '--pack-destination', work], {
			cwd: work,
			shell: npm.shell,
			maxBuffer: 16 * 1024 * 1024,
		});
	} catch (error) {
		throw new BootstrapError(`npm could not fetch ${spec}${npmReason(String(error.stderr ?? ''))}.`);
	}
	const file = fs.readdirSync(work).find((name) => name.endsWith('.tgz'));
	if (file === undefined) {
		throw new BootstrapError(`npm fetched nothing for ${spec}.`);
	}
	return fs.readFileSync(path.join(work, file));
}

/** npm says a code and then a sentence, each on a line of its own behind `npm error`, and then advice. */
function npmReason(output) {
	const lines = output.split('\n').flatMap((line) => /^npm (?:error|ERR!) (.+)/.exec(line)?.[1] ?? []);
	return lines.length === 0 ? '' : ` (${lines.slice(0, 2).join(': ')})`;
}

function checkIntegrity(archive, integrity, spec) {
	const actual = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
	if (actual !== integrity) {
		throw new BootstrapError(
			`The package ${spec} is not the one that this project was tested with (its SHA-512 differs); it was thrown away.`,
		);
	}
}

/** Content of one plain file of a ustar archive; npm's packages need no more of the format than that. */
function findInTar(tar, wantedName) {
	for (let offset = 0; offset + BLOCK_BYTES <= tar.length;) {
		const name = text(tar, offset, 100);
		const sizeBytes = parseInt(text(tar, offset + 124, 12), 8) || 0;
		const start = offset + BLOCK_BYTES;
		if (name === wantedName) {
			return start + sizeBytes <= tar.length ? tar.subarray(start, start + sizeBytes) : undefined;
		}
		offset = start + Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES;
	}
	return undefined;
}

function text(bytes, offset, length) {
	const field = bytes.subarray(offset, offset + length);
	const end = field.indexOf(0);
	return field
		.subarray(0, end === -1 ? length : end)
		.toString('latin1')
		.trim();
}

/** A binary for another C library or processor starts only here, so it is tried before it is trusted. */
async function checkRuns(binary, version) {
	let stdout;
	try {
		({ stdout } = await run(binary, ['--version'], { env: { ...process.env, NODE_OPTIONS: '' } }));
	} catch (error) {
		throw new BootstrapError(`The fetched Node ${version} does not run on this computer (${error.message.split('\n')[0]}).`);
	}
	if (stdout.trim() !== `v${version}`) {
		throw new BootstrapError(`The fetched Node says ${stdout.trim()} and not v${version}.`);
	}
}

function moveIntoPlace(ready, folder) {
	try {
		fs.renameSync(ready, folder);
	} catch (error) {
		// Another process was faster: what it put there is the same content, checked in the same way.
		if (!fs.existsSync(folder)) {
			throw new BootstrapError(`The fetched Node could not be moved to ${folder} (${error.message}).`);
		}
	}
}

/** A killed process leaves its work folder behind; the next one that fetches removes it. */
function dropStaleWork(cache) {
	for (const name of fs.readdirSync(cache)) {
		const place = path.join(cache, name);
		if (name.startsWith('.fetching-') && Date.now() - fs.statSync(place, { throwIfNoEntry: false })?.mtimeMs > STALE_AFTER_MS) {
			fs.rmSync(place, { recursive: true, force: true });
		}
	}
}

/**
 * The npm client: the one that runs this script, else the one beside this Node, else the one on PATH.
 * @returns {{ command: string, args: string[], shell: boolean }}
 */
function findNpm(env = process.env) {
	const running = env.npm_execpath;
	if (running !== undefined && /^np[mx]-cli\.c?js$/.test(path.basename(running))) {
		return {
			command: process.execPath,
			args: [path.join(path.dirname(running), path.basename(running).replace('npx', 'npm'))],
			shell: false,
		};
	}
	const bin = path.dirname(process.execPath);
	for (const place of ['node_modules/npm/bin/npm-cli.js', '../lib/node_modules/npm/bin/npm-cli.js']) {
		const script = path.join(bin, place);
		if (fs.existsSync(script)) {
			return { command: process.execPath, args: [script], shell: false };
		}
	}
	// npm is a .cmd file on Windows, which only a shell starts. No argument comes from outside.
	return { command: 'npm', args: [], shell: process.platform === 'win32' };
}

module.exports = { BootstrapError, fetchNode, findNpm };
