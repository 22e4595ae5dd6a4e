import { foldInteger, MAX_INTEGER, MIN_INTEGER } from './integers.ts';

// Readers return undefined for text that is not of the type; the caller knows where it stands.

/** 2^127 has 39 decimal digits. The bound also keeps the quadratic conversion of long numbers away from hostile text. */
const longestInteger = 64;
/** The largest double has 309 digits before its point when written without an exponent, the smallest 1074 after it. */
const longestReal = 1536;

/** `<integer>`: decimal or hexadecimal, signed; at most 128 bits. */
export function readInteger(text: string): number | bigint | undefined {
	const trimmed = text.trim();
	const match = trimmed.length > longestInteger ? null : /^([+-]?)(0[xX][0-9a-fA-F]+|[0-9]+)$/.exec(trimmed);
	const digits = match?.[2];
	if (match === null || digits === undefined) {
		return undefined;
	}
	const isNegative = match[1] === '-';
	if (digits.length <= 12) {
		const number = Number(digits);
		return isNegative && number !== 0 ? -number : number;
	}
	const value = isNegative ? -BigInt(digits) : BigInt(digits);
	return value < MIN_INTEGER || value > MAX_INTEGER ? undefined : foldInteger(value);
}

/** `<real>`: decimal with exponent, and the spellings of infinity and not-a-number that writers use. */
export function readReal(text: string): number | undefined {
	const trimmed = text.trim();
	if (trimmed.length > longestReal) {
		return undefined;
	}
	if (/^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(trimmed)) {
		return Number(trimmed);
	}
	switch (trimmed.toLowerCase()) {
		case 'nan':
		case '+nan':
		case '-nan':
			return NaN;
		case 'inf':
		case '+inf':
		case 'infinity':
		case '+infinity':
			return Infinity;
		case '-inf':
		case '-infinity':
			return -Infinity;
		default:
			return undefined;
	}
}

/** `<real>` text that every reader takes for a real: with a point or an exponent. The words are Apple's. */
export function writeReal(value: number): string {
	if (Number.isNaN(value)) {
		return 'nan';
	}
	if (!Number.isFinite(value)) {
		return value > 0 ? '+infinity' : '-infinity';
	}
	const text = Object.is(value, -0) ? '-0' : String(value);
	return /[.e]/.test(text) ? text : `${text}.0`;
}

/** `<date>`: `2024-02-29T12:34:56Z`; a fraction of seconds and a missing `Z` are tolerated, the time is always UTC. */
export function readDate(text: string): Date | undefined {
	const match = /^([+-]?[0-9]{1,6})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(\.[0-9]{1,9})?Z?$/.exec(text.trim());
	if (match === null) {
		return undefined;
	}
	const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, fraction = 0] = match.slice(1).map((part) => Number(part ?? 0));
	if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 60) {
		return undefined;
	}
	const date = new Date(0);
	// Not Date.UTC, which takes the years 0…99 for 1900…1999. Apple's "distant past" is in year 1.
	date.setUTCFullYear(year, month - 1, day);
	date.setUTCHours(hour, minute, second, Math.floor(fraction * 1000));
	return Number.isNaN(date.getTime()) ? undefined : date;
}

/** `<date>` text; whole seconds, as the format has no fraction: earlier milliseconds are dropped. */
export function writeDate(date: Date): string {
	const year = date.getUTCFullYear();
	const digits = String(Math.abs(year)).padStart(4, '0');
	const two = (part: number): string => String(part).padStart(2, '0');
	const day = `${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
	const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
	return `${year < 0 ? '-' : ''}${digits}-${day}T${time}Z`;
}
