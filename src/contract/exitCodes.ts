import type { ErrorCode } from './errors.ts';

/** What the command line and tasks end with. Scripts rely on the numbers: docs/cli.md. */
export const EXIT = {
	done: 0,
	failed: 1,
	wrongUse: 2,
	/** Not attached, not trusted, locked, or its passcode was not entered. */
	deviceUnavailable: 3,
	/** A check said no before anything was done. */
	refused: 4,
	/** The link was lost, or the device failed, in the middle. */
	interrupted: 5,
	damaged: 6,
	cancelled: 7,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The exit code of each failure, where nothing more is known of it. */
export const ERROR_EXIT_CODES: Readonly<Record<ErrorCode, ExitCode>> = {
	MUX_UNAVAILABLE: EXIT.deviceUnavailable,
	MUX_REFUSED: EXIT.deviceUnavailable,
	DEVICE_NOT_FOUND: EXIT.deviceUnavailable,
	DEVICE_AMBIGUOUS: EXIT.wrongUse,
	CONNECTION_REFUSED: EXIT.deviceUnavailable,
	CONNECTION_LOST: EXIT.interrupted,
	TIMED_OUT: EXIT.interrupted,
	PROTOCOL_VIOLATION: EXIT.interrupted,
	UNSAFE_PATH: EXIT.interrupted,
	NOT_PAIRED: EXIT.deviceUnavailable,
	PAIR_RECORD_STALE: EXIT.deviceUnavailable,
	PAIRING_PENDING: EXIT.deviceUnavailable,
	PAIRING_DENIED: EXIT.deviceUnavailable,
	PAIRING_PROHIBITED: EXIT.deviceUnavailable,
	DEVICE_LOCKED: EXIT.deviceUnavailable,
	CERTIFICATE_MISMATCH: EXIT.deviceUnavailable,
	SERVICE_UNAVAILABLE: EXIT.deviceUnavailable,
	VALUE_UNAVAILABLE: EXIT.failed,
	DEVICE_REFUSED: EXIT.failed,
	BACKUP_ERROR: EXIT.interrupted,
	SYNC_BUSY: EXIT.refused,
	AFC_ERROR: EXIT.interrupted,
	NOT_A_BACKUP: EXIT.refused,
	BACKUP_UNFINISHED: EXIT.refused,
	BACKUP_DAMAGED: EXIT.damaged,
	BACKUP_UNSUPPORTED: EXIT.refused,
	PASSWORD_REQUIRED: EXIT.refused,
	WRONG_PASSWORD: EXIT.refused,
	HOST_FULL: EXIT.interrupted,
	FOLDER_UNUSABLE: EXIT.failed,
	STORE_UNUSABLE: EXIT.failed,
	STORE_DAMAGED: EXIT.damaged,
	STORE_NEWER: EXIT.refused,
	STORE_BUSY: EXIT.refused,
	SNAPSHOT_NOT_FOUND: EXIT.wrongUse,
	SNAPSHOT_AMBIGUOUS: EXIT.wrongUse,
	NAME_TAKEN: EXIT.wrongUse,
	NAME_UNUSABLE: EXIT.wrongUse,
	DEVICE_BUSY: EXIT.refused,
	FIND_MY_ON: EXIT.refused,
	IOS_TOO_OLD: EXIT.refused,
	DEVICE_FULL: EXIT.refused,
	BATTERY_LOW: EXIT.refused,
	SUPERVISION_DIFFERS: EXIT.refused,
	ENCRYPTION_ALREADY_ON: EXIT.refused,
	ENCRYPTION_ALREADY_OFF: EXIT.refused,
	ENCRYPTION_REQUIRED: EXIT.refused,
	CABLE_NEEDED: EXIT.refused,
	APP_NOT_FOUND: EXIT.wrongUse,
	APP_NOT_DEBUGGABLE: EXIT.refused,
	APP_RUNNING: EXIT.refused,
	PACKAGE_UNUSABLE: EXIT.refused,
	INSTALL_REFUSED: EXIT.refused,
	CANCELLED: EXIT.cancelled,
	ENGINE_STOPPED: EXIT.interrupted,
	WRONG_USE: EXIT.wrongUse,
	INTERNAL: EXIT.failed,
};

/**
 * A BACKUP_ERROR is told apart by what the device's number means (`details.reason`), where that is more than "failed in the middle".
 * The device checks these before it changes anything.
 */
export const BACKUP_ERROR_EXIT_CODES: Readonly<Record<string, ExitCode>> = {
	'device-locked': EXIT.deviceUnavailable,
	'setup-unfinished': EXIT.deviceUnavailable,
	'wrong-password': EXIT.refused,
	'find-my-on': EXIT.refused,
	managed: EXIT.refused,
};
