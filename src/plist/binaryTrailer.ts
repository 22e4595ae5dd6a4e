import {
	HEADER_BYTES,
	TRAILER_BYTES,
	TRAILER_OBJECT_COUNT,
	TRAILER_OFFSET_SIZE,
	TRAILER_REF_SIZE,
	TRAILER_TABLE_OFFSET,
	TRAILER_TOP_OBJECT,
} from './binaryFormat.ts';
import { malformed } from './errors.ts';

/** The last 32 bytes of a binary document, checked: the whole offset table lies between header and trailer. */
export interface BinaryTrailer {
	/** Bytes of one entry of the offset table, 1 to 8. */
	offsetSize: number;
	/** Bytes of one reference, 1 to 8. */
	refSize: number;
	objectCount: number;
	/** Index of the document's value, below `objectCount`. */
	topObject: number;
	/** Where the objects end and the offset table starts. */
	tableOffset: number;
}

/**
 * Reads and checks the trailer.
 *
 * @throws PlistError `MALFORMED` - at the field that cannot be right.
 */
export function readTrailer(bytes: Uint8Array): BinaryTrailer {
	const at = bytes.length - TRAILER_BYTES;
	if (at < HEADER_BYTES) {
		throw malformed('too short for a trailer', bytes.length);
	}
	const offsetSize = readUint(bytes, at + TRAILER_OFFSET_SIZE, 1);
	const refSize = readUint(bytes, at + TRAILER_REF_SIZE, 1);
	const objectCount = readUint(bytes, at + TRAILER_OBJECT_COUNT, 8);
	const topObject = readUint(bytes, at + TRAILER_TOP_OBJECT, 8);
	const tableOffset = readUint(bytes, at + TRAILER_TABLE_OFFSET, 8);
	if (offsetSize < 1 || offsetSize > 8) {
		throw malformed('offsets have 1 to 8 bytes', at + TRAILER_OFFSET_SIZE);
	}
	if (refSize < 1 || refSize > 8) {
		throw malformed('references have 1 to 8 bytes', at + TRAILER_REF_SIZE);
	}
	if (tableOffset < HEADER_BYTES || tableOffset + objectCount * offsetSize > at) {
		throw malformed('the offset table does not fit', at + TRAILER_TABLE_OFFSET);
	}
	if (topObject >= objectCount) {
		throw malformed('the top object is not in the offset table', at + TRAILER_TOP_OBJECT);
	}
	return { offsetSize, refSize, objectCount, topObject, tableOffset };
}

/** An unsigned big-endian integer. Beyond 2^53 the result is inexact but still too large for every check that it goes through. */
export function readUint(bytes: Uint8Array, offset: number, size: number): number {
	let value = 0;
	for (let i = 0; i < size; i++) {
		value = value * 256 + (bytes[offset + i] ?? 0);
	}
	return value;
}
