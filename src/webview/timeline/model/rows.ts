import type { JobInfo, SnapshotInfo, TimelineEvent } from '../../../contract/index.ts';
import type { History } from './history.ts';
import { LaneLayout, type LaneNode, type Placement } from './lanes.ts';

/** One line of the list. */
export type Row =
	| { readonly kind: 'now'; readonly id: 'now'; readonly lane: number }
	| { readonly kind: 'job'; readonly id: string; readonly job: JobInfo }
	| { readonly kind: 'snapshot'; readonly id: string; readonly snapshot: SnapshotInfo; readonly placement: Placement }
	| { readonly kind: 'event'; readonly id: string; readonly event: TimelineEvent };

/** A line of the graph, from a row down to the row of its parent. */
export interface Edge {
	readonly lane: number;
	readonly row: number;
	readonly parentLane: number;
	readonly parentRow: number;
	/** It leads to *Now*. */
	readonly isActive: boolean;
	/** Snapshots between the two are not shown. */
	readonly isIndirect: boolean;
}

/** Everything that is listed, with the graph beside it. */
export interface RowList {
	readonly rows: readonly Row[];
	readonly edges: readonly Edge[];
	readonly laneCount: number;
	/** Of each row, by its id. */
	readonly indexOf: ReadonlyMap<string, number>;
	readonly layout: LaneLayout;
}

export type KindFilter = 'all' | 'device' | 'app' | 'named';

export interface RowOptions {
	readonly jobs: readonly JobInfo[];
	readonly events: readonly TimelineEvent[];
	readonly filter: KindFilter;
	/** Undefined shows all. */
	readonly matches?: ((snapshot: SnapshotInfo) => boolean) | undefined;
}

/**
 * Lists *Now*, running jobs, snapshots and what happened between them, newest first. With a search only snapshots that match.
 * @param previous - the list before this one: where only newer snapshots came, its lanes are kept and continued.
 */
export function buildRows(history: History, options: RowOptions, previous?: RowList): RowList {
	const passes = shownBy(options);
	const shown = passes === undefined ? history.snapshots : history.snapshots.filter(passes);
	const isWhole = passes === undefined;
	const parents = isWhole ? undefined : shownParents(history, new Set(shown.map((each) => each.id)));
	const parentOf = (snapshot: SnapshotInfo): string | undefined => (parents === undefined ? snapshot.parent : parents.get(snapshot.id));
	const layout = layOut(
		shown.toReversed().map((snapshot) => ({ id: snapshot.id, parent: parentOf(snapshot) })),
		previous?.layout,
	);
	const nowLane = layout.next({ id: 'now', parent: history.head?.id }).lane;

	const rows: Row[] = [];
	if (isWhole) {
		rows.push({ kind: 'now', id: 'now', lane: nowLane }, ...options.jobs.map((job): Row => ({ kind: 'job', id: `job:${job.id}`, job })));
	}
	const events = isWhole ? options.events.toSorted((a, b) => (a.at < b.at ? 1 : -1)) : [];
	let nextEvent = 0;
	for (const [position, snapshot] of shown.entries()) {
		for (let event = events[nextEvent]; event !== undefined && event.at > snapshot.takenAt; event = events[++nextEvent]) {
			rows.push({ kind: 'event', id: `event:${event.id}`, event });
		}
		rows.push({ kind: 'snapshot', id: snapshot.id, snapshot, placement: placementOf(layout, snapshot.id) });
		if (isWhole) {
			for (const event of history.eventsBefore(snapshot, shown[position + 1])) {
				rows.push({ kind: 'event', id: `event:${event.id}`, event });
			}
		}
	}
	for (const event of events.slice(nextEvent)) {
		rows.push({ kind: 'event', id: `event:${event.id}`, event });
	}
	const indexOf = new Map(rows.map((row, index) => [row.id, index]));
	const laneCount = Math.max(layout.laneCount, isWhole ? nowLane + 1 : 1);
	return { rows, edges: edgesOf(history, rows, layout, indexOf, parentOf), laneCount, indexOf, layout };
}

function layOut(nodes: readonly LaneNode[], previous: LaneLayout | undefined): LaneLayout {
	if (previous === undefined || previous.placements.length === 0 || !previous.isBeginningOf(nodes)) {
		return LaneLayout.of(nodes);
	}
	for (const node of nodes.slice(previous.placements.length)) {
		previous.append(node);
	}
	return previous;
}

function shownBy({ filter, matches }: RowOptions): ((snapshot: SnapshotInfo) => boolean) | undefined {
	if (filter === 'all') {
		return matches;
	}
	const kind = (snapshot: SnapshotInfo): boolean => (filter === 'named' ? snapshot.name !== undefined : snapshot.kind === filter);
	return matches === undefined ? kind : (snapshot) => kind(snapshot) && matches(snapshot);
}

/** For each shown snapshot the nearest ancestor that is shown too. Looks at each snapshot once, however long the gaps are. */
function shownParents(history: History, shown: ReadonlySet<string>): ReadonlyMap<string, string | undefined> {
	const nearest = new Map<string, string | undefined>();
	// Oldest first, so that the answer of a parent is there before its children ask.
	for (const snapshot of history.snapshots.toReversed()) {
		const { parent } = snapshot;
		nearest.set(snapshot.id, parent === undefined ? undefined : shown.has(parent) ? parent : nearest.get(parent));
	}
	return nearest;
}

function edgesOf(
	history: History,
	rows: readonly Row[],
	layout: LaneLayout,
	indexOf: ReadonlyMap<string, number>,
	parentOf: (snapshot: SnapshotInfo) => string | undefined,
): Edge[] {
	const edges: Edge[] = [];
	const [first] = rows;
	const headRow = history.head === undefined ? undefined : indexOf.get(history.head.id);
	if (first?.kind === 'now' && history.head !== undefined && headRow !== undefined) {
		const parentLane = placementOf(layout, history.head.id).lane;
		edges.push({ lane: first.lane, row: 0, parentLane, parentRow: headRow, isActive: true, isIndirect: false });
	}
	for (const [row, each] of rows.entries()) {
		if (each.kind !== 'snapshot') {
			continue;
		}
		const parent = parentOf(each.snapshot);
		const parentRow = parent === undefined ? undefined : indexOf.get(parent);
		if (parent !== undefined && parentRow !== undefined && parentRow > row) {
			edges.push({
				lane: each.placement.lane,
				row,
				parentLane: placementOf(layout, parent).lane,
				parentRow,
				isActive: history.leadsToNow(each.snapshot),
				isIndirect: parent !== each.snapshot.parent,
			});
		}
	}
	return edges;
}

function placementOf(layout: LaneLayout, id: string): Placement {
	const placement = layout.placementOf(id);
	if (placement === undefined) {
		throw new Error(`Snapshot ${id} has no place in the layout.`);
	}
	return placement;
}
