import assert from 'node:assert/strict';
import { StoreError, type SnapshotId, type SnapshotRecord, type SnapshotStore } from '../../../src/snapshots/index.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { MemoryStorage } from '../../support/memoryStorage.ts';
import { backUp, contentsOf, facts, fileIdPath, noise, openStore, processOf, readAll, udid } from '../../support/snapshotStore.ts';

const database = (pages: number): Buffer => Buffer.concat([Buffer.from('SQLite format 3\0\x10\0'), noise('db', pages * 4096 - 18)]);

describe('snapshot store', () => {
	let storage: MemoryStorage;
	let store: SnapshotStore;
	beforeEach(async () => {
		storage = new MemoryStorage(() => 0);
		store = await openStore(storage);
	});

	it('gives back what each snapshot held', async () => {
		const first = { [fileIdPath('a')]: noise('a', 5000), 'Status.plist': Buffer.from('one'), empty: Buffer.alloc(0) };
		const a = await backUp(store, { files: first });
		const b = await backUp(store, { base: a.id, files: { [fileIdPath('b')]: noise('b', 10) }, removed: ['empty'], takenAtMs: 1 });
		const other = await openStore(storage, processOf(2));
		assert.deepEqual(await contentsOf(other, await other.snapshot(udid, a.id)), first);
		assert.deepEqual(Object.keys(await contentsOf(other, b)).sort(), ['Status.plist', fileIdPath('a'), fileIdPath('b')].sort());
		assert.deepEqual([b.parent, b.fileCount, b.sizeBytes], [a.id, 3, 5013]);
		assert.equal(await other.head(udid), b.id);
	});

	it('stores equal content once, whatever its path and device', async () => {
		await backUp(store, { files: { [fileIdPath('a')]: noise('x', 50_000) } });
		const again = await backUp(store, { files: { [fileIdPath('b')]: noise('x', 50_000) }, device: 'other' });
		assert.ok(again.addedBytes < 2000, `${again.addedBytes} bytes`);
	});

	it('stores of a changed database the pages that changed', async () => {
		const before = database(1000);
		const a = await backUp(store, { files: { 'Manifest.db': before } });
		const after = Buffer.from(before);
		for (const page of [3, 500, 501, 999]) {
			noise(`page ${page}`, 4096).copy(after, page * 4096);
		}
		const b = await backUp(store, { base: a.id, files: { 'Manifest.db': after } });
		assert.ok(b.addedBytes < 4 * 4096 + 50_000, `${b.addedBytes} bytes`);
		assert.deepEqual((await contentsOf(store, b))['Manifest.db'], after);
	});

	it('takes content of any length in portions of any size', async () => {
		for (const length of [0, 1, 17, 18, 65_535, 65_536, 65_537, 1_048_576, 1_048_577, 2_500_000]) {
			for (const head of ['', 'SQLite format 3\0\x10\0']) {
				const bytes = Buffer.concat([Buffer.from(head), noise(`${length}`, length)]);
				const staging = await store.beginStaging({ udid, jobId: `job-${length}-${head.length}` });
				const file = staging.beginFile('file');
				for (let at = 0, portion = 1; at < bytes.length; at += portion, portion = portion * 3 + 1) {
					file.write(bytes.subarray(at, at + portion));
				}
				file.finish();
				assert.deepEqual(await readAll(staging.read('file')), bytes);
				const record = await staging.seal(facts());
				assert.deepEqual((await contentsOf(store, record))['file'], bytes, `${length}`);
			}
		}
	});

	it('shows nothing of a run that was abandoned, and takes over what it had received', async () => {
		const staging = await store.beginStaging({ udid, jobId: 'lost' });
		staging.writeFile(fileIdPath('big'), noise('big', 300_000));
		await staging.abandon();
		assert.deepEqual((await store.snapshots(udid)).snapshots, []);
		const next = await backUp(store, { files: { [fileIdPath('big')]: noise('big', 300_000) } });
		assert.ok(next.addedBytes < 2000, `${next.addedBytes} bytes`);
		assert.deepEqual(
			storage.keys().filter((key) => key.startsWith('staging/')),
			[],
		);
	});

	it('leaves nothing of a run that was discarded', async () => {
		const staging = await store.beginStaging({ udid, jobId: 'lost' });
		staging.writeFile('a', noise('a', 1000));
		await staging.abandon({ discard: true });
		assert.deepEqual(storage.keys(), ['store.json']);
		assert.throws(
			() => staging.list(''),
			(error) => StoreError.is(error, 'STAGING_ENDED'),
		);
	});

	it('is not taken over where the disk lost what the journal names', async () => {
		const staging = await store.beginStaging({ udid, jobId: 'lost' });
		staging.writeFile('a', noise('a', 100_000));
		staging.writeFile('b', noise('b', 100_000));
		await staging.abandon();
		const part = storage.files.get('staging/lost/0.part');
		assert.ok(part !== undefined);
		part.bytes = Buffer.concat([part.bytes.subarray(0, 150_000), Buffer.alloc(60_000)]);
		const record = await backUp(store, { files: { a: noise('a', 100_000), b: noise('b', 100_000) } });
		assert.deepEqual(await contentsOf(store, record), { a: noise('a', 100_000), b: noise('b', 100_000) });
		assert.ok(record.addedBytes > 100_000 && record.addedBytes < 110_000, `${record.addedBytes}`);
	});

	it('lists, moves, copies and removes as a folder would', async () => {
		const a = await backUp(store, { files: { [fileIdPath('a')]: Buffer.from('A'), 'x/y/z': Buffer.from('Z'), top: Buffer.from('T') } });
		const staging = await store.beginStaging({ udid, jobId: 'folder', base: a.id });
		const names = (folder: string): string[] =>
			staging
				.list(folder)
				.map(({ name, kind }) => `${kind} ${name}`)
				.sort();
		const [folder, file] = fileIdPath('a').split('/') as [string, string];
		assert.deepEqual(names(''), [`file top`, `folder ${folder}`, 'folder x'].sort());
		assert.deepEqual(names(folder), [`file ${file}`]);
		assert.deepEqual(names('x'), ['folder y']);
		staging.copy('x', 'copied');
		staging.move('x/y', 'moved');
		staging.createFolder('made/deep');
		assert.deepEqual([names('x'), names('copied'), names('moved'), names('made')], [[], ['folder y'], ['file z'], ['folder deep']]);
		staging.move(`${fileIdPath('a')}`, 'moved/z');
		assert.deepEqual((await readAll(staging.read('moved/z'))).toString(), 'A');
		assert.deepEqual([names(folder), names('none')], [[], []]);
		staging.remove('top');
		staging.writeFile('top/inside', Buffer.from('now a folder'));
		assert.throws(
			() => staging.move('nowhere', 'x'),
			(error) => StoreError.is(error, 'FILE_NOT_FOUND'),
		);
		assert.throws(
			() => staging.read('nowhere'),
			(error) => StoreError.is(error, 'FILE_NOT_FOUND'),
		);
		const record = await staging.seal(facts());
		assert.deepEqual(Object.keys(await contentsOf(store, record)).sort(), ['copied/y/z', 'moved/z', 'top/inside']);
		assert.equal(record.fileCount, 3);
	});

	for (const path of [
		'',
		'/etc/passwd',
		'../x',
		'a/../b',
		'a//b',
		'a/',
		'a\\b',
		'C:x',
		'a\0',
		'.',
		'. .',
		'a/.. ',
		'\ud800',
		'x'.repeat(5000),
	]) {
		it(`refuses the path ${JSON.stringify(path.slice(0, 20))}`, async () => {
			const staging = await store.beginStaging({ udid, jobId: 'paths' });
			const isRefused = (error: unknown): boolean => StoreError.is(error, 'PATH_UNSAFE');
			assert.throws(() => staging.beginFile(path), isRefused);
			assert.throws(() => staging.move('a', path), isRefused);
			assert.throws(() => staging.remove(path), isRefused);
			await staging.abandon({ discard: true });
		});
	}

	it('keeps names unique in a device, and notes and pins beside', async () => {
		const a = await backUp(store, {});
		const b = await backUp(store, { base: a.id, takenAtMs: 1 });
		await store.setName(udid, a.id, 'clean');
		await assert.rejects(store.setName(udid, b.id, 'clean'), (error) => StoreError.is(error, 'NAME_TAKEN'));
		await store.setName(udid, a.id, undefined);
		await store.setName(udid, b.id, 'clean');
		await store.setNote(udid, b.id, 'before the update');
		await store.setPinned(udid, b.id, true);
		await store.setNote(udid, a.id, 'x');
		await store.setPinned(udid, a.id, false);
		const other = await openStore(storage, processOf(2));
		const labels = (await other.snapshots(udid)).snapshots.map((snapshot) => snapshot.labels);
		assert.deepEqual(labels, [{ note: 'x' }, { name: 'clean', note: 'before the update', pinned: true }]);
		for (const name of ['', ' x', 'a\nb', 'x'.repeat(201)]) {
			await assert.rejects(store.setName(udid, a.id, name), (error) => StoreError.is(error, 'NAME_INVALID'));
		}
		await assert.rejects(store.setName(udid, 'f'.repeat(32) as SnapshotId, 'x'), (error) => StoreError.is(error, 'SNAPSHOT_NOT_FOUND'));
	});

	it('keeps the lineage when a snapshot in the middle goes', async () => {
		const a = await backUp(store, {});
		const b = await backUp(store, { base: a.id, takenAtMs: 1 });
		const c = await backUp(store, { base: b.id, takenAtMs: 2 });
		const d = await backUp(store, { base: c.id, takenAtMs: 3 });
		await store.delete(udid, [b.id, c.id]);
		const list = await (await openStore(storage, processOf(2))).snapshots(udid);
		assert.deepEqual(
			list.snapshots.map(({ record, parent }) => [record.id, parent]),
			[
				[a.id, undefined],
				[d.id, a.id],
			],
		);
		await store.delete(udid, [d.id]);
		assert.equal(await store.head(udid), undefined);
	});

	it('compares two snapshots', async () => {
		const a = await backUp(store, {
			files: { [fileIdPath('same')]: noise('s', 10), [fileIdPath('old')]: noise('o', 10), 'c.plist': noise('1', 9) },
		});
		const b = await backUp(store, {
			base: a.id,
			files: { [fileIdPath('new')]: noise('n', 7), 'c.plist': noise('2', 8) },
			removed: [fileIdPath('old')],
		});
		const changes: string[] = [];
		for await (const portion of store.diff(a, b)) {
			changes.push(
				...portion.map(({ before, after }) => `${(before ?? after)?.path}: ${before?.sizeBytes ?? '-'} → ${after?.sizeBytes ?? '-'}`),
			);
		}
		assert.deepEqual(changes.sort(), [`${fileIdPath('old')}: 10 → -`, `${fileIdPath('new')}: - → 7`, 'c.plist: 9 → 8'].sort());
	});

	it('bounds what a long history of small changes adds, and how many layers a listing has', async () => {
		const files = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [fileIdPath(`${index}`), noise(`${index}`, 20)]));
		let record: SnapshotRecord = await backUp(store, { files });
		const expected = { ...files };
		let added = 0;
		for (let round = 1; round <= 40; round++) {
			const changed = {
				[fileIdPath(`${round * 7}`)]: noise(`changed ${round}`, 20),
				[fileIdPath(`new ${round}`)]: noise(`new ${round}`, 20),
			};
			const removed = fileIdPath(`${round * 11 + 1}`);
			record = await backUp(store, { base: record.id, files: changed, removed: [removed], takenAtMs: round });
			Object.assign(expected, changed);
			delete expected[removed];
			added += record.addedBytes;
			assert.ok((await store.openListing(record)).root.layers.length <= 9);
		}
		assert.ok(added < 150_000, `${added} bytes`);
		assert.deepEqual(await contentsOf(store, record), expected);
		assert.equal(record.fileCount, Object.keys(expected).length);
		const listing = await store.openListing(record);
		assert.equal((await listing.find(fileIdPath('7')))?.sizeBytes, 20);
		assert.equal(await listing.find(fileIdPath('12')), undefined);
		const folder = fileIdPath('7').slice(0, 2);
		const below: string[] = [];
		for await (const portion of listing.entriesBelow(folder)) {
			below.push(...portion.map(({ path }) => path));
		}
		assert.deepEqual(
			below,
			Object.keys(expected)
				.filter((path) => path.startsWith(`${folder}/`))
				.sort(),
		);
	});
});

