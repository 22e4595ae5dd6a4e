import { BLOB_ID_BYTES, blobIdText, MAX_BLOB_BYTES } from '../blobs/blobId.ts';
import { StoreError } from '../errors.ts';
import { KIND_BLOB, KIND_EMPTY_FILE, KIND_FOLDER, KIND_LAST, KIND_REMOVED, type ListingEntry } from './entry.ts';
import { FILE_ID_BYTES, MAX_PATH_BYTES, checkPath, pathOfFileId, type ListingPath, type PathKey } from './pathKey.ts';

/**
 * A part of a layer: entries ascending by key, all of one type of key, column by column, so that a reader can look at any of them without
 * reading the others. Numbers are little-endian.
 *
 * ```
 * "DLSG" | version u8 | type of keys u8: 0 text, 1 file ids | 0 u16 | number of entries n u32 | bytes of text t u32
 * keys       file ids: n × 20          text: (n + 1) × u32 offsets, then t bytes of UTF-8
 * contents   n × 32  blob id, zeros where there is none
 * sizes      n × u48
 * times      n × u48  ms since 1970
 * modes      n × u16
 * kinds      n × u8   0 removed, 1 folder, 2 empty file, 3 one blob, 3 + level for chunked content
 * ```
 */
export const SEGMENT_HEADER_BYTES = 16;
export const SEGMENT_MAGIC = 0x47534c44;
export const SEGMENT_VERSION = 1;
export const VALUE_BYTES = BLOB_ID_BYTES + 6 + 6 + 2 + 1;

/** Before any file id: the number by which text keys are ordered among others. */
export const TEXT_PREFIX = -1;

export class Segment {
	readonly count: number;
	readonly isFileIds: boolean;
	readonly #bytes: Buffer;
	readonly #text: number;
	readonly #contents: number;
	readonly #sizes: number;
	readonly #times: number;
	readonly #modes: number;
	readonly #kinds: number;

	/** @throws StoreError `STORE_DAMAGED`, `NEWER_FORMAT`. The bytes have been checked against their id, which says nothing of who made them. */
	constructor(raw: Uint8Array) {
		const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
		if (bytes.length < SEGMENT_HEADER_BYTES || bytes.readUInt32LE(0) !== SEGMENT_MAGIC) {
			throw damaged();
		}
		if (bytes[4] !== SEGMENT_VERSION) {
			throw new StoreError('NEWER_FORMAT', 'A listing was written by a newer version.', {
				details: { what: 'listing', version: bytes[4] },
			});
		}
		this.#bytes = bytes;
		this.isFileIds = bytes[5] === 1;
		this.count = bytes.readUInt32LE(8);
		const textBytes = bytes.readUInt32LE(12);
		if (this.count > MAX_BLOB_BYTES || textBytes > MAX_BLOB_BYTES) {
			throw damaged();
		}
		this.#text = SEGMENT_HEADER_BYTES + (this.isFileIds ? 0 : 4 * (this.count + 1));
		this.#contents = this.#text + (this.isFileIds ? FILE_ID_BYTES * this.count : textBytes);
		this.#sizes = this.#contents + BLOB_ID_BYTES * this.count;
		this.#times = this.#sizes + 6 * this.count;
		this.#modes = this.#times + 6 * this.count;
		this.#kinds = this.#modes + 2 * this.count;
		if (this.#kinds + this.count !== bytes.length) {
			throw damaged();
		}
		this.#check(textBytes);
	}

	/** The first six bytes of a file id as a number, TEXT_PREFIX for text: decides most comparisons. */
	prefix(index: number): number {
		return this.isFileIds ? this.#bytes.readUIntBE(SEGMENT_HEADER_BYTES + FILE_ID_BYTES * index, 6) : TEXT_PREFIX;
	}

	/** A view of the key's bytes. */
	keyBytes(index: number): Buffer {
		return this.#bytes.subarray(this.#keyStart(index), this.#keyEnd(index));
	}

	key(index: number): PathKey {
		return { isFileId: this.isFileIds, bytes: this.keyBytes(index) };
	}

