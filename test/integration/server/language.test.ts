import assert from 'node:assert/strict';
import { join } from 'node:path';
import type {
	CodeAction,
	CodeLens,
	CompletionList,
	Diagnostic,
	Hover,
	InitializeResult,
	PublishDiagnosticsParams,
} from 'vscode-languageserver/node';
import { MarkupKind } from 'vscode-languageserver/node';
import { EDITOR_FACTS_CHANGED, type LabDocumentKind } from '../../../src/contract/index.ts';
import { eventually } from '../../support/eventually.ts';
import { HostSpawned } from '../../support/labHosts.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { useLab } from '../../support/virtualLab.ts';

const folder = 'file:///app/.vscode';
const uris: Readonly<Record<LabDocumentKind, string>> = {
	tasks: `${folder}/tasks.json`,
	launch: `${folder}/launch.json`,
	lab: `${folder}/device-lab.json`,
};

describe('Language features over the protocol', function () {
	this.timeout(120_000);
	const temp = useTempFolder();
	const lab = useLab({ seed: 'language', settings: { passcode: 'none', rebootMs: 20 } });
	let host: HostSpawned;
	/** Files beside the documents, as the editor reads them. */
	let files: Record<string, string>;
	let mapped: Record<string, string>;
	let isRemembered: boolean;
	let asked: string[];
	const told = new Map<string, readonly Diagnostic[]>();

	beforeEach(async () => {
		files = {};
		mapped = {};
		isRemembered = false;
		asked = [];
		told.clear();
		host = await HostSpawned.start({ muxer: lab.address, storeFolder: join(temp.path, 'store') });
		const { connection } = host;
		connection.onRequest('language/readFile', ({ uri }: { uri: string }) => files[uri] ?? null);
		connection.onRequest('language/mappedDevices', ({ names }: { names: string[] }) => names.map((name) => mapped[name] ?? null));
		connection.onRequest('language/remembered', ({ snapshots }: { snapshots: { snapshot: string }[] }) => {
			asked.push(...snapshots.map(({ snapshot }) => snapshot));
			return snapshots.map(() => isRemembered);
		});
		connection.onNotification('textDocument/publishDiagnostics', ({ uri, diagnostics }: PublishDiagnosticsParams) => {
			told.set(uri, diagnostics);
		});
	});
	afterEach(() => host.stop());

	const open = (kind: LabDocumentKind, text: string): Promise<void> =>
		host.connection.sendNotification('textDocument/didOpen', {
			textDocument: { uri: uris[kind], languageId: 'jsonc', version: 1, text },
		});
	/** Asks about the place of `|`, which is opened without it. */
	async function at<T>(method: string, kind: LabDocumentKind, marked: string): Promise<T> {
		await open(kind, marked.replace('|', ''));
		const lines = marked.slice(0, marked.indexOf('|')).split('\n');
		const position = { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 };
		return host.connection.sendRequest<T>(method, { textDocument: { uri: uris[kind] }, position });
	}
	const codes = (kind: LabDocumentKind): unknown[] | undefined => told.get(uris[kind])?.map(({ code }) => code);
	const task = (fields: string): string => `{ "version": "2.0.0", "tasks": [{ "label": "clean phone", "type": "deviceLab", ${fields} }] }`;

	it('are told when the server starts', async () => {
		const fresh = await HostSpawned.start({ muxer: lab.address, storeFolder: join(temp.path, 'other') });
		await fresh.stop();
		assert.deepEqual(Object.keys((fresh.initialized as InitializeResult).capabilities).sort(), [
			'codeActionProvider',
			'codeLensProvider',
			'completionProvider',
			'hoverProvider',
			'textDocumentSync',
		]);
	});

	it('complete devices, snapshots and apps with facts, and write them as JSON', async () => {
		await host.request('snapshots/take', { udid: lab.udid, name: 'clean' });
		files[uris.lab] = '{ "devices": { "payments": { "name": "Lab-1" } } }';
		const devices = await at<CompletionList>('textDocument/completion', 'tasks', task('"action": "backup",\n"device": "pa|"'));
		const [first] = devices.items;
		assert.deepEqual(
			[first?.label, first?.textEdit],
			['payments', { range: { start: { line: 1, character: 10 }, end: { line: 1, character: 14 } }, newText: '"payments"' }],
		);
		assert.match(first?.labelDetails?.description ?? '', /^Lab-1 · iPhone .* · iOS [\d.]+ · attached$/);
		await host.connection.sendNotification('textDocument/didClose', { textDocument: { uri: uris.tasks } });
		const snapshots = await at<CompletionList>('textDocument/completion', 'tasks', task('"action": "rollback", "snapshot": |'));
		assert.deepEqual([snapshots.items[0]?.label, snapshots.items[0]?.kind !== undefined], ['clean', true]);
		await host.connection.sendNotification('textDocument/didClose', { textDocument: { uri: uris.tasks } });
		const apps = await at<CompletionList>('textDocument/completion', 'tasks', task('"action": "backup", "bundleId": "|"'));
		assert.ok(apps.items.length > 0, 'the apps of the device');
	});

	it('tell on hover what a device and a snapshot are, as plain text', async () => {
		await host.request('snapshots/take', { udid: lab.udid, name: 'clean', note: '[x](command:evil)' });
		const hover = await at<Hover>('textDocument/hover', 'tasks', task('"action": "rollback", "device": "Lab-1", "snapshot": "cl|ean"'));
		const { kind, value } = hover.contents as { kind: string; value: string };
		assert.equal(kind, MarkupKind.PlainText);
		assert.match(value, /^clean · iOS .*\nTaken Today, .* of Lab-1\.\n(?:.*\n)*Note: \[x\]\(command:evil\)$/);
	});

	it('follow what happens to devices and snapshots, without being asked', async () => {
		await open('tasks', task('"action": "rollback", "device": "Lab-1", "snapshot": "clean"'));
		await eventually('the snapshot is missed', () => codes('tasks')?.join() === 'unknown-snapshot');
		await host.request('snapshots/take', { udid: lab.udid, name: 'clean' });
		const takenAt = Date.now();
		await eventually('it is there', () => codes('tasks')?.length === 0);
		console.log(`      ${Date.now() - takenAt} ms until the document knew`);
		await lab.tell('unplug');
		await eventually('the device is away', () => codes('tasks')?.join() === 'device-not-attached');
		assert.deepEqual(
			told.get(uris.tasks)?.map(({ severity }) => severity),
			[4],
		);
		await lab.tell('plug');
		await eventually('it is back', () => codes('tasks')?.length === 0);
	});

	it('offer what helps: a name, a device of the lab file, a snapshot', async () => {
		await host.request('snapshots/take', { udid: lab.udid, name: 'clean' });
		await open('tasks', task('"action": "rollback", "device": "Lba-1", "snapshot": "clean"'));
		await eventually('the device is missed', () => codes('tasks')?.join() === 'unknown-device');
		const [diagnostic] = told.get(uris.tasks) ?? [];
		const actions = await host.connection.sendRequest<CodeAction[]>('textDocument/codeAction', {
			textDocument: { uri: uris.tasks },
			range: diagnostic?.range,
			context: { diagnostics: [diagnostic] },
		});
		assert.deepEqual(
			actions.map(({ title }) => title),
			['Change to “Lab-1”', 'Add “Lba-1” to the Lab File: Lab-1'],
		);
		assert.deepEqual(actions[0]?.edit?.changes?.[uris.tasks]?.[0]?.newText, '"Lab-1"');
		const [create, edit] = actions[1]?.edit?.documentChanges ?? [];
		assert.deepEqual([create && 'kind' in create ? create.kind : '', edit && 'edits' in edit ? edit.edits.length : 0], ['create', 1]);
	});

	it('ask the editor for files and answers, and again when it says that they are others', async () => {
		files[uris.tasks] = task('"action": "backup"');
		await open('launch', '{ "configurations": [{ "preLaunchTask": "claen phone" }] }');
		await eventually('the task is missed', () => codes('launch')?.join() === 'unknown-task');
		files[uris.tasks] = files[uris.tasks]?.replace('clean phone', 'claen phone') ?? '';
		await host.connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [{ uri: uris.tasks, type: 2 }] });
		await eventually('it is there', () => codes('launch')?.length === 0);

		await open('lab', '{ "devices": { "small": { "name": "Nobody" } } }');
		await eventually('nobody has the name', () => codes('lab')?.join() === 'lab-device-not-here');
		mapped = { small: lab.udid };
		await host.connection.sendNotification(EDITOR_FACTS_CHANGED);
		await eventually('somebody has it', () => codes('lab')?.length === 0);
		const found = await host.connection.sendRequest<CodeLens[]>('textDocument/codeLens', { textDocument: { uri: uris.lab } });
		assert.deepEqual(
			found.map(({ command }) => [command?.title, command?.command, command?.arguments]),
			[
				['Back Up Now', 'deviceLab.device.backUp', [{ udid: lab.udid }]],
				['Open Timeline', 'deviceLab.timeline.open', [{ udid: lab.udid }]],
			],
		);
	});

	it('ask whether a password is remembered only of encrypted snapshots that a document names, and never for it', async () => {
		await host.request('encryption/change', { udid: lab.udid, newPassword: 'correct horse' });
		const { id } = await host.request('snapshots/take', { udid: lab.udid, name: 'sealed' });
		await host.request('encryption/change', { udid: lab.udid, oldPassword: 'correct horse' });
		await host.request('snapshots/take', { udid: lab.udid, name: 'open' });
		await open('tasks', task('"action": "rollback", "device": "Lab-1", "snapshot": "sealed"'));
		await eventually('the password is missed', () => codes('tasks')?.join() === 'password-not-remembered');
		assert.deepEqual(asked, [id]);
		isRemembered = true;
		await host.connection.sendNotification(EDITOR_FACTS_CHANGED);
		await eventually('it is remembered', () => codes('tasks')?.length === 0);
	});

	it('leave large, deep and broken documents alone', async () => {
		await open('lab', `{ "devices": ${'{"a":'.repeat(100_000)}`);
		await open('launch', `{ "deviceLab": [${'"x",'.repeat(300_000)}] }`);
		await open('tasks', task('"action": "rollback", "device": "Lab-1", "snapshot": '));
		const position = { line: 0, character: 10 };
		for (const uri of [uris.lab, uris.launch]) {
			for (const method of ['textDocument/completion', 'textDocument/hover']) {
				assert.equal(await host.connection.sendRequest(method, { textDocument: { uri }, position }), null);
			}
		}
		await eventually('they were looked at', () => told.size === 3);
		assert.deepEqual([codes('lab'), codes('launch')], [[], []]);
	});
});
