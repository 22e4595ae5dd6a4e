import path from 'node:path';

/**
 * Who may import whom: the one table behind the lint rule `layers/imports`, described for people in docs/architecture.md.
 *
 * `rooms`: rooms whose front door (`index.ts`) may be imported. `node`: built-in modules, `'*'` for all. `packages`: packages of
 * node_modules, subpaths included. `why` ends the sentence that a refused import gets.
 */
export const layers = {
	base: {
		rooms: [],
		node: [],
		packages: [],
		why: 'base is the floor: it uses the language only, so that every room and the browser can use it',
	},
	contract: {
		rooms: ['base'],
		node: [],
		packages: [],
		why: 'contract holds plain message types and guards that the editor, the engine and the browser share',
	},
	plist: { rooms: ['base'], node: [], packages: [], why: 'plist is a pure codec: bytes in, values out' },
	device: {
		rooms: ['base', 'plist'],
		// A socket is a stream, and its type is named so.
		node: ['net', 'tls', 'crypto', 'stream'],
		packages: [],
		why: 'device knows the wire and nothing else: files go through the interface it defines (DeviceLinkHost), and only the engine joins device, backup and snapshots',
	},
	backup: {
		rooms: ['base', 'plist'],
		node: '*',
		packages: [],
		why: "backup knows Apple's folder format and nothing else: only the engine joins device, backup and snapshots",
	},
	snapshots: {
		rooms: ['base'],
		node: '*',
		packages: [],
		why: 'snapshots knows the store and nothing else: only the engine joins device, backup and snapshots',
	},
	engine: {
		rooms: ['base', 'contract', 'plist', 'device', 'backup', 'snapshots'],
		node: '*',
		packages: ['yauzl', 'jsonc-parser'],
		why: 'the engine runs with no editor present and is started by server and cli, never the reverse',
	},
	server: {
		// Its language features name commands of the editor.
		rooms: ['base', 'contract', 'engine', 'contributions'],
		node: '*',
		packages: ['vscode-languageserver', 'vscode-languageserver-textdocument', 'jsonc-parser', '@vscode/l10n'],
		why: 'the server puts the engine behind messages; it reaches device, backup and snapshots through the engine',
	},
	cli: {
		rooms: ['base', 'contract', 'engine', 'virtual'],
		node: '*',
		packages: ['commander'],
		why: 'the command line drives the engine and the virtual lab; it reaches device, backup and snapshots through the engine',
	},
	virtual: {
		rooms: ['base', 'plist', 'backup'],
		files: [{ room: 'device', pattern: /\/(frame|messages|x509)\.ts$/, name: "device's frame.ts, messages.ts and x509.ts files" }],
		node: '*',
		packages: [],
		why: "the virtual device must not run the client's code, or a mistake would agree with itself",
	},
	client: {
		rooms: ['base', 'contract'],
		node: ['child_process', 'path', 'readline', 'stream'],
		packages: ['vscode', 'vscode-languageclient'],
		why: 'the client starts the server by its file path and shares only message types with it',
	},
	views: {
		rooms: ['base', 'contract', 'client', 'contributions'],
		node: [],
		packages: ['vscode'],
		why: 'views show what the client tells them; work is done in the engine',
	},
	commands: {
		rooms: ['base', 'contract', 'client', 'views', 'contributions'],
		node: [],
		packages: ['vscode'],
		why: 'commands ask the engine through the client; work is done in the engine',
	},
	tasks: {
		rooms: ['base', 'contract', 'client', 'views', 'contributions'],
		node: [],
		packages: ['vscode', 'jsonc-parser'],
		why: 'tasks ask the engine through the client; work is done in the engine',
	},
	webview: {
		rooms: ['contract'],
		node: [],
		packages: ['lit', '@vscode/l10n', '@vscode/codicons'],
		why: 'a page shares only message types with its host',
	},
	extension: {
		rooms: ['base', 'contract', 'client', 'views', 'commands', 'tasks', 'contributions'],
		node: [],
		packages: ['vscode'],
		why: 'the extension host stays thin: the engine is a process of its own',
	},
	contributions: { rooms: [], node: [], packages: [], why: 'contributions only lists ids' },
};

const source = path.join(import.meta.dirname, 'src');

