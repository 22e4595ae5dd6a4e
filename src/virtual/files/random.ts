/** A well-mixed 32-bit hash of a text: FNV-1a over its UTF-16 units with a finalizer. Stable across versions: seeds depend on it. */
export function hash32(text: string, seed = 0): number {
	let hash = (0x811c9dc5 ^ seed) >>> 0;
	for (let index = 0; index < text.length; index++) {
		hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
	}
	return finalize(hash);
}

/** One 32-bit number from two, so that neighbours in either give unrelated results. */
export function mix32(first: number, second: number): number {
	return finalize(Math.imul(first ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(second + 0x7f4a7c15, 0xc2b2ae35));
}

/** A repeatable source of numbers: the same seed gives the same sequence on every machine. Not for keys. */
export class Random {
	#a: number;
	#b: number;
	#c: number;
	#counter = 1;

	constructor(seed: string | number) {
		const start = typeof seed === 'string' ? hash32(seed) : seed >>> 0;
		this.#a = mix32(start, 1);
		this.#b = mix32(start, 2);
		this.#c = mix32(start, 3);
		for (let round = 0; round < 8; round++) {
			this.next();
		}
	}

	/** The next number, 0 … 2^32 − 1 (the generator known as sfc32). */
	next(): number {
		const result = (this.#a + this.#b + this.#counter++) | 0;
		this.#a = this.#b ^ (this.#b >>> 9);
		this.#b = (this.#c + (this.#c << 3)) | 0;
		this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
		return result >>> 0;
	}

	/** A whole number, 0 … `bound` − 1. */
	below(bound: number): number {
		return Math.floor((this.next() / 2 ** 32) * bound);
	}

	/** A whole number, `low` … `high`, both included. */
	between(low: number, high: number): number {
		return low + this.below(high - low + 1);
	}

	/** True in `share` of all cases. */
	chance(share: number): boolean {
		return this.next() < share * 2 ** 32;
	}

	/** One element. The list must not be empty. */
	pick<T>(list: readonly T[]): T {
		return list[this.below(list.length)] as T;
	}

	/** A weight as sizes of files have them: many small, few large (log-normal, median 1). */
	weight(spread: number): number {
		const u = (this.next() + 1) / (2 ** 32 + 1);
		const v = this.next() / 2 ** 32;
		return Math.exp(spread * Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v));
	}

	/** Upper-case UUID. */
	uuid(): string {
		const hex = [this.next(), this.next(), this.next(), this.next()]
			.map((word) => word.toString(16).padStart(8, '0'))
			.join('')
			.toUpperCase();
		return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-A${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
	}
}

function finalize(value: number): number {
	let hash = value;
	hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
	hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
	return (hash ^ (hash >>> 16)) >>> 0;
}
