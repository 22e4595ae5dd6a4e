import type { CommandTarget } from '../../contributions.ts';

/**
 * A row of a tree: who it is, not what it shows. Rows are kept by id, so that the editor sees the same object each time and keeps selection
 * and expansion; what a row shows is read from the lab when the editor asks. Commands take rows as they are.
 */
export type LabRow =
	| DeviceRow
	| NowRow
	| JobRow
	| SnapshotRow
	| OlderRow
	| AppsRow
	| AppRow
	| CloudBackupRow
	| EncryptionRow
	| AutomaticRow
	| BackupsRow
	| BackupRow
	| ProblemRow;

interface Row extends CommandTarget {
	/** Stable for as long as what it stands for exists. */
	readonly id: string;
}

/** A device: attached, away while a job of it runs, or (`stored`) known by its snapshots only. */
export interface DeviceRow extends Row {
	readonly kind: 'device';
	readonly udid: string;
	readonly stored: boolean;
}

/** Where a device stands: its head. */
export interface NowRow extends Row {
	readonly kind: 'now';
	readonly udid: string;
}

/** A running job; without a device it works on the store. */
export interface JobRow extends Row {
	readonly kind: 'job';
	readonly jobId: string;
}

export interface SnapshotRow extends Row {
	readonly kind: 'snapshot';
	readonly udid: string;
	readonly snapshot: string;
	readonly stored: boolean;
}

/** Older snapshots of one month. */
export interface OlderRow extends Row {
	readonly kind: 'older';
	readonly udid: string;
	/** `2026-11`, by local time. */
	readonly month: string;
	readonly stored: boolean;
}

/** The folder of a device's apps. */
export interface AppsRow extends Row {
	readonly kind: 'apps';
	readonly udid: string;
}

/** An app: installed, or known by its snapshots only. */
export interface AppRow extends Row {
	readonly kind: 'app';
	readonly udid: string;
	readonly bundleId: string;
}

export interface CloudBackupRow extends Row {
	readonly kind: 'cloudBackup';
	readonly udid: string;
}

export interface EncryptionRow extends Row {
	readonly kind: 'encryption';
	readonly udid: string;
}

/** When a device is backed up automatically. */
export interface AutomaticRow extends Row {
	readonly kind: 'automatic';
	readonly udid: string;
}

/** The group of backups that other programs keep. */
export interface BackupsRow extends Row {
	readonly kind: 'backups';
}

/** A backup of another program. */
export interface BackupRow extends Row {
	readonly kind: 'backup';
	readonly backupPath: string;
}

/** A folder that may not be read. */
export interface ProblemRow extends Row {
	readonly kind: 'problem';
	readonly index: number;
}

const place = (stored: boolean): string => (stored ? 'stored' : 'attached');

/** Makes rows. Ids differ between the views, as a device may be shown in both for a moment. */
export const row = {
	device: (udid: string, stored = false): DeviceRow => ({ kind: 'device', id: `${place(stored)}/${udid}`, udid, stored }),
	now: (udid: string): NowRow => ({ kind: 'now', id: `now/${udid}`, udid }),
	job: (jobId: string, udid: string | undefined): JobRow => ({
		kind: 'job',
		id: `job/${jobId}`,
		jobId,
		...(udid === undefined ? {} : { udid }),
	}),
	snapshot: (udid: string, snapshot: string, stored = false): SnapshotRow => ({
		kind: 'snapshot',
		id: `${place(stored)}/${udid}/${snapshot}`,
		udid,
		snapshot,
		stored,
	}),
	older: (udid: string, month: string, stored = false): OlderRow => ({
		kind: 'older',
		id: `${place(stored)}/${udid}/older/${month}`,
		udid,
		month,
		stored,
	}),
	apps: (udid: string): AppsRow => ({ kind: 'apps', id: `apps/${udid}`, udid }),
	app: (udid: string, bundleId: string): AppRow => ({ kind: 'app', id: `app/${udid}/${bundleId}`, udid, bundleId }),
	/** A snapshot of an app, below it; among the device's it has a row of its own. */
	appSnapshot: (udid: string, snapshot: string): SnapshotRow => ({
		kind: 'snapshot',
		id: `ofApp/${udid}/${snapshot}`,
		udid,
		snapshot,
		stored: false,
	}),
	cloudBackup: (udid: string): CloudBackupRow => ({ kind: 'cloudBackup', id: `cloudBackup/${udid}`, udid }),
	encryption: (udid: string): EncryptionRow => ({ kind: 'encryption', id: `encryption/${udid}`, udid }),
	automatic: (udid: string): AutomaticRow => ({ kind: 'automatic', id: `automatic/${udid}`, udid }),
	backups: (): BackupsRow => ({ kind: 'backups', id: 'backups' }),
	backup: (backupPath: string): BackupRow => ({ kind: 'backup', id: `backup/${backupPath}`, backupPath }),
	problem: (index: number): ProblemRow => ({ kind: 'problem', id: `problem/${index}`, index }),
};
