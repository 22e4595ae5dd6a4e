import assert from 'node:assert/strict';
import type * as vscode from 'vscode';
import { editor } from '../../../support/fakeVscode.ts';
import { ScriptedEngine } from '../../../support/commandBench.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import { settled } from '../../../support/eventually.ts';
import { device, FakeLab, job, snapshot } from '../../../support/fakeLab.ts';
import type { AppInfo } from '../../../../src/contract/index.ts';
import type { LabRow } from '../../../../src/views/tree/rows.ts';

const { DeviceApps } = await import('../../../../src/views/tree/deviceApps.ts');
const { DeviceFacts } = await import('../../../../src/views/tree/deviceFacts.ts');
const { DevicesTree } = await import('../../../../src/views/tree/devicesTree.ts');

const silent = { debug: () => {} } as unknown as vscode.LogOutputChannel;
const UDID = device().udid;
const PROBE = 'com.example.probe';

const probe: AppInfo = {
	bundleId: PROBE,
	name: 'Probe',
	version: '1.2',
	build: '7',
	kind: 'user',
	signing: 'development',
	fileSharing: false,
	hasGroups: false,
};
const chat: AppInfo = { ...probe, bundleId: 'com.example.chat', name: 'Chat', build: '1.2', signing: 'store' };
const plain: AppInfo = { bundleId: 'com.example.plain', kind: 'user', signing: 'unknown', fileSharing: false, hasGroups: false };

function open() {
	const lab = new FakeLab();
	const engine = new ScriptedEngine();
	const sizes: Record<string, Partial<AppInfo>> = {
		[PROBE]: { appBytes: 2e6, dataBytes: 1e6 },
		[chat.bundleId]: { appBytes: 1e9, dataBytes: 5e8 },
	};
	let installed = [probe, chat, plain];
	engine.on('apps/list', ({ sizes: wanted }: { sizes?: boolean }) =>
		installed.map((app) => (wanted === true ? { ...app, ...sizes[app.bundleId] } : app)),
	);
	lab.change({ devices: [device()] });
	const clock = new FakeClock();
	const facts = new DeviceFacts(lab, engine, silent);
	const apps = new DeviceApps(lab, engine, silent);
	const tree = new DevicesTree(lab, facts, apps, clock);
	const folder = async (): Promise<LabRow> => {
		const [top] = await tree.getChildren();
		const row = (await tree.getChildren(top)).find(({ kind }) => kind === 'apps');
		assert.ok(row);
		return row;
	};
	const text = (rows: readonly LabRow[]): string[] =>
		rows.map((row) => {
			const { label, description } = tree.getTreeItem(row);
			return [label, description].filter((part) => typeof part === 'string').join(' | ');
		});
	const words = (rows: readonly LabRow[]): (string | undefined)[] => rows.map((row) => tree.getTreeItem(row).contextValue);
	return { lab, engine, clock, tree, folder, text, words, install: (now: AppInfo[]) => void (installed = now) };
}

