import type { OversizedValue, SqliteValue } from '../sqlite/safeDatabase.ts';

type Cell = SqliteValue | OversizedValue | undefined;

/** A text that is not empty. */
export function textOf(value: Cell): string | undefined {
	return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A number; 0 for everything else. */
export function numberOf(value: Cell): number {
	return typeof value === 'number' ? value : typeof value === 'bigint' ? Number(value) : 0;
}

/** Data. */
export function dataOf(value: Cell): Uint8Array | undefined {
	return value instanceof Uint8Array ? value : undefined;
}

/** Seconds from 1970 to 2001, where times of Apple's databases start. */
const APPLE_EPOCH_SECONDS = 978_307_200;

/** Later than this many seconds after 2001 is no time of day, but a count of nanoseconds. */
const NANOSECONDS_FROM = 1e11;

/** A time in seconds, or nanoseconds as messages have since iOS 11, after 2001; undefined for none, and for what no calendar holds. */
export function appleTime(value: Cell): Date | undefined {
	const number = numberOf(typeof value === 'string' ? Number(value) : value);
	if (number === 0 || !Number.isFinite(number)) {
		return undefined;
	}
	const seconds = Math.abs(number) > NANOSECONDS_FROM ? number / 1e9 : number;
	const date = new Date((seconds + APPLE_EPOCH_SECONDS) * 1000);
	return Number.isNaN(date.getTime()) ? undefined : date;
}
