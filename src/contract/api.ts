import type {
	ContentsHealth,
	ContentsItem,
	ContentsListing,
	ContentsText,
	Coverage,
	ExtractOrder,
	ExtractResult,
	RowsDiff,
	StorageReport,
} from './contents.ts';
import type {
	AppExportResult,
	AppInfo,
	AppPackageInfo,
	AppRollbackPlan,
	AppRollbackResult,
	AppSnapshotResult,
	InstallResult,
	LabHistoryEvent,
	StatePlan,
	StateResult,
	WhenRunning,
} from './apps.ts';
import type { AutomaticReport, AutomaticRules } from './automatic.ts';
import type { CloudBackupStatus, DeviceInfo, DeviceList, EncryptionStatus, Known } from './devices.ts';
import { ERROR_CODES, type ErrorReport } from './errors.ts';
import type { DoctorCheck, RestoreChoices } from './jobs.ts';
import type { JobEnd, JobInfo } from './labJobs.ts';
import type {
	GitFacts,
	ImportOutcome,
	LeaseInfo,
	LocalBackupList,
	PruneOutcome,
	RepairOutcome,
	RetentionPreviewInfo,
	RollbackPlan,
	RollbackResult,
	SnapshotCheck,
	SnapshotDiff,
	SnapshotInfo,
	SnapshotList,
	StateCheck,
} from './snapshots.ts';

/** What the editor tells the engine's server when it starts it. */
export interface ServerOptions {
	/** Empty for the environment's, and then the user's own. */
	readonly storeFolder: string;
	/** As people write them; with none, the environment's and then this system's own. */
	readonly muxers: readonly string[];
	/** Used beside `muxers`, or beside this system's own where it answers: that of a virtual lab. */
	readonly extraMuxers?: readonly string[];
	/** Whose commit and branch snapshots are marked with, unless a request says otherwise. */
	readonly workingFolder?: string;
	/** The texts of `l10n/bundle.l10n.json` in the editor's language; absent for English. */
	readonly texts?: Readonly<Record<string, string>>;
}

/** One snapshot of one device. */
export interface SnapshotRef {
	readonly udid: string;
	readonly snapshot: string;
}

/** A snapshot that is looked into. */
export interface ContentsRef extends SnapshotRef {
	/** Of an encrypted snapshot; a secret. What was derived from it is kept for the session. */
	readonly password?: string;
}

/** One file, folder or link in a snapshot. */
interface ContentsFileRef extends ContentsRef {
	readonly domain: string;
	/** Without a leading slash. */
	readonly path: string;
}

/** A roll-back. The target is bound here: this snapshot by its id, this device by its UDID. */
export interface RollbackParams extends SnapshotRef {
	/** The device whose snapshot it is, when it is another one. */
	readonly source?: string;
	/** Of an encrypted snapshot; a secret. */
	readonly password?: string;
	readonly choices: RestoreChoices;
	/** Take a snapshot of the present state first. */
	readonly safety: boolean;
	readonly workingFolder?: string;
}

/** A roll-back of one app. The target is bound here: this snapshot by its id, this device by its UDID. */
export interface AppRollbackParams extends SnapshotRef {
	/** The app; that of the snapshot when absent. */
	readonly bundleId?: string;
	/** The device whose snapshot it is, when it is another one. */
	readonly source?: string;
	/** Take a snapshot of the present state first, unless it is in the app's head. */
	readonly safety: boolean;
	/** Nothing here can end an app. `wait` asks a person to close it, and waits two minutes. */
	readonly whenRunning: WhenRunning;
}

/** A state that a device is to be brought to, in the cheapest way. */
export interface StateParams extends SnapshotRef {
	/** Only this app's data is wanted. */
	readonly bundleId?: string;
	/** `app`: never the whole device. `device`: never an app alone. `auto` when absent. */
	readonly scope?: 'auto' | 'app' | 'device';
	/** Of an encrypted snapshot; a secret. Without it nobody looks into the apps of one. */
	readonly password?: string;
	readonly safety: boolean;
	/** `refuse` when absent. */
	readonly whenRunning?: WhenRunning;
	/** Of a roll-back of the whole device. */
	readonly choices: RestoreChoices;
}

/**
 * What the editor asks of the engine: method → what it takes and answers. Methods of `JobMethods` are jobs: they are cancelled by the protocol's
 * own cancellation, and are seen by everyone in `jobs/didChange`. A failure carries an `ErrorReport` as its data.
 */
