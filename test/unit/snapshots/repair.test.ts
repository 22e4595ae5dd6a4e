import assert from 'node:assert/strict';
import fc from 'fast-check';
import { StoreError, type SnapshotRecord, type SnapshotStore } from '../../../src/snapshots/index.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FaultyStorage, Stopped } from '../../support/faultyStorage.ts';
import { MemoryStorage } from '../../support/memoryStorage.ts';
import { backUp, contentsOf, entriesOf, fileIdPath, noise, openStore, processOf, readAll, udid } from '../../support/snapshotStore.ts';

const big = (name: string): Record<string, Buffer> => ({ [fileIdPath(name)]: noise(name, 50_000) });
const text = (name: string): Record<string, Buffer> => ({ [fileIdPath(name)]: Buffer.from(`${name} text `.repeat(40)) });

/** What can be read of a snapshot. */
async function readable(store: SnapshotStore, record: SnapshotRecord): Promise<Record<string, Buffer>> {
	const found: Record<string, Buffer> = {};
	try {
		for (const entry of await entriesOf(store, record)) {
			try {
				found[entry.path] = await readAll(store.openContent(entry));
			} catch (error) {
				assert.ok(StoreError.is(error), String(error));
			}
		}
	} catch (error) {
		assert.ok(StoreError.is(error), String(error));
	}
	return found;
}

