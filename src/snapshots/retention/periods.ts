import { RetentionError } from './errors.ts';
import type { KeepRule } from './policy.ts';

/** A rule that counts periods of the calendar. */
export type PeriodRule = Exclude<KeepRule, 'last'>;

/** Names the calendar period that an instant lies in: `2026-03-29T02+02:00`, `2026-03-29`, `2026-W13`, `2026-03`, `2026`. */
export type PeriodOf = (atMs: number, rule: PeriodRule) => string;

const DAY_MS = 24 * 60 * 60 * 1000;
const MINUTE_MS = 60 * 1000;

/**
 * The calendar of a time zone. Days, weeks (ISO 8601, from Monday), months and years are those on the wall there, however many hours a day has.
 * Hours carry their distance to UTC, so the hour that the end of summer time repeats counts as two, as it was lived.
 *
 * @param timeZone - an IANA name such as `Europe/Berlin`.
 * @throws RetentionError `TIME_ZONE_UNKNOWN` - the platform knows no such zone.
 */
export function calendarOf(timeZone: string): PeriodOf {
	const wallClock = wallClockOf(timeZone);
	// Each snapshot is asked for by every rule in turn, and the platform's answer takes 20 µs.
	const wallTimes = new Map<number, number>();
	return (atMs, rule) => {
		let wallMs = wallTimes.get(atMs);
		if (wallMs === undefined) {
			wallMs = wallClock(atMs);
			wallTimes.set(atMs, wallMs);
		}
		return nameOf(rule, wallMs, wallMs - atMs);
	};
}

/** The instant at which a clock in UTC would show what the zone's clock shows, to the second. */
function wallClockOf(timeZone: string): (atMs: number) => number {
	let format: Intl.DateTimeFormat;
	try {
		format = new Intl.DateTimeFormat('en-US-u-ca-iso8601-nu-latn', {
			timeZone,
			hourCycle: 'h23',
			year: 'numeric',
			month: 'numeric',
			day: 'numeric',
			hour: 'numeric',
			minute: 'numeric',
			second: 'numeric',
		});
	} catch (error) {
		throw new RetentionError('TIME_ZONE_UNKNOWN', `There is no time zone "${timeZone}".`, { details: { timeZone }, cause: error });
	}
	return (atMs) => {
		const found = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
		const part = (type: Intl.DateTimeFormatPartTypes): number => found.get(type) ?? 0;
		return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
	};
}

function nameOf(rule: PeriodRule, wallMs: number, offsetMs: number): string {
	const iso = new Date(wallMs).toISOString();
	switch (rule) {
		case 'hourly':
			return iso.slice(0, 13) + offsetText(offsetMs);
		case 'daily':
			return iso.slice(0, 10);
		case 'weekly':
			return weekText(wallMs);
		case 'monthly':
			return iso.slice(0, 7);
		case 'yearly':
			return iso.slice(0, 4);
	}
}

/** ISO 8601: a week belongs to the year that its Thursday lies in. */
function weekText(wallMs: number): string {
	const days = Math.floor(wallMs / DAY_MS);
	// 1970-01-01 was a Thursday.
	const sinceMonday = (((days + 3) % 7) + 7) % 7;
	const thursday = new Date((days - sinceMonday + 3) * DAY_MS);
	const year = thursday.getUTCFullYear();
	const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / DAY_MS / 7) + 1;
	return `${year}-W${String(week).padStart(2, '0')}`;
}

/** Rounded to minutes: the wall clock was read to the second, the instant has milliseconds. */
function offsetText(offsetMs: number): string {
	const minutes = Math.round(offsetMs / MINUTE_MS);
	const absolute = Math.abs(minutes);
	const two = (value: number): string => String(value).padStart(2, '0');
	return `${minutes < 0 ? '-' : '+'}${two(Math.floor(absolute / 60))}:${two(absolute % 60)}`;
}
