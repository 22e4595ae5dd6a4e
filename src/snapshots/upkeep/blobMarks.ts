import { blobIdText, type BlobId } from '../blobs/blobId.ts';
import type { BlobTable } from '../blobs/blobTable.ts';

/** Which blobs are needed, as one bit for each entry of the index. */
export class BlobMarks {
	/** The table whose entries are marked: an index that looks again may have another. */
	readonly table: BlobTable;
	#bits: Uint8Array;
	/** Needed, and in no pack. */
	readonly missing = new Set<BlobId>();

	constructor(table: BlobTable) {
		this.table = table;
		this.#bits = new Uint8Array(Math.ceil(table.count / 8));
	}

	has(number: number): boolean {
		return (((this.#bits[number >>> 3] ?? 0) >>> (number & 7)) & 1) === 1;
	}

	/** @returns whether it was not marked before. */
	add(id: Uint8Array): boolean {
		const number = this.table.find(id);
		if (number < 0) {
			this.missing.add(blobIdText(id));
			return false;
		}
		if (this.has(number)) {
			return false;
		}
		if (number >>> 3 >= this.#bits.length) {
			// The index has learned of more packs meanwhile.
			const larger = new Uint8Array(Math.ceil(this.table.count / 8) + 1024);
			larger.set(this.#bits);
			this.#bits = larger;
		}
		this.#bits[number >>> 3] = (this.#bits[number >>> 3] as number) | (1 << (number & 7));
		return true;
	}

	/** Numbers of all that are marked. */
	*numbers(): Generator<number> {
		for (let number = 0; number < this.table.count; number++) {
			if (this.has(number)) {
				yield number;
			}
		}
	}
}
