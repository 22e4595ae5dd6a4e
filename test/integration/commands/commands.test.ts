import assert from 'node:assert/strict';
import { editor } from '../../support/fakeVscode.ts';
import path from 'node:path';
import { CommandBench, type CommandWorld } from '../../support/commandBench.ts';
import { HostFailure, HostInProcess } from '../../support/labHosts.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { startEditorLab, type EditorLab } from '../../support/editor/lab.ts';
import { eventually } from '../../support/eventually.ts';
import { isAbortError } from '../../../src/base/index.ts';
import type { LaunchServer } from '../../../src/client/index.ts';
import type { SnapshotInfo } from '../../../src/contract/index.ts';

const { registerCommands } = await import('../../../src/commands/index.ts');
const { Lab, LabClient, LabFailure } = await import('../../../src/client/index.ts');
const { CancellationError } = await import('vscode');

/** The engine of this process as the client's server. */
const launch: LaunchServer = async (launched) => {
	const { options } = launched;
	const host = new HostInProcess({ muxer: options.muxers[0] ?? '', storeFolder: options.storeFolder });
	host.on('devices/didChange', (value) => launched.onNotification('devices/didChange', value));
	host.on('snapshots/didChange', (value) => launched.onNotification('snapshots/didChange', value));
	host.on('jobs/didChange', (value) => launched.onNotification('jobs/didChange', value));
	host.on('jobs/didEnd', (value) => launched.onNotification('jobs/didEnd', value));
	host.on('store/didChangeLeases', (value) => launched.onNotification('store/didChangeLeases', value));
	return {
		ended: new Promise(() => {}),
		request: async (method, params) => {
			try {
				return await host.request(method as never, params as never);
			} catch (error) {
				throw isAbortError(error) ? new CancellationError() : error instanceof HostFailure ? new LabFailure(error.report) : error;
			}
		},
		stop: () => host.stop(),
	};
};

