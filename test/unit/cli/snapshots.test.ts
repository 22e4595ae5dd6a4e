import assert from 'node:assert/strict';
import type { PreflightFinding, RollbackPlan } from '../../../src/contract/index.ts';
import { EngineError } from '../../../src/engine/index.ts';
import { device, fakeEngine, snapshot } from './fakeEngine.ts';
import { FakeIo } from './fakeIo.ts';

const UDID = device().udid;
const OTHER_UDID = '00008110-0000FACE00000002';

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

	it('names damage that was found, and shows when one was read as a whole, and whose data it holds', async () => {
		const damaged = snapshot({ damagedAt: '2026-01-09T10:00:00.000Z', verifiedAt: '2026-01-08T10:00:00.000Z' });
		const app = { bundleId: 'com.example.probe', name: 'Probe', version: '1.0', build: '7' };
		const whole = snapshot({ kind: 'app', app, verifiedAt: '2026-01-08T10:00:00.000Z' });
		const list = new FakeIo();
		await fakeEngine({ list: () => ({ snapshots: [damaged], problems: [] }) }).run(list, 'snapshots', 'Anna');
		assert.match(list.stdout, / a1b2c3d4 +damaged /);
		for (const [one, words] of [
			[damaged, [/\n {2}Verified +damage was found on 2026-01-09/]],
			[whole, [/\n {2}Verified +whole on 2026-01-08/, /\n {2}App +Probe 1\.0 \(7\), com\.example\.probe\n/]],
			[snapshot(), [/\n {2}Verified +not yet\n/]],
		] as const) {
			const io = new FakeIo();
			await fakeEngine({ show: () => one }).run(io, 'show', 'Anna', 'latest');
			words.forEach((pattern) => assert.match(io.stdout, pattern));
		}
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
			assert.equal(await engine.run(io, 'delete', 'Anna', 'latest', 'clean', 'clean', '--even-pinned'), exit);
			assert.match(io.stderr, /head, safety, encrypted[^]*Delete these 2 snapshots for good\? \[y\/N\] /);
			const deletions = engine.calls.filter(({ name }) => name === 'delete').map(({ request }) => request);
			assert.deepEqual(deletions, exit === 0 ? [[UDID, [second.id, clean.id], { evenPinned: true }]] : []);
		}
	});

	it('refuses what is pinned, unless that is said too', async () => {
		const io = new FakeIo();
		const engine = fakeEngine({ show: () => clean });
		assert.equal(await engine.run(io, 'delete', 'Anna', 'clean', '--yes'), 4);
		assert.match(io.stderr, /“clean” \(a1b2c3d4\) is pinned, so nothing is deleted/);
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

describe('Comparing snapshots', () => {
	const found = {
		before: clean.id,
		after: second.id,
		groups: [
			{ name: 'com.example.app', added: 2, removed: 0, changed: 1, addedBytes: 5000, removedBytes: 0 },
			{ name: 'HomeDomain', added: 0, removed: 1, changed: 0, addedBytes: 0, removedBytes: 700 },
		],
		files: [
			{ change: 'added', group: 'com.example.app', domain: 'AppDomain-com.example.app', path: 'Documents/a\u0007', afterBytes: 5000 },
			{ change: 'changed', group: 'HomeDomain', domain: 'HomeDomain', path: 'x', beforeBytes: 10, afterBytes: 2000 },
			{ change: 'removed', group: '?', path: 'ab/abc', beforeBytes: 700 },
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
		assert.deepEqual(
			[selector, before, after, options],
			['Anna', 'clean', 'head', { maxFiles: 3, password: 'S3cret!', beforePassword: undefined }],
		);
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

	it('shows the largest of very many, and sums the others up', async () => {
		const io = new FakeIo();
		const groups = Array.from({ length: 40 }, (_, index) => ({
			name: `app${index}`,
			added: 1,
			removed: 0,
			changed: 0,
			addedBytes: 10,
			removedBytes: 0,
		}));
		await fakeEngine({ diff: () => ({ ...found, groups, files: [], fileCount: 40 }) }).run(io, 'diff', 'Anna', 'clean', 'head');
		const lines = io.stdout.trimEnd().split('\n');
		assert.equal(lines.length, 28);
		assert.match(lines.at(-2) ?? '', /^… 15 others \(--json\) +15 +150 bytes$/);
		assert.match(lines.at(-1) ?? '', /^Total +40 +400 bytes$/);
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

	const table = (name: string, added: number, changed: number, removed: number) => ({
		table: name,
		added,
		changed,
		removed,
		exact: name !== 'huge',
		schemaChanged: name === 'wider',
	});
	const rows = {
		before: clean.id,
		after: second.id,
		databases: [
			{
				...{ group: 'com.example.app', domain: 'AppDomain-com.example.app', path: 'Library/a.db' },
				tables: [table('sessions', 1, 1, 0), table('wider', 0, 0, 0)],
			},
			{
				...{ group: 'com.example.app', domain: 'AppDomain-com.example.app', path: 'Library/b\u001b.db' },
				tables: [table('huge', 1200, 0, 0), table('u', 0, 0, 1), table('v', 0, 1, 0), table('w', 1, 0, 0)],
			},
		],
		unreadable: [{ group: 'HomeDomain', domain: 'HomeDomain', path: 'x.db' }],
		leftOut: 2,
	};

	it('counts the rows of databases when asked, by app and by database', async () => {
		const io = new FakeIo({ environment: { DEVICELAB_PASSWORD: 'now', DEVICELAB_BEFORE_PASSWORD: 'then' } });
		const engine = fakeEngine({ diff: () => ({ ...found, files: [] }), diffRows: () => rows });
		assert.equal(await engine.run(io, 'diff', 'Anna', 'clean', 'head', '--rows'), 0);
		assert.deepEqual(io.stdout.split('\n').slice(5), [
			'ROWS',
			'com.example.app: 3 files, +5.0 KB; 1,200 rows in `huge`, 2 in `sessions`, 1 in `u`, 2 in 2 other tables',
			'  Library/a.db  sessions +1 ~1, wider (columns differ)',
			'  Library/b\\u001b.db  huge +1,200 (or more), u −1, v ~1, w +1',
			'HomeDomain: 1 file, −700 bytes',
			'  x.db  its rows cannot be read',
			'',
		]);
		assert.match(io.stderr, /not looked into, since that would have taken too long: 2\./);
		const [{ signal: _, ...asked }] = engine.calls.find(({ name }) => name === 'diffRows')?.request as [Record<string, unknown>];
		assert.deepEqual(asked, { device: 'Anna', before: 'clean', after: 'head', password: 'now', beforePassword: 'then' });
	});

	it('says when no row differs, and gives all of it as a document', async () => {
		const none = { ...rows, databases: [], unreadable: [], leftOut: 0 };
		const io = new FakeIo();
		await fakeEngine({ diff: () => found, diffRows: () => none }).run(io, 'diff', 'Anna', 'clean', 'head', '--rows');
		assert.match(io.stdout, /\n\nNo row of a database differs\.\n$/);
		const json = new FakeIo();
		await fakeEngine({ diff: () => found, diffRows: () => rows }).run(json, 'diff', 'Anna', 'clean', 'head', '--rows', '--json');
		const { databases, unreadable, leftOut } = rows;
		assert.deepEqual((JSON.parse(json.stdout) as { diff: { rows: unknown } }).diff.rows, { databases, unreadable, leftOut });
	});

	it('takes a snapshot to compare with now, of what came before it was taken', async () => {
		const io = new FakeIo();
		const taken = snapshot({ id: 'e'.repeat(32), trigger: 'compare', isHead: true });
		const engine = fakeEngine({
			show: (_device: string, name: string) => {
				if (name === 'now') {
					throw new EngineError('SNAPSHOT_NOT_FOUND', 'There is no such snapshot.');
				}
				return clean;
			},
			takeSnapshot: () => taken,
			diff: () => found,
		});
		assert.equal(await engine.run(io, 'diff', 'Anna', 'head', 'now'), 0);
		const { workingFolder: _, ...order } = engine.calls.find(({ name }) => name === 'takeSnapshot')?.request as Record<string, unknown>;
		assert.deepEqual(order, { device: clean.udid, full: false, trigger: 'compare' });
		assert.deepEqual((engine.calls.find(({ name }) => name === 'diff')?.request as unknown[]).slice(1, 3), [clean.id, taken.id]);
		assert.match(io.stderr, /as it is now, to compare with.*was backed up for this: snapshot eeeeeeee/s);
	});

	it('takes none where a snapshot is called now, for one of an app, or with a wrong password', async () => {
		const named = fakeEngine({ show: () => clean, diff: () => found });
		assert.equal(await named.run(new FakeIo(), 'diff', 'Anna', 'clean', 'now'), 0);
		const answers = (before: ReturnType<typeof snapshot>) => ({
			show: (_device: string, name: string) => {
				if (name === 'now') {
					throw new EngineError('SNAPSHOT_NOT_FOUND', 'There is no such snapshot.');
				}
				return before;
			},
			checkPassword: () => false,
		});
		assert.equal(await fakeEngine(answers(snapshot({ kind: 'app' }))).run(new FakeIo(), 'diff', 'Anna', 'x', 'now'), 2);
		const io = new FakeIo({ environment: { DEVICELAB_PASSWORD: 'wrong' } });
		assert.equal(await fakeEngine(answers(snapshot({ encrypted: true }))).run(io, 'diff', 'Anna', 'x', 'now'), 4);
		assert.match(io.stderr, /password/i);
	});
});
