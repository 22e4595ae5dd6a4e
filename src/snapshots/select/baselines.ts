import { matchingPattern } from './namePattern.ts';

/** The part of a snapshot that makes it a baseline. */
export interface BaselineCandidate {
	readonly name?: string;
	readonly pinned?: boolean;
}

/**
 * A device's baselines: the snapshots whose names match the patterns. Where no patterns are given, the named ones that are pinned; where none is,
 * the named ones: a name is what tests rely on, and a pin says so twice.
 */
export function baselinesOf<T extends BaselineCandidate>(snapshots: readonly T[], patterns: readonly string[] = []): T[] {
	const named = snapshots.filter(({ name }) => name !== undefined);
	if (patterns.length > 0) {
		return named.filter(({ name = '' }) => matchingPattern(name, patterns) !== undefined);
	}
	const pinned = named.filter((each) => each.pinned === true);
	return pinned.length > 0 ? pinned : named;
}