describe('repair', () => {
	let storage: MemoryStorage;
	let a: SnapshotRecord;
	let b: SnapshotRecord;
	const files = { ...big('one'), ...big('two'), ...text('three'), ...text('four') };
	const all = { ...files, ...big('five') };
	let first: string;
	const fresh = (number = 2): Promise<SnapshotStore> => openStore(storage, processOf(number));
	const packKeys = (): string[] => storage.keys().filter((key) => key.startsWith('packs/'));
	const quarantined = (): string[] => storage.keys().filter((key) => key.startsWith('quarantine/'));
	const fileOf = (key: string): { bytes: Buffer } => storage.files.get(key) as { bytes: Buffer };
	const flipIn = (name: string): void => {
		const { bytes } = fileOf(first);
		const at = bytes.indexOf(noise(name, 50_000).subarray(0, 16)) + 500;
		bytes[at] = (bytes[at] as number) ^ 1;
	};
	beforeEach(async () => {
		storage = new MemoryStorage(() => 0);
		const store = await openStore(storage);
		a = await backUp(store, { files });
		first = packKeys()[0] as string;
		b = await backUp(store, { base: a.id, files: big('five'), takenAtMs: 1 });
	});

	it('finds nothing to do in a store that is whole, and changes nothing but caches', async () => {
		const before = packKeys();
		const report = await (await fresh()).repair();
		assert.deepEqual(
			[report.packs, report.damagedPacks, report.salvagedBlobs, report.missingBlobs, report.headsSet, report.unreadable],
			[2, [], 0, [], [], []],
		);
		assert.deepEqual([packKeys(), quarantined()], [before, []]);
	});

	it('keeps what is intact in a damaged pack, and offers the damaged content to nobody', async () => {
		flipIn('one');
		const store = await fresh();
		const report = await store.repair();
		assert.deepEqual([report.damagedPacks, report.missingBlobs.length], [[first.slice(9, 73)], 1]);
		assert.ok(report.salvagedBlobs >= 4);
		assert.equal(quarantined().length, 1);
		const { [fileIdPath('one')]: _lost, ...rest } = all;
		assert.deepEqual(await readable(store, b), rest);
		const verified = await store.verify();
		assert.deepEqual([verified.missingBlobs, verified.damagedBlobs, verified.damagedPacks], [report.missingBlobs, [], []]);
		assert.deepEqual(
			verified.damagedSnapshots.map(({ id, paths }) => [id, paths]),
			[a, b].map(({ id }) => [id, [fileIdPath('one')]]),
		);
	});

	it('lets a later backup with the same content make older snapshots whole', async () => {
		flipIn('one');
		const store = await fresh();
		assert.equal(await store.isIncomplete(b), false, 'damage that nobody has looked for is not known of');
		await store.repair();
		assert.equal(await store.isIncomplete(b), true);
		const c = await backUp(store, { base: b.id, files: big('one'), takenAtMs: 2 });
		assert.equal(await store.isIncomplete(b), false);
		assert.ok(c.addedBytes > 50_000, 'the damaged content is not built upon');
		assert.deepEqual(await contentsOf(await fresh(3), a), files);
		assert.deepEqual((await store.verify()).damagedSnapshots, []);
		// Nothing is missing any more, so nothing that was put aside can be of use.
		assert.equal(quarantined().length, 1);
		await store.prune(await store.planPrune());
		assert.deepEqual(quarantined(), []);
		assert.deepEqual(await contentsOf(store, b), all);
	});

	it('keeps what was put aside as long as something is missing', async () => {
		flipIn('one');
		const store = await fresh();
		await store.repair();
		await store.prune(await store.planPrune({ graceMs: 0 }));
		assert.equal(quarantined().length, 1);
		// A disk that read wrong, and reads right again: what was put aside is looked at once more.
		const aside = fileOf(quarantined()[0] as string).bytes;
		const at = aside.indexOf(noise('one', 50_000).subarray(0, 16)) + 500;
		aside[at] = (aside[at] as number) ^ 1;
		const report = await store.repair();
		assert.deepEqual([report.missingBlobs, report.damagedPacks, report.salvagedBlobs], [[], [], 1]);
		assert.deepEqual(await contentsOf(store, b), all);
	});

	it('loses nothing where only the directory or the footer of a pack is damaged', async () => {
		for (const fromEnd of [5, 20, 60, 100]) {
			for (const withIndex of [true, false]) {
				const left = storage.copy();
				const { bytes } = left.files.get(first) as { bytes: Buffer };
				bytes.fill(0xa5, bytes.length - fromEnd, bytes.length - fromEnd + 4);
				for (const key of left.keys().filter((name) => !withIndex && name.startsWith('index/'))) {
					left.files.delete(key);
				}
				const store = await openStore(left, processOf(2));
				const report = await store.repair();
				assert.equal(report.damagedPacks.length, 1);
				// Without another directory the one entry that was hit is lost.
				assert.ok(report.missingBlobs.length <= (withIndex || fromEnd < 48 ? 0 : 1), `${fromEnd}: ${report.missingBlobs.length}`);
				if (withIndex) {
					assert.deepEqual(await contentsOf(store, b), all);
				}
			}
		}
	});

	it('takes out of a pack that was cut short what came before the cut', async () => {
		const { bytes } = fileOf(first);
		const cut = bytes.indexOf(noise('two', 50_000).subarray(0, 16)) + 100;
		fileOf(first).bytes = bytes.subarray(0, cut);
		const store = await fresh();
		const before = bytes.indexOf(noise('one', 50_000).subarray(0, 16)) < cut;
		assert.ok(before, 'contents lie in the order in which they came');
		const report = await store.repair();
		assert.ok(report.salvagedBlobs >= 1);
		// The listing lay behind the cut: the snapshot is damaged until the same contents come once more.
		await backUp(store, { files, takenAtMs: 0 });
		await backUp(store, { files: all, takenAtMs: 1 });
		assert.deepEqual((await readable(store, a))[fileIdPath('one')], noise('one', 50_000));
	});

	it('tells what is missing with a pack, and a later backup brings it back', async () => {
		const bytes = fileOf(first).bytes;
		storage.files.delete(first);
		const store = await fresh();
		const report = await store.repair();
		assert.ok(report.missingBlobs.length >= 1);
		assert.deepEqual([report.damagedPacks, report.packs], [[], 1]);
		await backUp(store, { files, takenAtMs: 5 });
		assert.deepEqual(await readable(store, a), files);
		// The pack itself may come back, too: from a copy of the store.
		storage.files.set(first, { bytes, modifiedAtMs: 0 });
		assert.deepEqual((await (await fresh(3)).verify()).damagedSnapshots, []);
	});

	it('writes a damaged record as it was read before, and names those that it cannot', async () => {
		const store = await fresh();
		await store.snapshots(udid);
		for (const record of [a, b]) {
			const file = fileOf(`devices/${udid}/snapshots/${record.id}`);
			file.bytes = Buffer.from(file.bytes.toString().replace('manual', 'Manual'));
		}
		const ignorant = await openStore(storage.copy(), processOf(4));
		assert.deepEqual((await ignorant.repair()).unreadable.map(({ id }) => id).sort(), [a.id, b.id].sort());
		const report = await store.repair();
		assert.deepEqual(report.restoredRecords.map(({ id }) => id).sort(), [a.id, b.id].sort());
		assert.deepEqual(report.unreadable, []);
		assert.deepEqual(await contentsOf(await fresh(3), b), all);
	});

	it('makes anew what is missing or damaged and can be made from the rest', async () => {
		const index = storage.keys().find((key) => key.endsWith('.idx')) as string;
		assert.ok(index !== undefined, 'an index is written after each backup');
		const head = `devices/${udid}/head`;
		const changes: ((left: MemoryStorage) => void)[] = [
			(left) => left.files.delete(index),
			(left) => left.files.get(index)?.bytes.fill(0),
			(left) => left.files.get(index)?.bytes.fill(0xff, 40, 80),
			(left) => left.files.set('index/junk', { bytes: Buffer.from('x'), modifiedAtMs: 0 }),
			(left) => left.files.set(`index/records-${udid}.json`, { bytes: Buffer.alloc(100, 7), modifiedAtMs: 0 }),
			(left) => left.files.delete(head),
			(left) => left.files.get(head)?.bytes.fill(1),
		];
		for (const change of changes) {
			const left = storage.copy();
			change(left);
			const other = await openStore(left, processOf(2));
			assert.deepEqual(await contentsOf(other, b), all);
			const report = await other.repair();
			assert.equal(report.packs, 2);
			assert.equal(await other.head(udid), b.id);
			assert.deepEqual((await other.verify()).damagedSnapshots, []);
		}
	});

	it('never makes less readable than was before, whatever is damaged', async function () {
		this.timeout(60_000);
		const keys = packKeys();
		await fc.assert(
			fc.asyncProperty(
				fc.array(fc.record({ pack: fc.nat(), at: fc.nat(), length: fc.integer({ min: 1, max: 3000 }), cut: fc.boolean() }), {
					minLength: 1,
					maxLength: 3,
				}),
				async (damages) => {
					const left = storage.copy();
					for (const { pack, at, length, cut } of damages) {
						const file = left.files.get(keys[pack % keys.length] as string) as { bytes: Buffer };
						const start = at % Math.max(1, file.bytes.length);
						file.bytes =
							cut && length > 2000
								? file.bytes.subarray(0, start)
								: file.bytes.fill(0x5a, start, Math.min(start + length, file.bytes.length));
					}
					const before = await openStore(left.copy(), processOf(2));
					const store = await openStore(left, processOf(3));
					const wasReadable = [await readable(before, a), await readable(before, b)];
					await store.repair();
					for (const [index, record] of [a, b].entries()) {
						const now = await readable(store, record);
						for (const [path, bytes] of Object.entries(wasReadable[index] as Record<string, Buffer>)) {
							assert.ok(now[path]?.equals(bytes) === true, path);
						}
					}
					const again = await store.repair();
					assert.equal(again.salvagedBlobs, 0);
				},
			),
			{ numRuns: 40, interruptAfterTimeLimit: 30_000 },
		);
	});

	it('can be stopped at any step, and goes on the next time', async function () {
		this.timeout(60_000);
		flipIn('two');
		const { [fileIdPath('two')]: _lost, ...rest } = all;
		const whole = new FaultyStorage(storage.copy());
		await (await openStore(whole, processOf(2))).repair();
		for (const [index, name] of whole.steps.entries()) {
			for (const fault of ['before', 'after'] as const) {
				const faulty = new FaultyStorage(storage.copy(), { step: index + 1, fault });
				await assert.rejects(async () => (await openStore(faulty, processOf(2))).repair(), Stopped);
				const left = faulty.inner.copy();
				const store = await openStore(left, processOf(3, new Set([2])));
				assert.deepEqual(await readable(store, b), rest, `${fault} ${name}`);
				const report = await store.repair();
				assert.deepEqual(report.missingBlobs.length, 1, `${fault} ${name}`);
				assert.deepEqual(await readable(store, b), rest, `${fault} ${name}`);
				await store.prune(await store.planPrune({ graceMs: 0 }));
				assert.deepEqual(await readable(store, b), rest, `${fault} ${name}`);
				assert.deepEqual(
					left.keys().filter((key) => key.startsWith('staging/')),
					[],
				);
			}
		}
	});

	it('says how far it is, and ends when it is asked to', async () => {
		const store = await fresh();
		const seen: number[] = [];
		let total = 0;
		await store.repair({
			onProgress: ({ doneBytes, totalBytes }) => {
				seen.push(doneBytes);
				total = totalBytes;
			},
		});
		assert.deepEqual(
			seen,
			[...seen].sort((x, y) => x - y),
		);
		assert.equal(seen.at(-1), total);
		assert.ok(total > 150_000);
		const stop = new AbortController();
		await assert.rejects(store.repair({ signal: stop.signal, onProgress: () => stop.abort() }), { name: 'AbortError' });
		assert.deepEqual(await store.leases(), []);
	});

	it('waits for nobody: it is refused while somebody is at work', async () => {
		const clock = new FakeClock();
		const other = new MemoryStorage(() => clock.now());
		const store = await openStore(other, processOf(1), clock);
		const lease = await store.acquireLease({ kind: 'backup', udid });
		clock.advance(10_000);
		await assert.rejects(store.repair(), (error) => StoreError.is(error, 'LEASE_HELD'));
		await lease.release();
	});
});
