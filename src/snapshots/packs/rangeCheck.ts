import { KiB, MiB } from '../../base/index.ts';
import { BLOB_ID_BYTES } from '../blobs/blobId.ts';
import type { BlobLocation, BlobTable } from '../blobs/blobTable.ts';
import { freeMemory } from '../freeMemory.ts';
import { BlobChecker } from './blobChecker.ts';

/** What is read of a pack at once. */
const READ_BYTES = 2 * MiB;

/** Stored bytes that nobody asked for are read along when they are fewer. */
const GAP_BYTES = 64 * KiB;

/** With fewer ranges than this, whoever checks beside this thread is not even called in. */
export const BESIDE_FROM_RANGES = 8;

/** A part of a pack that is read at once. */
export interface PackRange {
	readonly pack: number;
	readonly offset: number;
	bytes: number;
}

/** Whether a blob is read along with a range that is read anyway. The range grows by it then. */
export function readsAlong(range: PackRange, { pack, offset, storedBytes }: Readonly<BlobLocation>): boolean {
	const end = offset + storedBytes;
	if (range.pack !== pack || offset < range.offset || end - range.offset > READ_BYTES || offset > range.offset + range.bytes + GAP_BYTES) {
		return false;
	}
	range.bytes = Math.max(range.bytes, end - range.offset);
	return true;
}

/** A range of a pack and the blobs that lie in it, as plain data: it may cross to another thread. */
export interface RangeOfBlobs {
	readonly bytes: Uint8Array<ArrayBuffer>;
	/** Of each blob PLACE_FIELDS numbers: where it begins in `bytes`, stored bytes, 1 when compressed, place in its frame, length. */
	readonly places: Uint32Array<ArrayBuffer>;
	/** 32 bytes of each. */
	readonly ids: Uint8Array<ArrayBuffer>;
}

/** The blobs of a range. */
export interface BlobsOfRange {
	/** One behind the other, in the order of the range's list; of a damaged one as many bytes that mean nothing. */
	readonly bytes: Uint8Array<ArrayBuffer>;
	/** As `RangeChecker.check` says it. */
	readonly damaged: readonly number[];
}

/** Who compares blobs with their ids. A range is the checker's from the call on. */
export interface RangeChecker {
	/** Ranges that may be under way at a time. */
	readonly width: number;
	/** Where in the range's list those blobs stand that are not what their ids say. */
	check(range: RangeOfBlobs): Promise<readonly number[]>;
	/** The same, with the blobs themselves. */
	read(range: RangeOfBlobs): Promise<BlobsOfRange>;
}

const PLACE_FIELDS = 5;

/** @param offset - where the range begins in its pack. @param numbers - blobs of the table that lie in it, best in the order in which they lie. */
export function rangeOfBlobs(bytes: Uint8Array<ArrayBuffer>, offset: number, table: BlobTable, numbers: readonly number[]): RangeOfBlobs {
	const places = new Uint32Array(numbers.length * PLACE_FIELDS);
	const ids = new Uint8Array(numbers.length * BLOB_ID_BYTES);
	for (const [position, number] of numbers.entries()) {
		const found = table.location(number);
		const fields = [found.offset - offset, found.storedBytes, found.isCompressed ? 1 : 0, found.innerOffset, found.lengthBytes];
		places.set(fields, position * PLACE_FIELDS);
		ids.set(table.id(number), position * BLOB_ID_BYTES);
	}
	return { bytes, places, ids };
}

/** Checks a range here and now, and gives its memory back. @returns as `RangeChecker.check`. */
export function damagedIn(range: RangeOfBlobs): number[] {
	const damaged: number[] = [];
	let position = 0;
	for (const { bytes } of checkedBlobs(range)) {
		if (bytes === undefined) {
			damaged.push(position);
		}
		position++;
	}
	return damaged;
}

/** Checks a range here and now, copies its blobs, and gives its memory back. @returns as `RangeChecker.read`. */
export function blobsIn(range: RangeOfBlobs): BlobsOfRange {
	const { places } = range;
	let total = 0;
	for (let at = PLACE_FIELDS - 1; at < places.length; at += PLACE_FIELDS) {
		total += places[at] as number;
	}
	const all = new Uint8Array(total);
	const damaged: number[] = [];
	let position = 0;
	let end = 0;
	for (const { bytes, lengthBytes } of checkedBlobs(range)) {
		if (bytes === undefined) {
			damaged.push(position);
		} else {
			all.set(bytes, end);
		}
		position++;
		end += lengthBytes;
	}
	return { bytes: all, damaged };
}

/** Each blob of a range, undefined when it is damaged. Its bytes are good until the next one. The range's memory is given back at the end. */
function* checkedBlobs({ bytes, places, ids }: RangeOfBlobs): Generator<{ bytes: Uint8Array | undefined; lengthBytes: number }> {
	const checker = new BlobChecker({ freesFrames: true });
	for (let position = 0; position * PLACE_FIELDS < places.length; position++) {
		const field = (index: number): number => places[position * PLACE_FIELDS + index] as number;
		const location: BlobLocation = {
			pack: 0,
			offset: field(0),
			storedBytes: field(1),
			isCompressed: field(2) === 1,
			innerOffset: field(3),
			lengthBytes: field(4),
		};
		const id = ids.subarray(position * BLOB_ID_BYTES, (position + 1) * BLOB_ID_BYTES);
		const stored = bytes.subarray(location.offset, location.offset + location.storedBytes);
		yield { bytes: checker.check(stored, location, id), lengthBytes: location.lengthBytes };
	}
	checker.release();
	freeMemory([bytes]);
}

/** Checks on this thread. */
export const checkHere: RangeChecker = {
	width: 1,
	check: (range) => Promise.resolve(damagedIn(range)),
	read: (range) => Promise.resolve(blobsIn(range)),
};
