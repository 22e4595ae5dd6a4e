import { throwIfAborted } from '../../base/index.ts';
import type { BlobId } from '../blobs/blobId.ts';
import { blobsOfContent } from '../content/contentReader.ts';
import { StoreError } from '../errors.ts';
import type { ContentRef } from '../listing/entry.ts';
import type { SnapshotId, SnapshotRecord } from '../records/record.ts';
import type { StoreParts } from '../store.ts';

/** One snapshot that is not whole. */
export interface DamagedSnapshot {
	readonly udid: string;
	readonly id: SnapshotId;
	/** The listing cannot be read to its end, so that files may be damaged that are not named. */
	readonly isListingDamaged: boolean;
	readonly damagedFiles: number;
	/** The first of them. */
	readonly paths: readonly string[];
}

/** Paths that are named of one snapshot. */
const MAX_PATHS = 1000;

/** The snapshots, and the files in them, that need one of the blobs. */
export async function findDamagedFiles(
	parts: StoreParts,
	records: readonly SnapshotRecord[],
	bad: ReadonlySet<BlobId>,
	signal?: AbortSignal,
): Promise<DamagedSnapshot[]> {
	const found: DamagedSnapshot[] = [];
	const known = new Map<string, boolean>();
	const isBad = async (content: ContentRef | undefined): Promise<boolean> => {
		if (content === undefined || content.level === 0) {
			return content !== undefined && bad.has(content.id);
		}
		const key = `${content.level}:${content.id}`;
		const before = known.get(key);
		if (before !== undefined) {
			return before;
		}
		const answer = await namesAny(parts, content, bad);
		known.set(key, answer);
		return answer;
	};
	for (const record of records) {
		throwIfAborted(signal);
		const paths: string[] = [];
		let damagedFiles = 0;
		let isListingDamaged = bad.has(record.listing);
		try {
			const listing = await parts.openListing(record);
			isListingDamaged ||= listing.segmentRefs().some(({ id }) => bad.has(id));
			for await (const portion of listing.entries()) {
				for (const { path, content } of portion) {
					if (await isBad(content)) {
						damagedFiles++;
						if (paths.length < MAX_PATHS) {
							paths.push(path);
						}
					}
				}
			}
		} catch (error) {
			if (!StoreError.is(error, 'STORE_DAMAGED', 'NEWER_FORMAT', 'BLOB_DAMAGED', 'BLOB_MISSING', 'PATH_UNSAFE')) {
				throw error;
			}
			isListingDamaged = true;
		}
		if (damagedFiles > 0 || isListingDamaged) {
			found.push({ udid: record.udid, id: record.id, isListingDamaged, damagedFiles, paths });
		}
	}
	return found;
}

async function namesAny(parts: StoreParts, content: ContentRef, bad: ReadonlySet<BlobId>): Promise<boolean> {
	try {
		for await (const id of blobsOfContent(parts.readBlob, content)) {
			if (bad.has(id)) {
				return true;
			}
		}
		return false;
	} catch (error) {
		if (!StoreError.is(error, 'STORE_DAMAGED', 'NEWER_FORMAT', 'BLOB_DAMAGED', 'BLOB_MISSING')) {
			throw error;
		}
		return true;
	}
}
