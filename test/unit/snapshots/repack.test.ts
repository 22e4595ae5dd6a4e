import assert from 'node:assert/strict';
import type { SnapshotRecord, SnapshotStore } from '../../../src/snapshots/index.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FaultyStorage, Stopped } from '../../support/faultyStorage.ts';
import { MemoryStorage } from '../../support/memoryStorage.ts';
import { backUp, contentsOf, entriesOf, facts, fileIdPath, noise, openStore, processOf, udid } from '../../support/snapshotStore.ts';

const big = (name: string): Record<string, Buffer> => ({ [fileIdPath(name)]: noise(name, 100_000) });
const text = (name: string): Record<string, Buffer> => ({ [fileIdPath(name)]: Buffer.from(`${name} text `.repeat(400)) });
const paths = (...files: Record<string, Buffer>[]): string[] => files.flatMap((each) => Object.keys(each));

describe('a pack of which only a part is needed', () => {
	let clock: FakeClock;
	let storage: MemoryStorage;
	let store: SnapshotStore;
	let a: SnapshotRecord;
	let b: SnapshotRecord;
	const kept = {
		...big('kept'),
		...text('kept text'),
		'Manifest.db': Buffer.concat([Buffer.from('SQLite format 3\0\x10\0'), noise('db', 90_000)]),
	};
	const gone = { ...big('gone'), ...text('gone text') };
	beforeEach(async () => {
		clock = new FakeClock();
		storage = new MemoryStorage(() => clock.now());
		store = await openStore(storage, processOf(1), clock);
		a = await backUp(store, { files: { ...kept, ...gone } });
		b = await backUp(store, { base: a.id, files: big('new'), removed: paths(gone), takenAtMs: 1 });
	});
	const bytes = (): number =>
		[...storage.files].filter(([key]) => key.startsWith('packs/')).reduce((sum, [, file]) => sum + file.bytes.length, 0);

	it('is written anew without the rest, and its space comes back', async () => {
		const before = bytes();
		const plan = await store.planPrune({ forget: [{ udid, id: a.id }], graceMs: 0 });
		assert.equal(plan.rewrittenPacks?.length, 1);
		assert.ok(plan.freedBytes > 100_000 && plan.freedBytes < 115_000, `${plan.freedBytes}`);
		const seen: number[] = [];
		const result = await store.prune(plan, { onProgress: ({ doneBytes, totalBytes }) => seen.push(doneBytes / totalBytes) });
		assert.deepEqual([result.rewrittenPacks, result.deletedPacks, result.waitingPacks, seen], [1, 1, 0, [1]]);
		assert.ok(before - bytes() > 100_000, `${before - bytes()}`);
		assert.deepEqual(await contentsOf(store, b), { ...kept, ...big('new') });
		assert.deepEqual(await contentsOf(await openStore(storage, processOf(2), clock), b), { ...kept, ...big('new') });
		assert.deepEqual((await store.verify()).damagedSnapshots, []);
		const again = await store.planPrune();
		assert.deepEqual([again.packs, again.rewrittenPacks], [[], []]);
	});

	it('waits as one that nothing needs does, and is read meanwhile by those who know it', async () => {
		const reader = await openStore(storage, processOf(3), clock);
		await contentsOf(reader, b);
		const result = await store.prune(await store.planPrune({ forget: [{ udid, id: a.id }], graceMs: 60_000 }));
		assert.deepEqual([result.rewrittenPacks, result.deletedPacks, result.waitingPacks], [1, 0, 1]);
		assert.deepEqual(await contentsOf(reader, b), { ...kept, ...big('new') });
		clock.advance(61_000);
		const later = await store.prune(await store.planPrune({ graceMs: 60_000 }));
		assert.deepEqual([later.rewrittenPacks, later.deletedPacks], [0, 1]);
		// The reader finds where everything is now.
		assert.deepEqual(await contentsOf(reader, b), { ...kept, ...big('new') });
		assert.deepEqual((await reader.verify()).damagedSnapshots, []);
	});

	it('goes away in the middle of a reading of many contents, which finds what is left where it is now', async () => {
		const names = Array.from({ length: 200 }, (_, index) => `kept ${index}`);
		const many = Object.assign({}, ...names.map(big)) as Record<string, Buffer>;
		const c = await backUp(store, { files: many, takenAtMs: 2 });
		const left = Object.entries(many).filter((_, index) => index % 2 === 0);
		const removed = Object.keys(many).filter((_, index) => index % 2 === 1);
		const d = await backUp(store, { base: c.id, files: big('d'), removed, takenAtMs: 3 });
		const reader = await openStore(storage, processOf(3), clock);
		const read: Record<string, Buffer> = {};
		for await (const { entry, bytes: content } of reader.contents([await entriesOf(reader, d)])) {
			if (Object.keys(read).length === 0) {
				const forget = [a, c].map(({ id }) => ({ udid, id }));
				const { rewrittenPacks = 0, waitingPacks } = await store.prune(await store.planPrune({ forget, graceMs: 0 }));
				assert.deepEqual([rewrittenPacks > 0, waitingPacks], [true, 0]);
			}
			read[entry.path] = Buffer.concat([read[entry.path] ?? Buffer.alloc(0), content]);
		}
		assert.deepEqual(read, { ...Object.fromEntries(left), ...big('d') });
	});

	it('stays for a run that began before and builds upon it', async () => {
		const other = await openStore(storage, processOf(2), clock);
		const running = await other.beginStaging({ udid: 'other', jobId: 'running' });
		running.writeFile('x', noise('gone', 100_000));
		const result = await store.prune(await store.planPrune({ forget: [{ udid, id: a.id }], graceMs: 0 }));
		assert.deepEqual([result.rewrittenPacks, result.waitingPacks], [1, 1]);
		const record = await running.seal(facts());
		await store.prune(await store.planPrune({ graceMs: 0 }));
		assert.deepEqual(await contentsOf(store, record), { x: noise('gone', 100_000) });
		assert.deepEqual(await contentsOf(store, b), { ...kept, ...big('new') });
	});

	it('is left as it is when something needed in it is damaged', async () => {
		const [key, file] = [...storage.files].find(([name, { bytes: all }]) => name.startsWith('packs/') && all.length > 200_000) ?? [];
		assert.ok(key !== undefined && file !== undefined);
		const at = file.bytes.indexOf(noise('kept', 100_000).subarray(0, 16));
		file.bytes[at + 50] = (file.bytes[at + 50] as number) ^ 1;
		const result = await store.prune(await store.planPrune({ forget: [{ udid, id: a.id }], graceMs: 0 }));
		assert.deepEqual([result.rewrittenPacks, result.deletedPacks], [0, 0]);
		assert.ok(storage.files.has(key));
	});

	it('ends when it is asked to, and leaves nothing behind', async () => {
		const stop = new AbortController();
		const plan = await store.planPrune({ forget: [{ udid, id: a.id }], graceMs: 0 });
		await assert.rejects(store.prune(plan, { signal: AbortSignal.abort() }), { name: 'AbortError' });
		await assert.rejects(
			store.prune(plan, { signal: stop.signal, onProgress: () => stop.abort() }).then(() => stop.signal.throwIfAborted()),
			{
				name: 'AbortError',
			},
		);
		assert.deepEqual(
			storage.keys().filter((key) => /^(staging|leases)/.test(key)),
			[],
		);
		assert.deepEqual(await contentsOf(store, b), { ...kept, ...big('new') });
		await assert.rejects(store.planPrune({ signal: AbortSignal.abort() }), { name: 'AbortError' });
		await assert.rejects(store.snapshots(udid, { signal: AbortSignal.abort() }), { name: 'AbortError' });
	});

	it('is not written anew while the disk is full; what nobody needs is deleted all the same', async () => {
		const faulty = new FaultyStorage(storage);
		const full = await openStore(faulty, processOf(2), clock);
		await store.delete(udid, [a.id]);
		const plan = await full.planPrune({ graceMs: 0 });
		// Leases and condemnations are small enough to find space; what is written anew is not.
		const openAppend = faulty.openAppend.bind(faulty);
		faulty.openAppend = (key) => {
			faulty.fill(true);
			try {
				return openAppend(key);
			} finally {
				faulty.fill(false);
			}
		};
		const result = await full.prune(plan);
		assert.equal(result.rewrittenPacks, 0);
		assert.deepEqual(await contentsOf(full, b), { ...kept, ...big('new') });
	});

	it('leaves every snapshot readable wherever it is stopped', async function () {
		this.timeout(60_000);
		const work = async (faulty: FaultyStorage): Promise<void> => {
			const pruner = await openStore(faulty, processOf(2), clock);
			await pruner.prune(await pruner.planPrune({ forget: [{ udid, id: a.id }], graceMs: 0 }));
		};
		const whole = new FaultyStorage(storage.copy());
		await work(whole);
		assert.ok(
			whole.steps.some((step) => step.startsWith('publish')),
			'a pack is written anew',
		);
		for (const [index, name] of whole.steps.entries()) {
			for (const fault of ['before', 'half', 'after'] as const) {
				if (fault === 'half' && !name.startsWith('append')) {
					continue;
				}
				const faulty = new FaultyStorage(storage.copy(), { step: index + 1, fault });
				await assert.rejects(work(faulty), Stopped);
				const left = faulty.inner.copy();
				const next = await openStore(left, processOf(3, new Set([2])), clock);
				const what = `${fault} ${name}`;
				for (const { record } of (await next.snapshots(udid)).snapshots) {
					assert.deepEqual(await contentsOf(next, record), record.id === a.id ? { ...kept, ...gone } : { ...kept, ...big('new') }, what);
				}
				assert.deepEqual((await next.verify()).damagedSnapshots, [], what);
				const c = await backUp(next, { base: b.id, files: gone, takenAtMs: 2 });
				await next.prune(await next.planPrune({ graceMs: 0 }));
				await next.prune(await next.planPrune({ graceMs: 0 }));
				assert.deepEqual(await contentsOf(next, c), { ...kept, ...gone, ...big('new') }, what);
				assert.deepEqual((await next.verify()).damagedSnapshots, [], what);
				assert.deepEqual(
					left.keys().filter((key) => /^(staging|condemned|leases)/.test(key)),
					[],
					what,
				);
			}
		}
	});
});

