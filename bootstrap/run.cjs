'use strict';

/**
 * `node bootstrap/run.cjs <script> [argument…]`: runs a script of this project, TypeScript included, under a Node that can.
 * Development's counterpart of `cli.cjs`.
 */
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { followParent, runAsChild } = require('./child.cjs');
const { ensureNode } = require('./node.cjs');

async function start() {
	const [script, ...args] = process.argv.slice(2);
	if (script === undefined) {
		throw new Error('Name a script to run.');
	}
	const follows = followParent();
	const node = follows ? process.execPath : await ensureNode({ forTests: true, say: (line) => console.error(line) });
	if (node !== process.execPath) {
		await runAsChild(node, [__filename, script, ...args]);
	}
	const file = path.resolve(script);
	process.argv = [process.execPath, file, ...args];
	await import(pathToFileURL(file).href);
}

start().catch((error) => {
	console.error(error.name === 'Error' || error.constructor.name === 'BootstrapError' ? error.message : error);
	process.exitCode = 1;
});
