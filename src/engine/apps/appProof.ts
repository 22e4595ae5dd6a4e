import type { RollbackResult } from '../../contract/index.ts';
import { isSameItem, type Covers } from './containerDiff.ts';
import type { ContainerItem } from './containerTree.ts';

/** Differences that are named. */
const MAX_NAMED = 100;

/**
 * Whether a container is what it should be: every path, size and time is compared. That a file of the same size and time has the same bytes is
 * taken for granted.
 *
 * @param written - paths that were just written: where the device does not keep times, theirs say nothing.
 */
export function proveContainer(
	present: ReadonlyMap<string, ContainerItem>,
	wanted: ReadonlyMap<string, ContainerItem>,
	{ covers, written, timesKept }: { readonly covers: Covers; readonly written: ReadonlySet<string>; readonly timesKept: boolean },
): RollbackResult['proof'] {
	const differences: string[] = [];
	for (const [path, item] of wanted) {
		const there = present.get(path);
		const sameTime = !timesKept && written.has(path) ? { ...item, modifiedAtMs: there?.modifiedAtMs ?? 0 } : item;
		if (there === undefined || !isSameItem(there, sameTime)) {
			differences.push(path);
		}
	}
	for (const path of present.keys()) {
		if (!wanted.has(path) && covers(path)) {
			differences.push(path);
		}
	}
	return { verdict: differences.length === 0 ? 'verified' : 'differs', differences: differences.sort().slice(0, MAX_NAMED) };
}