describe('commands over the engine and virtual iPhones', function () {
	this.timeout(60_000);
	const temp = useTempFolder();
	let phones: EditorLab;
	let bench: CommandBench;
	let lab: InstanceType<typeof Lab>;
	let client: InstanceType<typeof LabClient>;
	let first: string;
	let second: string;

	beforeEach(async () => {
		editor.reset();
		phones = await startEditorLab({ devices: 2, profile: 'mix:60:1M' });
		[first = '', second = ''] = phones.devices.map(({ udid }) => udid);
		const log = { error() {}, warn() {}, info() {}, debug() {} };
		client = new LabClient({
			serverFile: '',
			log: log as never,
			readOptions: () => ({ storeFolder: path.join(temp.path, 'store'), muxers: [phones.address] }),
			launch,
		});
		lab = new Lab(client);
		bench = new CommandBench(registerCommands, { lab, client } satisfies CommandWorld);
		await lab.whenReady();
	});
	afterEach(async () => {
		bench.dispose();
		await client.stop();
		lab.dispose();
		client.dispose();
		await phones.stop();
	});

	/** Takes a snapshot by command. */
	async function backUp(udid: string): Promise<SnapshotInfo> {
		const before = lab.snapshots(udid).length;
		await bench.run('backUp', { udid });
		await eventually('the snapshot in the list', () => lab.snapshots(udid).length === before + 1);
		const taken = lab.snapshots(udid)[0];
		assert.ok(taken !== undefined);
		return taken;
	}

	function pressing(part: string): void {
		editor.answer = ({ actions }) => actions.find((action) => action.startsWith(part));
	}

	it('back up, name, change, roll back and verify: the phone is as it was', async () => {
		const phone = phones.devices[0];
		assert.ok(phone !== undefined);
		const { id } = await backUp(first);
		editor.type = () => 'clean';
		await bench.run('nameSnapshot', { udid: first, snapshot: id });
		const before = await phone.fingerprint();
		await phone.tell('touch', '--files', '5');
		assert.notEqual(await phone.fingerprint(), before);
		pressing('Roll Back “');
		await bench.run('rollBackToBaseline', { udid: first });
		assert.match(bench.messages.at(-1) ?? '', /is back at “clean”\. Verified/);
		assert.equal(await phone.fingerprint(), before);
		await eventually('the safety snapshot', () => lab.snapshots(first).length === 2);
		await bench.run('verifySnapshot', { udid: first, snapshot: id });
		assert.match(bench.messages.at(-1) ?? '', /^“clean” is whole\. 1 snapshot/);
		await bench.run(
			'compareSnapshots',
			{ udid: first, snapshot: id },
			lab.snapshots(first).map((each) => ({ udid: first, snapshot: each.id })),
		);
		assert.match(editor.documents.at(-1)?.text ?? '', /\d+ files differ: /);
	});

	it('back up all phones, and tell of one that is not there any more', async () => {
		await bench.run('backUpAll');
		assert.deepEqual(editor.statusMessages, ['$(check) All 2 attached devices are backed up.']);
		await phones.devices[1]?.tell('unplug');
		await eventually('the phone to go', () => lab.device(second) === undefined);
		await bench.run('backUp', { udid: second });
		assert.match(bench.messages.at(-1) ?? '', /is not attached/);
	});

	it('turn encryption on, find a wrong password before the phone is touched, and roll back with the right one', async () => {
		editor.type = () => 'a long password';
		await bench.run('turnOnEncryption', { udid: first });
		await eventually('encryption in the list', () => lab.device(first)?.encryption === 'on');
		const { id, encrypted } = await backUp(first);
		assert.equal(encrypted, true);
		bench.passwords.kept.clear();
		const typed = ['wrong', 'a long password'];
		editor.type = () => typed.shift();
		editor.inputs = [];
		pressing('Roll Back Without');
		await bench.run('rollBack', { udid: first, snapshot: id });
		assert.deepEqual(
			editor.inputs.map(({ refusal }) => refusal !== undefined),
			[false, true],
		);
		assert.match(bench.messages.at(-1) ?? '', /is back at .+Verified/);
		assert.equal(lab.snapshots(first).length, 1);
	});

	// The first phone has the newer iOS.
	it('restore onto another phone, with the findings about that', async () => {
		const { id } = await backUp(second);
		const name = lab.deviceName(first);
		editor.choose = () => [name];
		let facts = '';
		editor.answer = ({ actions, detail }) => {
			facts = detail ?? facts;
			return actions.find((action) => action.startsWith('Roll Back Without'));
		};
		await bench.run('restoreOntoOther', { udid: second, snapshot: id });
		assert.match(facts, /⚠ The snapshot is of another device/);
		assert.match(bench.messages.at(-1) ?? '', new RegExp(`“${name}” is back at `));
	});

	it('say what speaks against a roll-back, with what helps', async () => {
		const { id } = await backUp(first);
		await phones.devices[0]?.tell('set', 'findMy=true');
		let tries = 0;
		editor.answer = ({ actions }) => (tries++ === 0 ? actions.find((action) => action === 'Check Again') : undefined);
		await bench.run('rollBack', { udid: first, snapshot: id });
		assert.match(editor.messages[0]?.detail ?? '', /Find My/);
		assert.equal(editor.messages.length, 2);
	});

	it('delete what was shown, give the space back, export, and adopt what was exported', async () => {
		const { id } = await backUp(first);
		editor.folders = [temp.path];
		await bench.run('exportSnapshot', { udid: first, snapshot: id });
		pressing('Delete Snapshot');
		await bench.run('deleteSnapshot', { udid: first, snapshot: id });
		await eventually('the snapshot to go', () => lab.snapshots(first).length === 0);
		pressing('');
		await bench.run('adoptBackups', { backupPath: path.join(temp.path, first) });
		assert.equal(bench.messages.at(-1), '1 backup is a snapshot now.');
		await bench.run('adoptBackups', { backupPath: path.join(temp.path, first) });
		assert.equal(bench.messages.at(-1), '1 are in the store already.');
	});

	it('clean up exactly what was shown', async () => {
		await backUp(first);
		await phones.devices[0]?.tell('touch', '--files', '3');
		await backUp(first);
		await phones.devices[0]?.tell('touch', '--files', '3');
		const newest = await backUp(first);
		editor.settings.set('deviceLab.retention.policy', 'last=1');
		editor.choose = () => ['Delete '];
		pressing('Delete ');
		await bench.run('cleanUp');
		assert.match(bench.messages.at(-1) ?? '', /snapshots? (is|are) deleted/);
		await eventually('only the newest to stay', () => lab.snapshots(first).every(({ id }) => id === newest.id));
	});

	it('cancel a backup with nothing shown and nothing taken', async () => {
		await phones.devices[0]?.tell('set', 'passcode=never');
		const running = bench.run('backUp', { udid: first });
		await eventually('the job', () => lab.jobs.length === 1);
		await bench.run('cancelJob', { udid: first });
		await running;
		assert.deepEqual([bench.messages, lab.snapshots(first).length], [[], 0]);
	});
});
