import type { SnapshotInfo, TimelineEvent } from '../../../contract/index.ts';

/**
 * The snapshots of one device in order, with what follows from their parents: which of them lead to *Now*, and what happened between them.
 */
export class History {
	/** Newest first. */
	readonly snapshots: readonly SnapshotInfo[];
	readonly head: SnapshotInfo | undefined;
	readonly #byId: ReadonlyMap<string, SnapshotInfo>;
	readonly #ancestors: ReadonlySet<string>;

	constructor(snapshots: readonly SnapshotInfo[]) {
		this.snapshots = snapshots.toSorted((a, b) => compareText(b.takenAt, a.takenAt) || compareText(b.id, a.id));
		this.#byId = new Map(this.snapshots.map((snapshot) => [snapshot.id, snapshot]));
		this.head = this.snapshots.find((snapshot) => snapshot.isHead && snapshot.kind === 'device');
		this.#ancestors = new Set(this.#lineage(this.head));
	}

	get(id: string | undefined): SnapshotInfo | undefined {
		return id === undefined ? undefined : this.#byId.get(id);
	}

	/** Whether the device's present state came from this snapshot. An app's snapshot counts by its own head. */
	leadsToNow(snapshot: SnapshotInfo): boolean {
		return this.#ancestors.has(snapshot.id) || snapshot.kind === 'app';
	}

	parentOf(snapshot: SnapshotInfo): SnapshotInfo | undefined {
		return this.get(snapshot.parent);
	}

	/** The snapshot that was made from this one and leads to *Now*, else its newest child. */
	childOf(snapshot: SnapshotInfo): SnapshotInfo | undefined {
		const children = this.snapshots.filter((each) => each.parent === snapshot.id);
		return children.find((child) => this.#ancestors.has(child.id)) ?? children[0];
	}

	/** The history after some snapshots came, changed or went. */
	with(changed: readonly SnapshotInfo[], removed: readonly string[]): History {
		const gone = new Set([...removed, ...changed.map((snapshot) => snapshot.id)]);
		return new History([...changed, ...this.snapshots.filter((snapshot) => !gone.has(snapshot.id))]);
	}

	/** What must have happened between a snapshot and its parent, as far as the two tell. */
	eventsBefore(snapshot: SnapshotInfo, older: SnapshotInfo | undefined): readonly TimelineEvent[] {
		const parent = this.parentOf(snapshot);
		if (parent === undefined || snapshot.kind !== 'device') {
			return [];
		}
		const event = (kind: TimelineEvent['kind'], subject?: string): TimelineEvent => ({
			id: `${snapshot.id}:${kind}`,
			at: snapshot.takenAt,
			kind,
			...(subject === undefined ? {} : { subject }),
		});
		const events: TimelineEvent[] = [];
		if (older !== undefined && older.id !== parent.id && parent.takenAt < older.takenAt && snapshot.trigger !== 'import') {
			events.push(event('rolled-back', parent.name ?? parent.id.slice(0, 8)));
		}
		if (parent.iosVersion !== undefined && snapshot.iosVersion !== undefined && parent.iosVersion !== snapshot.iosVersion) {
			events.push(event('ios-updated', `${parent.iosVersion} → ${snapshot.iosVersion}`));
		}
		if (parent.encrypted !== snapshot.encrypted) {
			events.push(event('encryption-changed', snapshot.encrypted ? 'on' : 'off'));
		}
		return events;
	}

	#lineage(head: SnapshotInfo | undefined): string[] {
		const ids: string[] = [];
		const seen = new Set<string>();
		for (let each = head; each !== undefined && !seen.has(each.id); each = this.get(each.parent)) {
			seen.add(each.id);
			ids.push(each.id);
		}
		return ids;
	}
}

function compareText(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}
