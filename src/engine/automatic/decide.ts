import { GiB } from '../../base/index.ts';
import { readTimeWindow, type AutomaticReason, type AutomaticRules, type DeviceInfo } from '../../contract/index.ts';
import { nextOpenMs, windowAt } from './window.ts';

/** What a decision is made from. */
export interface AutomaticFacts {
	readonly device: Pick<DeviceInfo, 'trust' | 'locked' | 'batteryPercent' | 'charging' | 'onPower' | 'transport'>;
	/** When it was attached, or first seen so. */
	readonly attachedAtMs: number;
	/** When the snapshots of the whole device were taken, in any order and by whatever clock. */
	readonly snapshotTimesMs: readonly number[];
	/** The last automatic backup that came to nothing since it was attached. */
	readonly lastTry?: AutomaticTry | undefined;
	/** Another job, or another program, works on it. */
	readonly isBusy: boolean;
	/** On the disk of the store; absent where nothing says. */
	readonly freeBytes?: number | undefined;
	/** What its last snapshot added to the store; 0 for the first. */
	readonly lastAddedBytes: number;
}

/** A try that came to nothing. */
export interface AutomaticTry {
	readonly endedAtMs: number;
	/** `busy`: somebody else had the device first. */
	readonly outcome: 'failed' | 'cancelled' | 'busy';
	/** How many failed one after another, this one counted. */
	readonly failures: number;
}

/** What is to be done with a device. */
export type AutomaticDecision =
	| {
			readonly act: 'back-up';
			/** Until then it can most likely be done: the person who attached the device is near, or the window is open. */
			readonly deadlineMs: number;
	  }
	| {
			readonly act: 'wait';
			readonly reason: Exclude<AutomaticReason, 'backing-up' | 'queued'>;
			/** When the clock alone may change this, later than now; absent when only a change of the facts helps. */
			readonly untilMs?: number;
	  };

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Clocks of hosts that share a store differ by so much; a snapshot that is dated further ahead tells of a wrong clock and not of its age. */
const CLOCK_SKEW_MS = 5 * MINUTE_MS;

/** Whoever attached a device is still near it for so long. Guessed. */
const PERSON_NEAR_MS = 3 * MINUTE_MS;

/** What has to stay free, so that a computer is never filled up unasked. */
const MIN_FREE_BYTES = 2 * GiB;

const FIRST_RETRY_MS = 15 * MINUTE_MS;
const LONGEST_RETRY_MS = 6 * HOUR_MS;
const BUSY_RETRY_MS = MINUTE_MS;

/**
 * Decides about one attached device from what is known now; says why it waits, and until when. Changes nothing and remembers nothing.
 *
 * A clock that was set back, or a snapshot that is dated in the future, delays nothing for longer than the rules do.
 */
export function decide(facts: AutomaticFacts, rules: AutomaticRules, nowMs: number): AutomaticDecision {
	const { device, lastTry } = facts;
	if (device.trust !== 'paired') {
		return wait('not-paired');
	}
	const everyMs = rules.everyHours * HOUR_MS;
	const window = rules.mode === 'onAttach' ? undefined : readTimeWindow(rules.window);
	const last = lastSnapshotMs(facts.snapshotTimesMs, nowMs);
	if (last !== undefined && last + everyMs > nowMs) {
		return wait('fresh', window === undefined ? undefined : nextOpenMs(window, last + everyMs));
	}
	const state = window === undefined ? undefined : windowAt(window, nowMs);
	const attachCounts = rules.mode !== 'inWindow' && (last === undefined || last + everyMs <= facts.attachedAtMs);
	if (!attachCounts && state?.isOpen !== true) {
		return state === undefined ? wait('next-attach') : wait('outside-window', state.changesAtMs);
	}
	const retryAtMs = lastTry === undefined ? undefined : retryMs(lastTry, everyMs, nowMs);
	if (lastTry !== undefined && retryAtMs !== undefined && retryAtMs > nowMs) {
		return wait(lastTry.outcome, retryAtMs);
	}
	const obstacle = obstacleOf(facts, rules);
	if (obstacle !== undefined) {
		return wait(obstacle);
	}
	return {
		act: 'back-up',
		deadlineMs: Math.min(
			attachCounts ? facts.attachedAtMs + PERSON_NEAR_MS : Infinity,
			state?.isOpen === true ? state.changesAtMs : Infinity,
		),
	};
}

/** When the youngest snapshot was taken that a right clock can have dated; undefined when there is none. */
export function lastSnapshotMs(timesMs: readonly number[], nowMs: number): number | undefined {
	return timesMs.reduce<number | undefined>(
		(last, timeMs) => (timeMs <= nowMs + CLOCK_SKEW_MS && timeMs > (last ?? -Infinity) ? timeMs : last),
		undefined,
	);
}

/** A try that seems to lie ahead was made by another clock: it holds nothing up. */
function retryMs({ endedAtMs, outcome, failures }: AutomaticTry, everyMs: number, nowMs: number): number | undefined {
	if (endedAtMs > nowMs) {
		return undefined;
	}
	switch (outcome) {
		case 'failed':
			return endedAtMs + Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.max(0, failures - 1));
		case 'cancelled':
			return endedAtMs + everyMs;
		case 'busy':
			return endedAtMs + BUSY_RETRY_MS;
	}
}

/** What keeps a device that is due from being backed up: what a person can change comes first. */
function obstacleOf({ device, isBusy, freeBytes, lastAddedBytes }: AutomaticFacts, rules: AutomaticRules) {
	if (device.transport === 'network' && !rules.overWifi) {
		return 'wifi';
	}
	// A full battery is not charged any more, nor is one that is kept at 80 %.
	if (rules.onlyWhenCharging && device.charging !== true && device.onPower !== true) {
		return 'not-charging';
	}
	if (device.batteryPercent !== undefined && device.batteryPercent < rules.minBatteryPercent) {
		return 'battery-low';
	}
	// It would ask for its passcode in vain.
	if (device.locked === true) {
		return 'locked';
	}
	if (freeBytes !== undefined && freeBytes < MIN_FREE_BYTES + lastAddedBytes) {
		return 'no-space';
	}
	return isBusy ? 'busy' : undefined;
}

function wait(reason: Extract<AutomaticDecision, { act: 'wait' }>['reason'], untilMs?: number): AutomaticDecision {
	return { act: 'wait', reason, ...(untilMs === undefined || untilMs === Infinity ? {} : { untilMs }) };
}
