import type { AutomaticRules, AutomaticState } from '../contract/index.ts';
import { formatDuration } from './format.ts';

/** Why a device is, or is not, backed up automatically now, with when it is looked at again. */
export function automaticLine({ reason, until, lastSnapshotAt }: AutomaticState, rules: AutomaticRules, nowMs: number): string {
	const next = until === undefined ? undefined : `next ${localTime(until)}`;
	const texts: Record<AutomaticState['reason'], () => readonly (string | undefined)[]> = {
		'backing-up': () => ['is being backed up'],
		queued: () => ['is due, when others are done'],
		busy: () => ['waits until no other program works on it'],
		fresh: () => [
			lastSnapshotAt === undefined ? 'has a young snapshot' : `was backed up ${ago(lastSnapshotAt, nowMs)}`,
			next ?? 'next when it is attached again',
		],
		'next-attach': () => ['next when it is attached again'],
		'outside-window': () => [next ?? 'waits for its time of day'],
		'not-paired': () => ['waits until it trusts this computer (devicelab pair)'],
		wifi: () => ['waits for the cable (--wifi does without)'],
		'not-charging': () => ['waits until it is charging'],
		'battery-low': () => [`waits until its battery is at ${rules.minBatteryPercent} %`],
		locked: () => ['waits until it is unlocked'],
		'no-space': () => ['waits for space on the disk of the store'],
		failed: () => ['failed', next],
		cancelled: () => ['was cancelled', next],
	};
	return texts[reason]()
		.filter((part) => part !== undefined)
		.join(', ');
}

function ago(iso: string, nowMs: number): string {
	const ms = nowMs - new Date(iso).getTime();
	return ms < 60_000 ? 'just now' : `${formatDuration(ms)} ago`;
}

/** `2026-11-23 22:00`, by this computer's clock. */
function localTime(iso: string): string {
	const at = new Date(iso);
	const two = (number: number): string => String(number).padStart(2, '0');
	return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}
