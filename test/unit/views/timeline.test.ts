import '../../support/fakeVscode.ts';
import assert from 'node:assert/strict';
import type * as vscode from 'vscode';
import type { FromTimeline, TimelineState, ToTimeline } from '../../../src/contract/index.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeEngine, FakeLab, device, job, snapshot } from '../../support/fakeLab.ts';
import { editor } from '../../support/fakeVscode.ts';

const { Timelines } = await import('../../../src/views/timeline/timelines.ts');
const { Uri } = (await import('../../support/vscodeStandIn.ts')) as unknown as typeof vscode;

const udid = device().udid;

function setUp() {
	editor.reset();
	const lab = new FakeLab();
	lab.devices = [device()];
	lab.stored.set(udid, [
		snapshot({ id: 'b2', parent: 'a1', isHead: true }),
		snapshot({ id: 'a1', name: 'fresh', takenAt: '2026-01-01T00:00:00Z' }),
	]);
	const client = new FakeEngine({
		'devices/history': [
			{
				udid,
				kind: 'build-installed',
				at: '2026-01-01T12:00:00.000Z',
				bundleId: 'com.acme.app',
				facts: { name: 'Acme', version: '2.1', build: '417' },
			},
			{ udid, kind: 'of-a-later-version', at: '2026-01-01T13:00:00.000Z', facts: {} },
		],
		'snapshots/diff': { before: 'a1', after: 'b2', groups: [], files: [], fileCount: 0 },
	});
	const opened: unknown[] = [];
	const log = { warn: () => {} } as unknown as vscode.LogOutputChannel;
	const timelines = new Timelines({
		lab,
		client,
		log,
		extensionUri: Uri.file('/extension'),
		passwords: { get: async () => ({ password: 'secret' }) },
		openFile: (file) => void opened.push(file),
	});
	return { lab, client, opened, timelines };
}

async function open(): Promise<(typeof editor.panels)[number]> {
	await editor.commands.get('deviceLab.timeline.open')?.({ udid });
	const panel = editor.panels.at(-1);
	assert.ok(panel);
	return panel;
}

/** What the page was told last, of one type. */
function told<T extends ToTimeline['type']>(panel: (typeof editor.panels)[number], type: T): Extract<ToTimeline, { type: T }> | undefined {
	return (panel.posted as ToTimeline[]).findLast((message): message is Extract<ToTimeline, { type: T }> => message.type === type);
}

async function ready(panel: (typeof editor.panels)[number]): Promise<TimelineState> {
	panel.say({ type: 'ready' } satisfies FromTimeline);
	await eventually('the state', () => told(panel, 'state') !== undefined);
	const state = told(panel, 'state')?.state;
	assert.ok(state);
	return state;
}

