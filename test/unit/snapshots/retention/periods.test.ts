import assert from 'node:assert/strict';
import { RetentionError } from '../../../../src/snapshots/retention/errors.ts';
import { calendarOf } from '../../../../src/snapshots/retention/periods.ts';

/** Hour, day, week, month and year of an instant. */
function check(timeZone: string, instant: string, expected: readonly string[]): void {
	const periodOf = calendarOf(timeZone);
	const atMs = Date.parse(instant);
	const rules = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
	assert.deepEqual(
		rules.map((rule) => periodOf(atMs, rule)),
		expected,
		`${instant} in ${timeZone}`,
	);
}

describe('The calendar of a time zone', () => {
	it('has the days that its wall clocks show', () => {
		check('UTC', '2026-03-05T23:59:59.999Z', ['2026-03-05T23+00:00', '2026-03-05', '2026-W10', '2026-03', '2026']);
		check('Asia/Tokyo', '2026-03-31T15:00:00Z', ['2026-04-01T00+09:00', '2026-04-01', '2026-W14', '2026-04', '2026']);
		check('Asia/Tokyo', '2026-03-31T14:59:59.999Z', ['2026-03-31T23+09:00', '2026-03-31', '2026-W14', '2026-03', '2026']);
		check('America/New_York', '2026-01-01T04:59:59Z', ['2025-12-31T23-05:00', '2025-12-31', '2026-W01', '2025-12', '2025']);
		check('Asia/Kathmandu', '2026-01-01T00:00:00Z', ['2026-01-01T05+05:45', '2026-01-01', '2026-W01', '2026-01', '2026']);
		check('Pacific/Kiritimati', '2026-02-28T10:00:00Z', ['2026-03-01T00+14:00', '2026-03-01', '2026-W09', '2026-03', '2026']);
	});

	it('counts weeks from Monday, in the year of their Thursday', () => {
		const week = (day: string): string => calendarOf('UTC')(Date.parse(`${day}T12:00:00Z`), 'weekly');
		assert.deepEqual(
			['2020-12-31', '2021-01-03', '2021-01-04', '2024-12-29', '2024-12-30', '2027-01-03', '1970-01-01', '2026-12-31'].map(week),
			['2020-W53', '2020-W53', '2021-W01', '2024-W52', '2025-W01', '2026-W53', '1970-W01', '2026-W53'],
		);
	});

	it('skips the hour that summer time takes, and counts the one it gives back twice', () => {
		const hours = (timeZone: string, from: string, count: number, stepMinutes = 60): string[] => {
			const periodOf = calendarOf(timeZone);
			return Array.from({ length: count }, (_, index) => periodOf(Date.parse(from) + index * stepMinutes * 60_000, 'hourly'));
		};
		assert.deepEqual(hours('Europe/Berlin', '2026-03-29T00:30:00Z', 2), ['2026-03-29T01+01:00', '2026-03-29T03+02:00']);
		assert.deepEqual(hours('Europe/Berlin', '2026-10-25T00:30:00Z', 2), ['2026-10-25T02+02:00', '2026-10-25T02+01:00']);
		assert.deepEqual(hours('America/New_York', '2026-11-01T05:30:00Z', 2), ['2026-11-01T01-04:00', '2026-11-01T01-05:00']);
		// Half an hour of summer time.
		assert.deepEqual(hours('Australia/Lord_Howe', '2026-04-04T14:45:00Z', 2, 30), ['2026-04-05T01+11:00', '2026-04-05T01+10:30']);
	});

	it('gives a day of 23 or 25 hours one name, and one only', () => {
		const days = (timeZone: string, from: string, hours: number): string[] => {
			const periodOf = calendarOf(timeZone);
			const start = Date.parse(from);
			return [...new Set(Array.from({ length: hours }, (_, hour) => periodOf(start + hour * 3_600_000, 'daily')))];
		};
		assert.deepEqual(days('Europe/Berlin', '2026-03-28T23:00:00Z', 23), ['2026-03-29']);
		assert.deepEqual(days('Europe/Berlin', '2026-10-24T22:00:00Z', 25), ['2026-10-25']);
		// Summer time begins at midnight: the day has no hour 0.
		assert.deepEqual(days('Africa/Cairo', '2026-04-23T22:00:00Z', 23), ['2026-04-24']);
		// The day that Samoa left out when it crossed the date line.
		assert.deepEqual(days('Pacific/Apia', '2011-12-30T09:00:00Z', 3), ['2011-12-29', '2011-12-31']);
	});

	it('refuses a zone that nobody knows', () => {
		for (const zone of ['Europe/Nowhere', '', '../etc', 'Mars']) {
			assert.throws(
				() => calendarOf(zone),
				(error) => RetentionError.is(error, 'TIME_ZONE_UNKNOWN'),
			);
		}
	});
});