describe('what snapshots that share layers need', () => {
	it('is what a listing of each by itself says', async () => {
		const storage = new MemoryStorage(() => 0);
		const store = await openStore(storage);
		const expected = new Map<string, Record<string, Buffer>>();
		let seed = 7;
		const random = (below: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
		let files: Record<string, Buffer> = Object.fromEntries(
			Array.from({ length: 60 }, (_, index) => [fileIdPath(`${index}`), noise(`0.${index}`, 3000)]),
		);
		files['Info.plist'] = noise('info', 900);
		let base = await backUp(store, { files });
		expected.set(base.id, files);
		const records = [base];
		for (let round = 1; round <= 30; round++) {
			if (random(4) === 0) {
				base = records[random(records.length)] as SnapshotRecord;
				files = expected.get(base.id) as Record<string, Buffer>;
			}
			const changed = Object.fromEntries(
				Array.from({ length: 1 + random(6) }, () => random(70)).map((index) => [fileIdPath(`${index}`), noise(`${round}.${index}`, 3000)]),
			);
			if (round % 3 === 0) {
				changed['Info.plist'] = noise(`info ${round}`, 900);
			}
			const removed = Object.keys(files).filter((path) => !(path in changed) && random(30) === 0);
			base = await backUp(store, { base: base.id, files: changed, removed, takenAtMs: round });
			files = Object.fromEntries(Object.entries({ ...files, ...changed }).filter(([path]) => !removed.includes(path)));
			expected.set(base.id, files);
			records.push(base);
		}
		const alive = new Set(records.map(({ id }) => id));
		while (alive.size > 2) {
			const victims = [...alive].filter(() => random(4) === 0).slice(0, alive.size - 2);
			victims.forEach((id) => alive.delete(id));
			await store.prune(await store.planPrune({ forget: victims.map((id) => ({ udid, id })), graceMs: 0 }));
			await store.prune(await store.planPrune({ graceMs: 0 }));
			for (const { record } of (await store.snapshots(udid)).snapshots) {
				assert.deepEqual(await contentsOf(store, record), expected.get(record.id));
			}
			// Nothing is held for the sake of entries that nobody sees.
			const needed = new Set(
				[...alive].flatMap((id) => Object.values(expected.get(id) as Record<string, Buffer>).map((each) => each.toString('latin1'))),
			);
			const neededBytes = [...needed].reduce((sum, each) => sum + each.length, 0);
			const plan = await store.planPrune();
			const bytes = [...storage.files].filter(([key]) => key.startsWith('packs/')).reduce((sum, [, file]) => sum + file.bytes.length, 0);
			assert.ok(bytes - plan.unfreedBytes < neededBytes + 90_000, `${bytes} - ${plan.unfreedBytes}, ${neededBytes}`);
			assert.ok(plan.unfreedBytes < 0.05 * bytes + 16 * 1024 * 4, `${plan.unfreedBytes}`);
		}
	});
});
