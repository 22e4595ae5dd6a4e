import { matchingPattern } from '../select/namePattern.ts';
import { calendarOf, type PeriodOf } from './periods.ts';
import { checkPolicy, KEEP_RULES, type KeepCount, type KeepRule, type RetentionPolicy } from './policy.ts';

/** What retention must know of a snapshot. */
export interface RetentionSubject {
	readonly id: string;
	/** Each device has its own history. */
	readonly udid: string;
	/** The app of an app snapshot: such snapshots are a history of their own. */
	readonly app?: string;
	readonly takenAtMs: number;
	readonly name?: string;
	readonly pinned?: boolean;
	/** The device (or app) stands at it now. */
	readonly head?: boolean;
	/** A running job reads it, or will make it a parent. */
	readonly inUse?: boolean;
	/** Taken automatically before something destructive. */
	readonly safety?: boolean;
	/** A check found damage. */
	readonly damaged?: boolean;
	/** Every byte of it was checked and found right. */
	readonly verified?: boolean;
}

/** Why a snapshot stays. `period` is what `calendarOf` calls it; `rank` counts from 1, the newest. */
export type KeepReason =
	| { readonly code: 'pinned' | 'head' | 'inUse' | 'noRules' }
	/** The newest of its history, damaged or not. */
	| { readonly code: 'newest' }
	/** The newest without known damage, when that is not the newest of all. */
	| { readonly code: 'newestSound' }
	| { readonly code: 'newestVerified' }
	| { readonly code: 'baseline'; readonly pattern: string }
	| { readonly code: 'last'; readonly rank: number; readonly count: KeepCount }
	| { readonly code: Exclude<KeepRule, 'last'>; readonly period: string; readonly rank: number; readonly count: KeepCount }
	/** The oldest of all, while `rule` has found only `found` of the `count` periods it wants: else a young history could never grow old. */
	| { readonly code: 'oldest'; readonly rule: KeepRule; readonly found: number; readonly count: KeepCount }
	/** A safety snapshot, until then; no time: for ever. */
	| { readonly code: 'safety'; readonly untilMs?: number }
	/** Forgetting it is for a person to decide: it may be repaired, or hold the only copy of something. It takes nobody's place. */
	| { readonly code: 'damaged' }
	/** Its time lies ahead of this computer's clock, so one of them is wrong: nothing is decided by it. It takes nobody's place. */
	| { readonly code: 'future' }
	/** Its time is no time between 1970 and 9999: the same. */
	| { readonly code: 'undated' };

/** Why a snapshot goes: one reason for each rule that could have kept it. */
export type ForgetReason =
	/** A newer one, `by`, stands for the same period. */
	| { readonly code: 'superseded'; readonly rule: Exclude<KeepRule, 'last'>; readonly period: string; readonly by: string }
	/** The rule has its `count` already, all of them newer. */
	| { readonly code: 'beyondCount'; readonly rule: KeepRule; readonly count: number }
	| { readonly code: 'safetyExpired'; readonly expiredAtMs: number };

/** The verdict on one snapshot. Reasons are all that apply, the strongest first; there is always one. */
export type RetentionDecision =
	| { readonly id: string; readonly keep: true; readonly reasons: readonly KeepReason[] }
	| { readonly id: string; readonly keep: false; readonly reasons: readonly ForgetReason[] };

/**
 * Decides what a policy keeps and forgets, and why. Nothing is done: the result is a plan.
 *
 * Each device, and each app on it, is judged alone. Never forgotten: pins, heads, what is in use, baselines, the newest, the newest without
 * damage, the newest verified, the damaged, and what is dated after `nowMs` or not at all. A rule keeps the newest snapshot of each of its latest periods that
 * hold one; periods without a snapshot do not count.
 *
 * The result does not depend on the order of `snapshots`. Applied again to what it kept it keeps all; a larger count never keeps less.
 *
 * @param nowMs - milliseconds since 1970.
 * @param timeZone - the IANA name of the zone whose calendar has the days.
 * @returns one decision for each snapshot: newest first within a history, histories in order of their names.
 * @throws RetentionError `RETENTION_INVALID`, `TIME_ZONE_UNKNOWN`.
 */
export function applyRetention(
	snapshots: readonly RetentionSubject[],
	policy: RetentionPolicy,
	nowMs: number,
	timeZone: string,
): RetentionDecision[] {
	checkPolicy(policy);
	const periodOf = calendarOf(timeZone);
	const histories = new Map<string, RetentionSubject[]>();
	for (const snapshot of snapshots) {
		const key = JSON.stringify([snapshot.udid, snapshot.app ?? '']);
		const history = histories.get(key);
		if (history === undefined) {
			histories.set(key, [snapshot]);
		} else {
			history.push(snapshot);
		}
	}
	return [...histories].sort(([a], [b]) => order(a, b)).flatMap(([, history]) => judge(history.sort(newestFirst), policy, nowMs, periodOf));
}

