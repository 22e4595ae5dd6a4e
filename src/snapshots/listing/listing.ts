import type { BlobId } from '../blobs/blobId.ts';
import { KIND_REMOVED, type ListingEntry } from './entry.ts';
import { segmentFor, type LoadSegment } from './layerCursor.ts';
import type { Layer, ListingRoot, SegmentRef } from './listingRoot.ts';
import { MergeCursor } from './mergeCursor.ts';
import { FILE_ID_BYTES, isFileIdPath, keyOfPath, type ListingPath, type PathKey } from './pathKey.ts';

/** Entries in one portion of an iteration. */
const PORTION = 1024;

/** What a snapshot holds, path by path. Reads what is needed as it is needed; every part is checked against its id. */
export class Listing {
	readonly id: BlobId;
	readonly root: ListingRoot;
	readonly #load: LoadSegment;

	constructor(id: BlobId, root: ListingRoot, load: LoadSegment) {
		this.id = id;
		this.root = root;
		this.#load = load;
	}

	get fileCount(): number {
		return this.root.fileCount;
	}

	/** Of all files together, before anything is saved by compression or by sharing. */
	get sizeBytes(): number {
		return this.root.sizeBytes;
	}

	/** The entry of a path that has passed `checkPath`; undefined when there is none. */
	async find(path: ListingPath): Promise<ListingEntry | undefined> {
		return this.findKey(keyOfPath(path), this.root.layers.length);
	}

	/** The entry of a key as the first `layerCount` layers have it; undefined when there is none. */
	async findKey(key: PathKey, layerCount: number): Promise<ListingEntry | undefined> {
		for (let layer = layerCount - 1; layer >= 0; layer--) {
			const { segments } = this.root.layers[layer] as Layer;
			const ref = segments[segmentFor(segments, key)];
			const segment = ref === undefined ? undefined : await this.#load(ref.id);
			const index = segment?.lowerBound(key) ?? 0;
			if (segment !== undefined && index < segment.count && segment.compareTo(index, key) === 0) {
				return segment.entry(index);
			}
		}
		return undefined;
	}

	/** All entries, in portions, in the order of their keys: paths that are no file ids first. */
	async *entries(): AsyncGenerator<ListingEntry[]> {
		yield* portionsOf(this.cursor());
	}

	/** All entries below a folder, at any depth. */
	async *entriesBelow(folder: ListingPath): AsyncGenerator<ListingEntry[]> {
		if (folder === '') {
			yield* this.entries();
			return;
		}
		const text: PathKey = { isFileId: false, bytes: Buffer.from(`${folder}/`) };
		yield* portionsOf(this.cursor(), text, (key) => !key.isFileId && startsWith(key.bytes, text.bytes));
		if (isFileIdPath(`${folder}/${folder}${'0'.repeat(38)}`)) {
			const bytes = Buffer.alloc(FILE_ID_BYTES);
			bytes.write(folder, 'hex');
			yield* portionsOf(this.cursor(), { isFileId: true, bytes }, (key) => key.isFileId && key.bytes[0] === bytes[0]);
		}
	}

	/** A cursor over all entries, for what has to be fast. */
	cursor(): MergeCursor {
		return new MergeCursor(this.root.layers, this.#load);
	}

	/** A cursor over what the layers from `firstLayer` on say, also of paths that were removed. */
	changesFrom(firstLayer: number): MergeCursor {
		return new MergeCursor(this.root.layers.slice(firstLayer), this.#load, true);
	}

	/** The segments of all layers. */
	segmentRefs(): SegmentRef[] {
		return this.root.layers.flatMap((layer) => layer.segments);
	}
}

async function* portionsOf(
	cursor: MergeCursor,
	start?: PathKey,
	isWanted: (key: PathKey) => boolean = () => true,
): AsyncGenerator<ListingEntry[]> {
	let portion: ListingEntry[] = [];
	if (start !== undefined) {
		cursor.startAt(start);
	}
	for (await cursor.load(); cursor.top !== undefined; cursor.next() || (await cursor.load())) {
		const { segment, index } = cursor;
		if (start !== undefined && segment.compareTo(index, start) < 0) {
			continue;
		}
		if (start !== undefined && !isWanted(segment.key(index))) {
			break;
		}
		if (segment.kind(index) !== KIND_REMOVED) {
			portion.push(segment.entry(index) as ListingEntry);
		}
		if (portion.length === PORTION) {
			yield portion;
			portion = [];
		}
	}
	if (portion.length > 0) {
		yield portion;
	}
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
	return bytes.length >= start.length && Buffer.compare(bytes.subarray(0, start.length), start) === 0;
}
