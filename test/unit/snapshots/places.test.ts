import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { silentLogger } from '../../../src/base/index.ts';
import { FolderStorage, SnapshotStore, StoreError, type SnapshotRecord } from '../../../src/snapshots/index.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FaultyStorage } from '../../support/faultyStorage.ts';
import { MemoryStorage } from '../../support/memoryStorage.ts';
import { backUp, contentsOf, fileIdPath, noise, openStore, processOf, udid } from '../../support/snapshotStore.ts';
import { useTempFolder } from '../../support/tempFolder.ts';

const temp = useTempFolder();
const big = (name: string): Record<string, Buffer> => ({ [fileIdPath(name)]: noise(name, 30_000) });

const DAY_MS = 24 * 60 * 60_000;

describe('a folder in which a store is to be made', () => {
	const open = (folder: string): Promise<SnapshotStore> =>
		SnapshotStore.open(folder, { create: true, clock: new FakeClock(), log: silentLogger, process: processOf(1) });

	it('may be missing, or empty, or have what systems put into any folder', async () => {
		const folder = path.join(temp.path, 'new');
		const { id } = await open(folder);
		assert.equal((await open(folder)).id, id);
		for (const name of ['.DS_Store', 'desktop.ini', 'lost+found', 'store.json.0123456789ab.tmp']) {
			const other = path.join(temp.path, `with ${name}`);
			fs.mkdirSync(other);
			fs.writeFileSync(path.join(other, name), '');
			await open(other);
			assert.ok(fs.existsSync(path.join(other, 'store.json')));
		}
	});

	it('is refused when it has other things in it, and stays as it is', async () => {
		for (const name of ['Documents', 'Manifest.db', 'notes.tmp']) {
			const folder = path.join(temp.path, `of ${name}`);
			fs.mkdirSync(folder);
			fs.writeFileSync(path.join(folder, name), '');
			await assert.rejects(open(folder), (error) => {
				assert.ok(StoreError.is(error, 'STORE_UNUSABLE'));
				assert.match(error.message, /^The folder is not empty and holds no store of snapshots \("/);
				return true;
			});
			assert.deepEqual(fs.readdirSync(folder), [name]);
		}
	});

	it('is gone on with when its own file was lost', async () => {
		const storage = new MemoryStorage();
		const record = await backUp(await openStore(storage), { files: big('a') });
		storage.files.delete('store.json');
		assert.deepEqual(await contentsOf(await openStore(storage, processOf(2)), record), big('a'));
	});
});

describe('what a crash left half written', () => {
	it('is removed by prune and repair once it is old, wherever it lies', async () => {
		const clock = new FakeClock(Date.now());
		const storage = new FolderStorage(path.join(temp.path, 'store'));
		const store = await openStore(storage, processOf(1), clock);
		const record = await backUp(store, { files: big('a') });
		const place = (key: string): string => path.join(storage.root, key);
		const leave = (key: string, ageMs: number): string => {
			fs.mkdirSync(path.dirname(place(key)), { recursive: true });
			fs.writeFileSync(place(key), 'half');
			const written = (Date.now() - ageMs) / 1000;
			fs.utimesSync(place(key), written, written);
			return place(key);
		};
		const inFolders = ['', 'packs/ab/', 'index/', `devices/${udid}/`, `devices/${udid}/snapshots/`, 'leases/', 'condemned/', 'quarantine/'];
		for (const work of ['prune', 'repair'] as const) {
			const old = inFolders.map((folder, index) => leave(`${folder}x${index}.0123456789ab.tmp`, 2 * DAY_MS));
			const young = leave('index/y.0123456789ab.tmp', 60_000);
			const foreign = leave('index/somebody.tmp', 2 * DAY_MS);
			if (work === 'prune') {
				await store.prune(await store.planPrune());
			} else {
				assert.equal((await store.repair()).removedLeftovers, old.length);
			}
			assert.deepEqual(old.filter(fs.existsSync), []);
			assert.deepEqual([young, foreign].filter(fs.existsSync), [young, foreign]);
		}
		assert.deepEqual(await contentsOf(store, record), big('a'));
	});
});

describe('names given by two processes at once', () => {
	it('go to one of them', async () => {
		const clock = new FakeClock();
		const storage = new MemoryStorage(() => clock.now());
		const stores = await Promise.all([1, 2, 3].map((number) => openStore(storage, processOf(number), clock)));
		const [store] = stores as [SnapshotStore];
		const records: SnapshotRecord[] = [];
		for (let index = 0; index < stores.length; index++) {
			records.push(await backUp(store, { files: big(`${index}`), takenAtMs: index }));
		}
		for (let round = 0; round < 20; round++) {
			const name = `name ${round}`;
			let isDone = false;
			const outcomes = Promise.allSettled(stores.map((each, index) => each.setName(udid, (records[index] as SnapshotRecord).id, name)));
			void outcomes.then(() => (isDone = true));
			while (!isDone) {
				await new Promise(setImmediate);
				clock.advance(5);
			}
			const failed = (await outcomes).filter((outcome) => outcome.status === 'rejected');
			assert.ok(failed.every(({ reason }) => StoreError.is(reason, 'NAME_TAKEN', 'LEASE_HELD')));
			const named = (await store.snapshots(udid)).snapshots.filter(({ labels }) => labels.name === name);
			assert.ok(named.length <= 1 && failed.length >= 2, `${named.length} have the name`);
		}
		assert.deepEqual(await store.leases(), []);
	});
});

describe('a store that can only be read', () => {
	it('is listed, read, compared and verified, and says why it cannot be changed', async () => {
		const inner = new MemoryStorage(() => 0);
		const writer = await openStore(inner);
		const a = await backUp(writer, { files: big('a') });
		const b = await backUp(writer, { base: a.id, files: big('b'), takenAtMs: 1 });
		const storage = new FaultyStorage(inner);
		storage.mountReadOnly();
		const before = inner.copy();
		const store = await openStore(storage, processOf(2));
		assert.equal((await store.snapshots(udid)).snapshots.length, 2);
		assert.equal(await store.head(udid), b.id);
		assert.deepEqual(await contentsOf(store, b), { ...big('a'), ...big('b') });
		const changes = [];
		for await (const portion of store.diff(a, b)) {
			changes.push(...portion);
		}
		assert.equal(changes.length, 1);
		assert.deepEqual((await store.verify()).damagedSnapshots, []);
		assert.deepEqual((await store.planPrune({ forget: [{ udid, id: a.id }] })).packs, []);
		assert.deepEqual(await store.leases(), []);
		const lease = await store.acquireLease({ kind: 'read', udid, snapshot: a.id });
		lease.check();
		await lease.release();
		const writes: (() => Promise<unknown>)[] = [
			() => store.setName(udid, a.id, 'x'),
			() => store.setNote(udid, a.id, 'x'),
			() => store.setHead(udid, a.id),
			() => store.delete(udid, [a.id]),
			() => store.beginStaging({ udid, jobId: 'job' }),
			() => store.repair(),
			async () => store.prune(await store.planPrune()),
			() => openStore(new FolderStorage(path.join(import.meta.filename, 'store'))),
		];
		for (const write of writes) {
			await assert.rejects(write(), (error) => StoreError.is(error, 'STORE_UNUSABLE') && /^(The store|The system)/.test(error.message));
		}
		assert.deepEqual(inner.files, before.files);
	});

	it('still names those who are at work in it elsewhere', async () => {
		const clock = new FakeClock();
		const inner = new MemoryStorage(() => clock.now());
		const writer = await openStore(inner, processOf(7, new Set(), 'elsewhere'), clock);
		await writer.acquireLease({ kind: 'backup', udid });
		const storage = new FaultyStorage(inner);
		storage.mountReadOnly();
		const store = await openStore(storage, processOf(2), clock);
		assert.deepEqual(
			(await store.leases()).map(({ host, kind }) => [host, kind]),
			[['elsewhere', 'backup']],
		);
	});
});

describe('a share that goes away in the middle', () => {
	const works: Readonly<Record<string, (store: SnapshotStore, a: SnapshotRecord) => Promise<unknown>>> = {
		'a backup': (store, a) => backUp(store, { base: a.id, files: big('c'), takenAtMs: 2 }),
		reading: (store, a) => contentsOf(store, a),
		verification: (store) => store.verify(),
		pruning: async (store, a) => store.prune(await store.planPrune({ forget: [{ udid, id: a.id }], graceMs: 0 })),
		repair: (store) => store.repair(),
	};
	for (const [name, work] of Object.entries(works)) {
		it(`fails ${name} with a code, and does no damage`, async function () {
			this.timeout(60_000);
			const inner = new MemoryStorage(() => 0);
			const writer = await openStore(inner);
			const a = await backUp(writer, { files: { ...big('a'), ...big('gone') } });
			const b = await backUp(writer, { base: a.id, files: big('b'), removed: [fileIdPath('gone')], takenAtMs: 1 });
			const counting = new FaultyStorage(inner.copy());
			await work(await openStore(counting, processOf(2)), a);
			const codes = ['EIO', 'ENOENT', 'ESTALE'];
			for (let operation = 2; operation <= counting.operations; operation++) {
				const left = inner.copy();
				const storage = new FaultyStorage(left);
				storage.failFrom(operation, codes[operation % codes.length]);
				const store = await openStore(storage, processOf(2));
				await work(store, a).then(
					() => undefined,
					(error: unknown) => assert.ok(StoreError.is(error), String((error as Error).stack)),
				);
				storage.failFrom(undefined);
				const other = await openStore(left, processOf(3, new Set([2])));
				assert.deepEqual(await contentsOf(other, b), { ...big('a'), ...big('b') }, `operation ${operation}`);
				assert.deepEqual((await other.verify()).damagedSnapshots, [], `operation ${operation}`);
				// The same process can go on, too, when the share is back.
				assert.deepEqual(await contentsOf(store, b), { ...big('a'), ...big('b') });
			}
		});
	}
});
