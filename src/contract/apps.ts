import type { PreflightFinding } from './jobs.ts';
import type { RollbackResult, SnapshotInfo } from './snapshots.ts';

/** How an app is signed. Only the container of one that is signed for development can be read and written as a whole. */
export type AppSigning = 'development' | 'store' | 'unknown';

/** An installed app as people see it. Fields are absent where the device does not say. */
export interface AppInfo {
	readonly bundleId: string;
	readonly name?: string;
	/** As people read it: `17.2.1`. */
	readonly version?: string;
	readonly build?: string;
	readonly kind: 'user' | 'system';
	readonly signing: AppSigning;
	/** Its documents can be reached by any computer that the device trusts. */
	readonly fileSharing: boolean;
	/** The app itself. */
	readonly appBytes?: number;
	/** Documents and data; only when it was asked for, since the device adds them up. */
	readonly dataBytes?: number;
	/** It shares data with other apps or its extensions, in folders that nobody can reach. */
	readonly hasGroups: boolean;
}

/** Whether an app's process runs, as far as the device tells. */
export type AppActivity = 'running' | 'not-running' | 'unknown';

/**
 * What an app's snapshot never covers. `groups` only concerns apps that have some; `attributes`: file protection and extended attributes of
 * files that are written anew.
 */
export type AppGap = 'keychain' | 'permissions' | 'groups' | 'attributes';

/** What became of the order to take a snapshot of an app. */
export interface AppSnapshotResult {
	/** The new snapshot, or the one that the app already stood at. */
	readonly snapshot: SnapshotInfo;
	/** Nothing differed from the app's head, and only then nothing new was to be taken. */
	readonly unchanged: boolean;
	/** Files that had to be read; all others are as they were. */
	readonly readFiles: number;
	readonly readBytes: number;
	/** While it was taken; an app that ran may have been in the middle of something. */
	readonly activity: AppActivity;
	/** Files that went on changing while they were read: what is kept of them may be of two moments. */
	readonly unsteady: readonly string[];
	/** Folders that the device does not show. */
	readonly hidden: readonly string[];
	readonly gaps: readonly AppGap[];
	readonly durationMs: number;
}

/** What rolling an app back would do, and what speaks against it. */
export interface AppRollbackPlan {
	readonly snapshot: SnapshotInfo;
	readonly udid: string;
	readonly deviceName?: string;
	readonly app: AppInfo;
	readonly activity: AppActivity;
	readonly writeFiles: number;
	readonly writeBytes: number;
	/** Files, links and folders that the snapshot does not have. */
	readonly removeItems: number;
	readonly sameFiles: number;
	/** The first paths that would change, a hundred at most. */
	readonly paths: readonly string[];
	/** What is there now is in the app's head, so that nothing is lost. */
	readonly isKept: boolean;
	readonly findings: readonly PreflightFinding[];
	readonly gaps: readonly AppGap[];
}

/** What is done when the app runs and cannot be stopped from here. */
export type WhenRunning = 'refuse' | 'wait' | 'go-on';

export interface AppRollbackResult {
	readonly snapshot: SnapshotInfo;
	readonly udid: string;
	readonly writtenFiles: number;
	readonly writtenBytes: number;
	readonly removedItems: number;
	readonly sameFiles: number;
	/** When the data was put back; `running`: it runs on with what it has in memory, because that was asked for. */
	readonly activity: AppActivity;
	/** The snapshot that was taken before, unless it was declined or nothing would have been lost. */
	readonly safety?: SnapshotInfo;
	readonly proof: RollbackResult['proof'];
	readonly gaps: readonly AppGap[];
	readonly durationMs: number;
}

/** What a package says of itself: an .ipa file or an .app folder. */
export interface AppPackageInfo {
	readonly bundleId: string;
	readonly name?: string;
	readonly version?: string;
	readonly build?: string;
	/** It is signed for development. */
	readonly debuggable: boolean;
}

/** A package that was installed. */
export interface InstallResult {
	readonly udid: string;
	readonly app: AppInfo;
	/** The version that it took the place of. */
	readonly before?: { readonly version?: string; readonly build?: string };
	readonly uploadedBytes: number;
	readonly uploadedFiles: number;
	readonly durationMs: number;
}

/** An app's data that was written as a package for Xcode. */
export interface AppExportResult {
	readonly path: string;
	readonly fileCount: number;
	readonly sizeBytes: number;
	/** What got another name, or was left out, because this computer's file system or its safety does not allow it. */
	readonly altered: readonly { readonly path: string; readonly became?: string }[];
}

/** Something that explains why a device's state changed. */
export interface LabHistoryEvent {
	readonly udid: string;
	/** `build-installed`, `app-removed`, `app-rolled-back`, or what a later version knows. */
	readonly kind: string;
	/** ISO 8601. */
	readonly at: string;
	readonly bundleId?: string;
	readonly facts: Readonly<Record<string, unknown>>;
}

/** How a state can be brought about, cheapest first. */
export type StateRoute = 'nothing' | 'app' | 'device';

/** What one way to a state comes to. */
export interface RouteJudgement {
	readonly route: StateRoute;
	/** Why it was not chosen, or why it was; a sentence. */
	readonly reason: string;
	readonly possible: boolean;
	/** What it moves, as far as is known. */
	readonly files?: number;
	readonly bytes?: number;
	/** The device restarts, and a person may have to unlock it. */
	readonly restarts: boolean;
	/** What it does not bring back or look at; sentences. */
	readonly leavesOut: readonly string[];
}

/** Which way to a state is taken, and why. */
export interface StatePlan {
	readonly snapshot: SnapshotInfo;
	readonly udid: string;
	readonly deviceName?: string;
	readonly route: StateRoute;
	readonly judgements: readonly RouteJudgement[];
	readonly findings: readonly PreflightFinding[];
}

export interface StateResult {
	readonly plan: StatePlan;
	readonly route: StateRoute;
	/** What was there before: of the device, or of each app whose data was put back and was not kept already. */
	readonly safeties: readonly SnapshotInfo[];
	readonly proof: RollbackResult['proof'];
	readonly durationMs: number;
}
