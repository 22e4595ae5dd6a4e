import assert from 'node:assert/strict';
import { editor } from '../../support/fakeVscode.ts';
import { CommandBench, subject } from '../../support/commandBench.ts';
import { device, snapshot } from '../../support/fakeLab.ts';
import type { SnapshotDiff } from '../../../src/contract/index.ts';

const { registerCommands } = await import('../../../src/commands/index.ts');
const { LabFailure } = await import('../../../src/client/index.ts');

const UDID = 'udid-3';
const monday = snapshot({ id: 'monday-id', udid: UDID, name: 'monday', encrypted: false, takenAt: '2026-01-01T02:00:00.000Z' });
const tuesday = snapshot({ id: 'tuesday-id', udid: UDID, encrypted: false, parent: 'monday-id', isHead: true });
const old = snapshot({ id: 'old-id', udid: UDID, name: 'old', encrypted: false, takenAt: '2025-12-01T02:00:00.000Z' });

function rowOf({ udid, id }: { udid: string; id: string }): { udid: string; snapshot: string } {
	return { udid, snapshot: id };
}

describe('snapshot commands', () => {
	let bench: CommandBench;
	beforeEach(() => {
		bench = new CommandBench(registerCommands);
		bench.lab.change({ devices: [device({ udid: UDID })] });
		bench.lab.store([tuesday, monday, old], UDID);
	});
	afterEach(() => bench.dispose());

	it('say what there is nothing of, and what leads on', async () => {
		bench.lab.store([tuesday], UDID);
		await bench.run('unpinSnapshot');
		await bench.run('unpinSnapshot', { udid: UDID });
		await bench.run('rollBackApp');
		editor.answer = ({ actions }) => actions[0];
		await bench.run('rollBackToBaseline');
		await bench.run('rollBackToBaseline', { udid: UDID });
		bench.lab.store([], UDID);
		await bench.run('rollBack');
		await bench.run('verifySnapshot');
		bench.lab.change({ devices: [] });
		editor.answer = () => undefined;
		await bench.run('verifySnapshot');
		assert.deepEqual(bench.messages, [
			'No snapshot is pinned.',
			'No snapshot is pinned.',
			'There is no snapshot of an app yet.',
			'No snapshot has a name yet. Name one to make it a baseline.',
			'No snapshot has a name yet. Name one to make it a baseline.',
			'There is no snapshot of an attached device yet.',
			'There is no snapshot yet.',
			'No iPhone or iPad is attached.',
		]);
		assert.deepEqual(editor.executed, [
			['deviceLab.snapshot.name'],
			['deviceLab.snapshot.name', { udid: UDID }],
			['deviceLab.device.backUp'],
			['deviceLab.device.backUp'],
		]);
	});

	it('name a snapshot, and take its name away', async () => {
		bench.engine.on('snapshots/rename', ({ name }: { name?: string }) => ({ ...monday, name }));
		const typed = ['  clean state ', ''];
		editor.type = () => typed.shift();
		await bench.run('nameSnapshot', rowOf(monday));
		await bench.run('nameSnapshot', rowOf(monday));
		assert.deepEqual(bench.engine.params('snapshots/rename'), [
			{ udid: UDID, snapshot: 'monday-id', name: 'clean state' },
			{ udid: UDID, snapshot: 'monday-id' },
		]);
		assert.equal(editor.inputs[0]?.value, 'monday');
	});

	it('name and note several rows, each on a device of its own', async () => {
		const other = snapshot({ id: 'other-id', udid: 'udid-4', encrypted: false });
		bench.lab.store([other], 'udid-4');
		bench.engine.on('snapshots/rename', ({ name }: { name?: string }) => ({ ...monday, name }));
		bench.engine.on('snapshots/setNote', () => monday);
		const typed = ['clean', 'before the tests'];
		editor.type = () => typed.shift();
		const rows = [rowOf(tuesday), rowOf(other)];
		await bench.run('nameSnapshot', rows[0], rows);
		await bench.run('noteSnapshot', rows[0], rows);
		for (const [method, value] of [['rename', { name: 'clean' }] as const, ['setNote', { note: 'before the tests' }] as const]) {
			assert.deepEqual(
				bench.engine.params(`snapshots/${method}`),
				[tuesday, other].map(({ udid, id }) => ({ udid, snapshot: id, ...value })),
			);
		}
		assert.equal(editor.statusMessages[0], '$(check) 2 snapshots are now “clean”.');
		await bench.run('nameSnapshot', rows[0], [rowOf(tuesday), rowOf(old)]);
		assert.match(bench.messages.at(-1) ?? '', /select one snapshot of each device/);
		assert.equal(bench.engine.params('snapshots/rename').length, 2);
	});

	it('say which name is taken while it is typed, and ask again for one that the engine refuses', async () => {
		let tries = 0;
		bench.engine.on('snapshots/rename', ({ name }: { name?: string }) => {
			if (tries++ === 0) {
				throw new LabFailure({ code: 'NAME_UNUSABLE', message: 'A name begins with a letter.', details: {} });
			}
			return { ...tuesday, name };
		});
		const typed = ['Monday', '-x', 'fine'];
		editor.type = () => typed.shift();
		await bench.run('nameSnapshot', rowOf(tuesday));
		assert.match(editor.inputs[1]?.refusal ?? '', /Another snapshot of this device has this name/);
		assert.match(editor.inputs[2]?.prompt ?? '', /A name begins with a letter/);
		assert.equal(editor.inputs[2]?.value, '-x');
		assert.deepEqual(bench.messages, []);
	});

	it('write a note, and take it away', async () => {
		bench.engine.on('snapshots/setNote', () => monday);
		const typed = ['before the tests', ''];
		editor.type = () => typed.shift();
		await bench.run('noteSnapshot', rowOf(monday));
		await bench.run('noteSnapshot', rowOf(monday));
		assert.deepEqual(bench.engine.params('snapshots/setNote'), [
			{ udid: UDID, snapshot: 'monday-id', note: 'before the tests' },
			{ udid: UDID, snapshot: 'monday-id' },
		]);
	});

	it('pin several rows, and offer only what is not pinned', async () => {
		bench.engine.on('snapshots/setPinned', () => monday);
		await bench.run('pinSnapshot', rowOf(monday), [rowOf(monday), rowOf(tuesday)]);
		assert.deepEqual(bench.engine.params('snapshots/setPinned'), [
			{ udid: UDID, snapshot: 'monday-id', pinned: true },
			{ udid: UDID, snapshot: 'tuesday-id', pinned: true },
		]);
		bench.lab.store([tuesday, { ...monday, pinned: true }, old], UDID);
		await bench.run('unpinSnapshot', { udid: UDID });
		assert.deepEqual(
			editor.lists[0]?.rows.map(({ label }) => label),
			['monday'],
		);
	});

	it('delete exactly what was shown, after a yes, with the passwords', async () => {
		bench.engine.on('snapshots/delete', ({ snapshots }: { snapshots: string[] }) => snapshots.map((id) => ({ ...monday, id })));
		bench.passwords.kept.set(subject(UDID, 'monday-id'), 'secret').set(subject(UDID), 'present');
		await bench.run('deleteSnapshot', rowOf(monday), [rowOf(monday), rowOf(tuesday)]);
		assert.deepEqual(bench.engine.asked, []);
		const [modal] = editor.messages;
		assert.equal(modal?.text, 'Delete 2 snapshots for good?');
		assert.deepEqual(modal?.actions, ['Delete 2 Snapshots']);
		assert.match(modal?.detail ?? '', /^• “monday” · .+\n• the snapshot of .+\n\nThe device stands at a snapshot that goes/);
		editor.answer = ({ actions }) => actions[0];
		await bench.run('deleteSnapshot', rowOf(monday), [rowOf(monday), rowOf(tuesday)]);
		assert.deepEqual(bench.engine.params('snapshots/delete'), [{ udid: UDID, snapshots: ['monday-id', 'tuesday-id'] }]);
		assert.deepEqual([...bench.passwords.kept], [[subject(UDID), 'present']]);
	});

	it('compare two rows, the older one first, in a document', async () => {
		const diff: SnapshotDiff = {
			before: 'monday-id',
			after: 'tuesday-id',
			groups: [
				{ name: 'com.example.notes', added: 1, removed: 0, changed: 1, addedBytes: 2000, removedBytes: 0 },
				{ name: '?', added: 0, removed: 1, changed: 0, addedBytes: 0, removedBytes: 10 },
			],
			files: [
				{ change: 'added', group: 'com.example.notes', domain: 'AppDomain-com.example.notes', path: 'Documents/b.txt', afterBytes: 2000 },
				{
					change: 'changed',
					group: 'com.example.notes',
					domain: 'AppDomain-com.example.notes',
					path: 'Documents/a.txt',
					beforeBytes: 1000,
					afterBytes: 1500,
				},
			],
			fileCount: 3,
		};
		const place = { group: 'com.example.notes', domain: 'AppDomain-com.example.notes', path: 'Documents/notes.db' };
		const same = { removed: 0, exact: true, schemaChanged: false };
		const tables = [
			{ table: 'sessions', added: 1, changed: 1, ...same },
			{ table: 'users', added: 0, changed: 0, ...same, schemaChanged: true },
		];
		bench.engine
			.on('snapshots/diff', () => diff)
			.on('contents/diffRows', () => ({ databases: [{ ...place, tables }], unreadable: [{ ...place, path: 'x.db' }], leftOut: 1200 }));
		await bench.run('compareSnapshots', rowOf(tuesday), [rowOf(tuesday), rowOf(monday)]);
		assert.deepEqual(bench.engine.params('snapshots/diff'), [{ udid: UDID, before: 'monday-id', after: 'tuesday-id', maxFiles: 5000 }]);
		assert.deepEqual(editor.documents[0]?.text.split('\n').slice(2), [
			'3 files differ: 1 added, 1 removed, 1 changed.',
			'',
			'App or domain                          Added  Removed  Changed  Grew by  Shrank by',
			'com.example.notes                          1        –        1   2.0 KB          –',
			'(cannot be told without the password)      –        1        –        –   10 bytes',
			'',
			'Rows that differ in databases:',
			'com.example.notes: 2 files, +2.0 KB; 2 rows in `sessions`',
			'  Documents/notes.db  (sessions +1 ~1, users other columns)',
			'  x.db  (its rows cannot be read)',
			'',
			'1,200 databases were not looked into: that would have taken too long.',
			'',
			'AppDomain-com.example.notes',
			'  ~ Documents/a.txt  (changed, 1.0 KB → 1.5 KB)',
			'  + Documents/b.txt  (added, 2.0 KB)',
			'',
			'… and 1 more files.',
			'',
		]);
	});

	it('compare with now by a backup that is taken for it', async () => {
		const taken = snapshot({ id: 'now-id', udid: UDID, takenAt: '2026-01-02T03:30:00.000Z', trigger: 'compare' });
		const none = { databases: [], unreadable: [], leftOut: 0 };
		bench.passwords.kept.set(subject(UDID), 'secret');
		bench.engine
			.on('snapshots/take', () => taken)
			.on('snapshots/checkPassword', () => ({ correct: true }))
			.on('snapshots/diff', () => ({ before: 'a', after: 'b', groups: [], files: [], fileCount: 1 }))
			.on('contents/diffRows', () => none);
		editor.choose = () => ['Now'];
		await bench.run('compareSnapshots', rowOf(monday));
		await bench.run('compareSnapshots', { ...rowOf(monday), withNow: true });
		assert.match(editor.lists[0]?.rows[0]?.description ?? '', /takes a backup, which stays/);
		assert.equal(editor.lists.length, 1);
		const params = { udid: UDID, before: 'monday-id', after: 'now-id', password: 'secret' };
		assert.deepEqual(bench.engine.params('snapshots/take'), Array(2).fill({ udid: UDID, trigger: 'compare' }));
		assert.deepEqual(bench.engine.params('contents/diffRows'), [params, params]);
	});

	it('compare with now only where the device is here, and finds a wrong password first', async () => {
		bench.engine.on('snapshots/checkPassword', () => ({ correct: false }));
		bench.lab.store([tuesday, { ...monday, encrypted: true }], UDID);
		await bench.run('compareSnapshots', { ...rowOf(monday), withNow: true });
		bench.lab.change({ devices: [] });
		await bench.run('compareSnapshots', { ...rowOf(tuesday), withNow: true });
		assert.deepEqual(bench.engine.params('snapshots/take'), []);
		assert.match(bench.messages.at(-1) ?? '', /not attached/);
	});

	it('compare two of an app, or one with what is on the device, without a backup', async () => {
		const app = { bundleId: 'com.acme.app', name: 'Acme' };
		const one = snapshot({ id: 'app-1', udid: UDID, kind: 'app', app, takenAt: '2026-01-01T02:00:00.000Z' });
		const two = snapshot({ id: 'app-2', udid: UDID, kind: 'app', app });
		const other = snapshot({ id: 'app-3', udid: UDID, kind: 'app', app: { bundleId: 'com.acme.other' } });
		bench.lab.store([tuesday, two, one, other], UDID);
		const files = [{ change: 'added', group: 'Documents', path: 'Documents/a', afterBytes: 1 }];
		const groups = [{ name: 'Documents', added: 1, removed: 0, changed: 0, addedBytes: 1, removedBytes: 0 }];
		bench.engine.on('apps/diff', () => ({ before: 'app-1', after: 'now', groups, files, fileCount: 1 }));
		await bench.run('compareSnapshots', rowOf(two), [rowOf(two), rowOf(one)]);
		editor.choose = () => ['Now'];
		await bench.run('compareSnapshots', rowOf(one));
		const params = { udid: UDID, bundleId: 'com.acme.app', before: 'app-1', maxFiles: 5000 };
		assert.deepEqual(bench.engine.params('apps/diff'), [{ ...params, after: 'app-2' }, params]);
		assert.equal(editor.lists[0]?.rows.length, 2, 'only Now and the other snapshot of this app are offered');
		assert.match(editor.documents[1]?.text ?? '', /^Acme on “.+”: from the snapshot of .+ to now\n.*\n {2}\+ Documents\/a/s);
		await bench.run('compareSnapshots', rowOf(two), [rowOf(two), rowOf(tuesday)]);
		assert.match(bench.messages.at(-1) ?? '', /of the same app on it/);
	});

	it('compare one row with another that is asked for, the one that it was made from first', async () => {
		bench.engine.on('snapshots/diff', () => ({ before: 'a', after: 'b', groups: [], files: [], fileCount: 0 }));
		editor.choose = () => ['monday'];
		await bench.run('compareSnapshots', rowOf(tuesday));
		assert.deepEqual(
			editor.lists[0]?.rows.map(({ label }) => label),
			['Now', 'monday', 'old'],
		);
		assert.match(bench.messages[0] ?? '', /^No file differs between “monday” and the snapshot of/);
	});

	it('export into a chosen folder, and offer to reveal it', async () => {
		bench.engine.on('snapshots/export', () => ({ path: '/out/udid-3', fileCount: 3, sizeBytes: 2000 }));
		editor.folders = ['/out'];
		editor.answer = () => 'Reveal';
		await bench.run('exportSnapshot', rowOf(monday));
		assert.deepEqual(bench.engine.params('snapshots/export'), [{ udid: UDID, snapshot: 'monday-id', folder: '/out' }]);
		assert.equal(bench.messages[0], 'Exported “monday”, 2.0 KB, to /out/udid-3');
		assert.equal(editor.executed[0]?.[0], 'revealFileInOS');
	});

	it('export nothing without a folder, and not two of one device into one', async () => {
		await bench.run('exportSnapshot', rowOf(monday));
		await bench.run('exportSnapshot', rowOf(monday), [rowOf(monday), rowOf(tuesday)]);
		assert.deepEqual(bench.engine.asked, []);
		assert.deepEqual(bench.messages, ['Several snapshots of one device cannot go into one folder: export them one by one.']);
	});

	it('copy ids, a line each', async () => {
		await bench.run('copySnapshotId', rowOf(monday), [rowOf(monday), rowOf(tuesday)]);
		assert.equal(editor.clipboard, 'monday-id\ntuesday-id');
		await bench.run('copyUdid', { udid: UDID });
		assert.equal(editor.clipboard, UDID);
	});

	it('take a snapshot by its name from a key binding, and ask where an argument names nothing', async () => {
		await bench.run('copySnapshotId', { udid: UDID, snapshot: 'old' });
		assert.equal(editor.clipboard, 'old-id');
		await bench.run('copySnapshotId', 'nonsense' as never, { length: 1 } as never);
		assert.equal(editor.lists.length, 1);
	});

	it('show what a name from outside is, and nothing else', async () => {
		const name = '$(trash) [x](command:y)\u202e\n';
		bench.lab.store([{ ...monday, name }, tuesday], UDID);
		bench.lab.change({ devices: [device({ udid: UDID, name: '</script><img src=x>$(bug)' })] });
		await bench.run('copySnapshotId', { udid: UDID });
		assert.equal(editor.lists[0]?.rows[0]?.label, '\\$(trash) [x](command:y)');
		bench.engine.on('snapshots/verify', () => ({ whole: true, checkedSnapshots: 1, checkedBytes: 10 }));
		await bench.run('verifySnapshot', rowOf(monday));
		assert.equal(bench.messages[0], '“$(trash) [x]\u2060(command:y)” is whole. 1 snapshot, 10 bytes read.');
	});
});
