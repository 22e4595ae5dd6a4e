import { PlistReal, PlistUid, type PlistDict, type PlistValue } from './types.ts';

// What a peer or a file says is checked field by field. Each getter gives `undefined` when the key is absent, when the value is of
// another type, and when `container` is no dictionary at all; what that means is the caller's to say.

/** True for a dictionary: not an array, date, data, UID or real. */
export function isDict(value: unknown): value is PlistDict {
	return (
		typeof value === 'object' &&
		value !== null &&
		!Array.isArray(value) &&
		!(value instanceof Date) &&
		!(value instanceof Uint8Array) &&
		!(value instanceof PlistUid) &&
		!(value instanceof PlistReal)
	);
}

/** The value of any type under `key`; inherited properties are not seen. */
export function getValue(container: unknown, key: string): PlistValue | undefined {
	return isDict(container) && Object.hasOwn(container, key) ? container[key] : undefined;
}

/** The string under `key`. */
export function getString(container: unknown, key: string): string | undefined {
	const value = getValue(container, key);
	return typeof value === 'string' ? value : undefined;
}

/** The number under `key`, integer or real. Integers beyond 2^53 are no `number`: see {@link getInteger}. */
export function getNumber(container: unknown, key: string): number | undefined {
	const value = getValue(container, key);
	if (value instanceof PlistReal) {
		return value.value;
	}
	return typeof value === 'number' ? value : undefined;
}

/** The integer of any size under `key`; a real with a fraction is none. */
export function getInteger(container: unknown, key: string): number | bigint | undefined {
	const value = getValue(container, key);
	return typeof value === 'bigint' || Number.isSafeInteger(value) ? (value as number | bigint) : undefined;
}

/** The boolean under `key`. */
export function getBoolean(container: unknown, key: string): boolean | undefined {
	const value = getValue(container, key);
	return typeof value === 'boolean' ? value : undefined;
}

/** The bytes under `key`. */
export function getData(container: unknown, key: string): Uint8Array | undefined {
	const value = getValue(container, key);
	return value instanceof Uint8Array ? value : undefined;
}

/** The dictionary under `key`. */
export function getDict(container: unknown, key: string): PlistDict | undefined {
	const value = getValue(container, key);
	return isDict(value) ? value : undefined;
}

/** The array under `key`; its elements are still unchecked. */
export function getArray(container: unknown, key: string): PlistValue[] | undefined {
	const value = getValue(container, key);
	return Array.isArray(value) ? value : undefined;
}

/** The date under `key`. */
export function getDate(container: unknown, key: string): Date | undefined {
	const value = getValue(container, key);
	return value instanceof Date ? value : undefined;
}
