import assert from 'node:assert/strict';
import type * as vscode from 'vscode';
import type { LabRow } from '../../../src/views/tree/rows.ts';
import { settled } from '../../support/eventually.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { device, FakeEngine, FakeLab, job, snapshot } from '../../support/fakeLab.ts';
import { editor } from '../../support/fakeVscode.ts';

const { registerViews } = await import('../../../src/views/registerViews.ts');

const lost = { code: 'CONNECTION_LOST', message: 'gone', details: {} } as const;

function start() {
	editor.reset();
	const lab = new FakeLab();
	const engine = new FakeEngine();
	const clock = new FakeClock();
	const logged: string[] = [];
	const note = (text: string): void => void logged.push(text);
	const log = { info: note, error: note, warn: note, debug: note, show: () => note('shown') } as unknown as vscode.LogOutputChannel;
	const views = registerViews({ lab, client: engine, log, clock });
	const [status] = editor.statusItems;
	const devices = editor.trees.get('deviceLab.devices');
	assert.ok(status !== undefined && devices !== undefined);
	return { lab, engine, clock, logged, views, status, devices };
}

describe('status bar', () => {
	it('is hidden while nothing is attached and nothing goes on', () => {
		const { lab, status } = start();
		assert.equal(status.shown, false);
		lab.change({ devices: [device()] });
		assert.deepEqual([status.shown, status.text, status.command], [true, '$(device-mobile) 1 device', 'deviceLab.devices.focus']);
		lab.change({ devices: [device(), device({ udid: 'B' })] });
		assert.equal(status.text, '$(device-mobile) 2 devices');
		lab.change({ devices: [] });
		assert.equal(status.shown, false);
	});

	it('says in words what goes on, and what a person must do before all else', () => {
		const { lab, status } = start();
		const transferring = job({ phase: 'transferring', percent: 34.2, transferredBytes: 3.1e9, expectedBytes: 9e9 });
		lab.change({ devices: [device()], jobs: [transferring] });
		assert.deepEqual(
			[status.text, status.backgroundColor, status.command],
			['$(sync~spin) Lab-3: transferring 3.1 of ~9.0 GB 34 %', undefined, '_deviceLab.jobs.show'],
		);
		lab.change({ jobs: [transferring, job({ id: 'job-2', udid: 'B', deviceName: '$(x)', waitsFor: 'passcode' })] });
		assert.deepEqual(
			[status.text, status.backgroundColor?.id, status.accessibilityInformation?.label],
			['$(bell-dot) Enter the passcode on “\\$(x)”', 'statusBarItem.warningBackground', 'Device Lab: Enter the passcode on “$(x)”'],
		);
		lab.change({ jobs: [job({ waitsFor: 'passcode' }), job({ id: 'job-2', udid: 'B', waitsFor: 'trust' })] });
		assert.equal(status.text, '$(bell-dot) Enter the passcode on “Lab-3” · 2 devices wait');
		lab.change({ jobs: [transferring, job({ id: 'job-2', udid: undefined, kind: 'prune' })] });
		assert.equal(status.text, '$(sync~spin) 2 jobs · Lab-3: transferring 3.1 of ~9.0 GB 34 %');
	});

	it('says for a while how a job ended', () => {
		const { lab } = start();
		lab.end({ job: job(), outcome: 'done' });
		lab.end({ job: job(), outcome: 'cancelled' });
		assert.deepEqual(editor.statusMessages, ['$(check) Backup of “Lab-3”: done', '$(circle-slash) Backup of “Lab-3”: cancelled']);
	});

	it('does not show as a success what was done and found damage, or a device that differs', () => {
		const { lab } = start();
		lab.end({ job: job({ kind: 'verify' }), outcome: 'done', finding: 'damage' });
		lab.end({ job: job({ kind: 'verify', udid: undefined, deviceName: undefined }), outcome: 'done', finding: 'damage' });
		lab.end({ job: job({ kind: 'rollback' }), outcome: 'done', finding: 'differs' });
		assert.deepEqual(editor.statusMessages, [
			'$(warning) Verification of “Lab-3”: damage was found',
			'$(warning) Verification: damage was found',
			'$(warning) Roll-back of “Lab-3”: done, and the device differs from the snapshot',
		]);
	});

	it('opens the list of jobs, which cancels and closes with the last one', async () => {
		const { lab, clock } = start();
		lab.change({ jobs: [job({ phase: 'preparing' }), job({ id: 'job-2', kind: 'verify', udid: undefined })] });
		const closed = editor.commands.get('_deviceLab.jobs.show')?.() as Promise<void>;
		const [pick] = editor.quickPicks;
		assert.ok(pick);
		assert.deepEqual(
			pick.items.map(({ label, description }) => `${label} | ${description}`),
			['$(sync~spin) Backup of Lab-3 | preparing', '$(sync~spin) Verification | '],
		);
		pick.pressButton(1);
		assert.deepEqual(editor.executed, [['deviceLab.job.cancel', { jobId: 'job-2' }]]);
		lab.change({ jobs: [] });
		clock.advance(1000);
		await closed;
		assert.equal(clock.pending, 0);
	});
});

