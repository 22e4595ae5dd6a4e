import { BLOB_ID_BYTES } from '../blobs/blobId.ts';
import type { BlobLocation } from '../blobs/blobTable.ts';
import type { StorageKey, SnapshotStorage } from '../storage/storage.ts';
import { decodePackEntry, isPlausible, PACK_ENTRY_BYTES, PACK_HEADER_BYTES, PACK_SALT_BYTES } from './packFormat.ts';
import { MiB } from '../../base/index.ts';

/** One line of a pack's directory. */
export interface PackEntry {
	/** In its binary form. */
	readonly id: Buffer;
	readonly location: BlobLocation;
}

/** What a directory of a full pack comes to, and some more. */
const SEARCHED_BYTES = 8 * MiB;

/** Of bytes that somebody made so, any place could look possible. */
const MAX_FOUND = 500_000;

/** The entries of a directory that was checked, in the order in which the blobs lie. */
export function entriesOf(directory: Buffer): PackEntry[] {
	const entries: PackEntry[] = [];
	for (let at = PACK_SALT_BYTES; at < directory.length; at += PACK_ENTRY_BYTES) {
		entries.push(entryAt(directory, at));
	}
	return entries.sort(byPlace);
}

/**
 * What may be entries of a directory that is damaged or cut short, wherever it begins: looked for at the end of the file at every byte.
 * Nothing is known of them but that they are possible: each has to be checked against what lies at its place.
 */
export async function findEntries(storage: SnapshotStorage, key: StorageKey, sizeBytes: number): Promise<PackEntry[]> {
	const start = Math.max(PACK_HEADER_BYTES, sizeBytes - SEARCHED_BYTES);
	if (start >= sizeBytes) {
		return [];
	}
	const raw = await storage.getRange(key, start, sizeBytes - start);
	const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
	const entries: PackEntry[] = [];
	for (let at = 0; at + PACK_ENTRY_BYTES <= bytes.length && entries.length < MAX_FOUND; at++) {
		// Nearly all of them fail at the length, which has to be below a megabyte.
		const entry = bytes[at + PACK_ENTRY_BYTES - 1] === 0 ? entryAt(bytes, at) : undefined;
		if (entry !== undefined && entry.location.storedBytes > 0 && isPlausible(entry.location, start + at)) {
			entries.push({ id: Buffer.from(entry.id), location: entry.location });
		}
	}
	return entries.sort(byPlace);
}

function entryAt(bytes: Buffer, at: number): PackEntry {
	const location: BlobLocation = { pack: 0, offset: 0, storedBytes: 0, isCompressed: false, innerOffset: 0, lengthBytes: 0 };
	decodePackEntry(bytes, at, location);
	return { id: bytes.subarray(at, at + BLOB_ID_BYTES), location };
}

function byPlace(a: PackEntry, b: PackEntry): number {
	return a.location.offset - b.location.offset || a.location.innerOffset - b.location.innerOffset;
}
