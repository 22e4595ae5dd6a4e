import assert from 'node:assert/strict';
import * as vscode from 'vscode';

const LIMIT_MS = 120_000;
const LOOK_EVERY_MS = 100;

/** Asks again until there is an answer. */
async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
	for (const endAt = Date.now() + LIMIT_MS / 2; ;) {
		const found = await look();
		if (found !== undefined) {
			return found;
		}
		assert.ok(Date.now() < endAt, `waited in vain: ${what}`);
		await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
	}
}

describe('Language features in the extension host', function () {
	this.timeout(LIMIT_MS);
	const [folder] = vscode.workspace.workspaceFolders ?? [];
	const file = (name: string): vscode.Uri => vscode.Uri.joinPath(folder?.uri ?? vscode.Uri.file('/'), '.vscode', name);

	/** Opens a document with a text; the place of each `|` in the text is told, and it is taken out. */
	async function opened(
		name: string,
		marked: string,
	): Promise<{ readonly document: vscode.TextDocument; readonly places: vscode.Position[] }> {
		const parts = marked.split('|');
		await vscode.workspace.fs.writeFile(file(name), new TextEncoder().encode(parts.join('')));
		const document = await vscode.workspace.openTextDocument(file(name));
		await vscode.window.showTextDocument(document);
		await until('the file is as it was written', () => (document.getText() === parts.join('') ? true : undefined));
		let offset = 0;
		const places = parts.slice(0, -1).map((part) => document.positionAt((offset += part.length)));
		return { document, places };
	}

	async function labels(document: vscode.TextDocument, place: vscode.Position | undefined): Promise<string[]> {
		const list = await vscode.commands.executeCommand<vscode.CompletionList>('vscode.executeCompletionItemProvider', document.uri, place);
		return list.items.map(({ label }) => (typeof label === 'string' ? label : label.label));
	}

	const codes = (document: vscode.TextDocument): string =>
		vscode.languages
			.getDiagnostics(document.uri)
			.filter(({ source }) => source === 'Device Lab')
			.map(({ code }) => (typeof code === 'object' ? code.value : code))
			.join();

	before(() => vscode.extensions.getExtension('ios-device-lab.ios-device-lab')?.activate());

	after(async () => {
		await vscode.commands.executeCommand('workbench.action.closeAllEditors');
		await vscode.workspace.fs.delete(file(''), { recursive: true });
	});

	it('complete names beside what the schema offers, each once, also after the engine was started again', async () => {
		await opened('device-lab.json', '{ "devices": { "payments": { "name": "Lab-1" } } }');
		const text = '{ "version": "2.0.0", "tasks": [{ "type": "deviceLab", "label": "x", "action": "|backup", "device": "|" }] }';
		const { document, places } = await opened('tasks.json', text);
		await until('devices are known', async () => ((await labels(document, places[1])).includes('Lab-2') ? true : undefined));
		await vscode.commands.executeCommand('deviceLab.engine.restart');
		const devices = await until('devices are known again', async () => {
			const found = await labels(document, places[1]);
			return found.includes('Lab-2') ? found : undefined;
		});
		assert.deepEqual(
			['payments', 'Lab-1', 'select', 'all'].map((label) => devices.filter((each) => each === label).length),
			[1, 1, 1, 1],
		);
		const actions = await until('the schema is there', async () => {
			const found = (await labels(document, places[0])).map((label) => label.replaceAll('"', ''));
			return found.includes('rollback') ? found : undefined;
		});
		assert.equal(actions.filter((each) => each === 'rollback').length, 1);
	});

	it('tell on hover what a device is, and the schema what an action does', async () => {
		const text = '{ "version": "2.0.0", "tasks": [{ "type": "deviceLab", "label": "x", "action": "back|up", "device": "pay|ments" }] }';
		const { document, places } = await opened('tasks.json', text);
		const hover = async (place: vscode.Position | undefined): Promise<string> => {
			const found = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', document.uri, place);
			return found.flatMap(({ contents }) => contents.map((each) => (typeof each === 'string' ? each : each.value))).join('\n');
		};
		assert.match((await hover(places[1])).replaceAll('&nbsp;', ' '), /Lab\\?-1, which is “payments” of the lab file/);
		assert.match(await hover(places[0]), /snapshot/i);
	});

	it('miss a snapshot, offer to take it, and see that it was taken', async () => {
		const text =
			'{ "version": "2.0.0", "tasks": [{ "type": "deviceLab", "label": "x", "action": "rollback", "device": "payments", "snapshot": "spotless" }] }';
		const { document } = await opened('tasks.json', text);
		await until('it is missed', () => (codes(document) === 'unknown-snapshot' ? true : undefined));
		const [diagnostic] = vscode.languages.getDiagnostics(document.uri).filter(({ source }) => source === 'Device Lab');
		assert.equal(diagnostic?.severity, vscode.DiagnosticSeverity.Warning);
		const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
			'vscode.executeCodeActionProvider',
			document.uri,
			diagnostic?.range,
		);
		const backUp = actions.find(({ title }) => title === 'Back Up “Lab-1” Now as “spotless”')?.command;
		assert.ok(backUp, actions.map(({ title }) => title).join());
		await vscode.commands.executeCommand(backUp.command, ...((backUp.arguments ?? []) as unknown[]));
		await until('it is there', () => (codes(document) === '' ? true : undefined));
	});

	it('put the right name in the place of a wrong one', async () => {
		const { document } = await opened('tasks.json', '{ "tasks": [{ "type": "deviceLab", "action": "verify", "device": "paymnets" }] }');
		await until('it is missed', () => (codes(document) === 'unknown-device' ? true : undefined));
		const { range } = vscode.languages.getDiagnostics(document.uri).find(({ source }) => source === 'Device Lab') ?? {};
		const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>('vscode.executeCodeActionProvider', document.uri, range);
		const edit = actions.find(({ title }) => title === 'Change to “payments”')?.edit;
		assert.ok(edit, actions.map(({ title }) => title).join());
		await vscode.workspace.applyEdit(edit);
		assert.match(document.getText(), /"device": "payments"/);
		await until('nothing is wrong', () => (codes(document) === '' ? true : undefined));
		await document.save();
	});

	it('put commands above the devices of the lab file', async () => {
		const { document } = await opened(
			'device-lab.json',
			'{ "devices": { "payments": { "name": "Lab-1" }, "small": { "name": "Nobody" } } }',
		);
		const titles = await until('they are there', async () => {
			const found = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', document.uri, 10);
			return found.length > 3 ? found.map(({ command }) => command?.title) : undefined;
		});
		assert.deepEqual(titles, ['Back Up Now', 'Roll Back…', 'Open Timeline', 'Choose Its Phone…']);
		await until('the other name is hinted at', () => (codes(document) === 'lab-device-not-here' ? true : undefined));
	});
});
