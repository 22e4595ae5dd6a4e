import { BLOB_ID_BYTES, blobIdText, type BlobId } from '../blobs/blobId.ts';
import { MAX_CONTENT_LEVEL } from '../listing/entry.ts';
import { StoreError } from '../errors.ts';

/** Chunks, or lists of the level below, in the order of the content. */
export interface ChunkList {
	readonly level: number;
	readonly parts: readonly { readonly id: BlobId; readonly sizeBytes: number }[];
}

/** Parts of one list. A changed chunk writes its list again, and those above it. */
export const CHUNK_LIST_PARTS = 1024;

const MAGIC = 0x4c434c44;
const HEADER_BYTES = 8;
const PART_BYTES = BLOB_ID_BYTES + 8;

/** A list that is being made; `bytes` is its blob: `"DLCL" | version u8 | level u8 | 0 u16`, then for each part `id 32 | length u64`. */
export class ChunkListBuilder {
	readonly #bytes = Buffer.alloc(HEADER_BYTES + CHUNK_LIST_PARTS * PART_BYTES);
	#count = 0;
	#sizeBytes = 0;

	constructor(level: number) {
		this.#bytes.writeUInt32LE(MAGIC, 0);
		this.#bytes[4] = 1;
		this.#bytes[5] = level;
	}

	get count(): number {
		return this.#count;
	}

	/** Of the content below. */
	get sizeBytes(): number {
		return this.#sizeBytes;
	}

	get bytes(): Buffer {
		return this.#bytes.subarray(0, HEADER_BYTES + this.#count * PART_BYTES);
	}

	add(id: Uint8Array, sizeBytes: number): void {
		const at = HEADER_BYTES + this.#count * PART_BYTES;
		this.#bytes.set(id, at);
		this.#bytes.writeBigUInt64LE(BigInt(sizeBytes), at + BLOB_ID_BYTES);
		this.#count++;
		this.#sizeBytes += sizeBytes;
	}

	clear(): void {
		this.#count = 0;
		this.#sizeBytes = 0;
	}
}

/**
 * Reads a list.
 * @param level - what the reference to it says; a list cannot claim another, so that reading ends.
 * @throws StoreError `STORE_DAMAGED`, `NEWER_FORMAT`.
 */
export function decodeChunkList(raw: Uint8Array, level: number): ChunkList {
	const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
	const count = (bytes.length - HEADER_BYTES) / PART_BYTES;
	if (bytes.length < HEADER_BYTES || bytes.readUInt32LE(0) !== MAGIC || bytes[5] !== level || level > MAX_CONTENT_LEVEL) {
		throw damaged();
	}
	if (bytes[4] !== 1) {
		throw new StoreError('NEWER_FORMAT', 'A file was stored by a newer version.', { details: { what: 'chunk list', version: bytes[4] } });
	}
	if (!Number.isInteger(count) || count < 1) {
		throw damaged();
	}
	const parts = [];
	for (let at = HEADER_BYTES; at < bytes.length; at += PART_BYTES) {
		const sizeBytes = Number(bytes.readBigUInt64LE(at + BLOB_ID_BYTES));
		if (!Number.isSafeInteger(sizeBytes) || sizeBytes === 0) {
			throw damaged();
		}
		parts.push({ id: blobIdText(bytes, at), sizeBytes });
	}
	return { level, parts };
}

function damaged(): StoreError {
	return new StoreError('STORE_DAMAGED', 'The list of parts of a file is not what it should be.', { details: { what: 'chunk list' } });
}