	path(index: number): ListingPath {
		return this.isFileIds ? pathOfFileId(this.#bytes, this.#keyStart(index)) : this.keyBytes(index).toString();
	}

	kind(index: number): number {
		return this.#bytes[this.#kinds + index] as number;
	}

	/** A view of the content's id in its binary form. */
	contentId(index: number): Buffer {
		const at = this.#contents + BLOB_ID_BYTES * index;
		return this.#bytes.subarray(at, at + BLOB_ID_BYTES);
	}

	sizeBytes(index: number): number {
		return this.#bytes.readUIntLE(this.#sizes + 6 * index, 6);
	}

	modifiedAtMs(index: number): number {
		return this.#bytes.readUIntLE(this.#times + 6 * index, 6);
	}

	mode(index: number): number {
		return this.#bytes.readUInt16LE(this.#modes + 2 * index);
	}

	/** Undefined for a removed one. */
	entry(index: number): ListingEntry | undefined {
		const kind = this.kind(index);
		if (kind === KIND_REMOVED) {
			return undefined;
		}
		return {
			path: this.path(index),
			kind: kind === KIND_FOLDER ? 'folder' : 'file',
			content: kind >= KIND_BLOB ? { id: blobIdText(this.contentId(index)), level: kind - KIND_BLOB } : undefined,
			sizeBytes: this.sizeBytes(index),
			modifiedAtMs: this.modifiedAtMs(index),
			mode: this.mode(index),
		};
	}

	/** Copies the values of an entry, all but its key, to a row of `VALUE_BYTES`. */
	copyValues(index: number, target: Buffer, at: number): void {
		const bytes = this.#bytes;
		bytes.copy(target, at, this.#contents + 32 * index, this.#contents + 32 * index + 32);
		bytes.copy(target, at + 32, this.#sizes + 6 * index, this.#sizes + 6 * index + 6);
		bytes.copy(target, at + 38, this.#times + 6 * index, this.#times + 6 * index + 6);
		bytes.copy(target, at + 44, this.#modes + 2 * index, this.#modes + 2 * index + 2);
		target[at + 46] = this.kind(index);
	}

	/** Negative when the entry's key comes before `key`. */
	compareTo(index: number, key: PathKey): number {
		if (this.isFileIds !== key.isFileId) {
			return this.isFileIds ? 1 : -1;
		}
		return this.#bytes.compare(key.bytes, 0, key.bytes.length, this.#keyStart(index), this.#keyEnd(index));
	}

	/** The first entry whose key is not before `key`; `count` when there is none. */
	lowerBound(key: PathKey): number {
		let low = 0;
		let high = this.count;
		while (low < high) {
			const middle = (low + high) >>> 1;
			if (this.compareTo(middle, key) < 0) {
				low = middle + 1;
			} else {
				high = middle;
			}
		}
		return low;
	}

	#keyStart(index: number): number {
		return this.isFileIds
			? SEGMENT_HEADER_BYTES + FILE_ID_BYTES * index
			: this.#text + this.#bytes.readUInt32LE(SEGMENT_HEADER_BYTES + 4 * index);
	}

	#keyEnd(index: number): number {
		return this.isFileIds ? this.#keyStart(index) + FILE_ID_BYTES : this.#keyStart(index + 1);
	}

	#check(textBytes: number): void {
		if (!this.isFileIds) {
			let before = 0;
			for (let index = 0; index <= this.count; index++) {
				const offset = this.#bytes.readUInt32LE(SEGMENT_HEADER_BYTES + 4 * index);
				if (offset < before || offset > textBytes || offset - before > MAX_PATH_BYTES) {
					throw damaged();
				}
				before = offset;
			}
			for (let index = 0; index < this.count; index++) {
				checkPath(this.path(index));
			}
		}
		let before = -2;
		for (let index = 0; index < this.count; index++) {
			const prefix = this.prefix(index);
			const isAscending = prefix > before || (prefix === before && Buffer.compare(this.keyBytes(index - 1), this.keyBytes(index)) < 0);
			before = prefix;
			const kind = this.kind(index);
			if (!isAscending || kind > KIND_LAST || (kind <= KIND_EMPTY_FILE && this.sizeBytes(index) !== 0)) {
				throw damaged();
			}
		}
	}
}

function damaged(): StoreError {
	return new StoreError('STORE_DAMAGED', 'A part of a listing is not what it should be.', { details: { what: 'listing' } });
}
