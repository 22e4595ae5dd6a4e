import assert from 'node:assert/strict';
import * as crypto from 'node:crypto';
import { entriesOf, findEntries } from '../../../../src/snapshots/packs/packEntries.ts';
import { encodePackEnd, encodePackEntry, PACK_ENTRY_BYTES } from '../../../../src/snapshots/packs/packFormat.ts';
import { MemoryStorage } from '../../../support/memoryStorage.ts';
import { noise } from '../../../support/snapshotStore.ts';

const COUNT = 40;
const BLOB_BYTES = 100;

/** A pack of some blobs that lie one behind the other. */
function pack(): { data: Buffer; end: Buffer } {
	const data = Buffer.concat([Buffer.alloc(16), noise('data', COUNT * BLOB_BYTES)]);
	const entries = Buffer.alloc(COUNT * PACK_ENTRY_BYTES);
	for (let index = 0; index < COUNT; index++) {
		const offset = 16 + index * BLOB_BYTES;
		const id = crypto
			.createHash('sha256')
			.update(data.subarray(offset, offset + BLOB_BYTES))
			.digest();
		const location = { pack: 0, offset, storedBytes: BLOB_BYTES, isCompressed: false, innerOffset: 0, lengthBytes: BLOB_BYTES };
		encodePackEntry(entries, index * PACK_ENTRY_BYTES, id, location);
	}
	return { data, end: encodePackEnd(entries, data.length).bytes };
}

describe('Entries of a pack whose directory is damaged', () => {
	const { data, end } = pack();
	const offsetsIn = async (bytes: Buffer): Promise<Set<number>> => {
		const storage = new MemoryStorage();
		await storage.putIfAbsent('x', bytes);
		return new Set((await findEntries(storage, 'x', bytes.length)).map(({ location }) => location.offset));
	};

	it('are those of the directory, in the order in which the blobs lie', () => {
		const entries = entriesOf(end.subarray(0, 16 + COUNT * PACK_ENTRY_BYTES));
		assert.deepEqual(
			entries.map(({ location }) => location.offset),
			Array.from({ length: COUNT }, (_, index) => 16 + index * BLOB_BYTES),
		);
	});

	it('are found wherever the directory is cut, but for the one in the cut', async () => {
		for (const cut of [1, 47, 48, 49, 60, 200, 777]) {
			const bytes = Buffer.concat([data, end]).subarray(0, data.length + end.length - cut);
			const left = Math.floor((end.length - cut - 16) / PACK_ENTRY_BYTES);
			const found = await offsetsIn(bytes);
			assert.ok(found.size >= Math.min(COUNT, left), `${cut}: ${found.size} of ${left}`);
		}
	});

	it('are found behind bytes that are not theirs', async () => {
		const damaged = Buffer.concat([data, Buffer.from(end).fill(0xff, 100, 130)]);
		assert.ok((await offsetsIn(damaged)).size >= COUNT - 2);
	});

	it('are none in a file of other bytes', async () => {
		assert.equal((await offsetsIn(Buffer.alloc(5000))).size, 0);
		assert.equal((await offsetsIn(Buffer.alloc(5))).size, 0);
	});
});
