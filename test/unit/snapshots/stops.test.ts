import assert from 'node:assert/strict';
import type { SnapshotRecord, SnapshotStore } from '../../../src/snapshots/index.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FaultyStorage, Stopped, type Fault } from '../../support/faultyStorage.ts';
import { MemoryStorage } from '../../support/memoryStorage.ts';
import { backUp, contentsOf, fileIdPath, noise, openStore, processOf, udid } from '../../support/snapshotStore.ts';

const files = (round: number): Record<string, Buffer> => ({
	[fileIdPath('same')]: noise('same', 3000),
	[fileIdPath(`own ${round}`)]: noise(`own ${round}`, 2000),
	[fileIdPath('changing')]: Buffer.from(`text text text ${round}`.repeat(50)),
	'Manifest.db': Buffer.concat([Buffer.from('SQLite format 3\0\x10\0'), noise(`db ${round}`, 80_000)]),
	'Status.plist': Buffer.from(`status ${round}`),
});

/** What a whole life does: each of its steps is one at which a process may end. */
async function live(store: SnapshotStore, sealed: Map<string, Record<string, Buffer>>): Promise<void> {
	const note = async (round: number, base?: SnapshotRecord, baseRound = round - 1) => {
		const expected = files(round);
		const record = await backUp(store, { base: base?.id, files: expected, removed: [fileIdPath(`own ${baseRound}`)], takenAtMs: round });
		sealed.set(record.id, expected);
		return record;
	};
	const first = await note(1);
	await store.setName(udid, first.id, 'clean');
	const second = await note(2, first);
	await store.setNote(udid, second.id, 'a note');
	const third = await note(3, second);
	await store.setHead(udid, first.id);
	await store.prune(await store.planPrune({ forget: [{ udid, id: second.id }], graceMs: 0 }));
	const branch = await note(4, first, 1);
	await store.delete(udid, [third.id]);
	await store.prune(await store.planPrune({ graceMs: 0 }));
	await store.setHead(udid, branch.id);
}

/** What must hold of whatever is left, for a process that comes later. */
async function checkInvariants(left: MemoryStorage, sealed: Map<string, Record<string, Buffer>>, what: string): Promise<void> {
	const clock = new FakeClock();
	const store = await openStore(left, processOf(2, new Set([1])), clock);
	const { snapshots, unreadable } = await store.snapshots(udid);
	assert.deepEqual(unreadable, [], what);
	for (const { record } of snapshots) {
		const expected = sealed.get(record.id);
		const contents = await contentsOf(store, record);
		if (expected !== undefined) {
			assert.deepEqual(contents, expected, what);
		}
		assert.equal(Object.keys(contents).length, record.fileCount, what);
	}
	const report = await store.verify();
	assert.deepEqual([report.damagedBlobs, report.missingBlobs, report.damagedPacks, report.damagedSnapshots], [[], [], [], []], what);
	// The next backup needs nobody's help, and goes on from the head.
	const head = await store.head(udid);
	const next = await backUp(store, { base: head, files: files(9), takenAtMs: 9 });
	assert.equal(await store.head(udid), next.id, what);
	assert.deepEqual(await store.leases(), [], what);
	// Garbage is found, and what is left is needed.
	await store.prune(await store.planPrune({ graceMs: 0 }));
	const plan = await store.planPrune();
	assert.deepEqual([plan.packs, left.keys().filter((key) => /^(staging|condemned|leases)/.test(key))], [[], []], what);
	assert.equal((await store.verify()).damagedSnapshots.length, 0, what);
}

describe('a store whose process ends at any step', () => {
	for (const fault of ['before', 'half', 'after'] as const satisfies readonly Fault[]) {
		it(`stays whole when a step is stopped: ${fault}`, async function () {
			this.timeout(60_000);
			const whole = new FaultyStorage(new MemoryStorage(() => 0));
			await live(await openStore(whole), new Map());
			assert.ok(whole.steps.length > 100, 'a life has many steps');
			for (const [index, name] of whole.steps.entries()) {
				if (fault === 'half' && !name.startsWith('append')) {
					continue;
				}
				const storage = new FaultyStorage(new MemoryStorage(() => 0), { step: index + 1, fault });
				const sealed = new Map<string, Record<string, Buffer>>();
				await assert.rejects(async () => live(await openStore(storage), sealed), Stopped);
				await checkInvariants(storage.inner.copy(), sealed, `step ${index + 1}, ${fault}: ${storage.steps.at(-1)}`);
			}
		});
	}

	it('stays whole when the disk is full at any step, and goes on when there is space again', async function () {
		this.timeout(60_000);
		const counting = new FaultyStorage(new MemoryStorage(() => 0));
		const first = await backUp(await openStore(counting), { files: files(1) });
		const before = counting.inner.copy();
		const start = counting.steps.length;
		await backUp(await openStore(counting), { base: first.id, files: files(2) });
		for (let fullFrom = 0; fullFrom <= counting.steps.length - start; fullFrom++) {
			const inner = before.copy();
			const storage = new FaultyStorage(inner);
			const store = await openStore(storage);
			storage.fillAfter(fullFrom);
			await backUp(store, { base: first.id, files: files(2) }).then(
				() => undefined,
				(error: unknown) => assert.equal((error as { code?: string }).code, 'STORE_FULL', String((error as Error).stack)),
			);
			storage.fill(false);
			const { snapshots } = await store.snapshots(udid);
			assert.deepEqual(await contentsOf(store, first), files(1));
			assert.deepEqual(await store.leases(), [], `full after ${fullFrom} steps`);
			const next = await backUp(store, { base: snapshots.at(-1)?.record.id, files: files(3) });
			assert.equal(await store.head(udid), next.id);
			assert.deepEqual((await store.verify()).damagedSnapshots, []);
		}
	});
});
