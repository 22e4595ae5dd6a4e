import { freeMemory } from '../freeMemory.ts';
import { BLOB_ID_BYTES } from './blobId.ts';

/** Where the bytes of a blob are: all numbers of a pack's directory entry, and which pack. */
export interface BlobLocation {
	/** Number of the pack, by the table's owner. */
	pack: number;
	/** Where the stored bytes begin in the pack, and how many they are. */
	offset: number;
	storedBytes: number;
	/** The stored bytes are a zstd frame, which may hold several blobs. */
	isCompressed: boolean;
	/** Where the blob begins in the decompressed frame; 0 when not compressed. */
	innerOffset: number;
	lengthBytes: number;
}

const PAGE = 16_384;
const NUMBERS = 5;
const COMPRESSED = 0x8000_0000;

/**
 * Blob id → location for millions of blobs: 52 bytes for each and about 16 for finding it. Open addressing over the id's own first bytes,
 * which are as good as random. Entries have numbers in the order of their addition.
 */
export class BlobTable {
	readonly #ids: Buffer[] = [];
	readonly #numbers: Uint32Array[] = [];
	/** Pairs of the id's first four bytes and the entry's number plus one; 0 is free. */
	#slots = new Uint32Array(2 * 1024);
	#mask = 1023;
	#count = 0;

	get count(): number {
		return this.#count;
	}

	/** The entry's number, or -1. @param id - holds the id from `at` on. */
	find(id: Uint8Array, at = 0): number {
		const tag = tagOf(id, at);
		const slots = this.#slots;
		for (let slot = tag & this.#mask; ; slot = (slot + 1) & this.#mask) {
			const entry = slots[2 * slot + 1] as number;
			if (entry === 0) {
				return -1;
			}
			if (slots[2 * slot] === tag && this.#isAt(entry - 1, id, at)) {
				return entry - 1;
			}
		}
	}

	/**
	 * Adds an entry; one that is there already stays as it is.
	 * @returns the entry's number, or -1 when it was there.
	 */
	add(id: Uint8Array, at: number, location: Readonly<BlobLocation>): number {
		if (2 * (this.#count + 1) > this.#mask) {
			this.#grow();
		}
		const tag = tagOf(id, at);
		let slot = tag & this.#mask;
		for (;;) {
			const entry = this.#slots[2 * slot + 1] as number;
			if (entry === 0) {
				break;
			}
			if (this.#slots[2 * slot] === tag && this.#isAt(entry - 1, id, at)) {
				return -1;
			}
			slot = (slot + 1) & this.#mask;
		}
		const number = this.#count++;
		const page = Math.floor(number / PAGE);
		if (page === this.#ids.length) {
			this.#ids.push(Buffer.allocUnsafeSlow(PAGE * BLOB_ID_BYTES));
			this.#numbers.push(new Uint32Array(PAGE * NUMBERS));
		}
		(this.#ids[page] as Buffer).set(id.subarray(at, at + BLOB_ID_BYTES), (number % PAGE) * BLOB_ID_BYTES);
		this.#slots[2 * slot] = tag;
		this.#slots[2 * slot + 1] = number + 1;
		this.relocate(number, location);
		return number;
	}

	/** Gives an entry another place. */
	relocate(number: number, location: Readonly<BlobLocation>): void {
		const numbers = this.#numbers[Math.floor(number / PAGE)] as Uint32Array;
		const at = (number % PAGE) * NUMBERS;
		numbers[at] = location.pack;
		numbers[at + 1] = location.offset;
		numbers[at + 2] = location.storedBytes + (location.isCompressed ? COMPRESSED : 0);
		numbers[at + 3] = location.innerOffset;
		numbers[at + 4] = location.lengthBytes;
	}

	location(number: number): BlobLocation {
		const numbers = this.#numbers[Math.floor(number / PAGE)] as Uint32Array;
		const at = (number % PAGE) * NUMBERS;
		const stored = numbers[at + 2] as number;
		return {
			pack: numbers[at] as number,
			offset: numbers[at + 1] as number,
			storedBytes: stored % COMPRESSED,
			isCompressed: stored >= COMPRESSED,
			innerOffset: numbers[at + 3] as number,
			lengthBytes: numbers[at + 4] as number,
		};
	}

	/** Only the number of the pack: for counting over all entries. */
	packOf(number: number): number {
		return (this.#numbers[Math.floor(number / PAGE)] as Uint32Array)[(number % PAGE) * NUMBERS] as number;
	}

	/** A view of the id in its binary form. */
	id(number: number): Buffer {
		const at = (number % PAGE) * BLOB_ID_BYTES;
		return (this.#ids[Math.floor(number / PAGE)] as Buffer).subarray(at, at + BLOB_ID_BYTES);
	}

	/** In plain steps: a call out of the language would cost more. */
	#isAt(number: number, id: Uint8Array, at: number): boolean {
		const ids = this.#ids[Math.floor(number / PAGE)] as Buffer;
		const start = (number % PAGE) * BLOB_ID_BYTES;
		for (let index = 0; index < BLOB_ID_BYTES; index++) {
			if (ids[start + index] !== id[at + index]) {
				return false;
			}
		}
		return true;
	}

	/** Ends the table's life, and gives its memory back. */
	dispose(): void {
		freeMemory([...this.#ids, ...this.#numbers, this.#slots]);
	}

	#grow(): void {
		const old = this.#slots;
		this.#mask = 2 * this.#mask + 1;
		this.#slots = new Uint32Array(2 * (this.#mask + 1));
		for (let from = 0; from < old.length; from += 2) {
			if (old[from + 1] !== 0) {
				let slot = (old[from] as number) & this.#mask;
				while (this.#slots[2 * slot + 1] !== 0) {
					slot = (slot + 1) & this.#mask;
				}
				this.#slots[2 * slot] = old[from] as number;
				this.#slots[2 * slot + 1] = old[from + 1] as number;
			}
		}
		freeMemory([old]);
	}
}

function tagOf(id: Uint8Array, at: number): number {
	return (((id[at] as number) << 24) | ((id[at + 1] as number) << 16) | ((id[at + 2] as number) << 8) | (id[at + 3] as number)) >>> 0;
}
