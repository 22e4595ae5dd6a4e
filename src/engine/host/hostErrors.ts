import { HostFileError, type HostFileErrorCode } from '../../device/index.ts';

const CODES: Readonly<Record<string, HostFileErrorCode>> = {
	ENOENT: 'NOT_FOUND',
	EEXIST: 'EXISTS',
	ENOTEMPTY: 'EXISTS',
	ENOTDIR: 'NOT_A_DIRECTORY',
	EISDIR: 'IS_A_DIRECTORY',
	ELOOP: 'LINK_LOOP',
	EIO: 'IO',
	ENOSPC: 'NO_SPACE',
	EDQUOT: 'NO_SPACE',
};

/** A failure of this system as the device room distinguishes it. */
export function toHostFileError(error: unknown): HostFileError {
	if (HostFileError.is(error)) {
		return error;
	}
	const { code, message } = error as NodeJS.ErrnoException;
	return new HostFileError(CODES[code ?? ''] ?? 'OTHER', message, { cause: error, details: { systemCode: code } });
}
