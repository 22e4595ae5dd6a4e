/** A failure as it crosses a process border or leaves the command line: code, plain sentence, plain facts. */
export interface ErrorReport {
	readonly code: ErrorCode;
	readonly message: string;
	readonly details: Readonly<Record<string, unknown>>;
}

/** Every code that may cross. The engine does not compile when a code of a room is missing here. Codes are added, never renamed. */
export const ERROR_CODES = [
	// the muxer and the way to the device
	'MUX_UNAVAILABLE',
	'MUX_REFUSED',
	'DEVICE_NOT_FOUND',
	'DEVICE_AMBIGUOUS',
	'CONNECTION_REFUSED',
	'CONNECTION_LOST',
	'TIMED_OUT',
	'PROTOCOL_VIOLATION',
	'UNSAFE_PATH',
	// trust
	'NOT_PAIRED',
	'PAIR_RECORD_STALE',
	'PAIRING_PENDING',
	'PAIRING_DENIED',
	'PAIRING_PROHIBITED',
	'DEVICE_LOCKED',
	'CERTIFICATE_MISMATCH',
	// what the device says
	'SERVICE_UNAVAILABLE',
	'VALUE_UNAVAILABLE',
	'DEVICE_REFUSED',
	'BACKUP_ERROR',
	'SYNC_BUSY',
	'AFC_ERROR',
	// backups on this computer
	'NOT_A_BACKUP',
	'BACKUP_UNFINISHED',
	'BACKUP_DAMAGED',
	'BACKUP_UNSUPPORTED',
	'PASSWORD_REQUIRED',
	'WRONG_PASSWORD',
	'HOST_FULL',
	'FOLDER_UNUSABLE',
	// the snapshot store
	'STORE_UNUSABLE',
	'STORE_DAMAGED',
	'STORE_NEWER',
	'STORE_BUSY',
	'SNAPSHOT_NOT_FOUND',
	'SNAPSHOT_AMBIGUOUS',
	'NAME_TAKEN',
	'NAME_UNUSABLE',
	// refused before anything was done
	'DEVICE_BUSY',
	'FIND_MY_ON',
	'IOS_TOO_OLD',
	'DEVICE_FULL',
	'BATTERY_LOW',
	'SUPERVISION_DIFFERS',
	'CABLE_NEEDED',
	'ENCRYPTION_ALREADY_ON',
	'ENCRYPTION_ALREADY_OFF',
	'ENCRYPTION_REQUIRED',
	// apps
	'APP_NOT_FOUND',
	'APP_NOT_DEBUGGABLE',
	'APP_RUNNING',
	'PACKAGE_UNUSABLE',
	'INSTALL_REFUSED',
	// the rest
	'CANCELLED',
	// the engine's own process ended, or was ended, before it had answered; what was there before is whole
	'ENGINE_STOPPED',
	'WRONG_USE',
	'INTERNAL',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];
