import { BLOB_ID_BYTES } from '../blobs/blobId.ts';
import type { BlobLocation, BlobTable } from '../blobs/blobTable.ts';
import { freeMemory } from '../freeMemory.ts';
import { BlobChecker } from './blobChecker.ts';

/** A range of a pack and the blobs that lie in it, as plain data: it may cross to another thread. */
export interface RangeOfBlobs {
	readonly bytes: Uint8Array<ArrayBuffer>;
	/** Of each blob PLACE_FIELDS numbers: where it begins in `bytes`, stored bytes, 1 when compressed, place in its frame, length. */
	readonly places: Uint32Array<ArrayBuffer>;
	/** 32 bytes of each. */
	readonly ids: Uint8Array<ArrayBuffer>;
}

/** Who compares blobs with their ids. */
export interface RangeChecker {
	/** Ranges that may be under way at a time. */
	readonly width: number;
	/** Where in the range's list those blobs stand that are not what their ids say. The range is the checker's from here on. */
	check(range: RangeOfBlobs): Promise<readonly number[]>;
}

const PLACE_FIELDS = 5;

/** @param offset - where the range begins in its pack. @param numbers - blobs of the table that lie in it, in the order in which they lie. */
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
export function damagedIn({ bytes, places, ids }: RangeOfBlobs): number[] {
	const checker = new BlobChecker({ freesFrames: true });
	const damaged: number[] = [];
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
		if (checker.check(bytes.subarray(location.offset, location.offset + location.storedBytes), location, id) === undefined) {
			damaged.push(position);
		}
	}
	freeMemory([bytes]);
	return damaged;
}

/** Checks on this thread. */
export const checkHere: RangeChecker = { width: 1, check: (range) => Promise.resolve(damagedIn(range)) };
