import { HostFileError, type HostFileErrorCode } from '../../device/index.ts';
import { StoreError } from '../../snapshots/index.ts';
import { toHostFileError } from '../host/hostErrors.ts';

const CODES: Readonly<Record<string, HostFileErrorCode>> = { STORE_FULL: 'NO_SPACE', FILE_NOT_FOUND: 'NOT_FOUND', STORE_UNUSABLE: 'IO' };

/** A failure of the store as the device room distinguishes it; the store's own code goes along in the details. */
export function storeToHostError(error: unknown): HostFileError {
	if (StoreError.is(error)) {
		return new HostFileError(CODES[error.code] ?? 'OTHER', error.message, {
			cause: error,
			details: { ...error.details, storeCode: error.code },
		});
	}
	return toHostFileError(error);
}