export interface LabRequests {
	'devices/list': { params: Record<string, never>; result: DeviceList };
	'devices/pair': { params: { readonly udid: string }; result: DeviceInfo };
	'devices/forget': { params: { readonly udid: string }; result: null };
	/** What happened to a device beside its snapshots, oldest first; needs no device attached. */
	'devices/history': { params: { readonly udid: string }; result: readonly LabHistoryEvent[] };
	'encryption/status': { params: { readonly udid: string }; result: EncryptionStatus };
	/** On: only `newPassword`. Off: only `oldPassword`. Change: both. */
	'encryption/change': {
		params: { readonly udid: string; readonly oldPassword?: string; readonly newPassword?: string };
		result: EncryptionStatus;
	};
	'cloudBackup/status': { params: { readonly udid: string }; result: CloudBackupStatus };
	'cloudBackup/set': { params: { readonly udid: string; readonly enabled: boolean }; result: CloudBackupStatus };
	/** Of one device, or of all. */
	'snapshots/list': { params: { readonly udid?: string }; result: SnapshotList };
	'snapshots/take': {
		params: {
			readonly udid: string;
			readonly name?: string;
			readonly note?: string;
			readonly full?: boolean;
			readonly trigger?: string;
			readonly workingFolder?: string;
		};
		result: SnapshotInfo;
	};
	/** By its name, its id, the beginning of that, or a word such as `head`. */
	'snapshots/find': { params: SnapshotRef; result: SnapshotInfo };
	/** Whether an attached device is at one of its snapshots; takes a second or two. */
	'state/check': { params: SnapshotRef; result: StateCheck };
	/** Commit and branch of the folder; nothing where it is in no work tree. */
	'workspace/facts': { params: { readonly workingFolder?: string }; result: GitFacts };
	/** No name takes it away. */
	'snapshots/rename': { params: SnapshotRef & { readonly name?: string }; result: SnapshotInfo };
	'snapshots/setNote': { params: SnapshotRef & { readonly note?: string }; result: SnapshotInfo };
	'snapshots/setPinned': { params: SnapshotRef & { readonly pinned: boolean }; result: SnapshotInfo };
	'snapshots/delete': { params: { readonly udid: string; readonly snapshots: readonly string[] }; result: readonly SnapshotInfo[] };
	'snapshots/diff': {
		params: {
			readonly udid: string;
			readonly before: string;
			readonly after: string;
			readonly maxFiles?: number;
			readonly password?: string;
			/** Of the earlier one, where it is another one. */
			readonly beforePassword?: string;
		};
		result: SnapshotDiff;
	};
	'snapshots/export': {
		params: SnapshotRef & { readonly folder: string };
		result: { readonly path: string; readonly fileCount: number; readonly sizeBytes: number };
	};
	/** Adopts one backup folder, or all below one. */
	'snapshots/import': { params: { readonly folder: string; readonly name?: string }; result: readonly ImportOutcome[] };
	'snapshots/verify': { params: { readonly udid?: string; readonly snapshot?: string; readonly sample?: number }; result: SnapshotCheck };
	/** Whether a password opens an encrypted snapshot. */
	'snapshots/checkPassword': { params: SnapshotRef & { readonly password: string }; result: { readonly correct: boolean } };
	/** The domains, or what lies directly in a domain or a folder of one. */
	'contents/list': { params: ContentsRef & { readonly domain?: string; readonly folder?: string }; result: ContentsListing };
	'contents/item': { params: ContentsFileRef; result: ContentsItem };
	/** What fits words or a glob, whatever their case, the best first; `limit` of them, 200 when absent. */
	'contents/search': { params: ContentsRef & { readonly text: string; readonly limit?: number }; result: ContentsListing };
	/** A file for reading and comparing: property lists and databases as lines, anything that is no text as size and hash. */
	'contents/readText': { params: ContentsFileRef; result: ContentsText };
	/** Whether it can be restored, and if not, why, with what is known of the device that it is for; no device is asked. */
	'contents/health': {
		params: ContentsRef & { readonly target?: { readonly iosVersion?: string; readonly supervised?: Known } };
		result: ContentsHealth;
	};
	/** A whole file. One above 32 MiB is refused with `WRONG_USE`, `details.reason` `file-too-large`: extract it. */
	'contents/readBytes': { params: ContentsFileRef; result: { readonly base64: string } };
	/** Compared with the parent unless `compare` is false. */
	'contents/coverage': { params: ContentsRef & { readonly compare?: boolean }; result: Coverage };
	/** `history`: how many of the device's snapshots up to this one are looked at as well. */
	'contents/storage': { params: ContentsRef & { readonly history?: number }; result: StorageReport };
	/** The rows that differ, in databases that differ. Takes longer than `snapshots/diff`, and leaves out what would take too long. */
	'contents/diffRows': {
		params: {
			readonly udid: string;
			readonly before: string;
			readonly after: string;
			readonly password?: string;
			readonly beforePassword?: string;
		};
		result: RowsDiff;
	};
	/** Copies to a folder of this computer; can be cancelled, what was copied stays. */
	'contents/extract': { params: ContentsRef & { readonly extract: ExtractOrder }; result: ExtractResult };
	'rollback/plan': { params: RollbackParams; result: RollbackPlan };
	'rollback/run': { params: RollbackParams; result: RollbackResult };
	/** The apps that people installed, by name. `sizes`: also what each takes, which the device adds up; it can last a minute. */
	'apps/list': { params: { readonly udid: string; readonly sizes?: boolean }; result: readonly AppInfo[] };
	/** What an .ipa file or an .app folder says of itself; whether a device takes it is not looked at. */
	'apps/readPackage': { params: { readonly file: string }; result: AppPackageInfo };
	/** An .ipa file or an .app folder; the data of an app that is there stays. */
	'apps/install': { params: { readonly udid: string; readonly file: string; readonly workingFolder?: string }; result: InstallResult };
	/** With all its data. */
	'apps/uninstall': { params: { readonly udid: string; readonly bundleId: string }; result: AppInfo };
	'apps/snapshot': {
		params: {
			readonly udid: string;
			readonly bundleId: string;
			readonly name?: string;
			readonly note?: string;
			/** Take none when nothing differs from the app's head. */
			readonly onlyIfChanged?: boolean;
			readonly trigger?: string;
			readonly workingFolder?: string;
		};
		result: AppSnapshotResult;
	};
	'apps/rollbackPlan': { params: AppRollbackParams; result: AppRollbackPlan };
	'apps/rollBack': { params: AppRollbackParams; result: AppRollbackResult };
	/** Two snapshots of an app, or one and what is on the device now (without `after`). */
	'apps/diff': {
		params: {
			readonly udid: string;
			readonly bundleId: string;
			readonly before: string;
			readonly after?: string;
			readonly maxFiles?: number;
		};
		result: SnapshotDiff;
	};
	/** `to` is the package itself when it ends in .xcappdata, else the folder that gets it. */
	'apps/export': { params: SnapshotRef & { readonly to: string }; result: AppExportResult };
	/** Adopts an .xcappdata package. */
	'apps/import': {
		params: { readonly udid: string; readonly file: string; readonly name?: string; readonly note?: string };
		result: SnapshotInfo;
	};
	/** The cheapest way to a state, and why; touches nothing. */
	'state/plan': { params: StateParams; result: StatePlan };
	'state/ensure': { params: StateParams; result: StateResult };
	'retention/preview': { params: { readonly udid?: string; readonly policy: string }; result: RetentionPreviewInfo };
	/** `forget` is what the preview named: nothing else is forgotten. */
	'retention/apply': {
		params: { readonly udid?: string; readonly policy: string; readonly forget: readonly SnapshotRef[] };
		result: PruneOutcome;
	};
	'store/prune': { params: Record<string, never>; result: PruneOutcome };
	'store/repair': { params: Record<string, never>; result: RepairOutcome };
	/** Who holds what, in this and in other windows and programs. */
	'store/leases': { params: Record<string, never>; result: readonly LeaseInfo[] };
	/** Backups that Finder, iTunes and Apple Devices keep in this system's usual places. */
	'backups/list': { params: Record<string, never>; result: LocalBackupList };
	/** Has devices backed up by these rules from now on, by this engine and as long as it runs; without rules, no longer. */
	'automatic/set': { params: { readonly rules?: AutomaticRules }; result: AutomaticReport };
	'computer/check': { params: Record<string, never>; result: readonly DoctorCheck[] };
	'jobs/list': { params: Record<string, never>; result: readonly JobInfo[] };
	/** Asks a job to stop; also one that another part of this editor started. */
	'jobs/cancel': { params: { readonly id: string }; result: null };
}

