import { BackupError } from './errors.ts';
import { KEYS } from './mbFileKeys.ts';

/**
 * Reads single values out of a keyed archive in a binary property list, without building the rest of it.
 *
 * A manifest has hundreds of thousands of such archives of some sixty objects each, of which a dozen matter.
 * So this follows references only where somebody asks. Every position is checked against the length of the bytes,
 * nothing is allocated by a length that they do not hold, and no reference is followed more than once.
 *
 * Layout: `bplist00`, objects, offset table, then a trailer of 32 bytes (`6 unused | u8 offset size | u8 reference size |
 * u64 BE objects | u64 BE top object | u64 BE offset of the table`). Source: Apple's published CFBinaryPList.c.
 */
export class ArchiveReader {
	readonly #bytes: Buffer;
	readonly #offsetBytes: number;
	readonly #refBytes: number;
	readonly #objectCount: number;
	readonly #tableOffset: number;
	/** Where the references of `$objects` lie, and how many they are. */
	readonly #archived: { offset: number; count: number };
	/** Reference of the archive's root object, a dictionary. */
	readonly root: number;

	/** @throws BackupError `DAMAGED_RECORD` - no binary property list, or no keyed archive in it. */
	constructor(bytes: Uint8Array) {
		const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
		this.#bytes = buffer;
		const trailer = buffer.length - TRAILER_BYTES;
		if (trailer < MAGIC.length || buffer.compare(MAGIC, 0, MAGIC.length, 0, MAGIC.length) !== 0) {
			throw damaged('it is no binary property list');
		}
		this.#offsetBytes = buffer[trailer + 6] as number;
		this.#refBytes = buffer[trailer + 7] as number;
		this.#objectCount = Number(buffer.readBigUInt64BE(trailer + 8));
		this.#tableOffset = Number(buffer.readBigUInt64BE(trailer + 24));
		const sizesFit = isIntegerSize(this.#offsetBytes) && isIntegerSize(this.#refBytes);
		if (!sizesFit || this.#tableOffset + this.#objectCount * this.#offsetBytes > trailer) {
			throw damaged('its offset table does not fit');
		}
		const top = Number(buffer.readBigUInt64BE(trailer + 16));
		const objects = this.find(top, '$objects');
		const entry = this.find(top, '$top');
		if (objects === undefined || entry === undefined || this.#kindAt(objects) !== KIND_ARRAY) {
			throw damaged('it is no keyed archive');
		}
		const [offset, count] = this.#extent(objects, this.#refBytes);
		this.#archived = { offset, count };
		const root = this.resolve(this.find(entry, 'root'));
		if (root === undefined || this.#kindAt(root) !== KIND_DICT) {
			throw damaged('it has no root object');
		}
		this.root = root;
	}

	/** Calls back with each key of a dictionary and the reference of its value. */
	forEach(dict: number, visit: (key: string, value: number) => void): void {
		if (this.#kindAt(dict) !== KIND_DICT) {
			return;
		}
		const [offset, count] = this.#extent(dict, 2 * this.#refBytes);
		for (let index = 0; index < count; index++) {
			const key = this.#name(this.#ref(offset + index * this.#refBytes));
			if (key !== undefined) {
				visit(key, this.#ref(offset + (count + index) * this.#refBytes));
			}
		}
	}

	/** Reference of the value of one key of a dictionary. */
	find(dict: number, wanted: string): number | undefined {
		if (this.#kindAt(dict) !== KIND_DICT) {
			return undefined;
		}
		const [offset, count] = this.#extent(dict, 2 * this.#refBytes);
		for (let index = 0; index < count; index++) {
			if (this.#name(this.#ref(offset + index * this.#refBytes)) === wanted) {
				return this.#ref(offset + (count + index) * this.#refBytes);
			}
		}
		return undefined;
	}

	/** The archived object that a UID stands for; any other reference as it is; undefined for nil. */
	resolve(ref: number | undefined): number | undefined {
		if (ref === undefined || this.#kindAt(ref) !== KIND_UID) {
			return ref;
		}
		const offset = this.#offsetOf(ref);
		const index = this.#uint(offset + 1, ((this.#bytes[offset] as number) & 0x0f) + 1);
		// Object 0 is nil. An archived object is never a UID itself; refusing that makes chains and circles impossible.
		if (index === 0 || index >= this.#archived.count) {
			return undefined;
		}
		const object = this.#ref(this.#archived.offset + index * this.#refBytes);
		return this.#kindAt(object) === KIND_UID ? undefined : object;
	}

	/** Undefined when the object is of another kind, or an integer that loses digits as a number. */
	integer(ref: number): number | undefined {
		const offset = this.#offsetOf(ref);
		const marker = this.#bytes[offset] as number;
		if (marker >> 4 !== KIND_INTEGER) {
			return undefined;
		}
		const sizeBytes = 1 << (marker & 0x0f);
		if (sizeBytes === 8) {
			this.#check(offset + 1, 8);
			const value = Number(this.#bytes.readBigInt64BE(offset + 1));
			return Number.isSafeInteger(value) ? value : undefined;
		}
		return sizeBytes < 8 ? this.#uint(offset + 1, sizeBytes) : undefined;
	}

	/** A 4- or 8-byte real, or the seconds of a date since 2001. */
	real(ref: number): number | undefined {
		const offset = this.#offsetOf(ref);
		const marker = this.#bytes[offset] as number;
		if (marker === 0x22) {
			this.#check(offset + 1, 4);
			return this.#bytes.readFloatBE(offset + 1);
		}
		if (marker === 0x23 || marker === MARKER_DATE) {
			this.#check(offset + 1, 8);
			return this.#bytes.readDoubleBE(offset + 1);
		}
		return undefined;
	}

	isDate(ref: number): boolean {
		return this.#bytes[this.#offsetOf(ref)] === MARKER_DATE;
	}

	isDict(ref: number): boolean {
		return this.#kindAt(ref) === KIND_DICT;
	}

	/** A copy, so that keeping a key does not keep the record. */
	data(ref: number): Uint8Array | undefined {
		if (this.#kindAt(ref) !== KIND_DATA) {
			return undefined;
		}
		const [offset, count] = this.#extent(ref, 1);
		return new Uint8Array(this.#bytes.subarray(offset, offset + count));
	}

	string(ref: number): string | undefined {
		const kind = this.#kindAt(ref);
		if (kind === KIND_ASCII) {
			const [offset, count] = this.#extent(ref, 1);
			return this.#bytes.toString('latin1', offset, offset + count);
		}
		if (kind === KIND_UTF16) {
			const [offset, count] = this.#extent(ref, 2);
			return Buffer.from(this.#bytes.subarray(offset, offset + 2 * count))
				.swap16()
				.toString('utf16le');
		}
		return undefined;
	}

	/** A key. Known ones are recognised by their bytes, because making a string of each took half of the time. */
	#name(ref: number): string | undefined {
		const offset = this.#offsetOf(ref);
		const marker = this.#bytes[offset] as number;
		if (marker >> 4 === KIND_ASCII) {
			const [start, length] = this.#extent(ref, 1);
			const known = KNOWN_KEYS.get(fingerprint(length, this.#bytes[start], this.#bytes[start + length - 1]));
			if (known !== undefined && matches(this.#bytes, start, known)) {
				return known;
			}
		}
		return this.string(ref);
	}

	#kindAt(ref: number): number {
		return (this.#bytes[this.#offsetOf(ref)] as number) >> 4;
	}

	/** Where the items of an object begin, and how many there are; all of them lie inside the bytes. */
	#extent(ref: number, itemBytes: number): [offset: number, count: number] {
		const offset = this.#offsetOf(ref);
		let count = (this.#bytes[offset] as number) & 0x0f;
		let start = offset + 1;
		if (count === 0x0f) {
			this.#check(start, 1);
			const marker = this.#bytes[start] as number;
			const sizeBytes = 1 << (marker & 0x0f);
			if (marker >> 4 !== KIND_INTEGER || sizeBytes > 8) {
				throw damaged('a length in it is no integer');
			}
			count = this.#uint(start + 1, sizeBytes);
			start += 1 + sizeBytes;
		}
		this.#check(start, count * itemBytes);
		return [start, count];
	}

	#ref(offset: number): number {
		return this.#uint(offset, this.#refBytes);
	}

	#offsetOf(ref: number): number {
		if (ref >= this.#objectCount) {
			throw damaged('a reference in it leads nowhere');
		}
		const offset = this.#uint(this.#tableOffset + ref * this.#offsetBytes, this.#offsetBytes);
		if (offset >= this.#tableOffset) {
			throw damaged('an offset in it leads outside');
		}
		return offset;
	}

	#uint(offset: number, sizeBytes: number): number {
		this.#check(offset, sizeBytes);
		if (sizeBytes === 1) {
			return this.#bytes[offset] as number;
		}
		if (sizeBytes === 2) {
			return (this.#bytes[offset] as number) * 256 + (this.#bytes[offset + 1] as number);
		}
		let value = 0;
		for (let index = 0; index < sizeBytes; index++) {
			value = value * 256 + (this.#bytes[offset + index] as number);
		}
		return value;
	}

	#check(offset: number, sizeBytes: number): void {
		if (offset + sizeBytes > this.#bytes.length - TRAILER_BYTES) {
			throw damaged('a value in it reaches past its end');
		}
	}
}

const MAGIC = Buffer.from('bplist00', 'latin1');
const TRAILER_BYTES = 32;
const MARKER_DATE = 0x33;
const KIND_INTEGER = 0x1;
const KIND_DATA = 0x4;
const KIND_ASCII = 0x5;
const KIND_UTF16 = 0x6;
const KIND_UID = 0x8;
const KIND_ARRAY = 0xa;
const KIND_DICT = 0xd;

/** The keys that are looked for, by length, first and last letter, which tell all of them apart. */
const KNOWN_KEYS: ReadonlyMap<number, string> = new Map(
	[...Object.values(KEYS), '$version', '$archiver', '$top', '$objects', '$class', 'root', 'NS.data', 'NS.time', 'NS.string'].map((key) => [
		fingerprint(key.length, key.charCodeAt(0), key.charCodeAt(key.length - 1)),
		key,
	]),
);

function fingerprint(length: number, first: number | undefined, last: number | undefined): number {
	return length * 0x10000 + (first ?? 0) * 0x100 + (last ?? 0);
}

function matches(bytes: Uint8Array, start: number, key: string): boolean {
	for (let index = 0; index < key.length; index++) {
		if (bytes[start + index] !== key.charCodeAt(index)) {
			return false;
		}
	}
	return true;
}

function isIntegerSize(sizeBytes: number): boolean {
	return sizeBytes >= 1 && sizeBytes <= 8;
}

function damaged(why: string): BackupError {
	return new BackupError('DAMAGED_RECORD', `A file record cannot be read: ${why}.`);
}
