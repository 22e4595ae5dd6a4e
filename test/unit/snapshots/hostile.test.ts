import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { BlobId } from '../../../src/snapshots/blobs/blobId.ts';
import { decodeChunkList } from '../../../src/snapshots/content/chunkList.ts';
import { readContent } from '../../../src/snapshots/content/contentReader.ts';
import { StoreError } from '../../../src/snapshots/index.ts';
import { decodeListingRoot } from '../../../src/snapshots/listing/listingRoot.ts';
import { Segment } from '../../../src/snapshots/listing/segment.ts';
import { decompress } from '../../../src/snapshots/packs/compression.ts';
import { decodeRecord, encodeRecord, type SnapshotId } from '../../../src/snapshots/records/record.ts';
import { compress } from '../../../src/snapshots/packs/compression.ts';
import { MemoryStorage } from '../../support/memoryStorage.ts';
import { backUp, contentsOf, fileIdPath, noise, openStore, processOf } from '../../support/snapshotStore.ts';

const isRefused = (error: unknown): boolean => StoreError.is(error, 'STORE_DAMAGED', 'NEWER_FORMAT', 'PATH_UNSAFE');

/** Whatever the bytes are, a decoder gives a value or refuses them in its own words. */
function survives(decode: (bytes: Buffer) => unknown, bytes: Buffer): void {
	try {
		decode(bytes);
	} catch (error) {
		assert.ok(isRefused(error), String(error));
	}
}

const u32 = (value: number): Buffer => {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32LE(value);
	return bytes;
};

describe('formats of the store under bytes that nobody wrote', () => {
	const decoders: Readonly<Record<string, [head: Buffer, decode: (bytes: Buffer) => unknown]>> = {
		segment: [Buffer.concat([Buffer.from('DLSG'), Buffer.from([1, 0, 0, 0])]), (bytes) => new Segment(bytes)],
		'listing head': [Buffer.concat([Buffer.from('DLLS'), Buffer.from([1, 2, 0, 0])]), (bytes) => decodeListingRoot(bytes)],
		'list of chunks': [Buffer.concat([Buffer.from('DLCL'), Buffer.from([1, 1, 0, 0])]), (bytes) => decodeChunkList(bytes, 1)],
		record: [Buffer.from('{"checksum":'), (bytes) => decodeRecord(bytes, '0'.repeat(32))],
		'compressed frame': [Buffer.from('28b52ffd', 'hex'), (bytes) => decompress(bytes)],
	};
	for (const [name, [head, decode]] of Object.entries(decoders)) {
		it(`a ${name} is read or refused`, () => {
			fc.assert(
				fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, withHead) => {
					survives(decode, Buffer.concat([withHead ? head : Buffer.alloc(0), bytes]));
				}),
				{ numRuns: 500 },
			);
		});
	}

	it('a count that asks for gigabytes is refused before anything is allocated', () => {
		for (const bytes of [
			Buffer.concat([Buffer.from('DLSG'), Buffer.from([1, 1, 0, 0]), u32(0xffff_ffff), u32(0)]),
			Buffer.concat([Buffer.from('DLSG'), Buffer.from([1, 0, 0, 0]), u32(1), u32(0xffff_fff0)]),
		]) {
			assert.throws(() => new Segment(bytes), isRefused);
		}
		assert.throws(
			() => decodeListingRoot(Buffer.concat([Buffer.from('DLLS'), Buffer.from([1, 1, 0, 0]), Buffer.alloc(16), u32(0xffff_ffff)])),
			isRefused,
		);
	});

	it('a frame that grows without end is refused', () => {
		assert.throws(() => decompress(compress(Buffer.alloc(64 * 1024 * 1024))), isRefused);
	});

	it('a path that leads out of a folder is refused in a listing', () => {
		const path = Buffer.from('../../etc/passwd');
		const values = Buffer.alloc(47);
		values[46] = 2;
		const bytes = Buffer.concat([
			Buffer.from('DLSG'),
			Buffer.from([1, 0, 0, 0]),
			u32(1),
			u32(path.length),
			u32(0),
			u32(path.length),
			path,
			values,
		]);
		assert.throws(
			() => new Segment(bytes),
			(error) => StoreError.is(error, 'PATH_UNSAFE'),
		);
	});

	it('a list that claims more or less than its file, or names itself, ends', async () => {
		const list = (sizes: number[], id: Buffer): Buffer =>
			Buffer.concat([Buffer.from('DLCL'), Buffer.from([1, 1, 0, 0]), ...sizes.map((size) => Buffer.concat([id, u32(size), u32(0)]))]);
		const blobs: Record<string, Buffer> = {
			['a'.repeat(64)]: list(Array<number>(5000).fill(10), Buffer.alloc(32, 0xbb)),
			['b'.repeat(64)]: Buffer.alloc(10),
		};
		const read = (id: BlobId): Promise<Uint8Array> => Promise.resolve(blobs[id] as Buffer);
		const drain = async (level: number, sizeBytes: number): Promise<void> => {
			for await (const portion of readContent(read, { id: 'a'.repeat(64) as BlobId, level }, sizeBytes)) {
				assert.ok(portion.length <= 10);
			}
		};
		await drain(1, 50_000);
		await assert.rejects(drain(1, 49_999), isRefused);
		await assert.rejects(drain(1, 50_001), isRefused);
		await assert.rejects(drain(2, 50_000), isRefused);
	});

	it('a record holds its checksum, its name and its shape', () => {
		const fields = {
			kind: 'device' as const,
			takenAtMs: 1,
			trigger: 'manual',
			device: { b: 1, a: [null, 'x'] },
			backup: {},
			udid: 'A',
			parent: undefined,
			listing: 'a'.repeat(64) as BlobId,
			fileCount: 1,
			sizeBytes: 2,
			addedBytes: 3,
		};
		const { record, bytes } = encodeRecord(fields);
		assert.deepEqual({ ...decodeRecord(bytes, record.id), parent: undefined }, { ...record, schemaVersion: 1 });
		assert.throws(() => decodeRecord(bytes, '0'.repeat(32)), isRefused);
		assert.throws(() => decodeRecord(Buffer.from(bytes.toString().replace('manual', 'Manual')), record.id), isRefused);
		const wrong = encodeRecord({ ...fields, parent: '../x' as SnapshotId });
		assert.throws(
			() => decodeRecord(wrong.bytes, wrong.record.id),
			(error) => StoreError.is(error, 'STORE_DAMAGED'),
		);
	});
});

describe('a pack under any one damaged byte', () => {
	it('never gives other bytes than were stored', async function () {
		this.timeout(60_000);
		const storage = new MemoryStorage(() => 0);
		const files = { [fileIdPath('a')]: noise('a', 300), text: Buffer.from('text '.repeat(100)) };
		const record = await backUp(await openStore(storage), { files });
		const key = storage.keys().find((name) => name.startsWith('packs/')) as string;
		const length = storage.files.get(key)?.bytes.length ?? 0;
		for (let at = 0; at < length; at += 3) {
			const left = storage.copy();
			const bytes = (left.files.get(key) as { bytes: Buffer }).bytes;
			bytes[at] = (bytes[at] as number) ^ 0x41;
			try {
				assert.deepEqual(await contentsOf(await openStore(left, processOf(2)), record), files);
			} catch (error) {
				assert.ok(StoreError.is(error, 'BLOB_DAMAGED', 'BLOB_MISSING', 'STORE_DAMAGED', 'NEWER_FORMAT'), `byte ${at}: ${String(error)}`);
			}
		}
	});
});
