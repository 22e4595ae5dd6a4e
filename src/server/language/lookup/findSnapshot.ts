import { CodedError } from '../../../base/index.ts';
import { TASK_SCOPES, type SnapshotInfo, type TaskAction, type TaskScope } from '../../../contract/index.ts';
import { resolveSnapshot } from '../../../engine/index.ts';
import type { LabFacts } from './facts.ts';
import { nearest } from './findDevice.ts';

/** What a text in the place of a snapshot comes to, for one device. */
export type FoundSnapshot =
	| { readonly kind: 'snapshot'; readonly snapshot: SnapshotInfo }
	| { readonly kind: 'ambiguous' }
	| { readonly kind: 'unknown'; readonly nearest: string | undefined };

/** Words that mean a place in a device's history. */
export const SNAPSHOT_WORDS = ['latest', 'head', 'parent', 'baseline'] as const;

/** Which snapshots a task can use. */
export interface SnapshotKind {
	/** Of whole devices, of apps, or of both. */
	readonly of: 'device' | 'app' | 'any';
	readonly bundleId?: string | undefined;
}

/** The kind of snapshots that a task is about, by what is written in it. Without a scope an app that is named is meant alone. */
export function snapshotKindOf(action: TaskAction | undefined, scope: string | undefined, bundleId: string | undefined): SnapshotKind {
	const usual: TaskScope = bundleId === undefined ? 'device' : 'app';
	const said = TASK_SCOPES.find((each) => each === scope) ?? usual;
	const of = action === 'appRollback' ? 'app' : action === 'verify' || said === 'auto' ? 'any' : said;
	return { of, ...(bundleId === undefined ? {} : { bundleId }) };
}

/** Whether a task of a kind can use a snapshot. */
export function isOfKind({ kind, app }: SnapshotInfo, { of, bundleId }: SnapshotKind): boolean {
	return (of === 'any' || of === kind) && (kind === 'device' || bundleId === undefined || app?.bundleId === bundleId);
}

/** The snapshot of a device that a text means, as the engine finds it. */
export function findSnapshot(text: string, udid: string, kind: SnapshotKind, { snapshots }: LabFacts): FoundSnapshot {
	const usable = (snapshots.get(udid) ?? []).filter((snapshot) => isOfKind(snapshot, kind));
	const head = usable.find(({ isHead }) => isHead);
	try {
		const selectable = usable.map((snapshot) => ({ ...snapshot, takenAtMs: Date.parse(snapshot.takenAt), snapshot }));
		return { kind: 'snapshot', snapshot: resolveSnapshot(text, { snapshots: selectable, head: head?.id ?? '' }).snapshot };
	} catch (error) {
		if (error instanceof CodedError && error.code === 'SNAPSHOT_AMBIGUOUS') {
			return { kind: 'ambiguous' };
		}
		const names = usable.flatMap(({ name }) => (name === undefined ? [] : [name]));
		return { kind: 'unknown', nearest: nearest(text, [...names, ...SNAPSHOT_WORDS]) };
	}
}
