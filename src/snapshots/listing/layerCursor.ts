import type { BlobId } from '../blobs/blobId.ts';
import { StoreError } from '../errors.ts';
import type { Layer, SegmentRef } from './listingRoot.ts';
import { compareKeys, type PathKey } from './pathKey.ts';
import type { Segment } from './segment.ts';

/** Where segments come from: read and checked, or from a cache. */
export type LoadSegment = (id: BlobId) => Promise<Segment>;

/** Goes through the entries of one layer in order, holding one segment at a time. */
export class LayerCursor {
	readonly #layer: Layer;
	#next = 0;
	segment: Segment | undefined;
	index = 0;
	/** Of the entry that the cursor stands on; meaningless without one. */
	prefix = 0;

	constructor(layer: Layer) {
		this.#layer = layer;
	}

	/** The segment that has to be given to `accept` before the cursor can go on. */
	get wanted(): SegmentRef | undefined {
		return this.segment === undefined ? this.#layer.segments[this.#next] : undefined;
	}

	/** Skips, before the first segment, all segments that end before `key`. */
	startAt(key: PathKey): void {
		this.#next = Math.max(0, segmentFor(this.#layer.segments, key));
	}

	/** @throws StoreError `STORE_DAMAGED` - it is not what the layer says of it. */
	accept(segment: Segment): void {
		const ref = this.#layer.segments[this.#next] as SegmentRef;
		if (
			segment.count !== ref.count ||
			segment.compareTo(0, ref.firstKey) !== 0 ||
			!isBefore(segment, this.#layer.segments[this.#next + 1])
		) {
			throw new StoreError('STORE_DAMAGED', 'A part of a listing is not the one that belongs there.', { details: { what: 'listing' } });
		}
		this.#next++;
		this.segment = segment;
		this.index = 0;
		this.prefix = segment.prefix(0);
	}

	/** Goes on behind a segment that cannot be read. */
	skip(): void {
		this.#next++;
	}

	advance(): void {
		const segment = this.segment as Segment;
		this.index++;
		if (this.index < segment.count) {
			this.prefix = segment.prefix(this.index);
		} else {
			this.segment = undefined;
		}
	}
}

/** Both stand on an entry. Negative when `a`'s comes first. */
export function compareCursors(a: LayerCursor, b: LayerCursor): number {
	if (a.prefix !== b.prefix) {
		return a.prefix - b.prefix;
	}
	return Buffer.compare((a.segment as Segment).keyBytes(a.index), (b.segment as Segment).keyBytes(b.index));
}

/** The number of the one segment that may hold `key`; -1 when all begin behind it. */
export function segmentFor(segments: readonly SegmentRef[], key: PathKey): number {
	let low = 0;
	let high = segments.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (compareKeys((segments[middle] as SegmentRef).firstKey, key) <= 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low - 1;
}

/** Segments of a layer must not overlap, or an entry would be seen in the wrong order. */
function isBefore(segment: Segment, next: SegmentRef | undefined): boolean {
	return next === undefined || segment.compareTo(segment.count - 1, next.firstKey) < 0;
}
