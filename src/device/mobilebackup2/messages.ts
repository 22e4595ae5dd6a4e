import { getString, PlistReal, type PlistDict } from '../../plist/index.ts';
import { DeviceError, protocolViolation } from '../errors.ts';
import { signedNumber } from '../devicelink/messages.ts';

/** The service, as lockdown starts it. */
export const MOBILE_BACKUP_2_SERVICE = 'com.apple.mobilebackup2';

/** What a restore does beside copying the backup's data. Absent fields are left to the device. */
export interface RestoreOptions {
	/** Also restores system domains. */
	readonly restoreSystemFiles: boolean;
	/** Keeps the device's present settings instead of the backup's. */
	readonly preserveSettings: boolean;
	/** Deletes what the backup does not have. */
	readonly removeItemsNotRestored: boolean;
	/** Keeps the photos that are on the device. */
	readonly preserveCameraRoll: boolean;
	/** The device moves the restored data into place while it restarts; without a restart nothing appears. */
	readonly reboot: boolean;
	/** Copies the backup on the device first; needs its size twice. */
	readonly copyBackup: boolean;
	/** Of an encrypted backup; a secret. */
	readonly password: string | undefined;
}

/** Opens the conversation above DeviceLink. Versions are reals on the wire, also 2.0. */
export function helloRequest(): PlistDict {
	return { MessageName: 'Hello', SupportedProtocolVersions: [new PlistReal(2.0), new PlistReal(2.1)] };
}

export function backupRequest(udid: string, forceFull: boolean): PlistDict {
	const request: PlistDict = { MessageName: 'Backup', TargetIdentifier: udid, SourceIdentifier: udid };
	return forceFull ? { ...request, Options: { ForceFullBackup: true } } : request;
}

/** @param sourceFolder - the folder below the backup root; may be that of another device. */
export function restoreRequest(udid: string, sourceFolder: string, options: RestoreOptions): PlistDict {
	const wire: PlistDict = {
		RestoreSystemFiles: options.restoreSystemFiles,
		RestorePreserveSettings: options.preserveSettings,
		RemoveItemsNotRestored: options.removeItemsNotRestored,
		RestoreShouldReboot: options.reboot,
		RestoreDontCopyBackup: !options.copyBackup,
	};
	if (options.preserveCameraRoll) {
		wire['RestorePreserveCameraRoll'] = true;
	}
	if (options.password !== undefined) {
		wire['Password'] = options.password;
	}
	return { MessageName: 'Restore', TargetIdentifier: udid, SourceIdentifier: sourceFolder, Options: wire };
}

/** Turns encryption on (only a new password), off (only the old one), or changes the password (both). */
export function changePasswordRequest(udid: string, oldPassword: string | undefined, newPassword: string | undefined): PlistDict {
	const request: PlistDict = { MessageName: 'ChangePassword', TargetIdentifier: udid };
	if (oldPassword !== undefined) {
		request['OldPassword'] = oldPassword;
	}
	if (newPassword !== undefined) {
		request['NewPassword'] = newPassword;
	}
	return request;
}

/** The state stands at both levels, as libimobiledevice sends it. */
export function cloudBackupRequest(udid: string, enabled: boolean): PlistDict {
	return {
		MessageName: 'EnableCloudBackup',
		TargetIdentifier: udid,
		SourceIdentifier: udid,
		CloudBackupState: enabled,
		Options: { CloudBackupState: enabled },
	};
}

/**
 * Judges the answer to Hello.
 * @throws DeviceError `PROTOCOL_VIOLATION` - no version in common.
 */
export function readHelloAnswer(answer: PlistDict): void {
	const errorCode = signedNumber(answer, 'ErrorCode');
	if (getString(answer, 'MessageName') !== 'Response' || errorCode !== 0) {
		throw protocolViolation('The device speaks no version of the backup protocol that is known here.', { errorCode });
	}
}

/**
 * Judges a final answer by its code; the device's own text is kept.
 * @throws DeviceError `BACKUP_ERROR` - details.errorCode and details.deviceText, verbatim.
 */
export function readFinalAnswer(answer: PlistDict): void {
	const errorCode = signedNumber(answer, 'ErrorCode');
	if (errorCode === undefined) {
		throw protocolViolation('The device ended without saying how it went.');
	}
	if (errorCode !== 0) {
		const deviceText = getString(answer, 'ErrorDescription');
		throw new DeviceError('BACKUP_ERROR', `The device ended with error ${errorCode}${deviceText === undefined ? '' : `: ${deviceText}`}.`, {
			details: { errorCode, deviceText, reason: backupErrorReason(errorCode, deviceText) },
		});
	}
}

/** What an error of mobilebackup2 means for the person in front of it. */
export type BackupErrorReason =
	| 'device-locked'
	| 'wrong-password'
	| 'find-my-on'
	| 'setup-unfinished'
	| 'host-full'
	| 'device-full'
	| 'backup-invalid'
	| 'restart-device'
	| 'files-unreadable'
	| 'managed'
	| 'other';

const REASONS: Readonly<Record<number, BackupErrorReason>> = {
	3: 'restart-device',
	4: 'backup-invalid',
	11: 'backup-invalid',
	22: 'managed',
	102: 'restart-device',
	103: 'device-locked',
	104: 'files-unreadable',
	105: 'host-full',
	205: 'backup-invalid',
	207: 'wrong-password',
	208: 'device-locked',
	211: 'find-my-on',
	212: 'setup-unfinished',
};

/** Source: docs/protocol.md#backup-errors. Codes without public evidence are `other`; the device's text speaks for itself then. */
export function backupErrorReason(errorCode: number, deviceText: string | undefined): BackupErrorReason {
	if (errorCode === 105 && deviceText !== undefined && /on device to restore/i.test(deviceText)) {
		return 'device-full';
	}
	if (errorCode === 1 && deviceText !== undefined) {
		if (/keychain/i.test(deviceText)) {
			return 'device-locked';
		}
		if (/\/22\)|WillEncrypt/i.test(deviceText)) {
			return 'managed';
		}
	}
	return REASONS[errorCode] ?? 'other';
}
