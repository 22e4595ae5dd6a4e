import type { SnapshotInfo } from '../../contract/index.ts';

/**
 * The device snapshots that are not in the line from which the device's present state came: those of other branches. What cannot be told,
 * because a snapshot of the line was deleted, is left out.
 *
 * @param snapshots - of one device, in any order.
 * @returns their ids; empty when the device stands nowhere.
 */
export function otherBranches(snapshots: readonly SnapshotInfo[]): ReadonlySet<string> {
	const ofDevice = snapshots.filter(({ kind }) => kind === 'device');
	const byId = new Map(ofDevice.map((snapshot) => [snapshot.id, snapshot]));
	const line = new Set<string>();
	let last = ofDevice.find(({ isHead }) => isHead);
	if (last === undefined) {
		return line;
	}
	line.add(last.id);
	for (let parent = last.parent; parent !== undefined && !line.has(parent); parent = last.parent) {
		const known = byId.get(parent);
		if (known === undefined) {
			break;
		}
		line.add(parent);
		last = known;
	}
	const oldest = last;
	const isBroken = oldest.parent !== undefined;
	return new Set(
		ofDevice
			// An ancestor beyond the gap is older than what is known of the line.
			.filter(({ id, takenAt }) => !line.has(id) && (!isBroken || takenAt > oldest.takenAt))
			.map(({ id }) => id),
	);
}
