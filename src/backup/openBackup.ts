import { join } from 'node:path';
import { errorText } from '../base/index.ts';
import { findControlFiles, readControlFile, type ControlSizes } from './backupFolder.ts';
import type { ControlFile } from './controlPlists.ts';
import { BackupError } from './errors.ts';
import { readInfoPlist, type InfoPlist } from './infoPlist.ts';
import { readManifestDbHeader, type ManifestDbHeader } from './manifestDb.ts';
import { readManifestPlist, type ManifestPlist } from './manifestPlist.ts';
import { readStatusPlist, SNAPSHOT_STATE_FINISHED, type StatusPlist } from './statusPlist.ts';

/**
 * What a folder is. Only `complete` may be restored or serve as the base of an incremental backup.
 *
 * - `complete`: readable Manifest.plist, a Manifest.db, a finished Status.plist, no `Snapshot` left over
 * - `interrupted`: some of that, but the device did not finish
 * - `old-format`: iOS before 10.2
 * - `started`: only what a host writes before a backup
 */
export type BackupState = 'complete' | 'interrupted' | 'old-format' | 'started' | 'not-a-backup';

/** A file about the backup itself. */
type ManifestFile = ControlFile | 'Manifest.db' | 'Manifest.mbdb';

/** What can be told about a backup without its password. */
export interface BackupFacts {
	readonly folder: string;
	readonly state: BackupState;
	/** Whether the password is needed to read it; undefined while there is no manifest. */
	readonly isEncrypted: boolean | undefined;
	/** What Manifest.plist says about it, which is wrong for a tree that somebody decrypted. */
	readonly claimsEncryption: boolean;
	readonly deviceName: string | undefined;
	/** As the device spells it. */
	readonly udid: string | undefined;
	readonly productType: string | undefined;
	readonly iosVersion: string | undefined;
	readonly buildVersion: string | undefined;
	/** When the backup ended, as far as the control files say. */
	readonly date: Date | undefined;
	/** Whether the last run was a full one. */
	readonly isFullBackup: boolean | undefined;
	/** Identifies the last run. */
	readonly statusUuid: string | undefined;
	readonly controlSizes: ControlSizes;
	/** Control files that exist but cannot be read. */
	readonly damaged: readonly { readonly file: ManifestFile; readonly message: string }[];
}

/**
 * Looks at a folder: cheap enough for a list. Reads the control files only, and writes nothing.
 * @throws BackupError `UNREADABLE` - the folder or a control file may not be read: not the same as an empty folder.
 */
export async function openBackup(folder: string): Promise<BackupFacts> {
	const damaged: { file: ManifestFile; message: string }[] = [];
	const controlSizes = await findControlFiles(folder, (name) => {
		if (name !== 'Snapshot') {
			damaged.push({ file: name, message: `${name} is no regular file.` });
		}
	});
	const tolerant = async <T>(file: ControlFile, read: (bytes: Uint8Array) => T): Promise<T | undefined> => {
		if (controlSizes[file] === undefined) {
			return undefined;
		}
		try {
			return read(await readControlFile(folder, file));
		} catch (error) {
			if (!BackupError.is(error, 'DAMAGED_MANIFEST')) {
				throw error;
			}
			damaged.push({ file, message: errorText(error) });
			return undefined;
		}
	};
	const status = await tolerant('Status.plist', readStatusPlist);
	const manifest = await tolerant('Manifest.plist', readManifestPlist);
	// Info.plist can have megabytes of icons; it is needed only for what the manifest does not say.
	const info = manifest?.device.uniqueDeviceId === undefined ? await tolerant('Info.plist', readInfoPlist) : undefined;
	const header = controlSizes['Manifest.db'] === undefined ? undefined : await readManifestDbHeader(join(folder, 'Manifest.db'));
	const isEncrypted = encryptionOf(manifest, header);
	if (header === 'empty' || (header === 'other' && isEncrypted === false)) {
		damaged.push({ file: 'Manifest.db', message: `Manifest.db is ${header === 'empty' ? 'empty' : 'no database'}.` });
	}
	return {
		folder,
		state: stateOf(controlSizes, status, manifest, header, isEncrypted),
		isEncrypted,
		claimsEncryption: manifest?.isEncrypted === true,
		...deviceFacts(manifest, info),
		date: status?.date ?? manifest?.date ?? info?.lastBackupDate,
		isFullBackup: status?.isFullBackup,
		statusUuid: status?.uuid,
		controlSizes,
		damaged,
	};
}

/** A plain database is readable whatever the manifest says; one that is none is encrypted when the manifest says so, or has a key for it. */
function encryptionOf(manifest: ManifestPlist | undefined, header: ManifestDbHeader | undefined): boolean | undefined {
	return header === 'sqlite' ? false : manifest === undefined ? undefined : manifest.isEncrypted || hasKeyFor(manifest, header);
}

/** `IsEncrypted` was seen to be wrong in backups that went through other programs. */
function hasKeyFor(manifest: ManifestPlist, header: ManifestDbHeader | undefined): boolean {
	return header === 'other' && manifest.manifestKey !== undefined;
}

function stateOf(
	sizes: ControlSizes,
	status: StatusPlist | undefined,
	manifest: ManifestPlist | undefined,
	header: ManifestDbHeader | undefined,
	isEncrypted: boolean | undefined,
): BackupState {
	const hasDb = (sizes['Manifest.db'] ?? 0) > 0;
	if (!hasDb && sizes['Manifest.mbdb'] !== undefined) {
		return 'old-format';
	}
	// Between iOS 10.0 and 10.2 the rows were encrypted instead of the database: such a manifest has no key of its own.
	const isEarly10 = manifest?.isEncrypted === true && manifest.manifestKey === undefined && mayBeEarly10(manifest.device.productVersion);
	if (hasDb && isEarly10 && (header === 'sqlite' || isEncrypted === true)) {
		return 'old-format';
	}
	const isFinished = status?.snapshotState === SNAPSHOT_STATE_FINISHED && sizes.Snapshot === undefined;
	if (hasDb && manifest !== undefined && isFinished) {
		return 'complete';
	}
	// pymobiledevice3 puts a finished status and an empty manifest into a new folder: that is a start as well.
	const hasContent = hasDb || (sizes['Manifest.plist'] ?? 0) > 0 || sizes.Snapshot !== undefined;
	if (hasContent) {
		return 'interrupted';
	}
	return sizes['Info.plist'] !== undefined || sizes['Status.plist'] !== undefined ? 'started' : 'not-a-backup';
}

function mayBeEarly10(iosVersion: string | undefined): boolean {
	const [major = 0, minor = 0] = (iosVersion ?? '').split('.').map((part) => Number.parseInt(part, 10) || 0);
	return major < 10 || (major === 10 && minor < 2);
}

function deviceFacts(
	manifest: ManifestPlist | undefined,
	info: InfoPlist | undefined,
): Pick<BackupFacts, 'deviceName' | 'udid' | 'productType' | 'iosVersion' | 'buildVersion'> {
	return {
		deviceName: manifest?.device.deviceName ?? info?.deviceName,
		udid: manifest?.device.uniqueDeviceId ?? info?.targetIdentifier,
		productType: manifest?.device.productType ?? info?.productType,
		iosVersion: manifest?.device.productVersion ?? info?.productVersion,
		buildVersion: manifest?.device.buildVersion ?? info?.buildVersion,
	};
}
