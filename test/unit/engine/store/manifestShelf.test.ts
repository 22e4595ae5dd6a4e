import assert from 'node:assert/strict';
import type { ManifestDb } from '../../../../src/backup/index.ts';
import { ManifestShelf } from '../../../../src/engine/store/manifestShelf.ts';
import type { SnapshotRecord, SnapshotStore } from '../../../../src/snapshots/index.ts';
import { FakeClock } from '../../../support/fakeClock.ts';

const MINUTE_MS = 60_000;

/** None that is on the shelf may be looked for in the store. */
const noStore = {} as SnapshotStore;

function recordOf(id: string): SnapshotRecord {
	return { id } as unknown as SnapshotRecord;
}

describe('The shelf of manifests', () => {
	const closed: string[] = [];
	const manifestOf = (name: string): ManifestDb => ({ dispose: () => closed.push(name) }) as unknown as ManifestDb;
	beforeEach(() => closed.splice(0));

	it('gives one that was given back to the next who asks, and to nobody else meanwhile', async () => {
		const shelf = new ManifestShelf(new FakeClock());
		const manifest = manifestOf('a');
		shelf.giveBack(recordOf('a'), manifest, {});
		assert.equal(await shelf.take(noStore, recordOf('a'), {}), manifest);
		await assert.rejects(shelf.take(noStore, { ...recordOf('a'), backup: {} }, {}));
		shelf.dispose();
		assert.deepEqual(closed, []);
	});

	it('keeps the last two, for a minute', () => {
		const clock = new FakeClock();
		const shelf = new ManifestShelf(clock);
		for (const name of ['a', 'b', 'c']) {
			shelf.giveBack(recordOf(name), manifestOf(name), {});
		}
		assert.deepEqual(closed, ['a']);
		clock.advance(MINUTE_MS);
		assert.deepEqual(closed, ['a', 'b', 'c']);
		shelf.dispose();
	});

	it('gives one that a password opened to whoever brings that password, and to nobody else', async () => {
		const shelf = new ManifestShelf(new FakeClock());
		const manifest = manifestOf('a');
		shelf.giveBack(recordOf('a'), manifest, { password: 'secret' });
		const encrypted = { ...recordOf('a'), backup: { encrypted: true } };
		assert.equal(await shelf.take(noStore, encrypted, {}), undefined);
		// The store is asked, which is none here.
		await assert.rejects(shelf.take(noStore, encrypted, { password: 'wrong' }), TypeError);
		assert.equal(await shelf.take(noStore, encrypted, { password: 'secret' }), manifest);
		assert.deepEqual(closed, []);
		shelf.dispose();
	});

	it('keeps none when it is closed', () => {
		const shelf = new ManifestShelf(new FakeClock());
		shelf.giveBack(recordOf('a'), manifestOf('a'), { password: 'secret' });
		shelf.giveBack(recordOf('b'), manifestOf('b'), {});
		shelf.dispose();
		shelf.giveBack(recordOf('c'), manifestOf('c'), {});
		assert.deepEqual(closed, ['a', 'b', 'c']);
	});
});
