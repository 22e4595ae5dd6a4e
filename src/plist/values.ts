import { limitExceeded, notEncodable } from './errors.ts';
import { MAX_INTEGER, MIN_INTEGER } from './integers.ts';
import { DEFAULT_LIMITS, MAX_DEPTH } from './limits.ts';
import { PlistReal, PlistUid, type PlistDict, type PlistValue } from './types.ts';

/** What a value is to an encoder; numbers are already told apart. */
export type Classified =
	| { kind: 'string'; value: string }
	| { kind: 'integer'; value: number | bigint }
	| { kind: 'real'; value: number }
	| { kind: 'boolean'; value: boolean }
	| { kind: 'date'; value: Date }
	| { kind: 'data'; value: Uint8Array }
	| { kind: 'uid'; value: number }
	| { kind: 'array'; value: readonly PlistValue[] }
	| { kind: 'dict'; value: PlistDict };

/**
 * Checks and classifies one value before it is written.
 *
 * Whole numbers in the safe range are integers. Other numbers are reals: beyond 2^53 a `number` is not an exact integer;
 * who means one passes a `bigint`.
 *
 * @throws PlistError `NOT_ENCODABLE` - not a property list value, an invalid date, an integer beyond 128 bits.
 */
export function classify(value: unknown, path: readonly string[]): Classified {
	switch (typeof value) {
		case 'string':
			return { kind: 'string', value };
		case 'number':
			return { kind: Number.isSafeInteger(value) ? 'integer' : 'real', value };
		case 'boolean':
			return { kind: 'boolean', value };
		case 'bigint':
			if (value < MIN_INTEGER || value > MAX_INTEGER) {
				throw notEncodable('an integer of more than 128 bits', path);
			}
			return { kind: 'integer', value };
		case 'object':
			return classifyObject(value, path);
		default:
			throw notEncodable(`a value of type ${typeof value}`, path);
	}
}

function classifyObject(value: object | null, path: readonly string[]): Classified {
	if (value === null) {
		throw notEncodable('null', path);
	}
	if (Array.isArray(value)) {
		return { kind: 'array', value: value as PlistValue[] };
	}
	if (value instanceof Uint8Array) {
		return { kind: 'data', value };
	}
	if (value instanceof Date) {
		if (Number.isNaN(value.getTime())) {
			throw notEncodable('an invalid date', path);
		}
		return { kind: 'date', value };
	}
	if (value instanceof PlistReal) {
		return { kind: 'real', value: value.value };
	}
	if (value instanceof PlistUid) {
		if (!Number.isInteger(value.value) || value.value < 0 || value.value > 0xffff_ffff) {
			throw notEncodable('a UID out of range', path);
		}
		return { kind: 'uid', value: value.value };
	}
	const prototype: unknown = Object.getPrototypeOf(value);
	// Any realm's Object.prototype has a null prototype itself; Map and class instances are a caller's mistake, not a dictionary.
	if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
		throw notEncodable('an object that is not a plain dictionary', path);
	}
	return { kind: 'dict', value: value as PlistDict };
}

/** Keeps an encoder within the limits that the parsers set by default, so that what is written can be read; ends cycles too. */
export class EncodeBudget {
	readonly path: string[] = [];
	#objects = 0;

	/** Counts `count` values or keys. @throws PlistError `LIMIT_EXCEEDED`. */
	spend(count = 1): void {
		this.#objects += count;
		if (this.#objects > DEFAULT_LIMITS.maxObjects) {
			throw limitExceeded('maxObjects', DEFAULT_LIMITS.maxObjects);
		}
	}

	/** Checks that a container at the current path is not too deep. @throws PlistError `LIMIT_EXCEEDED`. */
	enter(): void {
		if (this.path.length >= MAX_DEPTH) {
			throw limitExceeded('maxDepth', MAX_DEPTH);
		}
	}
}
