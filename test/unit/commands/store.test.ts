import assert from 'node:assert/strict';
import { editor } from '../../support/fakeVscode.ts';
import { CommandBench, subject } from '../../support/commandBench.ts';
import { device, job, snapshot } from '../../support/fakeLab.ts';
import type { LocalBackup, RetentionPreviewInfo, SnapshotCheck } from '../../../src/contract/index.ts';

const { registerCommands } = await import('../../../src/commands/index.ts');

const UDID = 'udid-3';

describe('commands on the store', () => {
	let bench: CommandBench;
	beforeEach(() => {
		bench = new CommandBench(registerCommands);
		bench.lab.change({ devices: [device({ udid: UDID })] });
		bench.lab.store([snapshot({ udid: UDID })], UDID);
	});
	afterEach(() => bench.dispose());

	const preview: RetentionPreviewInfo = {
		decisions: [
			{ udid: UDID, snapshot: 'a', name: 'clean', takenAt: '2026-01-02T02:00:00Z', keep: true, reasons: ['pinned', 'daily'] },
			{ udid: UDID, snapshot: 'b', takenAt: '2026-01-01T02:00:00Z', keep: false, reasons: ['superseded', 'superseded', 'somethingNewer'] },
			{ udid: 'gone', snapshot: 'c', takenAt: '2025-01-01T02:00:00Z', keep: false, reasons: ['beyondCount'] },
		],
		freedBytes: 3_100_000,
	};

	it('show what goes and what stays, and why, and delete exactly that after a yes', async () => {
		editor.settings.set('deviceLab.retention.policy', 'last=1');
		bench.passwords.kept.set(subject(UDID, 'b'), 'secret');
		bench.engine.on('retention/preview', () => preview);
		bench.engine.on('retention/apply', ({ forget }: { forget: unknown[] }) => ({
			forgotten: forget,
			freedBytes: 3_000_000,
			waitingBytes: 100_000,
		}));
		editor.choose = () => ['Delete 2 snapshots'];
		await bench.run('cleanUp');
		assert.deepEqual(
			editor.lists[0]?.rows.map(({ label, detail }) => [label.replace(/^\w+ \d+, \d{4}.*/, '…'), detail]),
			[
				['Delete 2 snapshots…', undefined],
				['Change the rules…', undefined],
				['Goes: 2', undefined],
				['…', 'a newer one stands for its time, somethingNewer'],
				['…', 'beyond the number that the rules keep'],
				['Stays: 1', undefined],
				['clean', 'pinned, of its day'],
			],
		);
		assert.deepEqual(bench.engine.params('retention/apply'), []);
		assert.deepEqual([editor.messages[0]?.text, editor.messages[0]?.actions], ['Delete 2 snapshots for good?', ['Delete 2 Snapshots']]);
		assert.match(editor.messages[0]?.detail ?? '', /This frees 3\.1 MB\. It cannot be undone\./);
		editor.answer = ({ actions }) => actions.find((action) => action === 'Delete 2 Snapshots');
		await bench.run('cleanUp');
		assert.deepEqual(bench.engine.params('retention/apply'), [
			{
				policy: 'last=1',
				forget: [
					{ udid: UDID, snapshot: 'b' },
					{ udid: 'gone', snapshot: 'c' },
				],
			},
		]);
		assert.match(bench.messages.at(-1) ?? '', /^2 snapshots are deleted, 3\.0 MB are free again\. 100 KB more come back/);
		assert.equal(bench.passwords.kept.size, 0);
	});

	it('give back space when no snapshot goes, and open the rules', async () => {
		bench.engine.on('retention/preview', () => ({ decisions: preview.decisions.slice(0, 1), freedBytes: 0 }));
		bench.engine.on('store/prune', () => ({ forgotten: [], freedBytes: 5000, waitingBytes: 0 }));
		editor.choose = () => ['Free what deleted'];
		await bench.run('cleanUp', { udid: UDID });
		assert.equal(bench.messages[0], '5.0 KB are free again.');
		editor.choose = () => ['Change the rules'];
		await bench.run('cleanUp');
		assert.deepEqual(editor.executed, [['workbench.action.openSettings', 'deviceLab.retention.policy']]);
		assert.deepEqual(bench.engine.params('retention/preview'), [{ udid: UDID, policy: '' }, { policy: '' }]);
	});

	it('adopt chosen backups one after the other, and tell what became of them', async () => {
		const backups: LocalBackup[] = [
			{ path: '/b/one', deviceName: 'Anna', udid: UDID, encrypted: true, date: '2026-01-01T00:00:00Z', sizeBytes: 2000, finished: true },
			{
				path: '/b/two',
				udid: 'u2',
				finished: false,
				problem: { code: 'BACKUP_UNFINISHED', message: 'This backup was interrupted.', details: {} },
			},
		];
		bench.engine.on('backups/list', () => ({ backups, places: ['/b'], problems: [] }));
		bench.engine.on('snapshots/import', ({ folder }: { folder: string }) => [
			folder === '/b/one'
				? { path: folder, outcome: 'imported', udid: UDID }
				: { path: folder, outcome: 'refused', problem: { code: 'BACKUP_DAMAGED', message: 'damaged', details: {} } },
		]);
		editor.folders = ['/elsewhere'];
		editor.choose = () => ['Anna', 'u2', 'Choose a Folder'];
		editor.answer = ({ actions }) => actions.find((action) => action === 'Show Why');
		await bench.run('adoptBackups');
		const [anna, second] = editor.lists[0]?.rows ?? [];
		assert.equal(anna?.label, 'Anna');
		assert.match(anna?.description ?? '', /2\.0 KB · encrypted · the device has snapshots$/);
		assert.equal(second?.description, 'not finished');
		assert.deepEqual(bench.engine.params('snapshots/import'), [{ folder: '/b/one' }, { folder: '/elsewhere' }]);
		assert.equal(bench.messages.at(-1), '1 backup is a snapshot now. 1 cannot be adopted.');
		assert.match(editor.documents[0]?.text ?? '', /not adopted\n {2}\/elsewhere\n {2}\S/);
	});

	it('adopt the backup of a row without asking', async () => {
		bench.engine.on('snapshots/import', () => []);
		await bench.run('adoptBackups', { backupPath: '/b/one' });
		assert.deepEqual(bench.engine.params('snapshots/import'), [{ folder: '/b/one' }]);
		assert.deepEqual(editor.lists, []);
	});

	it('tell damage with the files in a document', async () => {
		const check: SnapshotCheck = {
			whole: false,
			checkedSnapshots: 3,
			checkedBlobs: 10,
			checkedBytes: 1000,
			missingBlobs: [],
			damagedBlobs: ['x'],
			damagedPacks: ['packs/1'],
			unreadable: [],
			damagedSnapshots: [
				{
					id: 'abcdef0123',
					udid: UDID,
					name: 'clean',
					deviceName: 'Lab-3',
					isListingDamaged: false,
					damagedFiles: 2,
					groups: [{ name: 'HomeDomain', files: 2 }],
					files: [{ domain: 'HomeDomain', path: 'Library/notes.sqlite', listed: 'ab/abc' }],
				},
			],
		};
		bench.engine.on('snapshots/verify', () => check);
		editor.answer = ({ actions }) => actions[0];
		await bench.run('verifyStore');
		assert.deepEqual(
			[editor.messages[0]?.severity, editor.messages[0]?.text],
			['warning', 'Damage was found in “clean” of “Lab-3”: 2 files are damaged. All others can be used.'],
		);
		const text = editor.documents[0]?.text ?? '';
		assert.match(
			text,
			/“clean” of “Lab-3”: 2 files are damaged\n {2}HomeDomain: 2\n {4}HomeDomain {2}Library\/notes\.sqlite\n {4}… and 1 more/,
		);
		assert.match(text, /0 contents missing, 1 damaged; 1 damaged packs\.\n {2}packs\/1/);
	});

	it('repair after a yes only', async () => {
		bench.engine.on('store/repair', () => ({ damagedPacks: 0, headsSet: [] }));
		await bench.run('repairStore');
		assert.deepEqual(bench.engine.asked, []);
		editor.answer = () => 'Repair';
		await bench.run('repairStore');
		assert.equal(bench.messages.at(-1), 'The store is in order.');
	});

	it('cancel the only job without a question, and ask among several', async () => {
		bench.engine.on('jobs/cancel', () => null);
		await bench.run('cancelJob');
		assert.deepEqual(bench.messages, ['Nothing runs that could be cancelled.']);
		bench.lab.change({ jobs: [job({ udid: UDID })] });
		await bench.run('cancelJob');
		await bench.run('cancelJob', { udid: UDID });
		assert.deepEqual(bench.engine.params('jobs/cancel'), [{ id: 'job-1' }, { id: 'job-1' }]);
		bench.lab.change({ jobs: [job({ udid: UDID }), job({ id: 'job-2', kind: 'verify', udid: undefined, deviceName: undefined })] });
		editor.choose = () => ['Verification'];
		await bench.run('cancelJob');
		assert.deepEqual(bench.engine.params('jobs/cancel').at(-1), { id: 'job-2' });
	});

	it('tell that a job of another program cannot be cancelled here', async () => {
		bench.lab.change({ leases: [{ kind: 'backup', udid: UDID, holder: 'desk-3', own: false, since: '' }] });
		await bench.run('cancelJob', { udid: UDID });
		assert.deepEqual(bench.messages, ['“Lab-3” is in use by desk-3. Cancel it there.']);
	});

	it('check the computer, what is missing first, and show all of it', async () => {
		bench.engine.on('computer/check', () => [
			{ id: 'node', title: 'Node', status: 'ok', finding: 'Node 24 runs.' },
			{ id: 'mux', title: 'usbmuxd', status: 'missing', finding: 'It is not there.', remedy: 'Install it.' },
		]);
		editor.choose = () => ['Node'];
		await bench.run('checkComputer');
		assert.deepEqual(
			editor.lists[0]?.rows.map(({ label, detail }) => [label, detail]),
			[
				['usbmuxd', 'It is not there. Install it.'],
				['Node', 'Node 24 runs.'],
			],
		);
		assert.match(editor.documents[0]?.text ?? '', /usbmuxd: missing\n {2}It is not there\.\n {2}What to do: Install it\./);
	});

	it('restart the engine, after a yes when jobs run', async () => {
		await bench.run('restartEngine');
		bench.lab.change({ jobs: [job()] });
		await bench.run('restartEngine');
		assert.equal(bench.engine.restarts, 1);
		assert.match(editor.messages[0]?.detail ?? '', /^• Lab-3 · Backup/);
	});

	it('start and stop the virtual lab, refresh, and show the log', async () => {
		await bench.run('startVirtualLab');
		await bench.run('stopVirtualLab');
		await bench.run('refresh');
		await bench.run('showLog');
		assert.deepEqual(editor.executed, [['deviceLab.devices.focus']]);
		assert.deepEqual([bench.refreshed, bench.logged, bench.messages], [1, ['shown'], []]);
	});

	it('say why the virtual lab did not start', async () => {
		bench.virtualLabFailure = 'Port 1 is taken.';
		editor.answer = () => 'Show Log';
		await bench.run('startVirtualLab');
		assert.deepEqual(bench.messages, ['The virtual lab did not start. Port 1 is taken.']);
		assert.deepEqual(bench.logged, ['Port 1 is taken.', 'shown']);
	});
});
