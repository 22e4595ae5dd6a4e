import { isNamePattern } from '../select/namePattern.ts';
import { RetentionError } from './errors.ts';

/** The rules that count, from the finest to the coarsest. `last` counts snapshots; the others count periods that hold one. */
export const KEEP_RULES = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;

export type KeepRule = (typeof KEEP_RULES)[number];

/** How many a rule keeps: a whole number from 1 to MAX_KEEP_COUNT, or every one. */
export type KeepCount = number | 'all';

/**
 * What a device's history is thinned to. A snapshot stays when any rule wants it.
 *
 * A policy without a counting rule forgets nothing but expired safety snapshots: silence is never an order to delete.
 */
export interface RetentionPolicy {
	/** Absent or 0: the rule is off. */
	readonly keep: Readonly<Partial<Record<KeepRule, KeepCount>>>;
	/** Safety snapshots are kept for so long and then forgotten; they take nobody's place in the counting rules. */
	readonly safetyMaxAgeMs: number | 'forever';
	/** Patterns of names (`*`, `?`, any case) of snapshots that tests rely on: never forgotten. */
	readonly baselines: readonly string[];
}

export const MAX_KEEP_COUNT = 100_000;
/** A hundred years: longer is `forever`. */
export const MAX_SAFETY_AGE_MS = 36_525 * 24 * 60 * 60 * 1000;
/** A roll-back that went wrong is noticed within days; two weeks leave room for a holiday. */
export const DEFAULT_SAFETY_MAX_AGE_MS = 14 * 24 * 60 * 60 * 1000;

/** @throws RetentionError `RETENTION_INVALID` - a count, an age or a pattern is none. */
export function checkPolicy(policy: RetentionPolicy): void {
	for (const rule of KEEP_RULES) {
		const count = policy.keep[rule];
		if (count !== undefined && count !== 'all' && !(Number.isInteger(count) && count >= 0 && count <= MAX_KEEP_COUNT)) {
			throw badPolicy(`"${rule}" must be a whole number up to ${MAX_KEEP_COUNT}, or "all".`, { rule, value: count });
		}
	}
	const age = policy.safetyMaxAgeMs;
	if (age !== 'forever' && !(age >= 0 && age <= MAX_SAFETY_AGE_MS)) {
		throw badPolicy('The age of safety snapshots must be between nothing and a hundred years, or "forever".', {
			rule: 'safety',
			value: age,
		});
	}
	for (const pattern of policy.baselines) {
		if (!isNamePattern(pattern)) {
			throw badPolicy(`"${pattern}" is no pattern of snapshot names.`, { rule: 'baseline', value: pattern });
		}
	}
}

/** The error of a policy that cannot be followed, with the rule and value at fault. */
export function badPolicy(message: string, details: { rule?: string; value?: unknown } = {}): RetentionError {
	return new RetentionError('RETENTION_INVALID', message, { details });
}