function judge(history: readonly RetentionSubject[], policy: RetentionPolicy, nowMs: number, periodOf: PeriodOf): RetentionDecision[] {
	const sound = history.filter((each) => each.damaged !== true && isDated(each) && each.takenAtMs <= nowMs);
	const newestSound = sound[0];
	const counted = sound.filter((each) => each.safety !== true);
	const verdicts = count(counted, policy, periodOf);
	const newestVerified = history.find((each) => each.damaged !== true && each.verified === true);
	return history.map((snapshot) => {
		const keeps: KeepReason[] = protection(snapshot, policy, nowMs);
		const forgets: ForgetReason[] = [];
		if (snapshot === history[0]) {
			keeps.push({ code: 'newest' });
		} else if (snapshot === newestSound) {
			keeps.push({ code: 'newestSound' });
		}
		if (snapshot === newestVerified) {
			keeps.push({ code: 'newestVerified' });
		}
		const verdict = verdicts.get(snapshot);
		keeps.push(...(verdict?.keeps ?? []));
		forgets.push(...(verdict?.forgets ?? []));
		if (snapshot.safety === true && isDated(snapshot)) {
			const untilMs = policy.safetyMaxAgeMs === 'forever' ? undefined : snapshot.takenAtMs + policy.safetyMaxAgeMs;
			if (untilMs === undefined || nowMs < untilMs) {
				keeps.push({ code: 'safety', ...(untilMs === undefined ? {} : { untilMs }) });
			} else {
				forgets.push({ code: 'safetyExpired', expiredAtMs: untilMs });
			}
		}
		return keeps.length > 0 ? { id: snapshot.id, keep: true, reasons: keeps } : { id: snapshot.id, keep: false, reasons: forgets };
	});
}

/** The reasons that lie in a snapshot itself. */
function protection(snapshot: RetentionSubject, policy: RetentionPolicy, nowMs: number): KeepReason[] {
	const reasons: KeepReason[] = [];
	for (const code of ['pinned', 'head', 'inUse'] as const) {
		if (snapshot[code] === true) {
			reasons.push({ code });
		}
	}
	const pattern = snapshot.name === undefined ? undefined : matchingPattern(snapshot.name, policy.baselines);
	if (pattern !== undefined) {
		reasons.push({ code: 'baseline', pattern });
	}
	if (snapshot.damaged === true) {
		reasons.push({ code: 'damaged' });
	}
	if (!isDated(snapshot)) {
		reasons.push({ code: 'undated' });
	} else if (snapshot.takenAtMs > nowMs) {
		reasons.push({ code: 'future' });
	}
	return reasons;
}

interface Verdict {
	readonly keeps: KeepReason[];
	readonly forgets: ForgetReason[];
}

/** What the counting rules say of each snapshot, newest first. */
function count(counted: readonly RetentionSubject[], policy: RetentionPolicy, periodOf: PeriodOf): Map<RetentionSubject, Verdict> {
	const verdicts = new Map<RetentionSubject, Verdict>(counted.map((snapshot) => [snapshot, { keeps: [], forgets: [] }]));
	const rules = KEEP_RULES.flatMap((rule) => {
		const wanted = policy.keep[rule];
		return wanted === undefined || wanted === 0 ? [] : [{ rule, wanted }];
	});
	if (rules.length === 0) {
		verdicts.forEach(({ keeps }) => keeps.push({ code: 'noRules' }));
	}
	const oldest = counted.at(-1);
	for (const { rule, wanted } of rules) {
		const limit = wanted === 'all' ? Infinity : wanted;
		const found = rule === 'last' ? countLast(verdicts, limit, wanted) : countPeriods(verdicts, rule, limit, wanted, periodOf);
		const verdict = oldest === undefined ? undefined : verdicts.get(oldest);
		if (found < limit && verdict !== undefined && !verdict.keeps.some(({ code }) => code === rule)) {
			verdict.keeps.push({ code: 'oldest', rule, found, count: wanted });
		}
	}
	return verdicts;
}

function countLast(verdicts: ReadonlyMap<RetentionSubject, Verdict>, limit: number, wanted: KeepCount): number {
	let rank = 0;
	for (const { keeps, forgets } of verdicts.values()) {
		rank++;
		if (rank <= limit) {
			keeps.push({ code: 'last', rank, count: wanted });
		} else {
			forgets.push({ code: 'beyondCount', rule: 'last', count: limit });
		}
	}
	return Math.min(rank, limit);
}

function countPeriods(
	verdicts: ReadonlyMap<RetentionSubject, Verdict>,
	rule: Exclude<KeepRule, 'last'>,
	limit: number,
	wanted: KeepCount,
	periodOf: PeriodOf,
): number {
	const standing = new Map<string, string>();
	for (const [snapshot, { keeps, forgets }] of verdicts) {
		const period = periodOf(snapshot.takenAtMs, rule);
		const by = standing.get(period);
		if (by !== undefined) {
			forgets.push({ code: 'superseded', rule, period, by });
		} else if (standing.size < limit) {
			standing.set(period, snapshot.id);
			keeps.push({ code: rule, period, rank: standing.size, count: wanted });
		} else {
			forgets.push({ code: 'beyondCount', rule, count: limit });
		}
	}
	return standing.size;
}

/** Years of four digits: what a calendar can name, and more than any snapshot needs. */
function isDated({ takenAtMs }: RetentionSubject): boolean {
	return takenAtMs >= 0 && takenAtMs < Date.UTC(9999, 0);
}

/** Of equal times the greater id is the newer one: arbitrary, but the same on every computer. */
function newestFirst(a: RetentionSubject, b: RetentionSubject): number {
	const time = (each: RetentionSubject): number => (isDated(each) ? each.takenAtMs : Infinity);
	// NaN of two that have no time is as good as 0 here.
	return time(b) - time(a) || order(b.id, a.id);
}

function order(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}
