import assert from 'node:assert/strict';
import * as crypto from 'node:crypto';
import type { JsonValue, SnapshotRecord, SnapshotStore } from '../../../src/snapshots/index.ts';
import { canonicalJson } from '../../../src/snapshots/records/canonicalJson.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { MemoryStorage } from '../../support/memoryStorage.ts';
import { backUp, contentsOf, fileIdPath, noise, openStore, processOf, udid } from '../../support/snapshotStore.ts';

const big = (name: string): Record<string, Buffer> => ({ [fileIdPath(name)]: noise(name, 20_000) });

/** Changes labels between the moment when names are listed and the one when the file is read. */
class ChangingStorage extends MemoryStorage {
	beforeRead: ((key: string) => Promise<void>) | undefined;

	override async get(key: string, maxBytes: number): Promise<Uint8Array | undefined> {
		const action = key.includes('/labels/') ? this.beforeRead : undefined;
		if (action !== undefined) {
			this.beforeRead = undefined;
			await action(key);
		}
		return super.get(key, maxBytes);
	}
}

describe('Small files of a store', () => {
	let storage: ChangingStorage;
	let store: SnapshotStore;
	let a: SnapshotRecord;
	let b: SnapshotRecord;
	let processes = 1;
	const fresh = (): Promise<SnapshotStore> => openStore(storage, processOf(++processes));
	const keysOf = (folder: string): string[] => storage.keys().filter((key) => key.startsWith(`devices/${udid}/${folder}`));
	const flip = (key: string): void => {
		const { bytes } = storage.files.get(key) as { bytes: Buffer };
		const at = Math.floor(bytes.length / 2);
		bytes[at] = (bytes[at] as number) ^ 0x11;
	};
	const labelsOf = async (from: SnapshotStore, { id }: SnapshotRecord) =>
		(await from.snapshots(udid)).snapshots.find(({ record }) => record.id === id)?.labels;

	beforeEach(async () => {
		storage = new ChangingStorage(() => 0);
		store = await openStore(storage);
		a = await backUp(store, { files: big('a') });
		b = await backUp(store, { base: a.id, files: big('b'), takenAtMs: 1 });
		await store.setName(udid, a.id, 'clean');
	});

	describe('with labels', () => {
		it('are named by a check when they are damaged, of all snapshots or of this one', async () => {
			flip(keysOf('labels')[0] as string);
			const report = await store.verify();
			assert.deepEqual(report.unreadableLabels, [{ udid, id: a.id }]);
			assert.deepEqual([report.damagedSnapshots, report.unreadable, report.unreadableHeads], [[], [], []]);
			assert.deepEqual((await store.verify({ udid })).unreadableLabels, [{ udid, id: a.id }]);
			assert.deepEqual((await store.verify({ snapshots: [a] })).unreadableLabels, [{ udid, id: a.id }]);
			assert.deepEqual((await store.verify({ snapshots: [b] })).unreadableLabels, []);
		});

		it('count as a pin when they are damaged, since they may have said so', async () => {
			flip(keysOf('labels')[0] as string);
			const other = await fresh();
			assert.deepEqual(await labelsOf(other, a), { pinned: true });
			await other.setNote(udid, a.id, 'who knows');
			assert.deepEqual(await labelsOf(await fresh(), a), { pinned: true, note: 'who knows' });
			await other.setPinned(udid, a.id, false);
			await other.setName(udid, a.id, 'clean again');
			assert.deepEqual(await labelsOf(await fresh(), a), { name: 'clean again', note: 'who knows' });
			assert.deepEqual((await other.verify()).unreadableLabels, []);
		});

		it('are written again by a repair that has read them before', async () => {
			assert.deepEqual(await labelsOf(store, a), { name: 'clean' });
			flip(keysOf('labels')[0] as string);
			const report = await store.repair();
			assert.deepEqual([report.restoredLabels, report.lostLabels], [[{ udid, id: a.id }], []]);
			assert.deepEqual(await labelsOf(await fresh(), a), { name: 'clean' });
			assert.deepEqual((await store.verify()).unreadableLabels, []);
		});

		it('are replaced by a pin in a repair that never read them', async () => {
			flip(keysOf('labels')[0] as string);
			const other = await fresh();
			const report = await other.repair();
			assert.deepEqual([report.restoredLabels, report.lostLabels], [[], [{ udid, id: a.id }]]);
			assert.deepEqual(await labelsOf(await fresh(), a), { pinned: true });
			assert.deepEqual((await other.verify()).unreadableLabels, []);
			assert.equal(keysOf('labels').length, 1);
		});

		it('are looked for once more when somebody changes them meanwhile', async () => {
			const other = await fresh();
			storage.beforeRead = () => store.setPinned(udid, a.id, true);
			assert.deepEqual(await labelsOf(other, a), { name: 'clean', pinned: true });
			storage.beforeRead = () => store.setName(udid, a.id, 'other name');
			assert.deepEqual(await labelsOf(await fresh(), a), { name: 'other name', pinned: true });
		});

		it('keep both of two changes that are made at once', async () => {
			const clock = new FakeClock();
			const [one, two] = [await openStore(storage, processOf(101), clock), await openStore(storage, processOf(102), clock)];
			let isDone = false;
			const both = Promise.all([one.setPinned(udid, b.id, true), two.setNote(udid, b.id, 'both')]).finally(() => (isDone = true));
			while (!isDone) {
				await new Promise(setImmediate);
				clock.advance(5);
			}
			await both;
			assert.deepEqual(await labelsOf(await fresh(), b), { pinned: true, note: 'both' });
		});
	});

	describe('with records', () => {
		const recordOf = ({ id }: SnapshotRecord): string => `devices/${udid}/snapshots/${id}`;

		it('are missed when they are gone and nobody deleted them, and nothing is given back until somebody does', async () => {
			storage.files.delete(recordOf(a));
			const other = await fresh();
			assert.deepEqual((await other.snapshots(udid)).unreadable, [{ id: a.id, code: 'STORE_DAMAGED' }]);
			assert.deepEqual((await other.verify()).unreadable, [{ udid, id: a.id, code: 'STORE_DAMAGED' }]);
			assert.deepEqual((await other.verify({ udid })).unreadable, [{ udid, id: a.id, code: 'STORE_DAMAGED' }]);
			await assert.rejects(other.planPrune(), { code: 'STORE_DAMAGED' });
			await other.delete(udid, [a.id]);
			assert.deepEqual((await other.snapshots(udid)).unreadable, []);
			assert.deepEqual((await other.verify()).unreadable, []);
			await other.prune(await other.planPrune({ graceMs: 0 }));
			assert.deepEqual(await contentsOf(other, b), { ...big('a'), ...big('b') });
		});

		it('are missed also where only a name or a verdict tells of them', async () => {
			const alone = await backUp(store, { files: big('c'), takenAtMs: 2 });
			await store.setVerdict(udid, alone.id, { atMs: 5, whole: true });
			storage.files.delete(recordOf(alone));
			assert.deepEqual((await (await fresh()).snapshots(udid)).unreadable, [{ id: alone.id, code: 'STORE_DAMAGED' }]);
		});

		it('are written again by a repair that has read them before', async () => {
			await store.snapshots(udid);
			storage.files.delete(recordOf(a));
			const report = await store.repair();
			assert.deepEqual([report.restoredRecords, report.unreadable], [[{ udid, id: a.id }], []]);
			assert.deepEqual(await contentsOf(await fresh(), a), big('a'));
		});

		it('of a newer version are left as they are by a repair, which mends all else', async () => {
			const { bytes } = storage.files.get(recordOf(a)) as { bytes: Buffer };
			const { checksum: _checksum, ...body } = {
				...(JSON.parse(bytes.toString()) as { checksum: string } & Record<string, JsonValue>),
				schemaVersion: 2,
			};
			const checksum = crypto.createHash('sha256').update(canonicalJson(body)).digest('hex');
			const newer = Buffer.from(canonicalJson({ ...body, checksum }));
			const key = `devices/${udid}/snapshots/${checksum.slice(0, 32)}`;
			storage.files.set(key, { bytes: newer, modifiedAtMs: 0 });
			flip(`devices/${udid}/head`);
			const report = await (await fresh()).repair();
			assert.deepEqual([report.unreadable.map(({ code }) => code), report.headsSet], [['NEWER_FORMAT'], [udid]]);
			assert.equal(storage.files.get(key)?.bytes, newer);
		});

		it('are missed by nobody when they were deleted', async () => {
			await store.setVerdict(udid, a.id, { atMs: 5, whole: true });
			await store.delete(udid, [a.id]);
			assert.deepEqual((await store.snapshots(udid)).unreadable, []);
			await store.repair();
			assert.deepEqual((await store.snapshots(udid)).snapshots.length, 1);
		});
	});

	describe('with heads', () => {
		it('are named by a check when they are damaged, and made anew by a repair', async () => {
			for (const text of ['{', '{}', `{"schemaVersion":1,"snapshot":"${'0'.repeat(32)}"}`]) {
				(storage.files.get(`devices/${udid}/head`) as { bytes: Buffer }).bytes = Buffer.from(text);
				assert.deepEqual((await store.verify()).unreadableHeads, [udid], text);
				assert.deepEqual((await store.verify({ snapshots: [a] })).unreadableHeads, []);
				assert.deepEqual((await store.repair()).headsSet, [udid]);
				assert.deepEqual((await store.verify()).unreadableHeads, []);
			}
		});

		it('of apps are taken away by a repair when they are damaged, so that the next snapshot reads all', async () => {
			await store.repair();
			storage.files.set(`devices/${udid}/apps/${'a'.repeat(32)}`, { bytes: Buffer.from('{"app'), modifiedAtMs: 0 });
			assert.deepEqual((await store.verify()).unreadableHeads, [udid]);
			await store.repair();
			assert.deepEqual((await store.verify()).unreadableHeads, []);
		});

		it('are missed by nobody when their snapshot was deleted', async () => {
			await store.delete(udid, [b.id]);
			assert.deepEqual((await store.verify()).unreadableHeads, []);
		});
	});
});
