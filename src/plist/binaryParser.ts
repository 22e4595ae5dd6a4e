import { viewOf } from '../base/index.ts';
import {
	COUNT_FOLLOWS,
	EPOCH_MS,
	HEADER_BYTES,
	MARKER_DATE,
	MARKER_FALSE,
	MARKER_FLOAT32,
	MARKER_FLOAT64,
	MARKER_TRUE,
	TYPE_ARRAY,
	TYPE_ASCII,
	TYPE_DATA,
	TYPE_DICT,
	TYPE_INTEGER,
	TYPE_ORDERED_SET,
	TYPE_SET,
	TYPE_UID,
	TYPE_UTF16,
} from './binaryFormat.ts';
import { asciiOrUtf8, utf16Be } from './binaryStrings.ts';
import { readTrailer, readUint, type BinaryTrailer } from './binaryTrailer.ts';
import { limitExceeded, malformed } from './errors.ts';
import { foldInteger } from './integers.ts';
import type { PlistLimits } from './limits.ts';
import { PlistUid, type PlistDict, type PlistValue } from './types.ts';

/**
 * Parses the binary form; see binaryFormat.ts for the layout.
 *
 * Each object is read once, and values that are referred to several times are shared: treat the result as read-only.
 *
 * @throws PlistError `MALFORMED` - with the byte offset. @throws PlistError `LIMIT_EXCEEDED`.
 */
export function parseBinaryPlist(bytes: Uint8Array, limits: PlistLimits): PlistValue {
	return new BinaryParser(bytes, limits).parse();
}

// States of an object; 0 is one that was not met yet.
const OPEN = 1;
const DONE = 2;

class BinaryParser {
	readonly #bytes: Uint8Array;
	readonly #view: DataView;
	readonly #limits: PlistLimits;
	readonly #trailer: BinaryTrailer;

	readonly #values: PlistValue[] = [];
	readonly #states: Uint8Array;
	/** Values and keys in the object when written out in full; kept at or below maxObjects, which protects whoever walks the result. */
	readonly #weights: Uint32Array;
	/** Containers inside one another, the object included; 0 for others. */
	readonly #heights: Uint16Array;

	/**
	 * Bytes of the objects read so far. Objects of an honest document do not overlap, so the sum stays below the document's size;
	 * without this check a thousand table entries could each make a copy of the same megabytes.
	 */
	#consumedBytes = 0;
	#visited = 0;
	/** Where the reading of an object's payload stands; set by #readCount. */
	#cursor = 0;

	constructor(bytes: Uint8Array, limits: PlistLimits) {
		this.#bytes = bytes;
		this.#view = viewOf(bytes);
		this.#limits = limits;
		const trailer = readTrailer(bytes);
		if (trailer.objectCount > limits.maxObjects) {
			throw limitExceeded('maxObjects', limits.maxObjects, bytes.length);
		}
		this.#trailer = trailer;
		this.#states = new Uint8Array(trailer.objectCount);
		this.#weights = new Uint32Array(trailer.objectCount);
		this.#heights = new Uint16Array(trailer.objectCount);
	}

	parse(): PlistValue {
		return this.#object(this.#trailer.topObject, 0, this.#bytes.length);
	}

