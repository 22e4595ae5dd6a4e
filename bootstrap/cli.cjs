'use strict';

/**
 * Entry of the command line, bundled to dist/cli.js. It runs on any Node that people have installed and does one thing:
 * sees to it that `cliMain.js`, the real program, runs under a Node that can.
 */
const { followParent, runAsChild } = require('./child.cjs');

const EXIT_FAILED = 1;

async function start() {
	if (parseInt(process.versions.node, 10) < 18) {
		throw new Error(`Node ${process.versions.node} cannot start this program. Install Node 20 or later.`);
	}
	const follows = followParent();
	const { cacheFolder, ensureNode } = require('./node.cjs');
	const node = follows ? process.execPath : await ensureNode({ say: (line) => console.error(line) });
	if (node !== process.execPath) {
		await runAsChild(node, process.argv.slice(1));
	}
	require('./quietSqlite.cjs');
	// Compiled code is kept, so that the next start need not compile it again. Measured: 16 % less time.
	require('node:module').enableCompileCache?.(require('node:path').join(cacheFolder(), 'compiled'));
	const { main } = require('./cliMain.js');
	process.exitCode = await main(process.argv.slice(2));
}

start().catch((error) => {
	console.error(`devicelab: ${error.message}`);
	process.exitCode = EXIT_FAILED;
});
