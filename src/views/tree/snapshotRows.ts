import type { SnapshotInfo } from '../../contract/index.ts';
import { isDeviceWork, isForeignWork } from '../jobText.ts';
import type { LabSource } from '../labSource.ts';
import { fold, type Folded } from './folding.ts';
import { otherBranches } from './lineage.ts';
import { row, type LabRow, type OlderRow, type SnapshotRow } from './rows.ts';
import type { SnapshotView } from './snapshotItem.ts';

interface Known {
	readonly folded: Folded;
	readonly otherBranches: ReadonlySet<string>;
}

/** The snapshots of devices as both trees show them. What is derived from a list is kept as long as the lab keeps the list. */
export class SnapshotRows {
	readonly #lab: LabSource;
	readonly #known = new WeakMap<readonly SnapshotInfo[], Known>();

	constructor(lab: LabSource) {
		this.#lab = lab;
	}

	/** The newest snapshots of a device, then the months of older ones. */
	below(udid: string, stored: boolean): LabRow[] {
		const { folded } = this.#of(udid);
		return [
			...folded.shown.map(({ id }) => row.snapshot(udid, id, stored)),
			...[...folded.older.keys()].map((month) => row.older(udid, month, stored)),
		];
	}

	/** The snapshots of a folded month. */
	ofMonth({ udid, month }: OlderRow): readonly SnapshotInfo[] {
		return this.#of(udid).folded.older.get(month) ?? [];
	}

	/** What the row of a snapshot shows; undefined when it is gone. */
	view({ udid, snapshot: id }: SnapshotRow, nowMs: number): SnapshotView | undefined {
		const snapshot = this.#lab.snapshot(udid, id);
		if (snapshot === undefined) {
			return undefined;
		}
		return {
			snapshot,
			isOtherBranch: this.#of(udid).otherBranches.has(id),
			isAttached: this.#lab.device(udid) !== undefined,
			isBusy: isDeviceWork(this.#lab.jobOf(udid)) || this.#lab.leases.some((lease) => lease.udid === udid && isForeignWork(lease)),
			nowMs,
		};
	}

	#of(udid: string): Known {
		const snapshots = this.#lab.snapshots(udid);
		const known = this.#known.get(snapshots) ?? { folded: fold(snapshots), otherBranches: otherBranches(snapshots) };
		this.#known.set(snapshots, known);
		return known;
	}
}
