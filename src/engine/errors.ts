import { BackupError } from '../backup/index.ts';
import { AbortError, CodedError, errorText, isAbortError } from '../base/index.ts';
import { ERROR_CODES, type ErrorCode, type ErrorReport } from '../contract/index.ts';
import { DeviceError, HostFileError, type DeviceErrorCode } from '../device/index.ts';

/** What the engine itself refuses or finds. Codes are a part of the contract's. */
export class EngineError extends CodedError<EngineErrorCode> {}

export type EngineErrorCode = Extract<
	ErrorCode,
	| 'DEVICE_NOT_FOUND'
	| 'DEVICE_AMBIGUOUS'
	| 'DEVICE_BUSY'
	| 'NOT_A_BACKUP'
	| 'BACKUP_UNFINISHED'
	| 'BACKUP_DAMAGED'
	| 'BACKUP_UNSUPPORTED'
	| 'PASSWORD_REQUIRED'
	| 'WRONG_PASSWORD'
	| 'HOST_FULL'
	| 'FOLDER_UNUSABLE'
	| 'FIND_MY_ON'
	| 'IOS_TOO_OLD'
	| 'DEVICE_FULL'
	| 'BATTERY_LOW'
	| 'SUPERVISION_DIFFERS'
	| 'CABLE_NEEDED'
	| 'ENCRYPTION_ALREADY_ON'
	| 'ENCRYPTION_ALREADY_OFF'
	| 'ENCRYPTION_REQUIRED'
	| 'STORE_UNUSABLE'
	| 'STORE_DAMAGED'
	| 'STORE_NEWER'
	| 'STORE_BUSY'
	| 'SNAPSHOT_NOT_FOUND'
	| 'SNAPSHOT_AMBIGUOUS'
	| 'NAME_TAKEN'
	| 'NAME_UNUSABLE'
	| 'TIMED_OUT'
	| 'APP_NOT_FOUND'
	| 'APP_NOT_DEBUGGABLE'
	| 'APP_RUNNING'
	| 'PACKAGE_UNUSABLE'
	| 'INSTALL_REFUSED'
	| 'WRONG_USE'
>;

// Does not compile when the contract lacks a code of the device room.
const deviceCodes = (code: DeviceErrorCode): ErrorCode => code;

const crossing: ReadonlySet<string> = new Set(ERROR_CODES);

/** Any error of any room as it crosses a border: code, sentence, plain facts. What nobody expected is `INTERNAL`. */
export function reportError(error: unknown): ErrorReport {
	if (isAbortError(error)) {
		return { code: 'CANCELLED', message: new AbortError().message, details: {} };
	}
	if (DeviceError.is(error)) {
		return { code: deviceCodes(error.code), message: error.message, details: error.details };
	}
	if (BackupError.is(error)) {
		return {
			code: error.code === 'WRONG_PASSWORD' ? 'WRONG_PASSWORD' : 'BACKUP_DAMAGED',
			message: error.message,
			details: { ...error.details, backupCode: error.code },
		};
	}
	if (HostFileError.is(error)) {
		return { code: error.code === 'NO_SPACE' ? 'HOST_FULL' : 'FOLDER_UNUSABLE', message: error.message, details: error.details };
	}
	if (CodedError.is(error) && crossing.has(error.code)) {
		return { code: error.code as ErrorCode, message: error.message, details: error.details };
	}
	return { code: 'INTERNAL', message: errorText(error), details: {} };
}
