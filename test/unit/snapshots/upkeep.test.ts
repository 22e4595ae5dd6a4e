import assert from 'node:assert/strict';
import { StoreError, type SnapshotStore } from '../../../src/snapshots/index.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { MemoryStorage } from '../../support/memoryStorage.ts';
import { backUp, contentsOf, facts, fileIdPath, noise, openStore, processOf, udid } from '../../support/snapshotStore.ts';

const big = (name: string): Record<string, Buffer> => ({ [fileIdPath(name)]: noise(name, 100_000) });

describe('prune', () => {
	let clock: FakeClock;
	let storage: MemoryStorage;
	let store: SnapshotStore;
	beforeEach(async () => {
		clock = new FakeClock();
		storage = new MemoryStorage(() => clock.now());
		store = await openStore(storage, processOf(1), clock);
	});
	const packs = (): number => storage.keys().filter((key) => key.startsWith('packs/')).length;

	it('says beforehand what it frees, and frees that', async () => {
		const a = await backUp(store, { files: { ...big('a'), ...big('shared') } });
		const b = await backUp(store, { base: a.id, files: big('b'), removed: [fileIdPath('a')] });
		const c = await backUp(store, { base: b.id, files: big('c'), removed: [fileIdPath('b')] });
		const before = [...storage.files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
		const plan = await store.planPrune({ forget: [{ udid, id: b.id }], graceMs: 0 });
		assert.equal(plan.packs.length, 1);
		assert.ok(plan.freedBytes > 100_000 && plan.freedBytes < 110_000, `${plan.freedBytes}`);
		const result = await store.prune(plan);
		assert.deepEqual([result.forgotten, result.deletedPacks, result.freedBytes, result.waitingPacks], [plan.forget, 1, plan.freedBytes, 0]);
		const after = [...storage.files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
		assert.ok(Math.abs(before - after - plan.freedBytes) < 3000, `${before - after}`);
		assert.deepEqual(Object.keys(await contentsOf(store, c)).sort(), [fileIdPath('c'), fileIdPath('shared')].sort());
		assert.deepEqual(Object.keys(await contentsOf(store, a)).sort(), [fileIdPath('a'), fileIdPath('shared')].sort());
	});

	it('waits for its grace period', async () => {
		const a = await backUp(store, { files: big('a') });
		const waiting = await store.prune(await store.planPrune({ forget: [{ udid, id: a.id }], graceMs: 60_000 }));
		assert.deepEqual([waiting.deletedPacks, waiting.waitingPacks, packs()], [0, 1, 1]);
		clock.advance(61_000);
		assert.equal((await store.prune(await store.planPrune({ graceMs: 60_000 }))).deletedPacks, 1);
		assert.equal(packs(), 0);
	});

	it('keeps what a run that began before may have named, and that it names', async () => {
		const a = await backUp(store, { files: big('a') });
		const other = await openStore(storage, processOf(2), clock);
		const running = await other.beginStaging({ udid: 'other', jobId: 'running' });
		running.writeFile('x', noise('a', 100_000));
		const result = await store.prune(await store.planPrune({ forget: [{ udid, id: a.id }], graceMs: 0 }));
		assert.deepEqual([result.deletedPacks, result.waitingPacks], [0, 1]);
		const record = await running.seal(facts());
		assert.ok(record.addedBytes < 2000);
		await store.prune(await store.planPrune({ graceMs: 0 }));
		assert.deepEqual(await contentsOf(store, record), { x: noise('a', 100_000) });
		// It is needed again, so it is not condemned any more.
		assert.deepEqual(
			storage.keys().filter((key) => key.startsWith('condemned/')),
			[],
		);
	});

	it('is not built upon by a run that begins afterwards', async () => {
		const a = await backUp(store, { files: big('a') });
		await store.prune(await store.planPrune({ forget: [{ udid, id: a.id }], graceMs: 60_000 }));
		const b = await backUp(store, { files: big('a') });
		assert.ok(b.addedBytes > 100_000);
		clock.advance(61_000);
		assert.equal((await store.prune(await store.planPrune({ graceMs: 60_000 }))).deletedPacks, 1);
		assert.deepEqual(await contentsOf(store, b), big('a'));
		assert.deepEqual((await store.verify()).damagedSnapshots, []);
	});

	it('does not forget what somebody needs now', async () => {
		const a = await backUp(store, { files: big('a') });
		const lease = await store.acquireLease({ kind: 'restore', udid, snapshot: a.id });
		const isInUse = (error: unknown): boolean => StoreError.is(error, 'SNAPSHOT_IN_USE');
		await assert.rejects(store.prune(await store.planPrune({ forget: [{ udid, id: a.id }] })), isInUse);
		await assert.rejects(store.delete(udid, [a.id]), isInUse);
		await lease.release();
		await store.delete(udid, [a.id]);
	});

	it('runs once at a time', async () => {
		const plan = await store.planPrune();
		const lease = await store.acquireLease({ kind: 'prune' });
		clock.advance(10_000);
		await assert.rejects(store.prune(plan), (error) => StoreError.is(error, 'LEASE_HELD'));
		await lease.release();
	});

	it('gives nothing back while it cannot tell what a snapshot needs', async () => {
		const a = await backUp(store, { files: big('a') });
		await store.delete(udid, [a.id]);
		await storage.replace(`devices/${udid}/snapshots/${'0'.repeat(32)}`, Buffer.from('{"checksum":"x"}'));
		await assert.rejects(store.planPrune(), (error) => StoreError.is(error, 'STORE_DAMAGED'));
		await store.delete(udid, ['0'.repeat(32)]);
		assert.equal((await store.planPrune()).packs.length, 1);
	});

	it('clears away what an interrupted run left long ago', async () => {
		const staging = await store.beginStaging({ udid, jobId: 'old' });
		staging.writeFile('x', noise('x', 1000));
		await staging.abandon();
		await store.prune(await store.planPrune());
		assert.ok(storage.keys().some((key) => key.startsWith('staging/old/')));
		clock.advance(8 * 24 * 60 * 60_000);
		await store.prune(await store.planPrune());
		assert.ok(!storage.keys().some((key) => key.startsWith('staging/')));
	});
});

describe('verify', () => {
	let storage: MemoryStorage;
	let store: SnapshotStore;
	const damage = (match: RegExp, change: (bytes: Buffer) => Buffer): void => {
		const [key, file] = [...storage.files].find(([name]) => match.test(name)) ?? [];
		assert.ok(key !== undefined && file !== undefined);
		file.bytes = change(Buffer.from(file.bytes));
	};
	const fresh = (): Promise<SnapshotStore> => openStore(storage, processOf(2));
	beforeEach(async () => {
		storage = new MemoryStorage(() => 0);
		store = await openStore(storage);
	});

	it('finds nothing in a store that is whole', async () => {
		const a = await backUp(store, { files: { ...big('a'), text: Buffer.from('text '.repeat(1000)) } });
		await backUp(store, { base: a.id, files: big('b') });
		const report = await store.verify();
		assert.deepEqual(
			[report.checkedSnapshots, report.damagedBlobs, report.missingBlobs, report.damagedPacks, report.damagedSnapshots],
			[2, [], [], [], []],
		);
		assert.ok(report.checkedBytes > 200_000 && report.checkedBlobs >= 7);
		const sampled = await store.verify({ sample: 0.5, random: () => 0.7 });
		assert.equal(sampled.checkedBlobs, 0);
	});

	it('names the files and snapshots that one flipped bit touches, and changes nothing', async () => {
		const a = await backUp(store, { files: { ...big('a'), ...big('other') } });
		const b = await backUp(store, { base: a.id, files: big('b'), takenAtMs: 1 });
		const c = await backUp(store, { base: b.id, removed: [fileIdPath('a')], takenAtMs: 2 });
		damage(/^packs\//, (bytes) => {
			const at = bytes.indexOf(noise('a', 100_000).subarray(0, 16));
			bytes[at + 500] = (bytes[at + 500] as number) ^ 1;
			return bytes;
		});
		const before = storage.copy();
		const report = await (await fresh()).verify();
		assert.equal(report.damagedBlobs.length, 1);
		assert.equal(report.damagedPacks.length, 1);
		assert.deepEqual(
			report.damagedSnapshots.map(({ id, paths }) => [id, paths]),
			[a, b].map(({ id }) => [id, [fileIdPath('a')]]),
		);
		assert.deepEqual(storage.files, before.files);
		await assert.rejects(contentsOf(await fresh(), a), (error) => StoreError.is(error, 'BLOB_DAMAGED'));
		assert.equal(Object.keys(await contentsOf(await fresh(), c)).length, 2);
	});

	for (const [what, change] of [
		['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length - 60_000)],
		['without its footer', (bytes: Buffer) => bytes.subarray(0, bytes.length - 20)],
		['with another directory', (bytes: Buffer) => bytes.fill(7, bytes.length - 100, bytes.length - 60)],
		['that is empty', () => Buffer.alloc(0)],
	] as const) {
		it(`confines a pack ${what} to the snapshots that need it`, async () => {
			const a = await backUp(store, { files: big('a') });
			const sound = [...storage.files.keys()];
			const b = await backUp(store, { files: big('b') });
			const added = storage.keys().find((key) => key.startsWith('packs/') && !sound.includes(key)) as string;
			damage(new RegExp(added), change);
			// The index would know what the pack's own directory does not say any more.
			storage.keys().forEach((key) => void (key.startsWith('index/') && storage.files.delete(key)));
			const other = await fresh();
			const report = await other.verify();
			assert.deepEqual(report.damagedPacks, [added.slice(9, 73)]);
			assert.deepEqual(
				report.damagedSnapshots.map(({ id }) => id),
				[b.id],
			);
			assert.deepEqual(await contentsOf(other, a), big('a'));
			// What comes again is stored again, and the snapshot before is whole, too, once the damaged pack is out of the way.
			await backUp(other, { files: big('b') });
		});
	}

	it('tells a damaged record from one of a newer version', async () => {
		await backUp(store, { files: big('a') });
		damage(/snapshots\//, (bytes) => Buffer.from(bytes.toString().replace('manual', 'Manual')));
		const other = await fresh();
		assert.deepEqual(
			(await other.snapshots(udid)).unreadable.map(({ code }) => code),
			['STORE_DAMAGED'],
		);
		assert.deepEqual(
			(await other.verify()).unreadable.map(({ code }) => code),
			['STORE_DAMAGED'],
		);
	});

	it('looks for a damaged record also where it was read before', async () => {
		await backUp(store, { files: big('a') });
		await store.snapshots(udid);
		damage(/snapshots\//, (bytes) => Buffer.from(bytes.toString().replace('manual', 'Manual')));
		assert.equal((await store.verify()).unreadable.length, 1);
	});
});
