import type { SnapshotInfo } from '../../contract/index.ts';

/** How many snapshots of a device are shown at once; older ones are folded by month. */
export const SHOWN_SNAPSHOTS = 50;

/** Snapshots as a tree shows them. */
export interface Folded {
	readonly shown: readonly SnapshotInfo[];
	/** By month, newest first: `2026-11` by local time → its snapshots. */
	readonly older: ReadonlyMap<string, readonly SnapshotInfo[]>;
}

/** Folds all but the newest. One more than fits is not worth a fold. @param snapshots - newest first. */
export function fold(snapshots: readonly SnapshotInfo[]): Folded {
	if (snapshots.length <= SHOWN_SNAPSHOTS + 1) {
		return { shown: snapshots, older: new Map() };
	}
	const older = new Map<string, SnapshotInfo[]>();
	for (const snapshot of snapshots.slice(SHOWN_SNAPSHOTS)) {
		const month = monthOf(snapshot.takenAt);
		const group = older.get(month);
		if (group === undefined) {
			older.set(month, [snapshot]);
		} else {
			group.push(snapshot);
		}
	}
	return { shown: snapshots.slice(0, SHOWN_SNAPSHOTS), older };
}

function monthOf(iso: string): string {
	const date = new Date(iso);
	return Number.isNaN(date.getTime()) ? '' : `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}`;
}
