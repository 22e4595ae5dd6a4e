import assert from 'node:assert/strict';
import { Lab, LabFailure, type LabChange } from '../../../src/client/index.ts';
import type { DeviceInfo, JobInfo, SnapshotInfo } from '../../../src/contract/index.ts';
import { settled } from '../../support/eventually.ts';
import { fakeClient, type FakeServer } from './fakeServer.ts';

function device(udid: string, name: string, more: Partial<DeviceInfo> = {}): DeviceInfo {
	return {
		udid,
		name,
		transport: 'usb',
		transports: ['usb'],
		muxer: 'm',
		trust: 'paired',
		encryption: 'off',
		findMy: 'off',
		supervised: 'off',
		wifiSync: 'off',
		...more,
	};
}

function snapshot(udid: string, id: string, more: Partial<SnapshotInfo> = {}): SnapshotInfo {
	return {
		id,
		udid,
		kind: 'device',
		pinned: false,
		isHead: false,
		takenAt: '2026-01-02T03:04:05.000Z',
		trigger: 'manual',
		encrypted: false,
		fileCount: 1,
		sizeBytes: 1,
		addedBytes: 1,
		...more,
	};
}

function job(id: string, more: Partial<JobInfo> = {}): JobInfo {
	return { id, kind: 'snapshot', startedAt: '2026-01-02T03:04:05.000Z', cancelling: false, ...more };
}

/** A lab that has been filled. */
async function filledLab() {
	const { client, servers } = fakeClient();
	const lab = new Lab(client);
	const changes: LabChange[] = [];
	const ready = lab.whenReady();
	await settled();
	const server = servers[0] as FakeServer;
	server.take('devices/list').answer({ devices: [device('B', 'Lab-10'), device('A', 'Lab-2')], problems: [] });
	server.take('snapshots/list').answer({
		snapshots: [snapshot('A', '1'), snapshot('C', '2', { deviceName: ' \u202e' }), snapshot('C', '2', { deviceName: 'Old phone' })],
		problems: [],
	});
	server.take('jobs/list').answer([]);
	server.take('store/leases').answer([]);
	await ready;
	lab.onDidChange((change) => changes.push(change));
	return { client, servers, lab, server, changes };
}

describe('The lab', () => {
	it('is filled when it is first needed', async () => {
		const { lab } = await filledLab();
		assert.deepEqual(
			lab.devices.map(({ name }) => name),
			['Lab-2', 'Lab-10'],
		);
		assert.deepEqual([lab.isReady, lab.problems, [...lab.allSnapshots().keys()]], [true, [], ['A', 'C']]);
		assert.equal(lab.snapshot('A', '1')?.id, '1');
		assert.deepEqual([lab.snapshots('B'), lab.snapshot('A', '2')], [[], undefined]);
	});

	it('knows a device by the name that it has, had, or by the end of its UDID', async () => {
		const { lab } = await filledLab();
		assert.deepEqual(
			['A', 'C', '00008101-00AA11BB22CC33DD'].map((udid) => lab.deviceName(udid)),
			['Lab-2', 'Old phone', 'CC33DD'],
		);
	});

	it('follows what the engine tells, and says which device it is about', async () => {
		const { lab, server, changes } = await filledLab();
		server.launch.onNotification('devices/didChange', {
			devices: [device('A', 'Lab-2', { batteryPercent: 5 }), device('B', 'Lab-10')],
			problems: [],
		});
		server.launch.onNotification('jobs/didChange', [job('1', { udid: 'A', kind: 'export' }), job('2', { udid: 'A' })]);
		server.launch.onNotification('jobs/didChange', [job('3')]);
		server.launch.onNotification('store/didChangeLeases', [{ kind: 'backup', udid: 'B', holder: 'x', own: false, since: 's' }]);
		assert.deepEqual(changes, [{ udid: 'A' }, { udid: 'A' }, {}, { udid: 'B' }]);
		assert.deepEqual([lab.device('A')?.batteryPercent, lab.jobs.length, lab.leases.length], [5, 1, 1]);
		server.launch.onNotification('jobs/didChange', [job('1', { udid: 'A', kind: 'export' }), job('2', { udid: 'A' })]);
		assert.equal(lab.jobOf('A')?.id, '2');
		server.launch.onNotification('devices/didChange', { devices: [device('A', 'Lab-2')], problems: [] });
		assert.deepEqual([lab.device('B'), changes.at(-1)], [undefined, {}]);
	});

	it('reads again what changed, and drops an answer that was overtaken', async () => {
		const { lab, server, changes } = await filledLab();
		server.launch.onNotification('snapshots/didChange', { udids: ['A'] });
		await settled();
		const older = server.take('snapshots/list');
		server.launch.onNotification('snapshots/didChange', { udids: ['A'] });
		await settled();
		const newer = server.take('snapshots/list');
		assert.deepEqual([older.params, newer.params], [{ udid: 'A' }, { udid: 'A' }]);
		newer.answer({ snapshots: [snapshot('A', '3'), snapshot('A', '1')], problems: [] });
		older.answer({ snapshots: [], problems: [] });
		await settled();
		assert.deepEqual([lab.snapshots('A').map(({ id }) => id), changes], [['3', '1'], [{ udid: 'A' }]]);

		const refreshed = lab.refresh();
		await settled();
		server.launch.onNotification('devices/didChange', { devices: [device('Z', 'New')], problems: [] });
		server.launch.onNotification('snapshots/didChange', { udids: ['C'] });
		await settled();
		server.take('devices/list').answer({ devices: [], problems: [] });
		const all = server.take('snapshots/list');
		server.take('snapshots/list').answer({ snapshots: [], problems: [] });
		await settled();
		all.answer({ snapshots: [snapshot('C', '2')], problems: [] });
		server.take('jobs/list').answer([]);
		server.take('store/leases').answer([]);
		await refreshed;
		assert.deepEqual([lab.devices.map(({ udid }) => udid), [...lab.allSnapshots().keys()]], [['Z'], []]);
	});

	it('has what cannot be had as a problem', async () => {
		const { client, servers } = fakeClient();
		const lab = new Lab(client);
		const ready = lab.whenReady();
		await settled();
		const server = servers[0] as FakeServer;
		const failure = (code: 'MUX_UNAVAILABLE' | 'STORE_NEWER'): LabFailure => new LabFailure({ code, message: 'No.', details: {} });
		server.take('devices/list').fail(failure('MUX_UNAVAILABLE'));
		server.take('snapshots/list').fail(failure('STORE_NEWER'));
		server.take('jobs/list').answer([]);
		server.take('store/leases').fail(failure('STORE_NEWER'));
		await ready;
		assert.deepEqual(
			lab.problems.map(({ code }) => code),
			['MUX_UNAVAILABLE', 'STORE_NEWER'],
		);
	});

	it('is filled again when the engine starts again, and has nothing that is live without it', async () => {
		const { client, lab, server, servers } = await filledLab();
		const ends: string[] = [];
		lab.onDidEndJob(({ outcome }) => ends.push(outcome));
		server.launch.onNotification('jobs/didChange', [job('1', { udid: 'A' })]);
		server.end('it crashed.');
		await settled();
		assert.deepEqual([ends, lab.jobs], [['interrupted'], []]);
		servers[1]?.take('devices/list').answer({ devices: [device('A', 'Lab-2')], problems: [] });
		await settled();
		assert.deepEqual(
			lab.devices.map(({ udid }) => udid),
			['A'],
		);
		await client.stop();
		assert.deepEqual([lab.devices, lab.isReady, lab.snapshots('A').length], [[], false, 1]);
	});
});
