import assert from 'node:assert/strict';
import type { PreflightFinding, RollbackPlan, SnapshotInfo } from '../../../src/contract/index.ts';
import { device, fakeEngine } from './fakeEngine.ts';
import { FakeIo } from './fakeIo.ts';

const UDID = device().udid;
const OTHER_UDID = '00008110-0000FACE00000002';

/** A snapshot as the engine describes one. */
function snapshot(overrides: Partial<SnapshotInfo> = {}): SnapshotInfo {
	return {
		id: 'a1b2c3d4'.repeat(4),
		udid: UDID,
		kind: 'device',
		pinned: false,
		isHead: false,
		takenAt: '2026-01-02T03:04:05.000Z',
		trigger: 'manual',
		deviceName: "Anna's iPhone",
		model: 'iPhone 15 Pro',
		iosVersion: '17.5',
		encrypted: false,
		fileCount: 1204,
		sizeBytes: 3.1e9,
		addedBytes: 12e6,
		...overrides,
	};
}

const clean = snapshot({ name: 'clean', pinned: true, git: { commit: '0123456789abcdef', branch: 'main', dirty: true } });
const second = snapshot({ id: 'b'.repeat(32), parent: clean.id, isHead: true, trigger: 'safety', encrypted: true });

describe('The list of snapshots', () => {
	it('says in words what stands out, and names the parent', async () => {
		const io = new FakeIo();
		const engine = fakeEngine({ list: () => ({ snapshots: [second, clean], problems: [] }) });
		assert.equal(await engine.run(io, 'snapshots', 'Anna'), 0);
		assert.deepEqual(engine.calls, [{ name: 'list', request: ['Anna'] }]);
		const [headings, first, last, ...rest] = io.stdout.trimEnd().split('\n');
		assert.match(headings ?? '', /^NAME +TAKEN +ID +MARKS +PARENT +SIZE +OWN +IOS +COMMIT$/);
		assert.match(first ?? '', /^ +2026-01-0\d \d\d:04 +bbbbbbbb +head, safety, encrypted +clean +3\.1 GB +12\.0 MB +17\.5$/);
		assert.match(last ?? '', /^clean +2026-01-0\d \d\d:04 +a1b2c3d4 +pinned +3\.1 GB +12\.0 MB +17\.5 +01234567\+ main$/);
		assert.deepEqual(rest, []);
	});

	it('has a column for devices where there are several, and escapes what they are called', async () => {
		const io = new FakeIo();
		const evil = snapshot({ udid: OTHER_UDID, deviceName: 'Evil\u001b[2J' });
		await fakeEngine({ list: () => ({ snapshots: [clean, evil], problems: [] }) }).run(io, 'snapshots');
		assert.match(io.stdout, /^DEVICE +NAME/);
		assert.match(io.stdout, /\nEvil\\u001b\[2J {2}/);
	});

	it('is a document with every fact, and the device by its UDID', async () => {
		const io = new FakeIo();
		const problem = { code: 'STORE_DAMAGED', message: 'Snapshot x cannot be read.', details: {} };
		await fakeEngine({ list: () => ({ snapshots: [clean], problems: [problem] }) }).run(io, 'snapshots', '--json');
		assert.deepEqual(io.document, { schemaVersion: 1, snapshots: [{ ...clean, device: UDID }], problems: [problem] });
		assert.match(io.stderr, /Snapshot x cannot be read/);
	});

	it('shows ten thousand without taking every cell apart', async () => {
		const io = new FakeIo();
		const many = Array.from({ length: 10_000 }, (_, index) => snapshot({ id: index.toString(16).padStart(32, '0') }));
		assert.equal(await fakeEngine({ list: () => ({ snapshots: many, problems: [] }) }).run(io, 'snapshots'), 0);
		assert.equal(io.stdout.trimEnd().split('\n').length, 10_001);
	});
});

describe('Taking a snapshot', () => {
	it('hands over name, note and the folder in which the command runs', async () => {
		const io = new FakeIo();
		const engine = fakeEngine({ takeSnapshot: () => clean });
		assert.equal(await engine.run(io, 'snapshot', 'Anna', '--name', 'clean', '--note', 'n', '--full'), 0);
		assert.deepEqual(engine.calls.at(-1), {
			name: 'takeSnapshot',
			request: { device: UDID, name: 'clean', note: 'n', full: true, trigger: 'manual', workingFolder: process.cwd() },
		});
		assert.equal(io.stdout, '✓ Snapshot “clean” (a1b2c3d4)\n  3.1 GB in 1,204 files, of which 12.0 MB were new to the store\n');
	});
});

describe('The labels of a snapshot', () => {
	it('are shown, given and taken away', async () => {
		const engine = fakeEngine({ show: () => clean, rename: () => clean, setNote: () => clean, setPinned: () => clean });
		const shown = new FakeIo();
		await engine.run(shown, 'name', 'Anna', 'latest');
		assert.equal(shown.stdout, 'clean\n');
		for (const argv of [
			['name', 'Anna', 'latest', 'clean'],
			['name', 'Anna', 'latest', '--remove'],
			['note', 'Anna', 'latest', 'as new'],
			['note', 'Anna', 'latest', '--remove'],
			['pin', 'Anna', 'latest'],
			['unpin', 'Anna', 'latest'],
		]) {
			assert.equal(await engine.run(new FakeIo(), ...argv), 0);
		}
		assert.deepEqual(
			engine.calls.map(({ name, request }) => [name, ...(request as unknown[])]),
			[
				['show', 'Anna', 'latest'],
				['rename', 'Anna', 'latest', 'clean'],
				['rename', 'Anna', 'latest', undefined],
				['setNote', 'Anna', 'latest', 'as new'],
				['setNote', 'Anna', 'latest', undefined],
				['setPinned', 'Anna', 'latest', true],
				['setPinned', 'Anna', 'latest', false],
			],
		);
	});
});

describe('Deleting snapshots', () => {
	it('shows them, asks, and deletes what was shown', async () => {
		for (const [answer, exit] of [
			['y\r', 0],
			['\r', 7],
		] as const) {
			const io = new FakeIo({ tty: true, answers: [answer] });
			const engine = fakeEngine({ show: (_: string, word: string) => (word === 'latest' ? second : clean), delete: () => [second, clean] });
			assert.equal(await engine.run(io, 'delete', 'Anna', 'latest', 'clean', 'clean'), exit);
			assert.match(io.stderr, /head, safety, encrypted[^]*Delete these 2 snapshots for good\? \[y\/N\] /);
			const deletions = engine.calls.filter(({ name }) => name === 'delete').map(({ request }) => request);
			assert.deepEqual(deletions, exit === 0 ? [[UDID, [second.id, clean.id]]] : []);
		}
	});

	it('does nothing without a terminal and without --yes', async () => {
		const engine = fakeEngine({});
		assert.equal(await engine.run(new FakeIo(), 'delete', 'Anna', 'latest'), 2);
		assert.deepEqual(engine.calls, []);
	});
});

const refusal: PreflightFinding = { code: 'FIND_MY_ON', severity: 'refusal', message: 'Find My is on.', details: {} };
const proof = { verdict: 'verified', differences: [] as string[] };

function rollbackCli(findings: readonly PreflightFinding[] = [], outcome: Record<string, unknown> = {}) {
	const plan: RollbackPlan = {
		snapshot: clean,
		deviceName: "Anna's iPhone",
		udid: UDID,
		findings,
		steps: ['check', 'safety-snapshot', 'restore', 'restart', 'proof'],
	};
	const result = {
		udid: UDID,
		transferredBytes: 5e6,
		transferredFiles: 20,
		durationMs: 1500,
		restart: 'restarted',
		snapshot: clean,
		proof,
	};
	return fakeEngine({ planRollback: () => plan, rollBack: () => ({ ...result, ...outcome }) });
}

describe('The rollback command', () => {
	it('shows the plan, and does what was confirmed: this snapshot, onto this UDID', async () => {
		const io = new FakeIo({ tty: true, answers: ['y\r'] });
		const engine = rollbackCli([], { safety: second });
		assert.equal(await engine.run(io, 'rollback', 'Anna', 'baseline', '--keep-settings'), 0);
		const { device: udid, source, snapshot: id, safety, choices } = engine.calls.at(-1)?.request as Record<string, unknown>;
		assert.deepEqual([udid, source, id, safety], [UDID, UDID, clean.id, true]);
		assert.equal((choices as { keepSettings: boolean }).keepSettings, true);
		assert.match(io.stderr, /Steps +check → safety snapshot → restore → restart → proof\n/);
		assert.match(io.stderr, /Replace what is on “Anna's iPhone” with “clean” \(a1b2c3d4\)\? \[y\/N\] /);
		assert.match(io.stdout, /is back at “clean” \(a1b2c3d4\): 5\.0 MB in 20 files, 1\.5 s\n/);
		assert.match(io.stdout, /Verified: the device answers as it did/);
		assert.match(io.stdout, /What was on it before is kept: bbbbbbbb of 2026/);
	});

	it('says what the proof found', async () => {
		const differs = new FakeIo();
		await rollbackCli([], { proof: { verdict: 'differs', differences: ['DCIM: 3 files instead of 4', 'x\u001b'] } }).run(
			differs,
			'rollback',
			'Anna',
			'clean',
			'--yes',
		);
		assert.match(differs.stdout, /Differs in 2 places:\n {4}DCIM: 3 files instead of 4\n {4}x\\u001b\n/);
		const unknown = new FakeIo();
		await rollbackCli([], { proof: { verdict: 'cannot-tell', differences: [] }, restart: 'not-asked' }).run(
			unknown,
			'rollback',
			'Anna',
			'clean',
			'--yes',
		);
		assert.match(unknown.stdout, /Restart it yourself[^]*Cannot tell whether/);
	});

	it('stops at a check that says no, also with --yes, and shows it with --plan', async () => {
		const io = new FakeIo();
		const engine = rollbackCli([refusal]);
		assert.equal(await engine.run(io, 'rollback', 'Anna', 'clean', '--yes'), 4);
		assert.ok(!engine.calls.some(({ name }) => name === 'rollBack'));
		assert.match(io.stderr, /✗ Find My is on[^]*Your data Nothing was changed on the device\./);
		const plan = new FakeIo();
		assert.equal(await engine.run(plan, 'rollback', 'Anna', 'clean', '--plan', '--json', '--no-safety', '--source', 'Old'), 4);
		const document = plan.document['plan'] as { ready: boolean; snapshot: { device: string } };
		assert.deepEqual([document.ready, document.snapshot.device], [false, UDID]);
		const { source, safety } = engine.calls.at(-1)?.request as { source: string; safety: boolean };
		assert.deepEqual([source, safety], ['Old', false]);
	});

	it('does nothing without a terminal and without --yes, or without a yes', async () => {
		const engine = rollbackCli();
		const io = new FakeIo();
		assert.equal(await engine.run(io, 'rollback', 'Anna', 'clean'), 2);
		assert.match(io.stderr, /A roll-back replaces what is on the device, so it asks first/);
		assert.equal(await engine.run(new FakeIo({ tty: true, answers: ['n\r'] }), 'rollback', 'Anna', 'clean'), 7);
		assert.ok(!engine.calls.some(({ name }) => name === 'rollBack'));
	});
});

describe('Upkeep of the store', () => {
	const whole = {
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
		const [{ signal, ...options }] = engine.calls[0]?.request as [Record<string, unknown>];
		assert.deepEqual([options, signal instanceof AbortSignal], [{ device: 'Anna', snapshot: 'clean', sample: 0.05 }, true]);
		assert.equal(io.stdout, '✓ No damage: 2 snapshots, 4.0 MB read\n');
	});

	it('names the snapshots and files that damage touches, and ends with 6', async () => {
		const paths = Array.from({ length: 12 }, (_, index) => `ab/${index}\u0007`);
		const report = {
			...whole,
			damagedBlobs: ['x'],
			damagedSnapshots: [{ udid: UDID, id: clean.id, isListingDamaged: false, damagedFiles: 12, paths }],
			unreadable: [{ udid: OTHER_UDID, id: 'c'.repeat(32), code: 'STORE_DAMAGED' }],
		};
		const engine = fakeEngine({ verify: () => report, list: () => ({ snapshots: [clean], problems: [] }) });
		const io = new FakeIo();
		assert.equal(await engine.run(io, 'verify'), 6);
		assert.match(io.stdout, /^✗ Damage found: [^\n]*\n {2}cccccccc of 00008110-0000FACE00000002 cannot be read at all\.\n/);
		assert.match(io.stdout, / {2}“clean” \(a1b2c3d4\) of Anna's iPhone: 12 files\n {4}ab\/0\\u0007\n/);
		assert.match(io.stdout, /… \(more of them: --json\)\n$/);
		const document = new FakeIo();
		await engine.run(document, 'verify', '--json');
		const { whole: isWhole, damagedSnapshots } = document.document['verify'] as { whole: boolean; damagedSnapshots: object[] };
		assert.deepEqual([isWhole, damagedSnapshots.length], [false, 1]);
		assert.deepEqual(
			damagedSnapshots.map((damaged) => 'name' in damaged && 'device' in damaged && [damaged.name, damaged.device]),
			[['clean', UDID]],
		);
	});

	it('repairs and prunes', async () => {
		const repair = { packs: 2, blobs: 10, damagedPacks: ['p'], headsSet: [UDID] };
		const prune = { forgotten: [], deletedPacks: 1, freedBytes: 5e6, waitingPacks: 1, waitingBytes: 1e6 };
		const engine = fakeEngine({ repair: () => repair, prune: () => prune });
		const io = new FakeIo();
		assert.equal(await engine.run(io, 'repair'), 6);
		assert.match(io.stdout, /the index of 2 packs with 10 blobs\.\nSet again: the head of 1 device\.\n/);
		assert.match(io.stderr, /1 pack cannot be read/);
		const pruned = new FakeIo();
		assert.equal(await engine.run(pruned, 'prune'), 0);
		assert.match(pruned.stdout, /^Given back: 5\.0 MB\.\n1\.0 MB more can be given back in a few minutes/);
	});
});

describe('Comparing snapshots', () => {
	const found = {
		before: clean.id,
		after: second.id,
		groups: [
			{ name: 'com.example.app', added: 2, removed: 0, changed: 1, addedBytes: 5000, removedBytes: 0 },
			{ name: 'HomeDomain', added: 0, removed: 1, changed: 0, addedBytes: 0, removedBytes: 700 },
		],
		files: [
			{ change: 'added', domain: 'AppDomain-com.example.app', path: 'Documents/a\u0007', afterBytes: 5000 },
			{ change: 'changed', domain: 'HomeDomain', path: 'x', beforeBytes: 10, afterBytes: 2000 },
			{ change: 'removed', path: 'ab/abc', beforeBytes: 700 },
		],
		fileCount: 4,
	};

	it('counts by app and domain, and lists files when asked', async () => {
		const io = new FakeIo({ environment: { DEVICELAB_PASSWORD: 'S3cret!' } });
		const engine = fakeEngine({ diff: () => found });
		assert.equal(await engine.run(io, 'diff', 'Anna', 'clean', 'head', '--files', '3'), 0);
		const [selector, before, after, { signal: _, ...options }] = engine.calls[0]?.request as [
			string,
			string,
			string,
			Record<string, unknown>,
		];
		assert.deepEqual([selector, before, after, options], ['Anna', 'clean', 'head', { maxFiles: 3, password: 'S3cret!' }]);
		assert.deepEqual(io.stdout.split('\n'), [
			'APP OR DOMAIN    ADDED  REMOVED  CHANGED  MORE    LESS',
			'com.example.app  2               1        5.0 KB',
			'HomeDomain              1                         700 bytes',
			'Total            2      1        1        5.0 KB  700 bytes',
			'',
			'added    AppDomain-com.example.app/Documents/a\\u0007  5.0 KB',
			'changed  HomeDomain/x  10 bytes → 2.0 KB',
			'removed  ab/abc  700 bytes',
			'',
		]);
		assert.match(io.stderr, /… and more: 1 \(--files 4 lists all\)/);
	});

	it('lists no files unasked, and says how encrypted names are read', async () => {
		const io = new FakeIo();
		const groups = [{ name: '?', added: 1, removed: 0, changed: 0, addedBytes: 1, removedBytes: 0 }];
		const engine = fakeEngine({ diff: () => ({ ...found, groups, files: [], fileCount: 1 }) });
		await engine.run(io, 'diff', 'Anna', 'clean', 'head');
		assert.match(io.stdout, /\n\(encrypted\) +1/);
		assert.match(io.stderr, /DEVICELAB_PASSWORD/);
		const same = new FakeIo();
		await fakeEngine({ diff: () => ({ ...found, groups: [], files: [], fileCount: 0 }) }).run(same, 'diff', 'Anna', 'clean', 'clean');
		assert.equal(same.stdout, 'No file differs.\n');
	});
});

describe('Exchange with other programs', () => {
	it('exports to a folder and imports from one', async () => {
		const exported = { path: `/x/${UDID}`, fileCount: 20, sizeBytes: 5e6 };
		const engine = fakeEngine({ exportTo: () => exported, importFrom: () => [clean, second] });
		const io = new FakeIo({ environment: { HOME: '/h' } });
		assert.equal(await engine.run(io, 'export', 'Anna', 'clean', '--to', '~/x'), 0);
		assert.equal(io.stdout, `✓ Exported: 5.0 MB in 20 files\n  /x/${UDID}\n`);
		const imported = new FakeIo({ environment: { HOME: '/h' } });
		assert.equal(await engine.run(imported, 'import', '~/b', '--source', 'U', '--name', 'n', '--json'), 0);
		assert.deepEqual(
			(imported.document['snapshots'] as { id: string }[]).map(({ id }) => id),
			[clean.id, second.id],
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
		plan: { forget: [], graceMs: 0, packs: [], freedBytes: 5e6, unfreedBytes: 1e6 },
	};
	const applied = { forgotten: [{ udid: UDID, id: clean.id }], deletedPacks: 0, freedBytes: 0, waitingPacks: 1, waitingBytes: 5e6 };
	const engine = () => fakeEngine({ previewRetention: () => preview, applyRetention: () => applied });

	it('shows what goes, what stays, why, and what that frees', async () => {
		const io = new FakeIo();
		const cli = engine();
		assert.equal(await cli.run(io, 'retention', 'preview', 'Anna', '--keep', 'last=1,daily=7'), 0);
		assert.deepEqual(cli.calls, [{ name: 'previewRetention', request: ['Anna', 'last=1,daily=7'] }]);
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
			assert.equal(
				cli.calls.some(({ name }) => name === 'applyRetention'),
				exit === 0,
			);
		}
	});
});
