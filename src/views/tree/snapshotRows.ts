import type { SnapshotInfo } from '../../contract/index.ts';
import { isDeviceWork, isForeignWork } from '../jobText.ts';
import type { LabSource } from '../labSource.ts';
import { fold, type Folded } from './folding.ts';
import { otherBranches } from './lineage.ts';
import { row, type LabRow, type OlderRow, type SnapshotRow } from './rows.ts';
import type { RowItem } from './item.ts';
import { snapshotItem, type SnapshotView } from './snapshotItem.ts';

interface Known {
	readonly byId: ReadonlyMap<string, SnapshotInfo>;
	readonly folded: Folded;
	readonly otherBranches: ReadonlySet<string>;
}

/** The snapshots of devices as both trees show them. What is derived from a list is kept as long as the lab keeps the list. */
export class SnapshotRows {
	readonly #lab: LabSource;
	/** What rows showed last: most look the same at the next change, and a lab may show thousands. */
	readonly #items = new WeakMap<SnapshotInfo, { readonly state: string; readonly item: RowItem }>();
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
		const { byId, otherBranches } = this.#of(udid);
		const snapshot = byId.get(id);
		if (snapshot === undefined) {
			return undefined;
		}
		return {
			snapshot,
			isOtherBranch: otherBranches.has(id),
			isAttached: this.#lab.device(udid) !== undefined,
			isBusy: isAtWork(this.#lab, udid),
			nowMs,
		};
	}

	/** The row of a snapshot; undefined when it is gone. */
	item(of: SnapshotRow, nowMs: number): RowItem | undefined {
		const view = this.view(of, nowMs);
		if (view === undefined) {
			return undefined;
		}
		const { snapshot, isOtherBranch, isAttached, isBusy } = view;
		// Words for times change with the day.
		const state = `${isOtherBranch} ${isAttached} ${isBusy} ${new Date(nowMs).toDateString()}`;
		const known = this.#items.get(snapshot);
		if (known?.state === state) {
			return known.item;
		}
		const item = snapshotItem(view);
		this.#items.set(snapshot, { state, item });
		return item;
	}

	#of(udid: string): Known {
		const snapshots = this.#lab.snapshots(udid);
		const known = this.#known.get(snapshots) ?? {
			byId: new Map(snapshots.map((snapshot) => [snapshot.id, snapshot])),
			folded: fold(snapshots),
			otherBranches: otherBranches(snapshots),
		};
		this.#known.set(snapshots, known);
		return known;
	}
}

/** Whether a device is at work, for this editor or another program. */
export function isAtWork(lab: LabSource, udid: string): boolean {
	return isDeviceWork(lab.jobOf(udid)) || lab.leases.some((lease) => lease.udid === udid && isForeignWork(lease));
}