/** What the engine tells without being asked. */
export interface LabNotifications {
	/** The whole list, at each change of what is attached or of what is known of it. */
	'devices/didChange': DeviceList;
	/** Snapshots of these devices changed, here or in another process; all, when none is named. */
	'snapshots/didChange': { readonly udids?: readonly string[] };
	/** All jobs that run in this engine, at each change; at most ten times a second. */
	'jobs/didChange': readonly JobInfo[];
	'jobs/didEnd': JobEnd;
	/** Leases changed: another program began or ended its work on a device. */
	'store/didChangeLeases': readonly LeaseInfo[];
	/** Where each attached device stands with automatic backups. */
	'automatic/didChange': AutomaticReport;
}

export type LabMethod = keyof LabRequests;
export type LabParams<M extends LabMethod> = LabRequests[M]['params'];
export type LabResult<M extends LabMethod> = LabRequests[M]['result'];
export type LabEvent = keyof LabNotifications;

/** The protocol's number of every failure of the engine; its data is an `ErrorReport`. */
export const LAB_FAILURE = 1;

const codes: ReadonlySet<unknown> = new Set(ERROR_CODES);

/** Whether what came with a failure is an `ErrorReport`. */
export function isErrorReport(value: unknown): value is ErrorReport {
	const report = value as Partial<ErrorReport> | null | undefined;
	return (
		typeof report === 'object' &&
		report !== null &&
		codes.has(report.code) &&
		typeof report.message === 'string' &&
		typeof report.details === 'object' &&
		(report.details as unknown) !== null
	);
}