describe('notifications', () => {
	const asked = (): string[] => editor.progressNotices.map(({ title }) => title);

	it('ask a person once for each job and what it waits for', async () => {
		const { lab } = start();
		lab.change({ jobs: [job({ waitsFor: 'passcode' })] });
		assert.deepEqual(asked(), ['Enter the passcode on “Lab-3”.']);
		lab.change({ jobs: [job({ phase: 'transferring' })] });
		await settled();
		lab.change({ jobs: [job({ waitsFor: 'passcode' })] });
		assert.deepEqual(asked(), []);
		lab.change({ jobs: [job({ waitsFor: 'unlock' }), job({ id: 'job-2', waitsFor: 'trust', deviceName: '[x](command:evil)$(x)' })] });
		assert.deepEqual(asked(), ['Unlock “Lab-3”.', 'Unlock “[x]\u2060(command:evil)$\u2060(x)” and tap Trust.']);
	});

	it('stop asking when it is done, when the job is being cancelled or has ended, and when the window closes', async () => {
		const waiting = job({ waitsFor: 'passcode' });
		for (const after of [[job({ phase: 'preparing' })], [{ ...waiting, cancelling: true }], []]) {
			const { lab } = start();
			lab.change({ jobs: [waiting] });
			assert.equal(asked().length, 1);
			lab.change({ jobs: after });
			await settled();
			assert.deepEqual(asked(), []);
		}
		const { lab, views } = start();
		lab.change({ jobs: [waiting] });
		views.dispose();
		await settled();
		assert.deepEqual(asked(), []);
	});

	it('offer to cancel the job that asks', async () => {
		const { lab } = start();
		lab.change({ jobs: [job({ waitsFor: 'passcode' })] });
		editor.progressNotices[0]?.cancel();
		await settled();
		assert.deepEqual(editor.executed, [['deviceLab.job.cancel', { jobId: 'job-1' }]]);
		assert.deepEqual(asked(), []);
	});

	it('say what failed, and nothing of what was cancelled or is done', () => {
		const { lab, logged } = start();
		lab.end({ job: job(), outcome: 'done' });
		lab.end({ job: job(), outcome: 'cancelled' });
		assert.equal(editor.messages.length, 0);
		lab.end({ job: job(), outcome: 'failed', error: lost });
		assert.match(editor.messages[0]?.text ?? '', /^The connection to “Lab-3” was lost\. The device is as it was/);
		lab.end({ job: job(), outcome: 'interrupted' });
		assert.match(editor.messages[1]?.text ?? '', /^The engine of Device Lab ended unexpectedly\./);
		assert.doesNotMatch(logged.join('\n'), /Lab-3/, 'the log names no device');
	});

	it('tell of the end of long work where all are wanted and nobody looks', () => {
		const { lab } = start();
		const long = job({ startedAt: new Date(Date.now() - 120_000).toISOString() });
		editor.settings.set('deviceLab.notifications', 'all');
		lab.end({ job: long, outcome: 'done' });
		editor.focused = false;
		lab.end({ job: job({ startedAt: new Date().toISOString() }), outcome: 'done' });
		assert.equal(editor.messages.length, 0);
		lab.end({ job: long, outcome: 'done' });
		assert.deepEqual(editor.messages, [{ severity: 'info', text: 'Backup of “Lab-3”: done', actions: [] }]);
	});

	it('leave it to whoever asked for work to tell what came of it', () => {
		const { lab, views } = start();
		const long = job({ kind: 'rollback', startedAt: new Date(Date.now() - 120_000).toISOString() });
		editor.settings.set('deviceLab.notifications', 'all');
		editor.focused = false;
		const left = views.leaveResult({ kind: 'rollback', udid: long.udid ?? '' });
		lab.end({ job: long, outcome: 'done' });
		assert.equal(editor.messages.length, 0);
		lab.end({ job: { ...long, udid: 'other' }, outcome: 'done' });
		assert.equal(editor.messages.length, 1);
		left.dispose();
		lab.end({ job: long, outcome: 'done' });
		assert.equal(editor.messages.length, 2);
	});

	it('tell once why automatic backups fail, and not that a phone was taken away', () => {
		const { lab } = start();
		const automatic = job({ automatic: true });
		const full = { code: 'HOST_FULL', message: 'full', details: {} } as const;
		const fail = (error: typeof full | typeof lost): number => {
			lab.end({ job: automatic, outcome: 'failed', error });
			return editor.messages.length;
		};
		assert.deepEqual([fail(lost), fail(full), fail(full), fail(lost), fail(full)], [0, 1, 1, 1, 2]);
		lab.end({ job: automatic, outcome: 'done' });
		assert.equal(fail(full), 3);
	});

	it('are silent where nobody wants them', () => {
		const { lab } = start();
		editor.settings.set('deviceLab.notifications', 'never');
		lab.change({ jobs: [job({ waitsFor: 'passcode' })] });
		lab.end({ job: job(), outcome: 'failed', error: lost });
		assert.equal(editor.messages.length + editor.progressNotices.length, 0);
		assert.match(editor.statusMessages.at(-1) ?? '', /was lost/);
	});
});

