import type { CloudBackupStatus, EncryptionStatus } from '../../contract/index.ts';
import { PairedDevice, type AttachedDevice, type LockdownClient, type ReadOptions } from '../../device/index.ts';
import { getBoolean, getDate, getNumber, type PlistDict } from '../../plist/index.ts';
import { readDomain } from '../devices/readDevice.ts';
import { EngineError } from '../errors.ts';
import { known } from '../known.ts';
import type { JobContext } from './backUp.ts';
import { DeviceSession } from './deviceSession.ts';
import { NO_FILES } from './noFiles.ts';
import { ProgressReporter, type JobRun } from './progress.ts';

const BACKUP_DOMAIN = 'com.apple.mobile.backup';

/** Whether the device encrypts its backups, and whether its management insists on that. */
export async function readEncryption(device: AttachedDevice, options: ReadOptions = {}): Promise<EncryptionStatus> {
	return encryptionOf(await readBackupDomain(device, options));
}

/** Whether iCloud Backup is on and when it last ran. No public client has seen a device answer these keys; "unknown" is the usual answer. */
export async function readCloudBackup(device: AttachedDevice, options: ReadOptions = {}): Promise<CloudBackupStatus> {
	const values = await readBackupDomain(device, options);
	const lastBackupAt = getDate(values, 'LastCloudBackupDate');
	return {
		cloudBackup: known(getBoolean(values, 'CloudBackupEnabled')),
		...(lastBackupAt === undefined ? {} : { lastBackupAt: lastBackupAt.toISOString() }),
	};
}

/**
 * Turns encryption on (only a new password), off (only the old one) or changes the password (both). What cannot be is refused before the device
 * is asked; the device asks for its passcode.
 *
 * @throws EngineError `ENCRYPTION_ALREADY_ON`, `ENCRYPTION_ALREADY_OFF`, `ENCRYPTION_REQUIRED`, `WRONG_USE`.
 */
export async function changeEncryption(
	device: AttachedDevice,
	passwords: { readonly old: string | undefined; readonly new: string | undefined },
	run: JobRun,
	context: JobContext,
): Promise<EncryptionStatus> {
	if (passwords.old === undefined && passwords.new === undefined) {
		throw new EngineError('WRONG_USE', 'Neither the old nor a new password was given.');
	}
	const before = await readEncryption(device, run);
	if (before.encryption === 'on' && passwords.old === undefined) {
		throw new EngineError('ENCRYPTION_ALREADY_ON', 'Backups of this device are encrypted already.');
	}
	if (before.encryption === 'off' && passwords.old !== undefined) {
		throw new EngineError('ENCRYPTION_ALREADY_OFF', 'Backups of this device are not encrypted.');
	}
	if (before.required === 'on' && passwords.new === undefined) {
		throw new EngineError('ENCRYPTION_REQUIRED', 'The management of this device does not allow backups without encryption.');
	}
	await withSession(device, run, context, (session, options) =>
		session.backup.changePassword(device.udid, passwords.old, passwords.new, options),
	);
	return readEncryption(device, run);
}

/** Turns iCloud Backup on or off. */
export async function setCloudBackup(
	device: AttachedDevice,
	enabled: boolean,
	run: JobRun,
	context: JobContext,
): Promise<CloudBackupStatus> {
	await withSession(device, run, context, (session, options) => session.backup.setCloudBackup(device.udid, enabled, options));
	return readCloudBackup(device, run);
}

async function withSession(
	device: AttachedDevice,
	run: JobRun,
	context: JobContext,
	request: (session: DeviceSession, options: Parameters<DeviceSession['backup']['changePassword']>[3]) => Promise<void>,
): Promise<void> {
	const progress = new ProgressReporter(run, context.clock);
	progress.enter('connecting');
	const session = await DeviceSession.open(device, {
		...context,
		signal: run.signal,
		onPasscodePrompt: (isShown) => progress.passcodePrompt(isShown),
	});
	try {
		progress.enter('waiting-for-passcode');
		await request(session, { host: NO_FILES, signal: session.signal, log: context.log });
	} finally {
		await session.end();
	}
}

async function readBackupDomain(device: AttachedDevice, options: ReadOptions): Promise<PlistDict> {
	const paired = await PairedDevice.open(device, options);
	return paired.withSession((lockdown: LockdownClient) => readDomain(lockdown, BACKUP_DOMAIN, options), options);
}

/** `RequiresEncryption` is an integer on the devices that have it (libimobiledevice issue 1425). */
function encryptionOf(values: PlistDict): EncryptionStatus {
	const required =
		getBoolean(values, 'RequiresEncryption') ??
		(getNumber(values, 'RequiresEncryption') === undefined ? undefined : getNumber(values, 'RequiresEncryption') !== 0);
	return { encryption: getBoolean(values, 'WillEncrypt') === true ? 'on' : 'off', required: known(required) };
}