describe('the apps of a device', () => {
	beforeEach(() => editor.reset());

	it('are asked for when their folder is opened, and stand there largest first', async () => {
		const { engine, tree, folder, text, words } = open();
		const row = await folder();
		assert.deepEqual([text([row]), engine.params('apps/list')], [['Apps'], []]);
		await tree.getChildren(row);
		await settled();
		const rows = await tree.getChildren(row);
		assert.deepEqual(text(rows), ['Chat | 1.5 GB · store · 1.2', 'Probe | 3.0 MB · development · 1.2 (7)', 'com.example.plain | ']);
		assert.deepEqual(words(rows), ['app;distribution;idle', 'app;development;idle', 'app;unknownSigning;idle']);
		assert.deepEqual(text([row]), ['Apps | 3 · 1.5 GB']);
		assert.deepEqual(engine.params('apps/list'), [{ udid: UDID }, { udid: UDID, sizes: true }]);
		await tree.getChildren(row);
		assert.equal(engine.params('apps/list').length, 2, 'it is asked once');
	});

	it('say what they are in a sentence, and by icon and word', async () => {
		const { tree, folder } = open();
		const row = await folder();
		await tree.getChildren(row);
		await settled();
		const items = (await tree.getChildren(row)).map((each) => tree.getTreeItem(each));
		assert.deepEqual(
			items.map(({ iconPath, accessibilityInformation }) => [(iconPath as vscode.ThemeIcon).id, accessibilityInformation?.label]),
			[
				['package', 'App Chat, version 1.2. It takes 1.5 GB. Signed for the store: only backups of the whole device hold its data.'],
				['beaker', 'App Probe, version 1.2 (7). It takes 3.0 MB. Signed for development: its data can be kept and brought back alone.'],
				['package', 'App com.example.plain.'],
			],
		);
	});

	it('have the snapshots of their data below them, also when they are gone from the device', async () => {
		const { lab, tree, folder, text, words, install } = open();
		lab.store([
			snapshot({ id: 'b', kind: 'app', isHead: true, name: 'signed in', encrypted: false, app: { bundleId: PROBE, name: 'Probe' } }),
			snapshot({ id: 'a', kind: 'app', encrypted: false, app: { bundleId: 'com.example.old', name: 'Old' } }),
		]);
		install([probe]);
		const row = await folder();
		await tree.getChildren(row);
		await settled();
		const rows = await tree.getChildren(row);
		assert.deepEqual(text(rows), ['Probe | 3.0 MB · development · 1.2 (7) · 1 snapshot', 'Old | not installed · 1 snapshot']);
		assert.deepEqual(words(rows), ['app;development;hasSnapshots;idle', 'app;gone;hasSnapshots;idle']);
		const below = await tree.getChildren(rows[0]);
		assert.match(text(below)[0] ?? '', /^signed in \| the app is here · .* · 3\.1 GB · app Probe$/);
		assert.match(words(below)[0] ?? '', /^snapshot;appState;named;.*;attached;idle$/);
		const among = (await tree.getChildren((await tree.getChildren())[0])).filter(({ kind }) => kind === 'snapshot');
		assert.equal(among.length, 2);
		assert.ok(
			among.every(({ id }) => below.every((each) => each.id !== id)),
			'the same snapshot has an id in each place',
		);
	});

	it('are asked for again when a build was installed or removed, and shown with what changed', async () => {
		const { lab, clock, engine, tree, folder, text, install } = open();
		const row = await folder();
		await tree.getChildren(row);
		await settled();
		install([{ ...probe, version: '2.0', build: '8' }]);
		lab.end({ job: job({ kind: 'install' }), outcome: 'done' });
		assert.deepEqual(text([row]), ['Apps | 3 · 1.5 GB'], 'what was known stays in sight');
		await settled();
		clock.advance(1000);
		assert.deepEqual(text(await tree.getChildren(row)), ['Probe | 3.0 MB · development · 2.0 (8)']);
		assert.equal(engine.params('apps/list').length, 4);
		lab.end({ job: job({ kind: 'snapshot' }), outcome: 'done' });
		await settled();
		assert.equal(engine.params('apps/list').length, 4, 'a backup changes no app');
	});

	it('are said not to be known when the device does not list them', async () => {
		const { engine, tree, folder, text } = open();
		engine.on('apps/list', () => {
			throw new Error('no');
		});
		const row = await folder();
		assert.deepEqual(await tree.getChildren(row), []);
		assert.deepEqual(text([row]), ['Apps | the device did not list them']);
	});

	it('show a hostile name as a name, and no link in their tooltip', async () => {
		const { tree, folder, install } = open();
		install([{ ...probe, name: '$(zap) [x](command:evil)\n\u202e<b>' }]);
		const row = await folder();
		await tree.getChildren(row);
		const [app] = await tree.getChildren(row);
		assert.ok(app);
		const shown = tree.getTreeItem(app);
		assert.equal(shown.label, '$(zap) [x](command:evil) <b>');
		const tooltip = tree.resolveTreeItem(shown, app).tooltip as vscode.MarkdownString;
		assert.doesNotMatch(tooltip.value, /<|\]\(|command:/);
	});
});
