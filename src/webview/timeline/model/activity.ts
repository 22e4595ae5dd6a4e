import type { SnapshotInfo } from '../../../contract/index.ts';

/** How much was added to the store in one stretch of time. */
export interface ActivityBucket {
	readonly beginMs: number;
	readonly count: number;
	/** Of the tallest, 0 to 1. */
	readonly height: number;
}

/** Activity from the oldest snapshot to the newest, in equal stretches. */
export interface Activity {
	readonly beginMs: number;
	readonly endMs: number;
	readonly buckets: readonly ActivityBucket[];
}

/** @param snapshots - newest first. */
export function activityOf(snapshots: readonly SnapshotInfo[], bucketCount: number): Activity | undefined {
	const newest = snapshots[0];
	const oldest = snapshots.at(-1);
	if (newest === undefined || oldest === undefined) {
		return undefined;
	}
	const beginMs = Date.parse(oldest.takenAt);
	const endMs = Math.max(Date.parse(newest.takenAt), beginMs + 1);
	const counts = new Array<number>(bucketCount).fill(0);
	for (const { takenAt } of snapshots) {
		const bucket = bucketAt(Date.parse(takenAt), beginMs, endMs, bucketCount);
		counts[bucket] = (counts[bucket] ?? 0) + 1;
	}
	const most = Math.max(...counts);
	return {
		beginMs,
		endMs,
		buckets: counts.map((count, index) => ({
			beginMs: beginMs + (index / bucketCount) * (endMs - beginMs),
			count,
			// The root keeps quiet weeks visible beside a busy one.
			height: Math.sqrt(count / most),
		})),
	};
}

/** The share of the whole stretch, 0 to 1, that a time lies at. */
export function shareOf(activity: Activity, iso: string): number {
	return Math.min(1, Math.max(0, (Date.parse(iso) - activity.beginMs) / (activity.endMs - activity.beginMs)));
}

/** Position of the newest snapshot that is not newer than a time; the oldest when all are. @param snapshots - newest first. */
export function positionAt(snapshots: readonly SnapshotInfo[], timeMs: number): number {
	let low = 0;
	let high = snapshots.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (Date.parse(snapshots[middle]?.takenAt ?? '') > timeMs) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return Math.max(0, Math.min(low, snapshots.length - 1));
}

function bucketAt(ms: number, beginMs: number, endMs: number, count: number): number {
	const bucket = Math.floor(((ms - beginMs) / (endMs - beginMs)) * count);
	return Number.isNaN(bucket) ? 0 : Math.min(count - 1, Math.max(0, bucket));
}