/** The room of a file: its folder under src, or its own name for a file that lies in src itself; undefined outside. */
function roomOf(file) {
	const parts = path.relative(source, file).split(path.sep);
	return parts[0] === '..' || path.isAbsolute(parts[0]) ? undefined : parts[0].replace(/\.ts$/, '');
}

/** What is wrong with an import, as the second half of a sentence; undefined when it is allowed. */
function refusal(room, importer, specifier, isDynamic) {
	const rule = layers[room];
	if (rule === undefined) {
		return `${room} is not in the table of eslint.layers.mjs; add it there with what it may import.`;
	}
	if (!specifier.startsWith('.')) {
		return outsideRefusal(room, rule, specifier);
	}
	const target = path.resolve(path.dirname(importer), specifier);
	const targetRoom = roomOf(target);
	if (targetRoom === room) {
		return undefined;
	}
	if (isDynamic) {
		return `${room} may not load another room with import(): the layers must be visible in the import lines.`;
	}
	if (targetRoom === undefined) {
		return `${room} may not import ${specifier}: it lies outside src.`;
	}
	const files = rule.files?.find((files) => files.room === targetRoom);
	if (files !== undefined) {
		return files.pattern.test(target.replaceAll('\\', '/')) ? undefined : `${room} may import only ${files.name}: ${rule.why}.`;
	}
	if (!rule.rooms.includes(targetRoom)) {
		return `${room} may not import ${targetRoom}: ${rule.why}.`;
	}
	if (path.dirname(target) !== source && path.relative(path.join(source, targetRoom), target) !== 'index.ts') {
		return `${room} must import ${targetRoom} through its front door, ${targetRoom}/index.ts: the rest of a room is free to change.`;
	}
	return undefined;
}

function outsideRefusal(room, rule, specifier) {
	if (specifier.startsWith('node:')) {
		const name = specifier.slice('node:'.length);
		const allowed = rule.node === '*' || rule.node.includes(name);
		return allowed ? undefined : `${room} may not import ${specifier}: ${rule.why}.`;
	}
	const allowed = rule.packages.some((name) => specifier === name || specifier.startsWith(`${name}/`));
	return allowed ? undefined : `${room} may not import the package ${specifier}: ${rule.why}. (Built-in modules are written with node:.)`;
}

/** `layers/imports`: refuses imports that the table does not allow, type imports included. */
const imports = {
	meta: { type: 'problem', schema: [], messages: { refused: '{{reason}}' } },
	create(context) {
		const room = roomOf(context.filename);
		if (room === undefined) {
			return {};
		}
		const check = (node, isDynamic) => {
			if (node !== null && node !== undefined && typeof node.value === 'string') {
				const reason = refusal(room, context.filename, node.value, isDynamic);
				if (reason !== undefined) {
					context.report({ node, messageId: 'refused', data: { reason } });
				}
			}
		};
		return {
			ImportDeclaration: (node) => check(node.source, false),
			ExportNamedDeclaration: (node) => check(node.source, false),
			ExportAllDeclaration: (node) => check(node.source, false),
			ImportExpression: (node) => check(node.source, true),
			TSImportType: (node) => check(node.source ?? node.argument?.literal, false),
			'TSImportEqualsDeclaration > TSExternalModuleReference': (node) => check(node.expression, false),
		};
	},
};

/** `layers/front-door`: only index.ts re-exports, and it names what it exports. */
const frontDoor = {
	meta: {
		type: 'problem',
		schema: [],
		messages: {
			star: 'Name what is exported: a front door that says `*` cannot be read as the list of what a room offers.',
			elsewhere: 'Only index.ts re-exports; inside a room import the file that has it.',
		},
	},
	create(context) {
		const isFrontDoor = path.basename(context.filename) === 'index.ts';
		return {
			ExportAllDeclaration: (node) => context.report({ node, messageId: 'star' }),
			ExportNamedDeclaration: (node) => {
				if (node.source !== null && !isFrontDoor) {
					context.report({ node, messageId: 'elsewhere' });
				}
			},
		};
	},
};

/** The plugin that eslint.config.mjs loads. */
export default { meta: { name: 'layers' }, rules: { imports, 'front-door': frontDoor } };
