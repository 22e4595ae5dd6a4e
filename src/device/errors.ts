import { CodedError } from '../base/index.ts';

/** Everything the device room throws. Scripts and the editor read `code`: add codes, never rename them. */
export class DeviceError extends CodedError<DeviceErrorCode> {}

export type DeviceErrorCode =
	| 'MUX_UNAVAILABLE' // no muxer answers at the address: details.address
	| 'MUX_REFUSED' // the muxer answered a request with an error number: details.muxResult
	| 'DEVICE_NOT_FOUND' // no attached device has this UDID
	| 'CONNECTION_REFUSED' // nothing listens on that device port
	| 'NOT_PAIRED' // no pair record for this device
	| 'PAIR_RECORD_STALE' // the device no longer honours our pair record
	| 'PAIRING_PENDING' // the trust dialog is open on the device
	| 'PAIRING_DENIED' // "Don't Trust" was chosen
	| 'PAIRING_PROHIBITED' // pairing over Wi-Fi, or a device managed to refuse this host
	| 'DEVICE_LOCKED' // the device must be unlocked with its passcode first
	| 'CERTIFICATE_MISMATCH' // the peer does not hold the key that was paired
	| 'SERVICE_UNAVAILABLE' // the device does not offer this service: details.service
	| 'VALUE_UNAVAILABLE' // lockdown has no such value, or does not give it out
	| 'DEVICE_REFUSED' // the device answered with an error of its own: details.deviceError, verbatim
	| 'BACKUP_ERROR' // mobilebackup2 ended with an error: details.errorCode, details.deviceText, verbatim
	| 'SYNC_BUSY' // another program holds the device's sync lock
	| 'AFC_ERROR' // an AFC operation failed: details.status, details.operation
	| 'UNSAFE_PATH' // a path from the device leaves the folder it may name
	| 'PROTOCOL_VIOLATION' // the peer broke the format; the connection is already closed
	| 'CONNECTION_LOST' // the link ended in the middle of something
	| 'TIMED_OUT';

/** Shorthand for the error of a peer that broke a format. */
export function protocolViolation(message: string, details?: Record<string, unknown>, cause?: unknown): DeviceError {
	return new DeviceError('PROTOCOL_VIOLATION', message, { details, cause });
}
