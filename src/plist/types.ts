/**
 * A value of a property list.
 *
 * - integers are `number` when safe, else `bigint` (signed, at most 128 bits);
 * - reals are plain `number` when parsed; {@link PlistReal} forces a real when writing;
 * - data is a `Uint8Array` that owns its memory;
 * - sets of the binary form are arrays.
 */
export type PlistValue = string | number | bigint | boolean | Date | Uint8Array | PlistUid | PlistReal | PlistValue[] | PlistDict;

/**
 * A dictionary. Parsed ones have a null prototype, so that `__proto__` and `constructor` are keys like any other.
 * Keys keep the order of the document, save that JavaScript lists keys that look like array indexes (`0`, `17`) first.
 */
export interface PlistDict {
	[key: string]: PlistValue;
}

/**
 * A reference of a keyed archive: an index into `$objects`, which is not an integer.
 * The XML form is Apple's dictionary with the single key `CF$UID`; both directions convert it.
 */
export class PlistUid {
	readonly value: number;

	/** @param value - 0…2^32-1, as in the keyed archiver's own. */
	constructor(value: number) {
		this.value = value;
	}
}

/**
 * Marks a number that is a real even when it is whole: progress (`0.0`), versions (`2.0`).
 * Some peers refuse or misread an integer in such a place. Parsing gives plain numbers.
 */
export class PlistReal {
	readonly value: number;

	constructor(value: number) {
		this.value = value;
	}
}
