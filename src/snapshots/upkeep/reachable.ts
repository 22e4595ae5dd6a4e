import { throwIfAborted } from '../../base/index.ts';
import { blobIdBytes, blobIdText, type BlobId } from '../blobs/blobId.ts';
import type { BlobTable } from '../blobs/blobTable.ts';
import { blobsOfContent } from '../content/contentReader.ts';
import { KIND_BLOB } from '../listing/entry.ts';
import type { Listing } from '../listing/listing.ts';

/** Entries between two turns of the event loop. */
const BATCH = 20_000;

/** Which blobs are needed, as one bit for each entry of the index. */
export class BlobMarks {
	readonly #table: BlobTable;
	readonly #bits: Uint8Array;
	/** Needed, and in no pack. */
	readonly missing = new Set<BlobId>();

	constructor(table: BlobTable) {
		this.#table = table;
		this.#bits = new Uint8Array(Math.ceil(table.count / 8));
	}

	has(number: number): boolean {
		return (((this.#bits[number >>> 3] as number) >>> (number & 7)) & 1) === 1;
	}

	/** @returns whether it was not marked before. */
	add(id: Uint8Array): boolean {
		const number = this.#table.find(id);
		if (number < 0) {
			this.missing.add(blobIdText(id));
			return false;
		}
		if (this.has(number)) {
			return false;
		}
		this.#bits[number >>> 3] = (this.#bits[number >>> 3] as number) | (1 << (number & 7));
		return true;
	}

	/** Numbers of all that are marked. */
	*numbers(): Generator<number> {
		for (let number = 0; number < this.#table.count; number++) {
			if (this.has(number)) {
				yield number;
			}
		}
	}
}

/**
 * Marks all that a listing needs: its head, its segments, and what its files hold.
 * @param onDamage - is told of a list of chunks that cannot be read; what lies below is not known then.
 * @throws what reading a segment throws.
 */
export async function markListing(
	marks: BlobMarks,
	listing: Listing,
	readBlob: (id: BlobId) => Promise<Uint8Array>,
	onDamage: (error: unknown) => void,
	signal?: AbortSignal,
): Promise<void> {
	marks.add(blobIdBytes(listing.id));
	for (const { id } of listing.segmentRefs()) {
		marks.add(blobIdBytes(id));
	}
	const cursor = listing.cursor();
	let count = 0;
	for (await cursor.load(); cursor.top !== undefined; cursor.next() || (await cursor.load())) {
		const kind = cursor.segment.kind(cursor.index);
		if (kind >= KIND_BLOB) {
			const id = cursor.segment.contentId(cursor.index);
			const isNew = marks.add(id);
			if (isNew && kind > KIND_BLOB) {
				await markChunks(marks, { id: blobIdText(id), level: kind - KIND_BLOB }, readBlob, onDamage);
			}
		}
		if (++count % BATCH === 0) {
			throwIfAborted(signal);
			await new Promise(setImmediate);
		}
	}
}

async function markChunks(
	marks: BlobMarks,
	content: { id: BlobId; level: number },
	readBlob: (id: BlobId) => Promise<Uint8Array>,
	onDamage: (error: unknown) => void,
): Promise<void> {
	try {
		for await (const id of blobsOfContent(readBlob, content)) {
			marks.add(blobIdBytes(id));
		}
	} catch (error) {
		onDamage(error);
	}
}
