import assert from 'node:assert/strict';
import { FolderStorage, StoreObserver } from '../../../src/snapshots/index.ts';
import { MemoryStorage } from '../../support/memoryStorage.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { backUp, noise, openStore, processOf, udid } from '../../support/snapshotStore.ts';

const other = '00008101-00FF11EE22DD33CC';

describe('the verdict on a snapshot', () => {
	it('is that of the latest check, and goes with the snapshot', async () => {
		const storage = new MemoryStorage();
		const store = await openStore(storage);
		const { id } = await backUp(store, { files: { 'aa/x': noise('x', 100) } });
		const verdict = async () => (await (await openStore(storage)).snapshots(udid)).snapshots[0]?.verdict;
		assert.equal(await verdict(), undefined);
		await store.setVerdict(udid, id, { atMs: 1000, whole: true });
		assert.deepEqual(await verdict(), { atMs: 1000, whole: true });
		await store.setVerdict(udid, id, { atMs: 2000.4, whole: false });
		assert.deepEqual(await verdict(), { atMs: 2000, whole: false });
		assert.deepEqual(await storage.names(`devices/${udid}/checks`), [`${id}.2000.damaged`]);
		await store.delete(udid, [id]);
		assert.deepEqual(await storage.names(`devices/${udid}/checks`), []);
		await store.setVerdict(udid, id, { atMs: 3000, whole: true });
		assert.deepEqual(await storage.names(`devices/${udid}/checks`), []);
	});

	it('is not read from files that are none', async () => {
		const storage = new MemoryStorage();
		const store = await openStore(storage);
		const { id } = await backUp(store, { files: { 'aa/x': noise('x', 100) } });
		for (const name of ['x', `${id}.1`, `${id}.1.fine`, `${id}.x.whole`, `${id.slice(1)}.1.whole`]) {
			await storage.putIfAbsent(`devices/${udid}/checks/${name}`, new Uint8Array(0));
		}
		assert.equal((await store.snapshots(udid)).snapshots[0]?.verdict, undefined);
	});
});

describe('an observer of a store', () => {
	const temp = useTempFolder();

	for (const [name, makeStorage] of [
		['in memory', () => new MemoryStorage()],
		['in a folder', () => new FolderStorage(temp.path)],
	] as const) {
		it(`sees what changes for a device ${name}, and nothing while nothing does`, async () => {
			const storage = makeStorage();
			const store = await openStore(storage);
			const { id } = await backUp(store, { files: { 'aa/x': noise('x', 100) } });
			const observer = new StoreObserver(storage, () => 0, processOf(1));
			const changes = async () => (await observer.look()).changedDevices;
			assert.deepEqual(await changes(), []);
			assert.deepEqual(await changes(), []);
			await store.setName(udid, id, 'named');
			assert.deepEqual(await changes(), [udid]);
			await store.setPinned(udid, id, true);
			assert.deepEqual(await changes(), [udid]);
			await store.setVerdict(udid, id, { atMs: 1, whole: true });
			assert.deepEqual(await changes(), [udid]);
			await store.addEvent(udid, { atMs: 1, kind: 'build-installed', facts: {} });
			assert.deepEqual(await changes(), [udid]);
			const next = await backUp(store, { base: id, files: { 'aa/y': noise('y', 100) } });
			assert.deepEqual(await changes(), [udid]);
			await store.setHead(udid, id);
			assert.deepEqual(await changes(), [udid]);
			await backUp(store, { device: other, files: { 'aa/z': noise('z', 100) } });
			assert.deepEqual(await changes(), [other]);
			await store.delete(udid, [next.id]);
			assert.deepEqual(await changes(), [udid]);
			for (let look = 0; look < 8; look++) {
				assert.deepEqual(await changes(), []);
			}
			await store.setPinned(udid, id, false);
			assert.deepEqual(await changes(), [udid]);
		});
	}

	it('sees who is at work, without those whose process has ended, and writes nothing', async () => {
		const storage = new MemoryStorage();
		const dead = new Set<number>();
		const observer = new StoreObserver(storage, () => 0, processOf(1, dead));
		const [own, foreign] = [await openStore(storage, processOf(1, dead)), await openStore(storage, processOf(2, dead))];
		const look = async () => {
			const { holders, holdersChanged } = await observer.look();
			return [holdersChanged, holders.map((holder) => [holder.kind, holder.udid, observer.isOwn(holder)])];
		};
		assert.deepEqual(await look(), [true, []]);
		const lease = await own.acquireLease({ kind: 'backup', udid });
		await foreign.acquireLease({ kind: 'restore', udid: other });
		const before = (await storage.list('leases')).length;
		const [changed, holders] = (await look()) as [boolean, unknown[]];
		assert.deepEqual(
			[changed, new Set(holders)],
			[
				true,
				new Set([
					['backup', udid, true],
					['restore', other, false],
				]),
			],
		);
		assert.deepEqual((await look())[0], false);
		dead.add(2);
		assert.deepEqual(await look(), [true, [['backup', udid, true]]]);
		assert.equal((await storage.list('leases')).length, before);
		await lease.release();
		assert.deepEqual(await look(), [true, []]);
	});
});
