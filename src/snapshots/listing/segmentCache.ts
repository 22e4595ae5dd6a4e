import type { BlobId } from '../blobs/blobId.ts';
import type { LoadSegment } from './layerCursor.ts';
import { Segment } from './segment.ts';

/** Segments that are kept: some 10 MB. Two listings that are gone through side by side need one for each of their layers. */
const CACHED_SEGMENTS = 40;

/** Segments as they were last used, shared by all listings of a store: related listings share most of theirs. */
export class SegmentCache {
	readonly #read: (id: BlobId) => Promise<Uint8Array>;
	readonly #segments = new Map<BlobId, Promise<Segment>>();

	/** @param read - the blob's bytes, checked against the id. */
	constructor(read: (id: BlobId) => Promise<Uint8Array>) {
		this.#read = read;
	}

	readonly load: LoadSegment = (id) => {
		const known = this.#segments.get(id);
		const segment = known ?? this.#read(id).then((bytes) => new Segment(bytes));
		this.#segments.delete(id);
		this.#segments.set(id, segment);
		if (known === undefined) {
			// A failure is not kept: the share may be back at the next try.
			segment.catch(() => this.#segments.delete(id));
			const oldest = this.#segments.keys().next();
			if (this.#segments.size > CACHED_SEGMENTS && oldest.done !== true) {
				this.#segments.delete(oldest.value);
			}
		}
		return segment;
	};
}
