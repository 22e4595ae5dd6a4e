import { CHUNK_LIST_PARTS, ChunkListBuilder } from './chunkList.ts';
import { MAX_WINDOW_BYTES, splittingFor, SPLITTING_HEAD_BYTES, type Splitting } from './splitting.ts';

/** Where blobs go. */
export interface BlobSink {
	/** Keeps the bytes, unless they are known already, and returns their id. The array may be used again afterwards. */
	store(bytes: Uint8Array): Buffer;
}

/** What a content of unknown length came to. */
export interface WrittenContent {
	/** Of the blob, or of the list at the top; undefined for an empty content. */
	readonly id: Buffer | undefined;
	/** As in a ContentRef. */
	readonly level: number;
	readonly sizeBytes: number;
}

/**
 * Takes contents, one after the other, in portions of any size, and splits them into blobs. Holds one window at a time. Synchronous, for use
 * in a worker.
 */
export class ContentWriter {
	readonly #sink: BlobSink;
	readonly #window = Buffer.allocUnsafeSlow(MAX_WINDOW_BYTES);
	readonly #lists: ChunkListBuilder[] = [];
	#splitting: Splitting | undefined;
	#filled = 0;
	#sizeBytes = 0;

	constructor(sink: BlobSink) {
		this.#sink = sink;
	}

	/** Begins a content; what was written of one that was not finished is dropped. */
	begin(): void {
		this.#lists.length = 0;
		this.#splitting = undefined;
		this.#filled = 0;
		this.#sizeBytes = 0;
	}

	write(bytes: Uint8Array): void {
		for (let taken = 0; taken < bytes.length;) {
			if (this.#splitting === undefined && this.#filled >= SPLITTING_HEAD_BYTES) {
				this.#splitting = splittingFor(this.#window.subarray(0, this.#filled));
			}
			const limit = this.#splitting?.windowBytes ?? SPLITTING_HEAD_BYTES;
			if (this.#splitting !== undefined && this.#filled === limit) {
				this.#flush(this.#splitting);
			}
			const part = bytes.subarray(taken, taken + limit - this.#filled);
			this.#window.set(part, this.#filled);
			this.#filled += part.length;
			this.#sizeBytes += part.length;
			taken += part.length;
		}
	}

	/** The content is complete. */
	finish(): WrittenContent {
		const sizeBytes = this.#sizeBytes;
		let id: Buffer | undefined;
		let level = 0;
		if (this.#lists.length > 0) {
			this.#flush(this.#splitting as Splitting);
			id = this.#finishLists();
			level = this.#lists.length;
		} else if (sizeBytes > 0) {
			id = this.#sink.store(this.#window.subarray(0, this.#filled));
		}
		this.begin();
		return { id, level, sizeBytes };
	}

	/** Stores the window's pieces. It is not called for content that ends within its first window: that stays one blob. */
	#flush(splitting: Splitting): void {
		const start = this.#sizeBytes - this.#filled;
		for (let at = 0; at < this.#filled;) {
			const end = Math.min(this.#filled, at + splitting.pieceBytes(start + at));
			this.#addPart(0, this.#sink.store(this.#window.subarray(at, end)), end - at);
			at = end;
		}
		this.#filled = 0;
	}

	/** @param index - of the list in `#lists`: its level is one more. */
	#addPart(index: number, id: Buffer, sizeBytes: number): void {
		const list = (this.#lists[index] ??= new ChunkListBuilder(index + 1));
		if (list.count === CHUNK_LIST_PARTS) {
			const full = this.#sink.store(list.bytes);
			this.#addPart(index + 1, full, list.sizeBytes);
			list.clear();
		}
		list.add(id, sizeBytes);
	}

	#finishLists(): Buffer {
		for (let index = 0; ; index++) {
			const list = this.#lists[index] as ChunkListBuilder;
			const id = this.#sink.store(list.bytes);
			if (index === this.#lists.length - 1) {
				return id;
			}
			this.#addPart(index + 1, id, list.sizeBytes);
		}
	}
}
