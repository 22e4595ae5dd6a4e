import assert from 'node:assert/strict';
import { StoreError, type ListingEntry, type SnapshotStore } from '../../../src/snapshots/index.ts';
import { MemoryStorage } from '../../support/memoryStorage.ts';
import { backUp, contentsOf, entriesOf, noise, openStore } from '../../support/snapshotStore.ts';

const text = (label: string, length: number): Buffer => Buffer.from(`${label} `.repeat(length)).subarray(0, length);

/** Contents of every shape: of no bytes, in shared frames, in blobs of their own, in lists of blobs, and the same ones twice. */
const files: Readonly<Record<string, Buffer>> = {
	empty: Buffer.alloc(0),
	...Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`small/${index}`, text(`file ${index}`, 10 + index * 7)])),
	noise: noise('noise', 700_000),
	twin: noise('noise', 700_000),
	large: noise('large', 3_500_000),
	database: Buffer.concat([Buffer.from('SQLite format 3\0\x10\0'), noise('db', 300 * 4096 - 18)]),
	even: Buffer.alloc(9_000_000, 'a'),
};

async function read(
	store: SnapshotStore,
	entries: readonly ListingEntry[],
): Promise<{ names: string[]; contents: Record<string, Buffer> }> {
	const contents: Record<string, Buffer> = {};
	const names: string[] = [];
	let portions: Buffer[] = [];
	for await (const { entry, bytes, isLast } of store.contents([entries])) {
		portions.push(Buffer.from(bytes));
		if (isLast) {
			names.push(entry.path);
			if (entry.kind === 'file') {
				contents[entry.path] = Buffer.concat(portions);
			}
			portions = [];
		}
	}
	return { names, contents };
}

describe('reading many contents', () => {
	let storage: MemoryStorage;
	let store: SnapshotStore;
	beforeEach(async () => {
		storage = new MemoryStorage(() => 0);
		store = await openStore(storage);
	});

	it('gives the bytes that reading one by one gives, each entry once', async () => {
		await backUp(store, { files: { noise: noise('noise', 700_000), 'small/7': text('another', 90) } });
		const record = await backUp(store, { files, takenAtMs: 1 });
		const entries = await entriesOf(store, record);
		const { names, contents } = await read(store, entries);
		assert.deepEqual(names.sort(), entries.map(({ path }) => path).sort());
		assert.deepEqual(contents, await contentsOf(store, record));
		assert.deepEqual(contents, files);
	});

	it('goes in the order of packs, whatever the order of the entries', async () => {
		const record = await backUp(store, { files: { a: noise('a', 9), b: noise('b', 9), c: Buffer.alloc(0), d: noise('d', 9) } });
		const entries = await entriesOf(store, record);
		assert.deepEqual((await read(store, entries.reverse())).names, ['c', 'a', 'b', 'd']);
	});

	it('hands out nothing of a damaged blob, and says that it is damaged', async () => {
		const record = await backUp(store, { files: { a: noise('a', 90_000), b: noise('b', 90_000) } });
		const [pack = ''] = [...(await storage.list('packs'))].map(({ key }) => key);
		const bytes = Buffer.from((await storage.get(pack, 1e9)) ?? []);
		bytes[bytes.indexOf(noise('b', 90_000).subarray(0, 100)) + 50]! ^= 1;
		await storage.replace(pack, bytes);
		const seen: string[] = [];
		await assert.rejects(
			async () => {
				for await (const { entry } of (await openStore(storage)).contents([await entriesOf(store, record)])) {
					seen.push(entry.path);
				}
			},
			(error) => StoreError.is(error, 'BLOB_DAMAGED'),
		);
		assert.deepEqual(seen, ['a']);
	});

	it('says which blob is missing', async () => {
		const record = await backUp(store, { files: { a: noise('a', 90) } });
		const [entry] = await entriesOf(store, record);
		const { content } = entry as ListingEntry;
		const lost = { ...(entry as ListingEntry), content: { id: 'ab'.repeat(32), level: content?.level ?? 0 } } as ListingEntry;
		await assert.rejects(read(store, [lost]), (error) => StoreError.is(error, 'BLOB_MISSING'));
	});

	for (const [what, sizeBytes] of [
		['more', 89],
		['less', 91],
	] as const) {
		it(`refuses a file of which there is ${what} than its listing says`, async () => {
			const record = await backUp(store, { files: { a: noise('a', 90) } });
			const [entry] = await entriesOf(store, record);
			await assert.rejects(read(store, [{ ...(entry as ListingEntry), sizeBytes }]), (error) => StoreError.is(error, 'STORE_DAMAGED'));
		});
	}

	it('ends when it is told to', async () => {
		const record = await backUp(store, { files });
		const stop = new AbortController();
		const portions = store.contents([await entriesOf(store, record)], { signal: stop.signal });
		await portions.next();
		stop.abort();
		await assert.rejects(
			async () => {
				while (!(await portions.next()).done) {
					// What was read already may still come.
				}
			},
			{ name: 'AbortError' },
		);
	});
});
