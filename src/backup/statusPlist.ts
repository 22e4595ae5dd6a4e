import { encodeBinaryPlist, getBoolean, getDate, getString } from '../plist/index.ts';
import { definedOnly, parseControlPlist } from './controlPlists.ts';

/** `Status.plist`: how far the device has come with a backup. Written by the device; pymobiledevice3 writes one too, to ask for a full backup. */
export interface StatusPlist {
	/** `finished` is the only state in which a backup is complete; `uploading`, `moving` and `removing` come before it. */
	readonly snapshotState: string | undefined;
	/** `new` usually; `empty` was seen. */
	readonly backupState: string | undefined;
	/** Whether the last run was a full one. */
	readonly isFullBackup: boolean | undefined;
	readonly date: Date | undefined;
	/** Upper-case UUID of the run. */
	readonly uuid: string | undefined;
	/** `3.3` since iOS 10. */
	readonly version: string | undefined;
}

/** `SnapshotState` of a complete backup. */
export const SNAPSHOT_STATE_FINISHED = 'finished';

/** @throws BackupError `DAMAGED_MANIFEST` - empty or not a dictionary. Missing keys and keys of another type are undefined. */
export function readStatusPlist(bytes: Uint8Array): StatusPlist {
	const dict = parseControlPlist('Status.plist', bytes);
	return {
		snapshotState: getString(dict, 'SnapshotState'),
		backupState: getString(dict, 'BackupState'),
		isFullBackup: getBoolean(dict, 'IsFullBackup'),
		date: getDate(dict, 'Date'),
		uuid: getString(dict, 'UUID'),
		version: getString(dict, 'Version'),
	};
}

/** The binary property list, as a device writes it. */
export function encodeStatusPlist(status: Partial<StatusPlist>): Uint8Array {
	return encodeBinaryPlist(
		definedOnly({
			BackupState: status.backupState,
			Date: status.date,
			IsFullBackup: status.isFullBackup,
			SnapshotState: status.snapshotState,
			UUID: status.uuid,
			Version: status.version,
		}),
	);
}
