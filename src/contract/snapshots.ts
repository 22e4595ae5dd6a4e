import type { LabProblem } from './devices.ts';
import type { PreflightFinding, RestoreResult } from './jobs.ts';

/** Commit and build of the work tree in which a snapshot was taken. Fields are absent where there is none. */
export interface GitFacts {
	readonly commit?: string;
	/** Absent when no branch is checked out. */
	readonly branch?: string;
	/** There were changes that were not committed. */
	readonly dirty?: boolean;
	readonly build?: string;
}

/** One snapshot as people handle it. */
export interface SnapshotInfo {
	readonly id: string;
	readonly udid: string;
	readonly kind: 'device' | 'app';
	readonly name?: string;
	readonly note?: string;
	readonly pinned: boolean;
	/** The snapshot that it was made from; it may have been deleted since. */
	readonly parent?: string;
	/** The device was last backed up to this snapshot, or rolled back to it. */
	readonly isHead: boolean;
	/** ISO 8601. */
	readonly takenAt: string;
	/** `manual`, `safety`, `import`, … */
	readonly trigger: string;
	readonly deviceName?: string;
	readonly model?: string;
	readonly iosVersion?: string;
	readonly encrypted: boolean;
	readonly fileCount: number;
	/** Of all files, as the device sees them. */
	readonly sizeBytes: number;
	/** What it added to the store when it was taken. */
	readonly addedBytes: number;
	readonly git?: GitFacts;
}

export interface SnapshotList {
	/** Newest first. */
	readonly snapshots: readonly SnapshotInfo[];
	/** Records that cannot be read: damaged, or of a newer format. */
	readonly problems: readonly LabProblem[];
}

/** What a roll-back would do, and what speaks against it. */
export interface RollbackPlan {
	readonly snapshot: SnapshotInfo;
	/** The device's name, where it is attached. */
	readonly deviceName?: string;
	readonly udid: string;
	readonly findings: readonly PreflightFinding[];
	/** What happens, in order. */
	readonly steps: readonly ('check' | 'safety-snapshot' | 'restore' | 'restart' | 'proof')[];
}

export interface RollbackResult extends Omit<RestoreResult, 'path'> {
	readonly snapshot: SnapshotInfo;
	/** The snapshot that was taken before, unless it was declined. */
	readonly safety?: SnapshotInfo;
	/** `verified`: the device answers as it did; `differs`: details name the places; `cannot-tell`: it was not asked, or did not answer. */
	readonly proof: { readonly verdict: 'verified' | 'differs' | 'cannot-tell'; readonly differences: readonly string[] };
}

/** How many files of one domain, or of one app with its groups and plug-ins, differ between two snapshots. */
export interface DiffGroup {
	/** A domain such as `HomeDomain`, or an app's bundle id; `?` where the manifest cannot be read without its password. */
	readonly name: string;
	readonly added: number;
	readonly removed: number;
	readonly changed: number;
	readonly addedBytes: number;
	readonly removedBytes: number;
}

export interface DiffFile {
	readonly change: 'added' | 'removed' | 'changed';
	readonly domain?: string;
	/** On the device where the manifest can be read, else in the backup's folder. */
	readonly path: string;
	readonly beforeBytes?: number;
	readonly afterBytes?: number;
}

export interface SnapshotDiff {
	readonly before: string;
	readonly after: string;
	readonly groups: readonly DiffGroup[];
	/** At most the number that was asked for. */
	readonly files: readonly DiffFile[];
	readonly fileCount: number;
}
