import type { BlobId } from '../blobs/blobId.ts';
import type { ListingEntry } from './entry.ts';
import { segmentFor } from './layerCursor.ts';
import type { Listing } from './listing.ts';
import type { Layer, ListingRoot } from './listingRoot.ts';
import { MergeCursor } from './mergeCursor.ts';
import { FILE_ID_BYTES, keyOfPath, type ListingPath, type PathKey } from './pathKey.ts';
import { Segment } from './segment.ts';

/** A place in a listing. */
export interface EntryPlace {
	readonly segment: Segment;
	readonly index: number;
}

/**
 * A whole listing in memory, 67 bytes for each of its files, so that it can be asked without waiting: the base of a backup, which a device
 * works on with one small request after the other.
 */
export class ResidentListing {
	readonly root: ListingRoot;
	readonly segments: ReadonlyMap<BlobId, Segment>;

	private constructor(root: ListingRoot, segments: ReadonlyMap<BlobId, Segment>) {
		this.root = root;
		this.segments = segments;
	}

	/** @param read - the checked bytes of a segment. */
	static async load(listing: Listing, read: (id: BlobId) => Promise<Uint8Array>): Promise<ResidentListing> {
		const segments = new Map<BlobId, Segment>();
		for (const { id } of listing.segmentRefs()) {
			if (!segments.has(id)) {
				// A copy: what was read may be a small part of something large.
				segments.set(id, new Segment(Uint8Array.from(await read(id))));
			}
		}
		return new ResidentListing(listing.root, segments);
	}

	find(path: ListingPath): ListingEntry | undefined {
		const place = this.findKey(keyOfPath(path));
		return place?.segment.entry(place.index);
	}

	/** The entry of the last layer that has the key, which may say that it was removed. */
	findKey(key: PathKey): EntryPlace | undefined {
		for (let layer = this.root.layers.length - 1; layer >= 0; layer--) {
			const { segments } = this.root.layers[layer] as Layer;
			const ref = segments[segmentFor(segments, key)];
			if (ref !== undefined) {
				const segment = this.segments.get(ref.id) as Segment;
				const index = segment.lowerBound(key);
				if (index < segment.count && segment.compareTo(index, key) === 0) {
					return { segment, index };
				}
			}
		}
		return undefined;
	}

	/** All entries below a folder, in order; all there are for the empty one. @param withFileIds - or only those that are none. */
	*below(folder: ListingPath, withFileIds = true): Generator<ListingEntry> {
		const prefix = Buffer.from(folder === '' ? '' : `${folder}/`);
		for (const { segment, index } of this.#from({ isFileId: false, bytes: prefix })) {
			const key = segment.key(index);
			if (key.isFileId || Buffer.compare(key.bytes.subarray(0, prefix.length), prefix) !== 0) {
				break;
			}
			yield segment.entry(index) as ListingEntry;
		}
		for (const first of withFileIds ? firstBytes(folder) : []) {
			yield* this.fileIds(first);
		}
	}

	/** All files whose id begins with this byte. */
	*fileIds(first: number): Generator<ListingEntry> {
		const bytes = Buffer.alloc(FILE_ID_BYTES);
		bytes[0] = first;
		for (const { segment, index } of this.#from({ isFileId: true, bytes })) {
			if (segment.keyBytes(index)[0] !== first) {
				break;
			}
			yield segment.entry(index) as ListingEntry;
		}
	}

	*#from(start: PathKey): Generator<EntryPlace> {
		const cursor = new MergeCursor(this.root.layers, () => Promise.reject(new Error('everything is in memory')));
		cursor.startAt(start);
		for (cursor.loadFrom(this.segments); cursor.top !== undefined; cursor.next() || cursor.loadFrom(this.segments)) {
			if (cursor.segment.compareTo(cursor.index, start) >= 0) {
				yield { segment: cursor.segment, index: cursor.index };
			}
		}
	}
}

/** The first bytes of the file ids that lie below a folder. */
function firstBytes(folder: ListingPath): Iterable<number> {
	if (folder === '') {
		return Array.from({ length: 256 }, (_, first) => first);
	}
	return /^[0-9a-f]{2}$/.test(folder) ? [Number.parseInt(folder, 16)] : [];
}
