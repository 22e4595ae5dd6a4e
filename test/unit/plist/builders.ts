import type { PlistLimits } from '../../../src/plist/index.ts';

/** Bytes from hexadecimal text; spaces are for the reader. */
export function hex(text: string): Uint8Array {
	return new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
}

/** Bytes of UTF-8 text. */
export function utf8(text: string): Uint8Array {
	return new Uint8Array(Buffer.from(text));
}

/** An XML document around `body`. */
export function xml(body: string): Uint8Array {
	return utf8(`<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0">${body}</plist>`);
}

/** What a hand-made binary document is made of. Only `objects` matters to most tests. */
export interface RawDocument {
	/** Each object's bytes, marker included. */
	objects: readonly Uint8Array[];
	topObject?: number;
	offsetSize?: number;
	refSize?: number;
	/** In place of the real ones. */
	offsets?: readonly number[];
	objectCount?: bigint;
	tableOffset?: bigint;
}

/** Puts a binary document together by the format's description, without the encoder. */
export function rawBinary(document: RawDocument): Uint8Array {
	const { objects, topObject = 0, offsetSize = 1, refSize = 1 } = document;
	const header = Buffer.from('bplist00');
	let at = header.length;
	const offsets = objects.map((object) => (at += object.length) - object.length);
	const table = (document.offsets ?? offsets).map((offset) => bigEndian(offset, offsetSize));
	const trailer = Buffer.alloc(32);
	trailer[6] = offsetSize;
	trailer[7] = refSize;
	trailer.writeBigUInt64BE(document.objectCount ?? BigInt(objects.length), 8);
	trailer.writeBigUInt64BE(BigInt(topObject), 16);
	trailer.writeBigUInt64BE(document.tableOffset ?? BigInt(at), 24);
	return new Uint8Array(Buffer.concat([header, ...objects, ...table, trailer]));
}

/** Big-endian bytes of any length. */
export function bigEndian(value: number, size: number): Uint8Array {
	const bytes = Buffer.alloc(8);
	bytes.writeBigUInt64BE(BigInt(value));
	return new Uint8Array(bytes.subarray(8 - size));
}

/** A document whose root refers twice to an array that refers twice to an array…: 2^levels values in a few bytes. */
export function referenceBomb(levels: number): Uint8Array {
	const arrays = Array.from({ length: levels }, (_, level) => Uint8Array.of(0xa2, level + 1, level + 1));
	return rawBinary({ objects: [...arrays, hex('09')], offsetSize: 2 });
}

/** Small limits, for documents that a test can afford. */
export const smallLimits: PlistLimits = { maxBytes: 4096, maxDepth: 8, maxObjects: 50 };
