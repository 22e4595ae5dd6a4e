import { BLOB_ID_BYTES, blobIdBytes } from '../blobs/blobId.ts';
import { kindOf, type ListingEntry } from './entry.ts';
import { FILE_ID_BYTES, type PathKey } from './pathKey.ts';
import { SEGMENT_HEADER_BYTES, SEGMENT_MAGIC, SEGMENT_VERSION, VALUE_BYTES, type Segment } from './segment.ts';

/** Entries in a segment: about 270 KB, what a look-up reads at most. */
const SEGMENT_ENTRIES = 4096;
const SEGMENT_TEXT_BYTES = 256 * 1024;

/** One segment that is ready to be stored. */
export interface BuiltSegment {
	readonly firstKey: PathKey;
	readonly count: number;
	readonly bytes: Buffer;
}

/** Makes a layer out of entries that come in ascending order of their keys; hands each segment on as it is full. */
export class SegmentBuilder {
	readonly #store: (segment: BuiltSegment) => void;
	readonly #keys = Buffer.allocUnsafeSlow(SEGMENT_ENTRIES * FILE_ID_BYTES);
	readonly #values = Buffer.allocUnsafeSlow(SEGMENT_ENTRIES * VALUE_BYTES);
	#texts: Uint8Array[] = [];
	#textBytes = 0;
	#isFileIds = false;
	#count = 0;

	constructor(store: (segment: BuiltSegment) => void) {
		this.#store = store;
	}

	/** Adds an entry of another segment, a removed one also. */
	addFrom(segment: Segment, index: number): void {
		const at = this.#begin(segment.isFileIds, segment.keyBytes(index));
		segment.copyValues(index, this.#values, at);
	}

	/** @param values - a row of VALUE_BYTES at `valuesAt`. */
	addRow(isFileId: boolean, key: Uint8Array, values: Buffer, valuesAt: number): void {
		const at = this.#begin(isFileId, key);
		values.copy(this.#values, at, valuesAt, valuesAt + VALUE_BYTES);
	}

	/** Stores what is left. */
	finish(): void {
		this.#flush();
	}

	#begin(isFileIds: boolean, key: Uint8Array): number {
		if (this.#count === SEGMENT_ENTRIES || this.#isFileIds !== isFileIds || this.#textBytes > SEGMENT_TEXT_BYTES) {
			this.#flush();
		}
		this.#isFileIds = isFileIds;
		if (isFileIds) {
			this.#keys.set(key, this.#count * FILE_ID_BYTES);
		} else {
			this.#texts.push(Uint8Array.from(key));
			this.#textBytes += key.length;
		}
		return this.#count++ * VALUE_BYTES;
	}

	#flush(): void {
		const count = this.#count;
		if (count === 0) {
			return;
		}
		const keys = this.#isFileIds ? this.#keys.subarray(0, count * FILE_ID_BYTES) : encodeTexts(this.#texts, this.#textBytes);
		const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES + keys.length + count * VALUE_BYTES);
		bytes.writeUInt32LE(SEGMENT_MAGIC, 0);
		bytes[4] = SEGMENT_VERSION;
		bytes[5] = this.#isFileIds ? 1 : 0;
		bytes.writeUInt32LE(count, 8);
		bytes.writeUInt32LE(this.#isFileIds ? 0 : this.#textBytes, 12);
		keys.copy(bytes, SEGMENT_HEADER_BYTES);
		let column = SEGMENT_HEADER_BYTES + keys.length;
		let from = 0;
		for (const width of [BLOB_ID_BYTES, 6, 6, 2, 1]) {
			for (let index = 0; index < count; index++) {
				const row = index * VALUE_BYTES + from;
				for (let at = 0; at < width; at++) {
					bytes[column + index * width + at] = this.#values[row + at] as number;
				}
			}
			column += count * width;
			from += width;
		}
		const first = this.#isFileIds ? Uint8Array.from(keys.subarray(0, FILE_ID_BYTES)) : (this.#texts[0] as Uint8Array);
		const built = { firstKey: { isFileId: this.#isFileIds, bytes: first }, count, bytes };
		this.#texts = [];
		this.#textBytes = 0;
		this.#count = 0;
		this.#store(built);
	}
}

/** Writes the values of an entry, all but its key, as a row of VALUE_BYTES. */
export function encodeValues(target: Buffer, at: number, entry: Omit<ListingEntry, 'path'>): void {
	const id = entry.content === undefined ? undefined : blobIdBytes(entry.content.id);
	encodeRow(target, at, kindOf(entry), id, entry);
}

/** The same of values that are no entry yet. @param id - of the content; undefined where there is none. */
export function encodeRow(
	target: Buffer,
	at: number,
	kind: number,
	id: Uint8Array | undefined,
	facts: Pick<ListingEntry, 'sizeBytes' | 'modifiedAtMs' | 'mode'>,
): void {
	if (id === undefined) {
		target.fill(0, at, at + BLOB_ID_BYTES);
	} else {
		target.set(id, at);
	}
	target.writeUIntLE(facts.sizeBytes, at + 32, 6);
	target.writeUIntLE(clampTime(facts.modifiedAtMs), at + 38, 6);
	target.writeUInt16LE(facts.mode & 0xffff, at + 44);
	target[at + 46] = kind;
}

/** Times before 1970 and beyond 48 bits do not occur; what claims one gets the nearest. */
function clampTime(timeMs: number): number {
	return Number.isFinite(timeMs) ? Math.min(Math.max(0, Math.floor(timeMs)), 2 ** 48 - 1) : 0;
}

function encodeTexts(texts: readonly Uint8Array[], textBytes: number): Buffer {
	const bytes = Buffer.alloc(4 * (texts.length + 1) + textBytes);
	let offset = 0;
	texts.forEach((text, index) => {
		bytes.writeUInt32LE(offset, 4 * index);
		bytes.set(text, 4 * (texts.length + 1) + offset);
		offset += text.length;
	});
	bytes.writeUInt32LE(offset, 4 * texts.length);
	return bytes;
}
