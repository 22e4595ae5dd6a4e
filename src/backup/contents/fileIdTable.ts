import { BackupError } from '../errors.ts';

/**
 * File IDs by number, 20 bytes each, and found by their hash: 500,000 of them take some 15 MB, where strings in a map take a hundred.
 */
export class FileIdTable {
	#bytes = Buffer.alloc(ID_BYTES * 1024);
	#count = 0;
	#slots = new Int32Array(0);

	get count(): number {
		return this.#count;
	}

	/** Adds one as the next number. @param fileId - checked to be 40 hex digits. @throws BackupError `DAMAGED_MANIFEST` - there are too many. */
	push(fileId: string): void {
		if ((this.#count + 1) * ID_BYTES > this.#bytes.length) {
			if (this.#count >= MAX_IDS) {
				throw new BackupError('DAMAGED_MANIFEST', `The manifest has more than ${MAX_IDS} rows.`);
			}
			// Half as much again: doubling would leave half of a gigabyte empty in the worst case.
			const grown = Buffer.alloc(Math.ceil((this.#count * 1.5) / 1024) * 1024 * ID_BYTES);
			this.#bytes.copy(grown);
			this.#bytes = grown;
		}
		this.#bytes.write(fileId, this.#count * ID_BYTES, 'hex');
		this.#count++;
	}

	/** Makes them findable; call it once all are there. */
	seal(): void {
		const size = 2 ** Math.ceil(Math.log2(Math.max(16, this.#count * 2)));
		this.#slots = new Int32Array(size).fill(-1);
		for (let number = 0; number < this.#count; number++) {
			let slot = this.#bytes.readUInt32LE(ID_BYTES * number) & (size - 1);
			while (this.#slots[slot] !== -1) {
				slot = (slot + 1) & (size - 1);
			}
			this.#slots[slot] = number;
		}
	}

	/** The number of a file ID of 40 hex digits; undefined when there is none. Of two with one ID the first. */
	find(fileId: string): number | undefined {
		if (wanted.write(fileId, 0, 'hex') !== ID_BYTES || fileId.length !== 2 * ID_BYTES) {
			return undefined;
		}
		const mask = this.#slots.length - 1;
		for (let slot = wanted.readUInt32LE(0) & mask; ; slot = (slot + 1) & mask) {
			const number = this.#slots[slot] ?? -1;
			if (number === -1) {
				return undefined;
			}
			if (this.#bytes.compare(wanted, 0, ID_BYTES, ID_BYTES * number, ID_BYTES * (number + 1)) === 0) {
				return number;
			}
		}
	}

	at(number: number): string {
		return this.#bytes.toString('hex', ID_BYTES * number, ID_BYTES * (number + 1));
	}
}

const ID_BYTES = 20;

/** A hundred times what the largest phones have; a table of them fits in 2 GiB. */
const MAX_IDS = 100_000_000;

/** Scratch of `find`, which runs to its end before anything else does. */
const wanted = Buffer.alloc(ID_BYTES);