describe('views', () => {
	it('have a badge with the phones that wait for a person', () => {
		const { lab, devices } = start();
		lab.change({ devices: [device()], jobs: [job(), job({ id: 'b', udid: 'B', deviceName: 'Lab-4', waitsFor: 'passcode' })] });
		assert.deepEqual(devices.badge, { value: 1, tooltip: 'Enter the passcode on “Lab-4”.' });
		const urgent = job({ id: 'c', udid: 'C', deviceName: 'Lab-5', waitsFor: 'passcode', waitsUntil: '2026-01-02T03:01:00.000Z' });
		lab.change({ jobs: [job({ waitsFor: 'passcode', waitsUntil: '2026-01-02T03:02:00.000Z' }), urgent] });
		assert.equal(devices.badge?.tooltip, 'Enter the passcode on “Lab-5”.\nEnter the passcode on “Lab-3”.');
		lab.change({ jobs: [] });
		assert.equal(devices.badge, undefined);
	});

	it('say in one line what concerns the whole lab, but not what the welcome view says better', () => {
		const { lab, devices } = start();
		const away = { code: 'MUX_UNAVAILABLE', message: '', details: { address: '10.0.0.5:27015' } };
		lab.change({ problems: [away] });
		assert.equal(devices.message, undefined);
		lab.change({ devices: [device()] });
		assert.match(devices.message ?? '', /does not answer at 10\.0\.0\.5:27015\.$/);
		lab.change({ problems: [away, { code: 'STORE_DAMAGED', message: '', details: {} }] });
		assert.equal(devices.message, 'A part of the snapshots is damaged.');
		lab.change({ problems: [{ code: 'ENGINE_STOPPED', message: '', details: {} }] });
		assert.equal(devices.message, undefined, 'it starts again, or the welcome view offers to restart it');
		lab.change({ problems: [] });
		assert.equal(devices.message, undefined);
	});

	it('show a progress bar while jobs run', async () => {
		const { lab, views } = start();
		lab.change({ jobs: [job()] });
		lab.change({ jobs: [job({ percent: 5 })] });
		assert.deepEqual(editor.progress, { running: 1, begun: 1 });
		lab.change({ jobs: [job({ waitsFor: 'passcode' })] });
		await settled();
		assert.equal(editor.progress.running, 0, 'the badge has its place');
		lab.change({ jobs: [job()] });
		views.dispose();
		await settled();
		assert.equal(editor.progress.running, 0, 'it ends with the views');
	});

	it('set the context keys of menus and welcome views', () => {
		const { lab, engine } = start();
		const keys = (): string => [...editor.contexts].map(([key, value]) => `${key.replace('deviceLab.', '')}=${String(value)}`).join(' ');
		assert.equal(keys(), 'engine=ready hasMuxer=true hasDevices=false hasSnapshots=false jobRuns=false');
		lab.change({ problems: [{ code: 'MUX_UNAVAILABLE', message: '', details: { address: 'a' } }] });
		engine.turn('failed');
		assert.equal(keys(), 'engine=failed hasMuxer=false hasDevices=false hasSnapshots=false jobRuns=false');
		editor.settings.set('deviceLab.usbmux.addresses', ['a', 'b']);
		engine.turn('running');
		lab.isReady = false;
		lab.change({ jobs: [job()] });
		lab.store([snapshot()]);
		assert.equal(keys(), 'engine=starting hasMuxer=true hasDevices=false hasSnapshots=true jobRuns=true');
	});

	it('give key bindings the selected rows, and only those that they are for', async () => {
		const { lab, devices } = start();
		lab.change({ devices: [device()] });
		lab.store([snapshot({ id: 'a' }), snapshot({ id: 'b' })]);
		const tree = devices.options.treeDataProvider as vscode.TreeDataProvider<LabRow>;
		const [row] = (await tree.getChildren()) ?? [];
		const below = (await tree.getChildren(row)) ?? [];
		devices.selection = below;
		await editor.commands.get('_deviceLab.selection.delete')?.();
		const rows = below.filter(({ kind }) => kind === 'snapshot');
		assert.deepEqual(editor.executed, [['deviceLab.snapshot.delete', rows[0], rows]]);
		devices.selection = [row];
		await editor.commands.get('_deviceLab.selection.name')?.();
		assert.equal(editor.executed.length, 1);
	});

	it('release everything', () => {
		const { views } = start();
		views.dispose();
		assert.equal(editor.held, 0);
		assert.equal(editor.commands.size, 0);
	});
});
