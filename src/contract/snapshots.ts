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
	/** Whether the device was supervised; absent when it did not say. Such a snapshot goes to supervised devices only, and the reverse. */
	readonly supervised?: boolean;
	readonly encrypted: boolean;
	readonly fileCount: number;
	/** Of all files, as the device sees them. */
	readonly sizeBytes: number;
	/** What it added to the store when it was taken. */
	readonly addedBytes: number;
	readonly git?: GitFacts;
	/** Of an app's snapshot: whose container it holds, and which build had written it. */
	readonly app?: { readonly bundleId: string; readonly name?: string; readonly version?: string; readonly build?: string };
	/** When all of it was last read and found whole, ISO 8601. */
	readonly verifiedAt?: string;
	/** When damage was last found in it, ISO 8601; absent again once it was found whole. */
	readonly damagedAt?: string;
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

/** Whether a device is at a snapshot, as far as that can be told without a backup. */
export interface StateCheck {
	readonly snapshot: SnapshotInfo;
	/** The device was last backed up to this snapshot, or rolled back to it. What was done on it since, nobody recorded. */
	readonly isHead: boolean;
	/** Of the cheap fingerprint, read now: name, installed apps, photos. */
	readonly proof: RollbackResult['proof'];
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
	/** The name of the DiffGroup that it counts in. */
	readonly group: string;
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

/** What a policy would do with each snapshot, and why. */
export interface RetentionPreviewInfo {
	readonly decisions: readonly {
		readonly udid: string;
		readonly snapshot: string;
		readonly name?: string;
		readonly takenAt: string;
		readonly keep: boolean;
		/** Rules that keep it, such as `last` or `pinned`; or why it goes. */
		readonly reasons: readonly string[];
	}[];
	/** What is really freed, after all that is shared is counted as kept. */
	readonly freedBytes: number;
}

export interface PruneOutcome {
	readonly forgotten: readonly { readonly udid: string; readonly snapshot: string }[];
	readonly freedBytes: number;
	/** Comes back with a later clean-up, when those who may still need it have ended. */
	readonly waitingBytes: number;
}

export interface RepairOutcome {
	readonly damagedPacks: number;
	/** Devices whose head was set anew. */
	readonly headsSet: readonly string[];
}

/** Somebody's work on a device or on the store. */
export interface LeaseInfo {
	readonly kind: string;
	readonly udid?: string;
	readonly snapshot?: string;
	/** Which process holds it: `process 812 on desk-3`. */
	readonly holder: string;
	/** What kind of program that is; absent where it does not say. `automatic`: it backs up unasked. */
	readonly program?: 'editor' | 'command-line' | 'automatic';
	/** Whether it is this engine's own. */
	readonly own: boolean;
	/** ISO 8601. */
	readonly since: string;
}

/** A file that damage touches, as the device names it. */
export interface DamagedFile {
	/** Absent for files about the backup itself, and where no manifest tells. */
	readonly domain?: string;
	/** On the device where a manifest tells, else in the backup's folder. */
	readonly path: string;
	/** In the backup's folder. */
	readonly listed: string;
}

/** How many damaged files of one domain or app are named. */
export interface DamagedGroup {
	/** As in DiffGroup; `backup` for files about the backup itself: without one of them the snapshot cannot be restored. */
	readonly name: string;
	readonly files: number;
}

/** What damage touches in one snapshot. */
export interface SnapshotDamage {
	readonly id: string;
	readonly udid: string;
	readonly name?: string;
	readonly takenAt?: string;
	readonly deviceName?: string;
	/** The list of files cannot be read to its end, so that files may be damaged that are not named. */
	readonly isListingDamaged: boolean;
	readonly damagedFiles: number;
	/** Of the files that are named, those with the most of them first. */
	readonly groups: readonly DamagedGroup[];
	/** The first of the damaged files, a thousand at most. */
	readonly files: readonly DamagedFile[];
}

/** What a check of snapshots found. */
export interface SnapshotCheck {
	/** Nothing is damaged. */
	readonly whole: boolean;
	readonly checkedSnapshots: number;
	readonly checkedBlobs: number;
	/** As they are stored. */
	readonly checkedBytes: number;
	readonly missingBlobs: readonly string[];
	readonly damagedBlobs: readonly string[];
	readonly damagedPacks: readonly string[];
	/** Records that cannot be read at all, or are gone though nobody deleted them. */
	readonly unreadable: readonly { readonly udid: string; readonly id: string; readonly code: string; readonly deviceName?: string }[];
	/** Snapshots whose name, note and pin cannot be read. They count as pinned. */
	readonly unreadableLabels?: readonly {
		readonly udid: string;
		readonly id: string;
		readonly deviceName?: string;
		readonly takenAt?: string;
	}[];
	/** Devices of which it cannot be read where they, or an app on them, stand. */
	readonly unreadableHeads?: readonly { readonly udid: string; readonly deviceName?: string }[];
	/** What the damage touches. */
	readonly damagedSnapshots: readonly SnapshotDamage[];
}

/** A backup that another program keeps on this computer. */
export interface LocalBackup {
	/** The backup's own folder. */
	readonly path: string;
	/** As the device spells it. */
	readonly udid?: string;
	readonly deviceName?: string;
	readonly model?: string;
	readonly iosVersion?: string;
	/** Absent while nothing says. */
	readonly encrypted?: boolean;
	/** When it ended, as far as it says so; ISO 8601. */
	readonly date?: string;
	/** Of all its files; absent when it was not asked for. */
	readonly sizeBytes?: number;
	/** Whether the device said that it finished. */
	readonly finished: boolean;
	/** Why it cannot be adopted, as far as a look at it tells. */
	readonly problem?: LabProblem;
}

export interface LocalBackupList {
	/** Newest first. */
	readonly backups: readonly LocalBackup[];
	/** The folders that were looked into. */
	readonly places: readonly string[];
	/** Folders that may not be read. One that is not there is none. */
	readonly problems: readonly LabProblem[];
}

/** What became of one backup that was to be adopted. */
export interface ImportOutcome {
	/** The backup's own folder. */
	readonly path: string;
	/** `already-there`: it, or the snapshot that it was exported from, is in the store. `refused`: `problem` says why. */
	readonly outcome: 'imported' | 'already-there' | 'refused';
	readonly udid?: string;
	readonly deviceName?: string;
	readonly snapshot?: SnapshotInfo;
	readonly problem?: LabProblem;
}
