import { KiB, viewOf } from '../base/index.ts';
import { limitExceeded } from './errors.ts';
import { MAX_ENCODED_BYTES } from './limits.ts';

/** A growing byte array with big-endian writers. Refuses to grow beyond MAX_ENCODED_BYTES. */
export class ByteSink {
	#bytes = new Uint8Array(4 * KiB);
	#view = viewOf(this.#bytes);
	#length = 0;

	/** Bytes written so far. */
	get length(): number {
		return this.#length;
	}

	/** Appends raw bytes. */
	bytes(bytes: Uint8Array): void {
		const at = this.#reserve(bytes.length);
		this.#bytes.set(bytes, at);
	}

	/** Appends an unsigned integer of 1 to 8 bytes; `value` is exact up to 2^53. */
	uint(value: number, size: number): void {
		const at = this.#reserve(size);
		let rest = value;
		for (let i = size - 1; i >= 0; i--) {
			this.#bytes[at + i] = rest % 256;
			rest = Math.floor(rest / 256);
		}
	}

	/** Appends 8 bytes; `value` is in the signed 64-bit range. */
	bigInt64(value: bigint): void {
		const at = this.#reserve(8);
		this.#view.setBigInt64(at, value);
	}

	/** Appends 8 bytes. */
	float64(value: number): void {
		const at = this.#reserve(8);
		this.#view.setFloat64(at, value);
	}

	/** Appends one byte per character; the caller knows that all are ASCII. */
	ascii(text: string): void {
		const at = this.#reserve(text.length);
		for (let i = 0; i < text.length; i++) {
			this.#bytes[at + i] = text.charCodeAt(i);
		}
	}

	/** Appends UTF-16 units, unpaired surrogates included. */
	utf16(text: string): void {
		const at = this.#reserve(2 * text.length);
		for (let i = 0; i < text.length; i++) {
			this.#view.setUint16(at + 2 * i, text.charCodeAt(i));
		}
	}

	/** The bytes, in memory of just their size. */
	finish(): Uint8Array {
		return this.#bytes.slice(0, this.#length);
	}

	/** Makes room for `count` bytes; returns where they start. */
	#reserve(count: number): number {
		const start = this.#length;
		const needed = start + count;
		if (needed > MAX_ENCODED_BYTES) {
			throw limitExceeded('maxBytes', MAX_ENCODED_BYTES);
		}
		if (needed > this.#bytes.length) {
			const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
			grown.set(this.#bytes.subarray(0, start));
			this.#bytes = grown;
			this.#view = viewOf(grown);
		}
		this.#length = needed;
		return start;
	}
}