	/** @param enclosing - containers around it. @param refOffset - where the reference stands, for errors. */
	#object(index: number, enclosing: number, refOffset: number): PlistValue {
		if (++this.#visited > this.#limits.maxObjects) {
			throw limitExceeded('maxObjects', this.#limits.maxObjects, refOffset);
		}
		if (index >= this.#trailer.objectCount) {
			throw malformed('a reference to an object that does not exist', refOffset);
		}
		const state = this.#states[index];
		if (state === OPEN) {
			throw malformed('a container that contains itself', refOffset);
		}
		// A shared container was read at one depth and may now stand deeper.
		if (enclosing + (this.#heights[index] ?? 0) > this.#limits.maxDepth) {
			throw limitExceeded('maxDepth', this.#limits.maxDepth, refOffset);
		}
		if (state === DONE) {
			return this.#values[index] as PlistValue;
		}
		const offset = readUint(this.#bytes, this.#trailer.tableOffset + index * this.#trailer.offsetSize, this.#trailer.offsetSize);
		if (offset < HEADER_BYTES || offset >= this.#trailer.tableOffset) {
			throw malformed('an object outside the object area', this.#trailer.tableOffset + index * this.#trailer.offsetSize);
		}
		this.#states[index] = OPEN;
		this.#weights[index] = 1;
		const value = this.#read(index, offset, enclosing);
		this.#values[index] = value;
		this.#states[index] = DONE;
		return value;
	}

	#read(index: number, offset: number, enclosing: number): PlistValue {
		const marker = this.#view.getUint8(offset);
		switch (marker & 0xf0) {
			case TYPE_ASCII: {
				const start = this.#counted(marker, offset, 1);
				return asciiOrUtf8(this.#bytes, start, this.#cursor);
			}
			case TYPE_UTF16: {
				const start = this.#counted(marker, offset, 2);
				return utf16Be(this.#view, start, this.#cursor);
			}
			case TYPE_DATA: {
				const start = this.#counted(marker, offset, 1);
				return this.#bytes.slice(start, this.#cursor);
			}
			case TYPE_DICT: {
				const start = this.#counted(marker, offset, 2 * this.#trailer.refSize);
				return this.#dict(index, start, this.#cursor, enclosing);
			}
			case TYPE_ARRAY:
			case TYPE_ORDERED_SET:
			case TYPE_SET: {
				const start = this.#counted(marker, offset, this.#trailer.refSize);
				return this.#array(index, start, this.#cursor, enclosing);
			}
			case TYPE_INTEGER:
				return this.#integer(marker, offset);
			case TYPE_UID:
				return this.#uid(marker, offset);
			default:
				return this.#fixed(marker, offset);
		}
	}

	#fixed(marker: number, offset: number): PlistValue {
		switch (marker) {
			case MARKER_FALSE:
			case MARKER_TRUE:
				this.#claim(offset, 1);
				return marker === MARKER_TRUE;
			case MARKER_FLOAT32:
				this.#claim(offset, 5);
				return this.#view.getFloat32(offset + 1);
			case MARKER_FLOAT64:
				this.#claim(offset, 9);
				return this.#view.getFloat64(offset + 1);
			case MARKER_DATE: {
				this.#claim(offset, 9);
				const date = new Date(Math.round(this.#view.getFloat64(offset + 1) * 1000) + EPOCH_MS);
				if (Number.isNaN(date.getTime())) {
					throw malformed('a date out of range', offset);
				}
				return date;
			}
			default:
				throw malformed(`unknown marker 0x${marker.toString(16).padStart(2, '0')}`, offset);
		}
	}

	/** 1, 2 and 4 bytes are unsigned; 8 and 16 are signed. */
	#integer(marker: number, offset: number): number | bigint {
		const size = 1 << (marker & 0x0f);
		if (size > 16) {
			throw malformed('an integer of more than 16 bytes', offset);
		}
		this.#claim(offset, 1 + size);
		if (size <= 4) {
			return readUint(this.#bytes, offset + 1, size);
		}
		const high = this.#view.getBigInt64(offset + 1);
		return foldInteger(size === 8 ? high : (high << 64n) | this.#view.getBigUint64(offset + 9));
	}

	#uid(marker: number, offset: number): PlistUid {
		const size = (marker & 0x0f) + 1;
		this.#claim(offset, 1 + size);
		const value = readUint(this.#bytes, offset + 1, size);
		if (!Number.isSafeInteger(value)) {
			throw malformed('a UID out of range', offset);
		}
		return new PlistUid(value);
	}

	#array(index: number, start: number, end: number, enclosing: number): PlistValue[] {
		this.#enter(index, start, enclosing);
		const items: PlistValue[] = [];
		for (let at = start; at < end; at += this.#trailer.refSize) {
			items.push(this.#child(index, at, enclosing));
		}
		return items;
	}

	#dict(index: number, start: number, end: number, enclosing: number): PlistDict {
		this.#enter(index, start, enclosing);
		const dict = Object.create(null) as PlistDict;
		const keyBytes = (end - start) / 2;
		for (let at = start; at < start + keyBytes; at += this.#trailer.refSize) {
			const key = this.#child(index, at, enclosing);
			if (typeof key !== 'string') {
				throw malformed('a key that is not a string', at);
			}
			dict[key] = this.#child(index, at + keyBytes, enclosing);
		}
		return dict;
	}

	#enter(index: number, offset: number, enclosing: number): void {
		if (enclosing + 1 > this.#limits.maxDepth) {
			throw limitExceeded('maxDepth', this.#limits.maxDepth, offset);
		}
		this.#heights[index] = 1;
	}

	/** The object that the reference at `at` names, its weight and height added to its parent's. */
	#child(parent: number, at: number, enclosing: number): PlistValue {
		const index = readUint(this.#bytes, at, this.#trailer.refSize);
		const value = this.#object(index, enclosing + 1, at);
		const weight = (this.#weights[parent] ?? 0) + (this.#weights[index] ?? 0);
		if (weight > this.#limits.maxObjects) {
			throw limitExceeded('maxObjects', this.#limits.maxObjects, at);
		}
		this.#weights[parent] = weight;
		this.#heights[parent] = Math.max(this.#heights[parent] ?? 0, (this.#heights[index] ?? 0) + 1);
		return value;
	}

	/** Reads the count of an object with elements of `elementBytes`; returns where they start and leaves #cursor at their end. */
	#counted(marker: number, offset: number, elementBytes: number): number {
		let start = offset + 1;
		let count = marker & 0x0f;
		if (count === COUNT_FOLLOWS) {
			const size = start < this.#trailer.tableOffset ? 1 << (this.#view.getUint8(start) & 0x0f) : 0;
			if (start >= this.#trailer.tableOffset || (this.#view.getUint8(start) & 0xf0) !== TYPE_INTEGER || size > 8) {
				throw malformed('a count that is not an integer', start);
			}
			if (start + 1 + size > this.#trailer.tableOffset) {
				throw malformed('a count that does not fit', start);
			}
			count = readUint(this.#bytes, start + 1, size);
			start += 1 + size;
		}
		this.#claim(offset, start - offset + count * elementBytes);
		this.#cursor = start + count * elementBytes;
		return start;
	}

	/** Checks that the object at `offset` ends within the object area and that objects do not overlap. */
	#claim(offset: number, sizeBytes: number): void {
		if (offset + sizeBytes > this.#trailer.tableOffset) {
			throw malformed('an object that does not fit', offset);
		}
		this.#consumedBytes += sizeBytes;
		if (this.#consumedBytes > this.#bytes.length) {
			throw malformed('objects that overlap', offset);
		}
	}
}
