'use strict';

/**
 * Bundles everything that is shipped: `node esbuild.js [--production] [--watch]`. Works on the installed Node, however old.
 */
const fs = require('node:fs');
const path = require('node:path');
const esbuild = require('esbuild');

const production = process.argv.includes('--production');
const watch = process.argv.includes('--watch');

/** Stands in front of every bundle that may load node:sqlite. */
const quietSqlite = `{${fs.readFileSync(path.join(__dirname, 'bootstrap/quietSqlite.cjs'), 'utf8').replace("'use strict';\n", '')}}`;

/**
 * Modules of Node that many commands never use, and that cost as much to load as a short command takes. They are loaded when something of
 * them is first asked for. Those that hot paths call, such as node:crypto, stay as they are.
 */
const LAZY = /^node:(child_process|net|readline|sqlite|tls|worker_threads|zlib)$/;

/**
 * Puts an object in the place of each such module that stands for it. It names itself as its prototype, so that the copy which esbuild makes
 * of a namespace finds everything in it, too.
 *
 * @type {import('esbuild').Plugin}
 */
const lazyModules = {
	name: 'lazy-modules',
	setup(build) {
		build.onResolve({ filter: LAZY }, ({ path: name, namespace }) =>
			namespace === 'lazy' ? { path: name, external: true } : { path: name, namespace: 'lazy' },
		);
		build.onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path: name }) => ({
			contents: `const lazy = new Proxy({}, {
				get: (_, key) => (key === '__esModule' ? undefined : require(${JSON.stringify(name)})[key]),
				getPrototypeOf: () => lazy,
			});
			module.exports = lazy;`,
		}));
	},
};

/** @type {import('esbuild').BuildOptions} */
const common = {
	absWorkingDir: __dirname,
	bundle: true,
	outdir: 'dist',
	minify: production,
	sourcemap: production ? false : 'linked',
	metafile: true,
	logLevel: 'warning',
	// Names are not kept: the wrappers that esbuild puts round every function cost some percent where many are made.
};

/** @type {import('esbuild').BuildOptions} */
const forNode = {
	...common,
	platform: 'node',
	target: 'node22',
	format: 'cjs',
	external: ['vscode'],
	// Its main file hides what it requires from bundlers.
	alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
	// Code that must find its own folder asks import.meta first, and takes __dirname where that is empty, as it is in a bundle.
	logOverride: { 'empty-import-meta': 'silent' },
};

/**
 * The language client is four fifths of the editor's code, and is needed with the first start of the engine only. In a file of its own it costs
 * nothing before.
 * @type {import('esbuild').Plugin}
 */
const launchApart = {
	name: 'launch apart',
	setup(builder) {
		builder.onResolve({ filter: /^\.\/launchServer\.ts$/ }, ({ kind }) =>
			kind === 'dynamic-import' ? { path: './launchServer.js', external: true } : undefined,
		);
	},
};

/**
 * A bundle copies a required module's namespace for every file that imports it, and the editor's has some thousand names. Here each copy
 * inherits from the one there is. Packages that TypeScript compiled copy the names that a module has itself, which would be none: they leave one
 * alone that says it is an ES module.
 * @type {import('esbuild').Plugin}
 */
const editorOnce = {
	name: 'editor once',
	setup(builder) {
		builder.onResolve({ filter: /^vscode$/ }, ({ path: name, namespace }) =>
			namespace === 'once' ? { path: name, external: true } : { path: name, namespace: 'once' },
		);
		builder.onLoad({ filter: /.*/, namespace: 'once' }, () => ({
			contents: "module.exports = Object.create(require('vscode'), { __esModule: { value: true } });",
		}));
	},
};

/** One line an entry: output name → source. */
const builds = {
	editor: {
		...forNode,
		entryPoints: { extension: 'src/extension.ts', launchServer: 'src/client/launchServer.ts' },
		plugins: [launchApart, editorOnce],
		// The editor gives its own module to what is required, not to what is imported.
		supported: { 'dynamic-import': false },
	},
	engine: {
		...forNode,
		plugins: [lazyModules],
		banner: { js: quietSqlite },
		entryPoints: {
			server: 'src/server/main.ts',
			cliMain: 'src/cli/main.ts',
			folderWorker: 'src/engine/folder/worker.ts',
			storeWorker: 'src/engine/store/worker.ts',
			checkWorker: 'src/engine/store/checkWorker.ts',
			contentsWorker: 'src/engine/contents/worker.ts',
		},
	},
	// Starts on whatever Node is installed, so it is written for an old one.
	start: { ...forNode, target: 'node14', entryPoints: { cli: 'bootstrap/cli.cjs' }, external: ['./cliMain.js'] },
	webview: {
		...common,
		platform: 'browser',
		target: 'chrome128',
		format: 'iife',
		entryPoints: { 'webview/timeline': 'src/webview/timeline/main.ts' },
		loader: { '.ttf': 'file' },
		assetNames: 'webview/[name]',
	},
};

async function main() {
	if (watch) {
		const contexts = await Promise.all(Object.values(builds).map((options) => esbuild.context({ ...options, logLevel: 'info' })));
		await Promise.all(contexts.map((context) => context.watch()));
		return;
	}
	if (production) {
		// Only what is shipped must be free of leftovers; elsewhere a running program may be using the folder.
		fs.rmSync(path.join(__dirname, 'dist'), { recursive: true, force: true });
	}
	const results = await Promise.all(Object.values(builds).map((options) => esbuild.build(options)));
	const metafile = { inputs: {}, outputs: {} };
	for (const result of results) {
		Object.assign(metafile.inputs, result.metafile.inputs);
		Object.assign(metafile.outputs, result.metafile.outputs);
	}
	fs.writeFileSync(path.join(__dirname, 'dist/meta.json'), JSON.stringify(metafile));
	fs.chmodSync(path.join(__dirname, 'dist/cli.js'), 0o755);
}

main().catch((error) => {
	// esbuild has printed its own errors already.
	if (!Array.isArray(error.errors)) {
		console.error(error);
	}
	process.exitCode = 1;
});
