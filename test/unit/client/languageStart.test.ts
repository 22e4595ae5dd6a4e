import assert from 'node:assert/strict';
import type * as vscode from 'vscode';
import { Emitter } from '../../../src/base/index.ts';
import { EditorLanguageSide, LanguageStart, type ClientState } from '../../../src/client/index.ts';
import { settled } from '../../support/eventually.ts';

/** A place in a work tree, by its path. */
function uriOf(path: string): vscode.Uri {
	return { path, with: ({ path: other }: { path: string }) => uriOf(other) } as unknown as vscode.Uri;
}

/** An editor with files, and what it did with them. */
class FakeWorkspace {
	readonly #opened = new Emitter<vscode.TextDocument>();
	readonly #changed = new Emitter<vscode.TextDocumentChangeEvent>();
	readonly files = new Map<string, string>();
	readonly read: string[] = [];
	textDocuments: vscode.TextDocument[] = [];
	/** Documents whose whole text was asked for. */
	readonly looked: string[] = [];

	readonly onDidOpenTextDocument = this.#opened.event as unknown as vscode.Event<vscode.TextDocument>;
	readonly onDidChangeTextDocument = this.#changed.event as unknown as vscode.Event<vscode.TextDocumentChangeEvent>;
	readonly fs = {
		stat: async ({ path }: vscode.Uri) => {
			const text = this.files.get(path);
			if (text === undefined) {
				throw new Error('There is none.');
			}
			return { size: text.length };
		},
		readFile: async ({ path }: vscode.Uri) => {
			this.read.push(path);
			return new TextEncoder().encode(this.files.get(path));
		},
	} as unknown as vscode.FileSystem;

	document(path: string, text: string): vscode.TextDocument {
		const getText = (): string => (this.looked.push(path), text);
		return { uri: uriOf(path), getText } as unknown as vscode.TextDocument;
	}

	async open(path: string, text: string): Promise<void> {
		this.#opened.fire(this.document(path, text));
		await settled();
	}

	change(path: string, text: string): void {
		this.#changed.fire({ document: this.document(path, text) } as unknown as vscode.TextDocumentChangeEvent);
	}
}

function bench(open: readonly (readonly [path: string, text: string])[] = []) {
	const workspace = new FakeWorkspace();
	workspace.textDocuments = open.map(([path, text]) => workspace.document(path, text));
	const engine: { state: ClientState; starts: number } = { state: 'stopped', starts: 0 };
	const start = new LanguageStart(engine, { whenReady: async () => void engine.starts++ }, workspace);
	return { workspace, engine, start };
}

const OURS = '{ "tasks": [{ "type": "deviceLab", "action": "backup" }] }';

describe('The start of language features', () => {
	it('starts the engine for documents that have to do with us', async () => {
		for (const [path, text] of [
			['/w/.vscode/tasks.json', OURS],
			['/w/.vscode/launch.json', '{ "udid": "${command:deviceLab.value.udid}" }'],
			['/w/.vscode/device-lab.json', '{}'],
		] as const) {
			const { workspace, engine, start } = bench();
			await workspace.open(path, text);
			assert.equal(engine.starts, 1, path);
			start.dispose();
			assert.equal(bench([[path, text]]).engine.starts, 1, `${path}, open already`);
		}
	});

	it('starts nothing for others, and reads nothing of them', async () => {
		const { workspace, engine } = bench();
		for (const path of ['/w/tasks.json', '/w/tsconfig.json', '/w/.vscode/settings.json', '/w/.vscode/x/tasks.json']) {
			await workspace.open(path, OURS);
		}
		assert.deepEqual([engine.starts, workspace.looked, workspace.read], [0, [], []]);
		await workspace.open('/w/.vscode/tasks.json', '{ "tasks": [{ "type": "shell" }] }');
		await workspace.open('/w/.vscode/tasks.json', `// ${'x'.repeat(1024 * 1024)} deviceLab`);
		assert.equal(engine.starts, 0);
	});

	it('looks at the tasks beside a launch.json', async () => {
		const { workspace, engine } = bench();
		await workspace.open('/w/.vscode/launch.json', '{}');
		workspace.files.set('/w/.vscode/tasks.json', '{}');
		await workspace.open('/w/.vscode/launch.json', '{}');
		assert.equal(engine.starts, 0);
		workspace.files.set('/w/.vscode/tasks.json', OURS);
		await workspace.open('/w/.vscode/launch.json', '{}');
		assert.equal(engine.starts, 1);
	});

	it('sees when somebody begins to write about us, and looks no more once the engine runs or has failed', async () => {
		const { workspace, engine } = bench();
		workspace.change('/w/.vscode/tasks.json', '{ "type": "device');
		assert.equal(engine.starts, 0);
		workspace.change('/w/.vscode/tasks.json', '{ "type": "deviceLab');
		assert.equal(engine.starts, 1);
		for (const state of ['starting', 'running', 'failed'] as const) {
			engine.state = state;
			workspace.looked.length = 0;
			workspace.change('/w/.vscode/tasks.json', OURS);
			assert.deepEqual([engine.starts, workspace.looked], [1, []], state);
		}
	});
});

describe('What the editor answers to language features', () => {
	it('is files of ours only, names that were chosen, and whether a password is remembered', async () => {
		const workspace = new FakeWorkspace();
		workspace.files
			.set('/w/.vscode/tasks.json', OURS)
			.set('/etc/passwd', 'root')
			.set('/w/.vscode/launch.json', 'x'.repeat(1024 * 1024 + 1));
		const changed = new Emitter<vscode.SecretStorageChangeEvent>();
		const side = new EditorLanguageSide({
			workspace,
			parseUri: (uri) => uriOf(uri.replace('file://', '')),
			names: { mapped: (name) => (name === 'payments' ? 'A' : undefined) },
			passwords: { where: async ({ snapshot }) => (snapshot === '1' ? 'device' : undefined) },
			secrets: { onDidChange: changed.event },
		});
		const read = (path: string): Promise<string | null> => side.answers['language/readFile']({ uri: `file://${path}` });
		assert.deepEqual(
			[
				await read('/w/.vscode/tasks.json'),
				await read('/etc/passwd'),
				await read('/w/.vscode/launch.json'),
				await read('/.vscode/tasks.json'),
			],
			[OURS, null, null, null],
		);
		assert.deepEqual(await side.answers['language/mappedDevices']({ names: ['payments', 'constructor'] }), ['A', null]);
		const snapshots = ['1', '2'].map((snapshot) => ({ udid: 'A', snapshot }));
		assert.deepEqual(await side.answers['language/remembered']({ snapshots }), [true, false]);
		let changes = 0;
		side.onDidChange(() => changes++);
		changed.fire({ key: 'backupPassword/A' });
		assert.equal(changes, 1);
	});
});