describe('a folder that is opened as a store', () => {
	const open = (storage: MemoryStorage, create = false): Promise<unknown> => openStore(storage, undefined, undefined, create);

	it('is refused when it holds none', async () => {
		await assert.rejects(open(new MemoryStorage()), (error) => StoreError.is(error, 'NOT_A_STORE'));
	});

	it('is refused by name when its format is newer', async () => {
		const storage = new MemoryStorage();
		await storage.replace('store.json', Buffer.from('{"format":"ios-device-lab snapshots","id":"x","version":2}'));
		await assert.rejects(open(storage, true), (error) => StoreError.is(error, 'NEWER_FORMAT') && error.details['version'] === 2);
	});

	for (const text of ['', '{', 'null', '[]', '{"format":"another"}']) {
		it(`is refused when its file says ${JSON.stringify(text)}`, async () => {
			const storage = new MemoryStorage();
			await storage.replace('store.json', Buffer.from(text));
			await assert.rejects(open(storage, true), (error) => StoreError.is(error, 'NOT_A_STORE'));
		});
	}

	it('has one id for two who make it at once', async () => {
		const storage = new MemoryStorage();
		const [a, b] = await Promise.all([openStore(storage), openStore(storage, processOf(2))]);
		assert.equal(a.id, b.id);
	});
});

