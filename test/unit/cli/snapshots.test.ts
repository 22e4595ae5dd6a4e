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
