import { createCipheriv, createHash } from 'node:crypto';

/** Numbers and bytes that follow from a seed alone, so that every run and every tool gets the same tree. */
export class SeededRandom {
	readonly #cipher: ReturnType<typeof createCipheriv>;
	#pool: Buffer = Buffer.alloc(0);
	#at = 0;

	constructor(seed: string) {
		const key = createHash('sha256').update(seed).digest();
		this.#cipher = createCipheriv('aes-128-ctr', key.subarray(0, 16), key.subarray(16));
	}

	/** Bytes that nothing compresses. */
	bytes(count: number): Buffer {
		return this.#cipher.update(Buffer.alloc(count));
	}

	/** A fraction, at least 0 and below 1. */
	next(): number {
		if (this.#at + 4 > this.#pool.length) {
			this.#pool = this.bytes(4096);
			this.#at = 0;
		}
		const value = this.#pool.readUInt32LE(this.#at);
		this.#at += 4;
		return value / 2 ** 32;
	}

	/** A whole number below `bound`. */
	below(bound: number): number {
		return Math.floor(this.next() * bound);
	}

	pick<T>(values: readonly T[]): T {
		return values[this.below(values.length)] as T;
	}
}
