import { BLOB_ID_BYTES, blobIdBytes, blobIdText, MAX_BLOB_BYTES, type BlobId } from '../blobs/blobId.ts';
import { StoreError } from '../errors.ts';
import { FILE_ID_BYTES, MAX_PATH_BYTES, type PathKey } from './pathKey.ts';

/** Where a segment is, and what its first key is: enough to find the one that may hold a path. */
export interface SegmentRef {
	readonly id: BlobId;
	readonly count: number;
	readonly firstKey: PathKey;
}

/** Segments ascending by key. An entry of a later layer hides that of an earlier one; the first layer has no removed entries. */
export interface Layer {
	readonly segments: readonly SegmentRef[];
	readonly count: number;
}

/**
 * The head of a listing: the layers of which it is made, oldest first, and what they add up to. A later listing names the same segments
 * again, so that a snapshot costs what changed; how many layers there are is bounded, so that opening one does not become slower.
 */
export interface ListingRoot {
	readonly layers: readonly Layer[];
	readonly fileCount: number;
	readonly sizeBytes: number;
}

const MAGIC = 0x534c4c44;
const VERSION = 1;
const HEADER_BYTES = 24;

export const MAX_LAYERS = 16;

/** `"DLLS" | version u8 | number of layers u8 | 0 u16 | files u64 | bytes u64`, then each layer: `segments u32`, then each segment:
 * `id 32 | entries u32 | type of key u8: 1 file id | 0 u8 | length of first key u16 | first key`. Numbers are little-endian. */
export function encodeListingRoot(root: ListingRoot): Buffer {
	const parts: Buffer[] = [Buffer.alloc(HEADER_BYTES)];
	const header = parts[0] as Buffer;
	header.writeUInt32LE(MAGIC, 0);
	header[4] = VERSION;
	header[5] = root.layers.length;
	header.writeBigUInt64LE(BigInt(root.fileCount), 8);
	header.writeBigUInt64LE(BigInt(root.sizeBytes), 16);
	for (const layer of root.layers) {
		const count = Buffer.alloc(4);
		count.writeUInt32LE(layer.segments.length);
		parts.push(count);
		for (const segment of layer.segments) {
			const fixed = Buffer.alloc(BLOB_ID_BYTES + 8);
			blobIdBytes(segment.id).copy(fixed);
			fixed.writeUInt32LE(segment.count, 32);
			fixed[36] = segment.firstKey.isFileId ? 1 : 0;
			fixed.writeUInt16LE(segment.firstKey.bytes.length, 38);
			parts.push(fixed, Buffer.from(segment.firstKey.bytes));
		}
	}
	return Buffer.concat(parts);
}

/** @throws StoreError `STORE_DAMAGED`, `NEWER_FORMAT`. */
export function decodeListingRoot(raw: Uint8Array): ListingRoot {
	const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
	if (bytes.length < HEADER_BYTES || bytes.readUInt32LE(0) !== MAGIC) {
		throw damaged();
	}
	if (bytes[4] !== VERSION) {
		throw new StoreError('NEWER_FORMAT', 'A listing was written by a newer version.', { details: { what: 'listing', version: bytes[4] } });
	}
	const layerCount = bytes[5] as number;
	const [fileCount, sizeBytes] = [Number(bytes.readBigUInt64LE(8)), Number(bytes.readBigUInt64LE(16))];
	if (layerCount > MAX_LAYERS || !Number.isSafeInteger(fileCount) || !Number.isSafeInteger(sizeBytes)) {
		throw damaged();
	}
	const layers: Layer[] = [];
	let at = HEADER_BYTES;
	const take = (length: number): number => {
		const start = at;
		at += length;
		if (at > bytes.length) {
			throw damaged();
		}
		return start;
	};
	for (let layer = 0; layer < layerCount; layer++) {
		const segments: SegmentRef[] = [];
		let count = 0;
		for (let left = bytes.readUInt32LE(take(4)); left > 0; left--) {
			const fixed = take(BLOB_ID_BYTES + 8);
			const isFileId = bytes[fixed + 36] === 1;
			const length = bytes.readUInt16LE(fixed + 38);
			if (isFileId ? length !== FILE_ID_BYTES : length === 0 || length > MAX_PATH_BYTES) {
				throw damaged();
			}
			const segment = { id: blobIdText(bytes, fixed), count: bytes.readUInt32LE(fixed + 32) };
			if (segment.count === 0 || segment.count > MAX_BLOB_BYTES) {
				throw damaged();
			}
			const key = take(length);
			segments.push({ ...segment, firstKey: { isFileId, bytes: bytes.subarray(key, key + length) } });
			count += segment.count;
		}
		layers.push({ segments, count });
	}
	if (at !== bytes.length) {
		throw damaged();
	}
	return { layers, fileCount, sizeBytes };
}

function damaged(): StoreError {
	return new StoreError('STORE_DAMAGED', 'The head of a listing is not what it should be.', { details: { what: 'listing' } });
}
