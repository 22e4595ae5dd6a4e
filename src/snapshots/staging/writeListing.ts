import { blobIdText, type BlobId } from '../blobs/blobId.ts';
import type { BlobSink } from '../content/contentWriter.ts';
import { KIND_REMOVED, kindOf, type ListingEntry } from '../listing/entry.ts';
import { LayerWriter } from '../listing/layerWriter.ts';
import { encodeListingRoot, type Layer, type ListingRoot } from '../listing/listingRoot.ts';
import { MergeCursor } from '../listing/mergeCursor.ts';
import { compareKeys, FILE_ID_BYTES, keyOfPath, type PathKey } from '../listing/pathKey.ts';
import type { ResidentListing } from '../listing/residentListing.ts';
import { Segment, VALUE_BYTES } from '../listing/segment.ts';
import { encodeValues } from '../listing/segmentBuilder.ts';
import type { Overlay } from './overlay.ts';

/** Layers of one listing: each is one more place to look for a path. */
const MAX_LISTING_LAYERS = 8;

/**
 * A new layer takes in the one before it when that has fewer than this many times its entries. So layers shrink from the first to the last,
 * their number is the logarithm of how many snapshots there were, and so is how often an entry is written again.
 */
const MERGE_FACTOR = 1.5;

export interface WrittenListing {
	readonly id: BlobId;
	readonly root: ListingRoot;
	/** Files that came, changed or went, against the base. */
	readonly changedCount: number;
}

/** Writes what a run came to as a listing: what changed as a new layer over those of the base. */
export function writeListing(overlay: Overlay, sink: BlobSink): WrittenListing {
	const held = new HeldLayer();
	// With nothing below it the layer is the listing: it need not be held to be merged with others.
	const isFirst = (overlay.base?.root.layers.length ?? 0) === 0;
	const changes = new ChangeCollector(overlay.base, isFirst ? sink : held);
	for (const [isFileId, key, values] of sortedRows(overlay)) {
		changes.add(isFileId, key, values);
	}
	const layer = changes.finish();
	const layers = isFirst ? [layer].filter(({ count }) => count > 0) : mergeLayers(overlay.base, layer, held.segments, sink);
	const root: ListingRoot = { layers, fileCount: changes.fileCount, sizeBytes: changes.sizeBytes };
	return { id: blobIdText(sink.store(encodeListingRoot(root))), root, changedCount: changes.changedCount };
}

/** Segments that are in memory before it is decided whether they are stored, or merged with others first. */
class HeldLayer implements BlobSink {
	readonly segments = new Map<BlobId, Segment>();
	#next = 0;

	store(bytes: Uint8Array): Buffer {
		const id = Buffer.alloc(32);
		id.writeUInt32LE(++this.#next);
		this.segments.set(blobIdText(id), new Segment(bytes));
		return id;
	}
}

/** The entries that differ from the base, and what they do to the sums. */
class ChangeCollector {
	readonly #base: ResidentListing | undefined;
	readonly #writer: LayerWriter;
	fileCount: number;
	sizeBytes: number;
	changedCount = 0;

	constructor(base: ResidentListing | undefined, sink: BlobSink) {
		this.#base = base;
		this.#writer = new LayerWriter(sink);
		this.fileCount = base?.root.fileCount ?? 0;
		this.sizeBytes = base?.root.sizeBytes ?? 0;
	}

	add(isFileId: boolean, key: Uint8Array, values: Buffer): void {
		const place = this.#base?.findKey({ isFileId, bytes: key });
		const before = place?.segment.entry(place.index);
		const kind = values[VALUE_BYTES - 1] as number;
		if (before === undefined && kind === KIND_REMOVED) {
			return;
		}
		if (before !== undefined && place !== undefined && kind === kindOf(before)) {
			const isSame = place.segment.contentId(place.index).equals(values.subarray(0, 32)) && before.mode === values.readUInt16LE(44);
			if (isSame) {
				return;
			}
		}
		this.changedCount++;
		this.fileCount += Number(isFile(kind)) - Number(before?.kind === 'file');
		this.sizeBytes += values.readUIntLE(32, 6) - (before?.sizeBytes ?? 0);
		this.#writer.entries.addRow(isFileId, key, values, 0);
	}

	finish(): Layer {
		return this.#writer.finish();
	}
}

function mergeLayers(
	base: ResidentListing | undefined,
	delta: Layer,
	deltaSegments: ReadonlyMap<BlobId, Segment>,
	sink: BlobSink,
): readonly Layer[] {
	const kept = [...(base?.root.layers ?? [])];
	if (delta.count === 0) {
		return kept;
	}
	const merged: Layer[] = [delta];
	let count = delta.count;
	for (let last = kept.at(-1); last !== undefined; last = kept.at(-1)) {
		if (last.count >= count * MERGE_FACTOR && kept.length < MAX_LISTING_LAYERS) {
			break;
		}
		kept.pop();
		merged.unshift(last);
		count += last.count;
	}
	const all = new Map([...(base?.segments ?? []), ...deltaSegments]);
	// The first layer hides nothing: there removed entries go.
	const cursor = new MergeCursor(merged, () => Promise.reject(new Error('everything is in memory')), kept.length > 0);
	const writer = new LayerWriter(sink);
	for (cursor.loadFrom(all); cursor.top !== undefined; cursor.next() || cursor.loadFrom(all)) {
		writer.entries.addFrom(cursor.segment, cursor.index);
	}
	const layer = writer.finish();
	return layer.count === 0 ? kept : [...kept, layer];
}

/** All that the overlay holds, in the order of listings. Key and values are overwritten by the next step. */
function* sortedRows(overlay: Overlay): Generator<[isFileId: boolean, key: Uint8Array, values: Buffer]> {
	const others: { key: PathKey; entry: ListingEntry | undefined }[] = [];
	for (const [path, entry] of overlay.others()) {
		others.push({ key: keyOfPath(path), entry });
	}
	others.sort((a, b) => compareKeys(a.key, b.key));
	const row = Buffer.alloc(VALUE_BYTES);
	for (const { key, entry } of others) {
		row.fill(0);
		if (entry !== undefined) {
			encodeValues(row, 0, entry);
		}
		yield [false, key.bytes, row];
	}
	const table = overlay.fileIds;
	if (table !== undefined) {
		const key = Buffer.alloc(FILE_ID_BYTES);
		const step: [boolean, Uint8Array, Buffer] = [true, key, row];
		for (const number of table.sorted()) {
			table.copyRow(number, key, row);
			yield step;
		}
	}
}

function isFile(kind: number): boolean {
	return kind > 1;
}