describe('two processes in one store', () => {
	const setUp = async (): Promise<{ storage: MemoryStorage; clock: FakeClock; a: SnapshotStore; b: SnapshotStore; dead: Set<number> }> => {
		const clock = new FakeClock();
		const storage = new MemoryStorage(() => clock.now());
		const dead = new Set<number>();
		return {
			storage,
			clock,
			dead,
			a: await openStore(storage, processOf(1, dead), clock),
			b: await openStore(storage, processOf(2, dead), clock),
		};
	};

	it('back up two devices at once, and see one another', async () => {
		const { a, b } = await setUp();
		const [one, two] = await Promise.all([
			backUp(a, { files: { x: noise('x', 1000) }, device: 'one' }),
			backUp(b, { files: { x: noise('x', 1000) }, device: 'two' }),
		]);
		assert.deepEqual(await a.devices(), ['one', 'two']);
		assert.deepEqual(await contentsOf(a, two), await contentsOf(b, one));
		assert.deepEqual((await a.verify()).damagedSnapshots, []);
	});

	it('do not back up the same device at once', async () => {
		const { a, b, clock } = await setUp();
		const staging = await a.beginStaging({ udid, jobId: 'one' });
		clock.advance(10_000);
		await assert.rejects(b.beginStaging({ udid, jobId: 'two' }), (error) => {
			assert.ok(StoreError.is(error, 'LEASE_HELD'));
			assert.equal((error.details['holder'] as { process: number }).process, 1);
			return true;
		});
		await staging.abandon();
		await (await b.beginStaging({ udid, jobId: 'two' })).abandon();
	});

	it('take over from one that died, and not from one that lives', async () => {
		const { a, b, dead, storage } = await setUp();
		const staging = await a.beginStaging({ udid, jobId: 'one' });
		staging.writeFile('a', noise('a', 5_000_000));
		dead.add(1);
		const record = await backUp(b, { files: { a: noise('a', 5_000_000) } });
		assert.ok(record.addedBytes < 1_100_000 + 2000, `${record.addedBytes}`);
		assert.deepEqual(
			storage.keys().filter((key) => key.startsWith('leases/')),
			[],
		);
	});

	it('wait for a holder on another host until it was silent for long', async () => {
		const { a, storage, clock } = await setUp();
		const far = await openStore(storage, processOf(7, new Set(), 'elsewhere'), new FakeClock(0));
		await far.acquireLease({ kind: 'restore', udid });
		clock.advance(29 * 60_000);
		await assert.rejects(a.acquireLease({ kind: 'backup', udid }), (error) => StoreError.is(error, 'LEASE_HELD'));
		clock.advance(2 * 60_000);
		await (await a.acquireLease({ kind: 'backup', udid })).release();
	});

	it('know of a lease that could not be kept up', async () => {
		const { a, clock } = await setUp();
		const lease = await a.acquireLease({ kind: 'read' });
		lease.check();
		await lease.release();
		assert.throws(
			() => lease.check(),
			(error) => StoreError.is(error, 'LEASE_LOST'),
		);
		assert.equal(clock.pending, 0);
	});
});
