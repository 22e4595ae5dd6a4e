'use strict';

/**
 * Type-checks the whole project, then each room with the types it may see (`src/<room>/tsconfig.json`): a room that must not
 * know Node or the DOM does not compile when it uses them.
 */
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const root = path.dirname(__dirname);
const cache = path.join(root, 'node_modules/.cache/tsc');
const tsc = require.resolve('typescript/bin/tsc');

const rooms = fs
	.readdirSync(path.join(root, 'src'), { withFileTypes: true })
	.filter((entry) => entry.isDirectory() && holdsSource(path.join(root, 'src', entry.name)))
	.map((entry) => `src/${entry.name}`)
	.filter((room) => fs.existsSync(path.join(root, room, 'tsconfig.json')));

function holdsSource(folder) {
	return fs.readdirSync(folder, { recursive: true }).some((name) => String(name).endsWith('.ts'));
}

function check(project) {
	const state = path.join(cache, `${project.replace(/\W/g, '_')}.tsbuildinfo`);
	return new Promise((resolve, reject) => {
		const args = [tsc, '-p', project, '--noEmit', '--incremental', '--tsBuildInfoFile', state];
		const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });
		child.once('error', reject);
		child.once('exit', (code) => resolve(code === 0));
	});
}

async function main() {
	const queue = ['.', ...rooms];
	let failed = false;
	const worker = async () => {
		for (let project = queue.shift(); project !== undefined; project = queue.shift()) {
			if (!(await check(project))) {
				console.error(`types: ${project} does not compile`);
				failed = true;
			}
		}
	};
	await Promise.all([worker(), worker()]);
	process.exitCode = failed ? 1 : 0;
}

void main();
