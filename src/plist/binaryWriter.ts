import {
	COUNT_FOLLOWS,
	EPOCH_MS,
	HEADER_BYTES,
	MAGIC,
	MARKER_DATE,
	MARKER_FALSE,
	MARKER_FLOAT64,
	MARKER_TRUE,
	TRAILER_BYTES,
	TRAILER_OBJECT_COUNT,
	TRAILER_OFFSET_SIZE,
	TRAILER_REF_SIZE,
	TRAILER_TABLE_OFFSET,
	TRAILER_TOP_OBJECT,
	TYPE_ARRAY,
	TYPE_ASCII,
	TYPE_DATA,
	TYPE_DICT,
	TYPE_INTEGER,
	TYPE_UID,
	TYPE_UTF16,
} from './binaryFormat.ts';
import { ByteSink } from './byteSink.ts';
import { foldInteger } from './integers.ts';
import type { PlistValue } from './types.ts';
import { classify, EncodeBudget, type Classified } from './values.ts';

/**
 * Writes the binary form (`bplist00`); see binaryFormat.ts for the layout.
 *
 * Equal strings, numbers, dates, booleans and UIDs are written once, as Apple's writer does; containers and data each time.
 * Offsets and references take 1, 2, 4 or 8 bytes (no 3: some readers refuse it). Integers take 1, 2 or 4 bytes unsigned,
 * negative ones 8, those beyond 63 bits 16. Reals are 64-bit.
 *
 * @throws PlistError `NOT_ENCODABLE` - with the path. @throws PlistError `LIMIT_EXCEEDED` - too deep (a cycle, too), too many, too large.
 */
export function encodeBinaryPlist(value: PlistValue): Uint8Array {
	const table = new ObjectTable();
	table.add(value);
	return writeObjects(table.objects);
}

type Scalar = Exclude<Classified, { kind: 'array' | 'dict' }>;
/** `refs` of a dictionary: all keys, then all values. */
type Flat = Scalar | { kind: 'container'; type: number; count: number; refs: number[] };

/** Flattens a value into numbered objects, equal scalars sharing a number. The top value is number 0. */
class ObjectTable {
	readonly objects: Flat[] = [];
	readonly #budget = new EncodeBudget();
	readonly #strings = new Map<string, number>();
	/** Keyed by kind and value: `1`, `1.0`, `true` and UID 1 are different objects. */
	readonly #scalars = new Map<Scalar['kind'], Map<unknown, number>>();

	add(value: PlistValue): number {
		this.#budget.spend();
		if (typeof value === 'string') {
			return this.#addString(value);
		}
		const classified = classify(value, this.#budget.path);
		switch (classified.kind) {
			case 'array':
				return this.#addArray(classified.value);
			case 'dict':
				return this.#addDict(classified.value);
			default:
				return this.#addScalar(classified);
		}
	}

	#addArray(items: readonly PlistValue[]): number {
		const { path } = this.#budget;
		this.#budget.enter();
		const refs: number[] = [];
		const index = this.objects.push({ kind: 'container', type: TYPE_ARRAY, count: items.length, refs }) - 1;
		// By index, not by iterator: a hole must be met as `undefined` and refused.
		for (let i = 0; i < items.length; i++) {
			path.push(String(i));
			refs.push(this.add(items[i] as PlistValue));
			path.pop();
		}
		return index;
	}

	#addDict(dict: { readonly [key: string]: PlistValue }): number {
		const { path } = this.#budget;
		this.#budget.enter();
		const keys = Object.keys(dict);
		this.#budget.spend(keys.length);
		const refs: number[] = [];
		const index = this.objects.push({ kind: 'container', type: TYPE_DICT, count: keys.length, refs }) - 1;
		for (const key of keys) {
			refs.push(this.#addString(key));
		}
		for (const key of keys) {
			path.push(key);
			refs.push(this.add(dict[key] as PlistValue));
			path.pop();
		}
		return index;
	}

	#addString(text: string): number {
		let index = this.#strings.get(text);
		if (index === undefined) {
			index = this.objects.push({ kind: 'string', value: text }) - 1;
			this.#strings.set(text, index);
		}
		return index;
	}

	#addScalar(scalar: Scalar): number {
		if (scalar.kind === 'data') {
			return this.objects.push(scalar) - 1;
		}
		let indexes = this.#scalars.get(scalar.kind);
		if (indexes === undefined) {
			indexes = new Map();
			this.#scalars.set(scalar.kind, indexes);
		}
		const key = scalarKey(scalar);
		let index = indexes.get(key);
		if (index === undefined) {
			index = this.objects.push(scalar) - 1;
			indexes.set(key, index);
		}
		return index;
	}
}

