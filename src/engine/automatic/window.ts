import type { TimeWindow } from '../../contract/index.ts';

/** Whether a window of the day is open, and when that changes. */
export interface WindowState {
	readonly isOpen: boolean;
	/** When it closes, or opens next; milliseconds since 1970. Infinity for a window that is the whole day. */
	readonly changesAtMs: number;
}

/** A window that a change of the clocks leaves no room for on one day is there on another one. */
const DAYS_AHEAD = 4;

/**
 * Where a moment stands in a window of local time. Where the clocks change, times of day that do not exist are taken as the moment as long
 * after midnight as they say, and of those that come twice the first counts.
 */
export function windowAt({ fromMinute, toMinute }: TimeWindow, nowMs: number): WindowState {
	if (fromMinute === toMinute) {
		return { isOpen: true, changesAtMs: Infinity };
	}
	const now = new Date(nowMs);
	let opensAtMs = Infinity;
	// A window that crosses midnight may have been opened yesterday.
	for (let day = -1; day <= DAYS_AHEAD; day++) {
		const from = moment(now, day, fromMinute);
		const to = moment(now, toMinute < fromMinute ? day + 1 : day, toMinute);
		if (from <= nowMs && nowMs < to) {
			return { isOpen: true, changesAtMs: to };
		}
		if (from > nowMs && from < to) {
			opensAtMs = Math.min(opensAtMs, from);
		}
	}
	return { isOpen: false, changesAtMs: opensAtMs };
}

/** When it is open for the first time at or after a moment. */
export function nextOpenMs(window: TimeWindow, atMs: number): number {
	const { isOpen, changesAtMs } = windowAt(window, atMs);
	return isOpen ? atMs : changesAtMs;
}

function moment(now: Date, days: number, minute: number): number {
	return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, 0, minute).getTime();
}