describe('timeline panel', () => {
	it('tells what happened again when a build was installed, which changes no snapshot', async () => {
		const { lab, client, timelines } = setUp();
		const panel = await open();
		await ready(panel);
		const asked = (): number => client.asked.filter(([method]) => method === 'devices/history').length;
		await eventually('the history', () => told(panel, 'events') !== undefined);
		lab.end({ job: job({ kind: 'install' }), outcome: 'done' });
		await eventually('the history again', () => asked() === 2);
		lab.end({ job: job({ kind: 'install', udid: 'another' }), outcome: 'done' });
		lab.end({ job: job({ kind: 'verify' }), outcome: 'done' });
		assert.equal(asked(), 2);
		timelines.dispose();
	});

	it('refuses everything in the page but its own script, style and font', async () => {
		const { timelines } = setUp();
		const { html } = await open();
		assert.match(
			html,
			/content="default-src 'none'; style-src https:\/\/page\.test; font-src https:\/\/page\.test; script-src 'nonce-[0-9a-f-]{36}'"/,
		);
		assert.doesNotMatch(html, /unsafe|style=|onload=/);
		timelines.dispose();
	});

	it('answers a page that is ready with the whole state, also when it comes back', async () => {
		const { timelines, lab } = setUp();
		const panel = await open();
		const state = await ready(panel);
		assert.deepEqual([state.device.name, state.device.ready, state.snapshots.map(({ id }) => id)], ['Lab-3', true, ['b2', 'a1']]);
		assert.equal(panel.title, 'Lab-3: Timeline');
		panel.show(false);
		panel.posted.length = 0;
		lab.change({ jobs: [job()] });
		assert.deepEqual(panel.posted, [], 'a hidden page is not told anything: it is gone');
		panel.show(true);
		assert.equal((await ready(panel)).jobs.length, 1);
		timelines.dispose();
	});

	it('tells what happened beside the snapshots', async () => {
		const { timelines } = setUp();
		const panel = await open();
		await ready(panel);
		await eventually('the events', () => told(panel, 'events') !== undefined);
		assert.deepEqual(told(panel, 'events')?.events, [
			{ id: '2026-01-01T12:00:00.000Z/0', at: '2026-01-01T12:00:00.000Z', kind: 'build-installed', subject: 'Acme 2.1 (417)' },
		]);
		timelines.dispose();
	});

	it('tells only what changed', async () => {
		const { timelines, lab } = setUp();
		const panel = await open();
		await ready(panel);
		panel.posted.length = 0;
		lab.change();
		assert.deepEqual(panel.posted, []);
		lab.stored.set(udid, [snapshot({ id: 'c3', parent: 'b2' }), snapshot({ id: 'b2', parent: 'a1', isHead: true })]);
		lab.change();
		const changes = told(panel, 'snapshots');
		assert.deepEqual([changes?.changed.map(({ id }) => id), changes?.removed], [['c3'], ['a1']]);
		lab.change({ devices: [] });
		assert.match(told(panel, 'device')?.device.obstacle ?? '', /not attached/);
		timelines.dispose();
	});

	it('carries out what the page asks by commands, on snapshots that are there', async () => {
		const { timelines } = setUp();
		const panel = await open();
		await ready(panel);
		editor.executed.length = 0;
		panel.say({ type: 'run', action: 'rollBack', snapshots: ['a1'] });
		panel.say({ type: 'run', action: 'delete', snapshots: ['gone'] });
		panel.say({ type: 'run', action: 'snapshot', snapshots: [] });
		panel.say({ type: 'run', action: 'compareWithNow', snapshots: ['a1'] });
		panel.say({ type: 'run', action: 'compareWithNow', snapshots: ['gone'] });
		panel.say({ type: 'run', action: 'eraseEverything', snapshots: ['a1'] });
		panel.say({ type: 'run', action: 'delete', snapshots: 'a1' });
		panel.say('nonsense');
		assert.deepEqual(editor.executed, [
			['deviceLab.snapshot.rollBack', { udid, snapshot: 'a1' }, [{ udid, snapshot: 'a1' }]],
			['deviceLab.device.backUp', { udid }, [{ udid }]],
			['deviceLab.snapshot.compare', { udid, snapshot: 'a1', withNow: true }, [{ udid, snapshot: 'a1', withNow: true }]],
		]);
		timelines.dispose();
	});

	it('compares with the password that is remembered, and opens files', async () => {
		const { timelines, client, opened } = setUp();
		const panel = await open();
		await ready(panel);
		panel.say({ type: 'diff', request: 7, before: 'a1', after: 'b2' });
		await eventually('the comparison', () => told(panel, 'diff')?.request === 7);
		assert.deepEqual(client.asked.slice(1), [['snapshots/diff', { udid, before: 'a1', after: 'b2', maxFiles: 2000, password: 'secret' }]]);
		const rows = { before: 'a1', after: 'b2', databases: [], unreadable: [], leftOut: 0 };
		panel.say({ type: 'rows', request: 8, before: 'a1', after: 'b2' });
		await eventually('why rows cannot be told', () => told(panel, 'rows')?.error !== undefined);
		Object.assign(client.answers, { 'contents/diffRows': rows });
		panel.say({ type: 'rows', request: 9, before: 'a1', after: 'b2' });
		await eventually('the rows', () => told(panel, 'rows')?.request === 9);
		assert.deepEqual(told(panel, 'rows')?.rows, rows);
		assert.deepEqual(client.asked.at(-1), ['contents/diffRows', { udid, before: 'a1', after: 'b2', password: 'secret' }]);
		const file = { before: 'a1', after: 'b2', domain: 'HomeDomain', path: 'a.txt' };
		panel.say({ type: 'openFile', ...file });
		assert.deepEqual(opened, [{ udid, ...file }]);
		timelines.dispose();
	});

	it('tells what a snapshot holds with the password that is remembered, and why it cannot', async () => {
		const { timelines, client } = setUp();
		const panel = await open();
		await ready(panel);
		panel.say({ type: 'coverage', request: 3, snapshot: 'a1' });
		await eventually('the answer', () => told(panel, 'coverage')?.request === 3);
		assert.ok(told(panel, 'coverage')?.error);
		Object.assign(client.answers, { 'contents/coverage': { holdings: [], storage: [] } });
		panel.say({ type: 'coverage', request: 4, snapshot: 'a1' });
		await eventually('the next answer', () => told(panel, 'coverage')?.request === 4);
		assert.deepEqual(told(panel, 'coverage')?.coverage, { holdings: [], storage: [] });
		assert.deepEqual(client.asked.at(-1), ['contents/coverage', { udid, snapshot: 'a1', password: 'secret' }]);
		panel.say({ type: 'coverage', request: 'x', snapshot: 'a1' });
		assert.equal(client.asked.length, 3);
		timelines.dispose();
	});

	it('opens one panel for a device, and hands keys to the one in front', async () => {
		const { timelines } = setUp();
		const panel = await open();
		await open();
		assert.equal(editor.panels.length, 1);
		editor.commands.get('deviceLab.timeline.next')?.();
		assert.deepEqual(told(panel, 'key'), { type: 'key', key: 'next' });
		panel.show(false);
		assert.equal(editor.contexts.get('deviceLab.timelineFocus'), 'other');
		timelines.dispose();
	});

	it('comes back after a restart as what it showed, and not with nothing', async () => {
		const { timelines } = setUp();
		const { window } = (await import('../../support/vscodeStandIn.ts')) as unknown as typeof vscode;
		const panel = window.createWebviewPanel('deviceLab.timeline', '', 1);
		await timelines.deserializeWebviewPanel(panel, { udid });
		assert.equal(panel.title, 'Lab-3: Timeline');
		const empty = window.createWebviewPanel('deviceLab.timeline', '', 1);
		await timelines.deserializeWebviewPanel(empty, { udid: 7 });
		assert.equal(editor.panels.at(-1)?.isDisposed, true);
		timelines.dispose();
	});

	it('keeps nothing when it is closed', async () => {
		const { timelines, lab } = setUp();
		const panel = await open();
		await ready(panel);
		panel.dispose();
		lab.change({ jobs: [job()] });
		await open();
		assert.equal(editor.panels.length, 2, 'a closed panel is not shown again');
		timelines.dispose();
		assert.deepEqual([editor.held, editor.commands.size], [0, 0]);
	});
});
