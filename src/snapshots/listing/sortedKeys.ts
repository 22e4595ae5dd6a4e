import { compareKeys, FILE_ID_BYTES, type PathKey } from './pathKey.ts';
import type { Segment } from './segment.ts';

/** Keys in the order of listings, 20 bytes for each file id. */
export class SortedKeys {
	readonly #texts: Buffer[] = [];
	#ids = Buffer.alloc(1024 * FILE_ID_BYTES);
	#idCount = 0;

	get count(): number {
		return this.#texts.length + this.#idCount;
	}

	/** @param number - from 0 up to `count`. */
	at(number: number): PathKey {
		const id = number - this.#texts.length;
		return id < 0
			? { isFileId: false, bytes: this.#texts[number] as Buffer }
			: { isFileId: true, bytes: this.#ids.subarray(id * FILE_ID_BYTES, (id + 1) * FILE_ID_BYTES) };
	}

	/** Adds one behind all others. The bytes are copied. */
	push({ isFileId, bytes }: PathKey): void {
		if (!isFileId) {
			this.#texts.push(Buffer.from(bytes));
			return;
		}
		if ((this.#idCount + 1) * FILE_ID_BYTES > this.#ids.length) {
			const larger = Buffer.alloc(2 * this.#ids.length);
			this.#ids.copy(larger);
			this.#ids = larger;
		}
		this.#ids.set(bytes, this.#idCount * FILE_ID_BYTES);
		this.#idCount++;
	}

	/** The keys that are in both. */
	intersect(other: SortedKeys): SortedKeys {
		const both = new SortedKeys();
		for (let a = 0, b = 0; a < this.count && b < other.count;) {
			const order = compareKeys(this.at(a), other.at(b));
			if (order === 0) {
				both.push(this.at(a));
			}
			a += Number(order <= 0);
			b += Number(order >= 0);
		}
		return both;
	}
}

/** Goes through sorted keys beside something else that has the same order. */
export class KeyWalk {
	readonly #keys: SortedKeys;
	#next = 0;

	constructor(keys: SortedKeys) {
		this.#keys = keys;
	}

	/**
	 * Whether the entry's key is among the keys; entries are asked for in their order.
	 * @param onSkipped - is told of keys that come before it.
	 */
	has(segment: Segment, index: number, onSkipped: (key: PathKey) => void): boolean {
		while (this.#next < this.#keys.count) {
			const key = this.#keys.at(this.#next);
			const order = segment.compareTo(index, key);
			if (order < 0) {
				return false;
			}
			this.#next++;
			if (order === 0) {
				return true;
			}
			onSkipped(key);
		}
		return false;
	}

	/** The keys behind the last one that was asked for. */
	*rest(): Generator<PathKey> {
		while (this.#next < this.#keys.count) {
			yield this.#keys.at(this.#next++);
		}
	}
}
