import assert from 'node:assert/strict';
import type { ImportOutcome, LocalBackupList, SnapshotCheck } from '../../../src/contract/index.ts';
import { EngineError, type JobRun } from '../../../src/engine/index.ts';
import { device, fakeEngine, snapshot } from './fakeEngine.ts';
import { FakeIo } from './fakeIo.ts';

const UDID = device().udid;
const OTHER_UDID = '00008110-0000FACE00000002';

const clean = snapshot({ name: 'clean', pinned: true });
const second = snapshot({ id: 'b'.repeat(32), parent: clean.id, isHead: true });

describe('Upkeep of the store', () => {
	const whole: SnapshotCheck = {
		whole: true,
		checkedSnapshots: 2,
		checkedBlobs: 9,
		checkedBytes: 4e6,
		missingBlobs: [],
		damagedBlobs: [],
		damagedPacks: [],
		unreadable: [],
		damagedSnapshots: [],
	};

	it('verifies all or a part, and says that all is whole', async () => {
		const io = new FakeIo();
		const engine = fakeEngine({ verify: () => whole });
		assert.equal(await engine.run(io, 'verify', 'Anna', 'clean', '--sample', '5%'), 0);
		const [options, { signal }] = engine.calls[0]?.request as [Record<string, unknown>, Record<string, unknown>];
		assert.deepEqual(options, { device: 'Anna', snapshot: 'clean', sample: 0.05, password: undefined });
		assert.ok(signal instanceof AbortSignal);
		assert.equal(io.stdout, '✓ No damage: 2 snapshots, 4.0 MB read\n');
	});

	it('names the snapshots and files that damage touches, and ends with 6', async () => {
		const files = Array.from({ length: 12 }, (_, index) => ({
			domain: 'HomeDomain',
			path: `Library/${index}\u0007`,
			listed: `ab/${index}`,
		}));
		const report: SnapshotCheck = {
			...whole,
			whole: false,
			checkedSnapshots: 3,
			damagedBlobs: ['x'],
			damagedSnapshots: [
				{
					...{ udid: UDID, id: clean.id, name: 'clean', takenAt: clean.takenAt, deviceName: "Anna's iPhone", isListingDamaged: false },
					damagedFiles: 14,
					groups: [
						{ name: 'HomeDomain', files: 12 },
						{ name: '?', files: 2 },
					],
					files,
				},
			],
			unreadable: [{ udid: OTHER_UDID, id: 'c'.repeat(32), code: 'STORE_DAMAGED' }],
		};
		const engine = fakeEngine({ verify: () => report });
		const io = new FakeIo();
		assert.equal(await engine.run(io, 'verify'), 6);
		const lines = io.stdout.trimEnd().split('\n');
		assert.deepEqual(lines.slice(0, 2), [
			'✗ Damage found: 3 snapshots, 4.0 MB read',
			'  cccccccc of 00008110-0000FACE00000002: its record is damaged or gone',
		]);
		assert.match(lines[2] ?? '', /^ {2}“clean” \(a1b2c3d4\) of Anna's iPhone, taken 2026-01-0\d \d\d:04: 14 files damaged$/);
		assert.deepEqual(lines.slice(3, 5), ['    in HomeDomain (12), unknown places (2)', '    HomeDomain  Library/0\\u0007']);
		assert.deepEqual(lines.slice(-2), ['    … and 4 more files (--json)', '2 other snapshots checked: not touched by it.']);
		const document = new FakeIo();
		await engine.run(document, 'verify', '--json');
		const { whole: isWhole, damagedSnapshots } = document.document['verify'] as {
			whole: boolean;
			damagedSnapshots: { name: string; device: string; paths: string[]; groups: object[] }[];
		};
		assert.deepEqual(
			damagedSnapshots.map(({ name, device: udid, paths, groups }) => [isWhole, name, udid, paths[0], groups[0]]),
			[[false, 'clean', UDID, 'ab/0', { name: 'HomeDomain', files: 12 }]],
		);
	});

	it('names damage that touches no content, and says so', async () => {
		const report: SnapshotCheck = {
			...whole,
			whole: false,
			unreadableLabels: [{ udid: UDID, id: clean.id, deviceName: 'Anna', takenAt: clean.takenAt }],
			unreadableHeads: [{ udid: UDID, deviceName: 'Anna' }],
		};
		const io = new FakeIo();
		assert.equal(await fakeEngine({ verify: () => report }).run(io, 'verify'), 6);
		const lines = io.stdout.trimEnd().split('\n');
		assert.match(
			lines[1] ?? '',
			/^ {2}a1b2c3d4 of Anna, taken .*: its name, note and pin are damaged, its content is not; it stays as if pinned$/,
		);
		assert.match(lines[2] ?? '', /^ {2}Anna: the note of which snapshot it stands at is damaged; `devicelab repair` makes it anew$/);
		assert.equal(lines[3], 'What the snapshots hold is whole.');
	});

	it('shows how far it is', async () => {
		const io = new FakeIo();
		const engine = fakeEngine({
			verify: (_: never, run: JobRun) => {
				for (const percent of [0, 10, 30, 60, 100]) {
					run.onProgress?.({ phase: 'verifying', percent, transferredBytes: percent * 4e4, transferredFiles: 0, expectedBytes: 4e6 });
				}
				return whole;
			},
		});
		assert.equal(await engine.run(io, 'verify'), 0);
		assert.equal(
			io.stderr,
			'Verifying…\nVerifying: 30 %, 1.2 of 4.0 MB\nVerifying: 60 %, 2.4 of 4.0 MB\nVerifying: 100 %, 4.0 of 4.0 MB\n',
		);
	});

	it('repairs and prunes', async () => {
		const repair = {
			...{ packs: 2, blobs: 10, damagedPacks: ['p'], headsSet: [UDID], salvagedBlobs: 7, missingBlobs: ['b'] },
			...{ restoredRecords: [], restoredLabels: [], lostLabels: [], unreadable: [], removedLeftovers: 0 },
		};
		const prune = { forgotten: [], deletedPacks: 1, freedBytes: 5e6, waitingPacks: 1, waitingBytes: 1e6 };
		const engine = fakeEngine({ repair: () => repair, prune: () => prune });
		const io = new FakeIo();
		assert.equal(await engine.run(io, 'repair'), 6);
		assert.match(
			io.stdout,
			/the index of 2 packs with 10 contents\.\nTaken out of 1 damaged pack: 7 contents that can still be read\.\nSet again: the head of 1 device\.\n/,
		);
		assert.match(io.stderr, /1 content of snapshots is lost\. `devicelab verify` names what that touches/);
		const lost = { ...repair, missingBlobs: [], lostLabels: [{ udid: UDID, id: clean.id }] };
		const labels = new FakeIo();
		assert.equal(await fakeEngine({ repair: () => lost }).run(labels, 'repair'), 6);
		assert.match(labels.stdout, /\nLost: name and note of a1b2c3d4\. It is pinned now, and can be named anew\.\n/);
		const nothing = { forgotten: [], deletedPacks: 0, freedBytes: 0, waitingPacks: 0, waitingBytes: 0 };
		const idle = new FakeIo();
		assert.equal(await fakeEngine({ prune: () => nothing }).run(idle, 'prune'), 0);
		assert.equal(idle.stdout, 'There is nothing to give back.\n');
		const pruned = new FakeIo();
		assert.equal(await engine.run(pruned, 'prune'), 0);
		assert.match(pruned.stdout, /^Given back: 5\.0 MB\.\n1\.0 MB more can be given back in a few minutes/);
	});
});

describe('Exchange with other programs', () => {
	it('exports to a folder and imports from one', async () => {
		const exported = { path: `/x/${UDID}`, fileCount: 20, sizeBytes: 5e6 };
		const engine = fakeEngine({
			exportTo: () => exported,
			importFrom: () => [
				{ path: '/b/one', outcome: 'imported', snapshot: clean },
				{ path: '/b/two', outcome: 'already-there', snapshot: second },
			],
		});
		const io = new FakeIo({ environment: { HOME: '/h' } });
		assert.equal(await engine.run(io, 'export', 'Anna', 'clean', '--to', '~/x'), 0);
		assert.equal(io.stdout, `✓ Exported: 5.0 MB in 20 files\n  /x/${UDID}\n`);
		const imported = new FakeIo({ environment: { HOME: '/h' } });
		assert.equal(await engine.run(imported, 'import', '~/b', '--source', 'U', '--name', 'n', '--json'), 0);
		assert.deepEqual(
			(imported.document['snapshots'] as { id: string }[]).map(({ id }) => id),
			[clean.id],
		);
		assert.deepEqual(
			engine.calls.map(({ request }) => (request as unknown[])[0]),
			[
				{ device: 'Anna', snapshot: 'clean', folder: '/h/x' },
				{ folder: '/h/b', source: 'U', name: 'n' },
			],
		);
	});
});

describe('Backups of other programs', () => {
	const problem = { code: 'BACKUP_UNFINISHED', message: 'The device never finished it.', details: {} };

	it('are listed with what they are, without taking anything in', async () => {
		const found: LocalBackupList = {
			backups: [
				{
					path: '/b/one',
					udid: UDID,
					deviceName: 'An\u001bna',
					iosVersion: '17.5',
					encrypted: true,
					date: clean.takenAt,
					sizeBytes: 3e9,
					finished: true,
				},
				{ path: '/b/two', udid: OTHER_UDID, finished: false, problem },
				{ path: '/b/three', finished: false, problem: { ...problem, code: 'BACKUP_UNSUPPORTED' } },
			],
			places: ['/b'],
			problems: [{ code: 'FOLDER_UNUSABLE', message: 'The folder /b/four cannot be read.', details: {} }],
		};
		const io = new FakeIo();
		const engine = fakeEngine({ findLocalBackups: () => found });
		assert.equal(await engine.run(io, 'backups'), 0);
		const [headings, ...lines] = io.stdout.trimEnd().split('\n');
		assert.match(headings ?? '', /^DEVICE +ENDED +SIZE +IOS +STATE +FOLDER$/);
		assert.match(lines[0] ?? '', /^An\\u001bna +2026-01-0\d \d\d:04 +3\.0 GB +17\.5 +finished, encrypted +\/b\/one$/);
		assert.match(lines[1] ?? '', /^00008110-0000FACE00000002 +unfinished +\/b\/two$/);
		assert.match(lines[2] ?? '', /^\? +too old +\/b\/three$/);
		assert.equal(io.stderr, 'The folder /b/four cannot be read.\n');
		const document = new FakeIo();
		await engine.run(document, 'backups', '/b', '--no-sizes', '--json');
		assert.equal((document.document['backups'] as { device: string }[])[0]?.device, UDID);
		const [{ signal: _, ...request }] = engine.calls.at(-1)?.request as [Record<string, unknown>];
		assert.deepEqual(request, { folder: '/b', sizes: false });
	});

	it('are taken over with a line for each, and say why not', async () => {
		const outcomes: ImportOutcome[] = [
			{ path: '/b/one', outcome: 'imported', udid: UDID, snapshot: clean, deviceName: "Anna's iPhone" },
			{ path: '/b/two', outcome: 'already-there', udid: UDID, snapshot: second, deviceName: "Anna's iPhone" },
			{ path: '/b/three', outcome: 'refused', problem },
		];
		const io = new FakeIo();
		assert.equal(await fakeEngine({ importFrom: () => outcomes }).run(io, 'import'), 0);
		assert.match(
			io.stdout,
			/^✓ Imported “clean” \(a1b2c3d4\): Anna's iPhone, 3\.1 GB in 1,204 files\n= Already there: bbbbbbbb of 2026[^\n]*\n✗ Not imported: \/b\/three: The device never finished it\.\n$/,
		);
		const damaged: ImportOutcome[] = [
			...outcomes,
			{ path: '/b/four', outcome: 'refused', problem: { ...problem, code: 'BACKUP_DAMAGED' } },
		];
		assert.equal(await fakeEngine({ importFrom: () => damaged }).run(new FakeIo(), 'import', '/b'), 6);
	});

	it('that none could be taken of are each told with their reasons', async () => {
		const refused = [
			{ path: '/b/one', ...problem },
			{ path: '/b/two', ...problem },
		];
		const io = new FakeIo();
		const fail = (): never => {
			throw new EngineError('BACKUP_UNFINISHED', 'x', { details: { folder: '/b/one', refused } });
		};
		assert.equal(await fakeEngine({ importFrom: fail }).run(io, 'import', '/b'), 4);
		assert.match(io.stderr, /^\/b\/one: The device never finished it\.\n\/b\/two: The device never finished it\.\n/);
	});

	it('that macOS keeps to itself are explained', async () => {
		const io = new FakeIo();
		const fail = (): never => {
			throw new EngineError('FOLDER_UNUSABLE', 'x', { details: { folder: '/b', reason: 'privacy' } });
		};
		assert.equal(await fakeEngine({ importFrom: fail }).run(io, 'import', '/b'), 4);
		assert.match(io.stderr, /macOS keeps the folder “\/b” from this program[^]*Full Disk Access/);
	});
});

describe('Retention', () => {
	const preview = {
		decisions: [
			{
				id: second.id,
				udid: UDID,
				takenAt: second.takenAt,
				keep: true,
				reasons: [{ code: 'head' }, { code: 'daily', period: 'p', rank: 1, count: 7 }],
			},
			{
				id: clean.id,
				udid: UDID,
				name: 'clean',
				takenAt: clean.takenAt,
				keep: false,
				reasons: [{ code: 'beyondCount', rule: 'last', count: 1 }],
			},
		],
		plan: { forget: [{ udid: UDID, id: clean.id }], graceMs: 0, packs: [], freedBytes: 5e6, unfreedBytes: 1e6 },
	};
	const applied = { forgotten: [{ udid: UDID, id: clean.id }], deletedPacks: 0, freedBytes: 0, waitingPacks: 1, waitingBytes: 5e6 };
	const engine = () => fakeEngine({ previewRetention: () => preview, applyRetention: () => applied });

	it('shows what goes, what stays, why, and what that frees', async () => {
		const io = new FakeIo();
		const cli = engine();
		assert.equal(await cli.run(io, 'retention', 'preview', 'Anna', '--keep', 'last=1,daily=7'), 0);
		assert.deepEqual((cli.calls[0]?.request as unknown[]).slice(0, 2), ['Anna', 'last=1,daily=7']);
		assert.match(io.stdout, /\nkeep +2026-01-0\d \d\d:04 +bbbbbbbb +head; daily 1 of 7\nforget +clean +2026.*beyond last=1\n/);
		assert.match(io.stdout, /Keeps 1 snapshot, forgets 1\. Frees 5\.0 MB \(1\.0 MB more are in packs that others need\)\.\n$/);
		const document = new FakeIo();
		await engine().run(document, 'retention', 'preview', '--keep', 'last=1', '--json');
		const { decisions, freedBytes } = document.document['retention'] as { decisions: { device: string }[]; freedBytes: number };
		assert.deepEqual([decisions.map((each) => each.device), freedBytes], [[UDID, UDID], 5e6]);
	});

	it('is applied only when it is confirmed', async () => {
		assert.equal(await engine().run(new FakeIo(), 'retention', 'apply', '--keep', 'last=1'), 2);
		for (const [answer, exit] of [
			['y\r', 0],
			['n\r', 7],
		] as const) {
			const cli = engine();
			const io = new FakeIo({ tty: true, answers: [answer] });
			assert.equal(await cli.run(io, 'retention', 'apply', '--keep', 'last=1'), exit);
			assert.match(io.stderr, /Forget this snapshot for good\? \[y\/N\] /);
			const applied = cli.calls.filter(({ name }) => name === 'applyRetention').map(({ request }) => (request as unknown[]).slice(0, 3));
			assert.deepEqual(applied, exit === 0 ? [[undefined, 'last=1', [{ udid: UDID, snapshot: clean.id }]]] : []);
		}
	});
});
