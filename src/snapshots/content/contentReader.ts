import type { BlobId } from '../blobs/blobId.ts';
import { StoreError } from '../errors.ts';
import type { ContentRef } from '../listing/entry.ts';
import { decodeChunkList } from './chunkList.ts';

/** A blob's checked bytes. */
export type ReadBlob = (id: BlobId) => Promise<Uint8Array>;

/** Chunks that are fetched ahead while one is used. */
const AHEAD = 3;

/**
 * The bytes of a content in portions of at most a blob, each checked before it is handed out.
 * @throws StoreError `BLOB_MISSING`, `BLOB_DAMAGED`; `STORE_DAMAGED` - the parts do not add up to the size.
 */
export async function* readContent(readBlob: ReadBlob, content: ContentRef | undefined, sizeBytes: number): AsyncGenerator<Uint8Array> {
	if (content?.level === 0) {
		const bytes = await readBlob(content.id);
		if (bytes.length !== sizeBytes) {
			throw wrongSize();
		}
		yield bytes;
		return;
	}
	let total = 0;
	const queue: Promise<Uint8Array>[] = [];
	try {
		for await (const id of content === undefined ? [] : chunkIds(readBlob, content)) {
			const bytes = readBlob(id);
			// Whoever awaits it sees the failure; until then nobody may be told that it was not handled.
			bytes.catch(() => undefined);
			queue.push(bytes);
			if (queue.length > AHEAD) {
				const portion = await (queue.shift() as Promise<Uint8Array>);
				total = checkTotal(total + portion.length, sizeBytes);
				yield portion;
			}
		}
		for (const bytes of queue.splice(0)) {
			const portion = await bytes;
			total = checkTotal(total + portion.length, sizeBytes);
			yield portion;
		}
	} finally {
		await Promise.allSettled(queue);
	}
	if (total !== sizeBytes) {
		throw wrongSize();
	}
}

/** The blobs that hold the content's bytes, in order. */
export async function* chunkIds(readBlob: ReadBlob, content: ContentRef): AsyncGenerator<BlobId> {
	if (content.level === 0) {
		yield content.id;
		return;
	}
	for (const { id } of decodeChunkList(await readBlob(content.id), content.level).parts) {
		// A generator for each of thousands of chunks would take most of the time.
		if (content.level === 1) {
			yield id;
		} else {
			yield* chunkIds(readBlob, { id, level: content.level - 1 });
		}
	}
}

/** All blobs of a content, its lists among them. */
export async function* blobsOfContent(readBlob: ReadBlob, content: ContentRef): AsyncGenerator<BlobId> {
	yield content.id;
	if (content.level > 0) {
		for (const { id } of decodeChunkList(await readBlob(content.id), content.level).parts) {
			yield* blobsOfContent(readBlob, { id, level: content.level - 1 });
		}
	}
}

/** A list that names its chunks over and over would go on for ever otherwise. */
function checkTotal(total: number, sizeBytes: number): number {
	if (total > sizeBytes) {
		throw wrongSize();
	}
	return total;
}

/** What is said of a content whose parts do not add up to its size. */
export function wrongSize(): StoreError {
	return new StoreError('STORE_DAMAGED', 'A file has another size than its listing says.', { details: { what: 'content' } });
}