function scalarKey(scalar: Scalar): unknown {
	if (scalar.kind === 'date') {
		return scalar.value.getTime();
	}
	if (scalar.kind === 'integer') {
		// `5n` and `5` are the same integer.
		return typeof scalar.value === 'bigint' ? foldInteger(scalar.value) : scalar.value;
	}
	// A Map takes -0 for 0; as reals they are different values.
	return scalar.kind === 'real' && Object.is(scalar.value, -0) ? '-0' : scalar.value;
}

function writeObjects(objects: readonly Flat[]): Uint8Array {
	const refSize = uintSize(objects.length - 1);
	const sink = new ByteSink();
	sink.bytes(new Uint8Array([...MAGIC, 0x30]));
	const offsets = new Float64Array(objects.length);
	objects.forEach((object, index) => {
		offsets[index] = sink.length;
		writeObject(sink, object, refSize);
	});
	const tableOffset = sink.length;
	const offsetSize = uintSize(Math.max(tableOffset - 1, HEADER_BYTES));
	for (const offset of offsets) {
		sink.uint(offset, offsetSize);
	}
	const trailer = new Uint8Array(TRAILER_BYTES);
	const view = new DataView(trailer.buffer);
	trailer[TRAILER_OFFSET_SIZE] = offsetSize;
	trailer[TRAILER_REF_SIZE] = refSize;
	view.setBigUint64(TRAILER_OBJECT_COUNT, BigInt(objects.length));
	view.setBigUint64(TRAILER_TOP_OBJECT, 0n);
	view.setBigUint64(TRAILER_TABLE_OFFSET, BigInt(tableOffset));
	sink.bytes(trailer);
	return sink.finish();
}

function writeObject(sink: ByteSink, object: Flat, refSize: number): void {
	switch (object.kind) {
		case 'container':
			writeMarker(sink, object.type, object.count);
			for (const ref of object.refs) {
				sink.uint(ref, refSize);
			}
			break;
		case 'string':
			writeString(sink, object.value);
			break;
		case 'integer':
			writeInteger(sink, object.value);
			break;
		case 'real':
			sink.uint(MARKER_FLOAT64, 1);
			sink.float64(object.value);
			break;
		case 'boolean':
			sink.uint(object.value ? MARKER_TRUE : MARKER_FALSE, 1);
			break;
		case 'date':
			sink.uint(MARKER_DATE, 1);
			sink.float64((object.value.getTime() - EPOCH_MS) / 1000);
			break;
		case 'data':
			writeMarker(sink, TYPE_DATA, object.value.length);
			sink.bytes(object.value);
			break;
		case 'uid': {
			const size = uintSize(object.value);
			sink.uint(TYPE_UID | (size - 1), 1);
			sink.uint(object.value, size);
			break;
		}
	}
}

function writeString(sink: ByteSink, text: string): void {
	if (isAscii(text)) {
		writeMarker(sink, TYPE_ASCII, text.length);
		sink.ascii(text);
	} else {
		writeMarker(sink, TYPE_UTF16, text.length);
		sink.utf16(text);
	}
}

function isAscii(text: string): boolean {
	for (let i = 0; i < text.length; i++) {
		if (text.charCodeAt(i) >= 0x80) {
			return false;
		}
	}
	return true;
}

function writeMarker(sink: ByteSink, type: number, count: number): void {
	if (count < COUNT_FOLLOWS) {
		sink.uint(type | count, 1);
	} else {
		sink.uint(type | COUNT_FOLLOWS, 1);
		writeInteger(sink, count);
	}
}

/** Readers take 1, 2 and 4 bytes as unsigned and 8 and 16 as signed. */
function writeInteger(sink: ByteSink, value: number | bigint): void {
	if (typeof value === 'number' && value >= 0 && value <= 0xffff_ffff) {
		const size = uintSize(value);
		sink.uint(TYPE_INTEGER | Math.log2(size), 1);
		sink.uint(value, size);
		return;
	}
	const big = BigInt(value);
	if (BigInt.asIntN(64, big) === big) {
		// A small bigint comes here too; it is written like the number that it reads as.
		if (big >= 0n && big <= 0xffff_ffffn) {
			writeInteger(sink, Number(big));
			return;
		}
		sink.uint(TYPE_INTEGER | 3, 1);
		sink.bigInt64(big);
	} else {
		sink.uint(TYPE_INTEGER | 4, 1);
		sink.bigInt64(BigInt.asIntN(64, big >> 64n));
		sink.bigInt64(BigInt.asIntN(64, big));
	}
}

/** The smallest of 1, 2, 4 and 8 bytes that holds `value`. */
function uintSize(value: number): number {
	if (value <= 0xff) {
		return 1;
	}
	if (value <= 0xffff) {
		return 2;
	}
	return value <= 0xffff_ffff ? 4 : 8;
}
