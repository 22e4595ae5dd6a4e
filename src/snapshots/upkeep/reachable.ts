import { throwIfAborted } from '../../base/index.ts';
import { blobIdBytes, blobIdText, type BlobId } from '../blobs/blobId.ts';
import { decodeChunkList } from '../content/chunkList.ts';
import { KIND_BLOB } from '../listing/entry.ts';
import { LayerCursor } from '../listing/layerCursor.ts';
import { decodeListingRoot } from '../listing/listingRoot.ts';
import { Segment } from '../listing/segment.ts';
import { KeyWalk, SortedKeys } from '../listing/sortedKeys.ts';
import type { SnapshotRecord } from '../records/record.ts';
import type { StoreParts } from '../store.ts';
import { BlobMarks } from './blobMarks.ts';
import { LayerTree, type LayerNode } from './layerTree.ts';

/** Entries between two turns of the event loop. */
const BATCH = 20_000;

export interface MarkOptions {
	/**
	 * Is told of what cannot be read; when it returns, what lies below that is left out.
	 * @param part - a part of a listing, or the list of a large file's parts.
	 */
	readonly onDamage: (error: unknown, part: 'listing' | 'content') => void;
	readonly signal?: AbortSignal | undefined;
}

/**
 * Marks all that snapshots need: heads and segments of their listings, and what their files hold. Each layer is gone through once, however
 * many listings share it. Of a layer that only others lie upon, entries that all of these hide are not needed: which ones is known from
 * these others, which are therefore gone through first.
 */
export async function markSnapshots(parts: StoreParts, records: readonly SnapshotRecord[], options: MarkOptions): Promise<BlobMarks> {
	const marker = new Marker(parts, options);
	const tree = new LayerTree();
	const seen = new Set<string>();
	for (const { listing } of records) {
		throwIfAborted(options.signal);
		if (!seen.has(listing)) {
			seen.add(listing);
			marker.marks.add(blobIdBytes(listing));
			await orDamage(options, 'listing', async () => tree.add(decodeListingRoot(await parts.readBlob(listing)).layers));
		}
	}
	for (const root of tree.roots.values()) {
		await marker.visit(root, false);
	}
	return marker.marks;
}

class Marker {
	readonly marks: BlobMarks;
	readonly #parts: StoreParts;
	readonly #options: MarkOptions;
	#seen = 0;

	constructor(parts: StoreParts, options: MarkOptions) {
		this.marks = new BlobMarks(parts.index.table);
		this.#parts = parts;
		this.#options = options;
	}

	/**
	 * Marks what is needed of a layer and those upon it.
	 * @returns the keys of which no listing from here on sees anything below; only when `isAsked`.
	 */
	async visit(node: LayerNode, isAsked: boolean): Promise<SortedKeys | undefined> {
		let hidden: SortedKeys | undefined;
		for (const child of node.children.values()) {
			const isOpen = !node.isTop && (hidden === undefined || hidden.count > 0);
			const ofChild = await this.visit(child, isOpen);
			if (ofChild !== undefined) {
				hidden = hidden === undefined ? ofChild : hidden.intersect(ofChild);
			}
		}
		const walk = new KeyWalk(hidden ?? new SortedKeys());
		const keys = isAsked ? new SortedKeys() : undefined;
		const cursor = new LayerCursor(node.layer);
		for (let ref = cursor.wanted; ref !== undefined; ref = cursor.wanted) {
			const { id } = ref;
			this.marks.add(blobIdBytes(id));
			const isRead = await orDamage(this.#options, 'listing', async () => cursor.accept(new Segment(await this.#parts.readBlob(id))));
			if (!isRead) {
				cursor.skip();
			}
			for (let segment = cursor.segment; segment !== undefined; segment = cursor.segment) {
				const { index } = cursor;
				const isHidden = walk.has(segment, index, (key) => keys?.push(key));
				keys?.push(segment.key(index));
				const kind = segment.kind(index);
				if (!isHidden && kind >= KIND_BLOB) {
					await this.#markContent(segment.contentId(index), kind - KIND_BLOB);
				}
				cursor.advance();
				if (++this.#seen % BATCH === 0) {
					throwIfAborted(this.#options.signal);
					await new Promise(setImmediate);
				}
			}
		}
		for (const key of keys === undefined ? [] : walk.rest()) {
			keys?.push(key);
		}
		return keys;
	}

	#markContent(id: Buffer, level: number): Promise<unknown> | undefined {
		if (!this.marks.add(id) || level === 0) {
			return undefined;
		}
		return orDamage(this.#options, 'content', () => this.#markParts(blobIdText(id), level));
	}

	async #markParts(list: BlobId, level: number): Promise<void> {
		for (const { id } of decodeChunkList(await this.#parts.readBlob(list), level).parts) {
			this.marks.add(blobIdBytes(id));
			if (level > 1) {
				await this.#markParts(id, level - 1);
			}
		}
	}
}

/** @returns whether it went well. */
async function orDamage({ onDamage }: MarkOptions, part: 'listing' | 'content', work: () => Promise<void>): Promise<boolean> {
	try {
		await work();
		return true;
	} catch (error) {
		onDamage(error, part);
		return false;
	}
}
