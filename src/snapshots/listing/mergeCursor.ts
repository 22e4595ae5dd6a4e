import type { BlobId } from '../blobs/blobId.ts';
import { KIND_REMOVED } from './entry.ts';
import { compareCursors, LayerCursor, type LoadSegment } from './layerCursor.ts';
import type { Layer } from './listingRoot.ts';
import type { PathKey } from './pathKey.ts';
import type { Segment } from './segment.ts';

/**
 * Goes through a listing in order, entry by entry, as the layers together say: of several with one key the last layer's counts.
 * Waits only where a segment ends:
 *
 * ```
 * for (await cursor.load(); cursor.top !== undefined; cursor.next() || await cursor.load()) { … }
 * ```
 */
export class MergeCursor {
	readonly #cursors: LayerCursor[];
	readonly #load: LoadSegment;
	readonly #withRemoved: boolean;
	/** The layer that has the current entry; undefined at the end, or while a segment is missing. */
	top: LayerCursor | undefined;

	/** @param withRemoved - also stops at entries that say that a path was removed. */
	constructor(layers: readonly Layer[], load: LoadSegment, withRemoved = false) {
		// Newest first: among equal keys the first one wins.
		this.#cursors = layers.map((layer) => new LayerCursor(layer)).reverse();
		this.#load = load;
		this.#withRemoved = withRemoved;
	}

	get segment(): Segment {
		return this.top?.segment as Segment;
	}

	get index(): number {
		return this.top?.index as number;
	}

	/** Goes, before the first load, to the segments where `key` may be; entries before it may still come. */
	startAt(key: PathKey): void {
		for (const cursor of this.#cursors) {
			cursor.startAt(key);
		}
	}

	/** Fetches what is missing and goes to the next entry. */
	async load(): Promise<void> {
		do {
			for (const cursor of this.#cursors) {
				if (cursor.wanted !== undefined) {
					cursor.accept(await this.#load(cursor.wanted.id));
				}
			}
		} while (!this.#settle());
	}

	/** The same for segments that are in memory. */
	loadFrom(segments: ReadonlyMap<BlobId, Segment>): void {
		do {
			for (const cursor of this.#cursors) {
				if (cursor.wanted !== undefined) {
					cursor.accept(segments.get(cursor.wanted.id) as Segment);
				}
			}
		} while (!this.#settle());
	}

	/** Goes on by one entry. @returns false when `load` has to be awaited first; there is no current entry then. */
	next(): boolean {
		this.#pass();
		return this.#settle();
	}

	/** Finds the current entry. @returns false when a segment is needed to tell. */
	#settle(): boolean {
		for (;;) {
			let best: LayerCursor | undefined;
			for (const cursor of this.#cursors) {
				if (cursor.segment === undefined) {
					if (cursor.wanted !== undefined) {
						this.top = undefined;
						return false;
					}
				} else if (best === undefined || compareCursors(cursor, best) < 0) {
					best = cursor;
				}
			}
			this.top = best;
			if (best === undefined || this.#withRemoved || (best.segment as Segment).kind(best.index) !== KIND_REMOVED) {
				return true;
			}
			this.#pass();
		}
	}

	/** Leaves the current entry, and those of older layers that it hides. */
	#pass(): void {
		const top = this.top as LayerCursor;
		for (const cursor of this.#cursors) {
			if (cursor !== top && cursor.segment !== undefined && cursor.prefix === top.prefix && compareCursors(cursor, top) === 0) {
				cursor.advance();
			}
		}
		top.advance();
	}
}
