import { BackupError, type BackupErrorCode } from '../../backup/index.ts';
import { EngineError, type EngineErrorCode } from '../errors.ts';
import { translated } from '../store/translated.ts';

const CODES: Readonly<Record<BackupErrorCode, EngineErrorCode>> = {
	NOT_A_BACKUP: 'NOT_A_BACKUP',
	BACKUP_UNFINISHED: 'BACKUP_UNFINISHED',
	UNSUPPORTED_BACKUP: 'BACKUP_UNSUPPORTED',
	DAMAGED_MANIFEST: 'BACKUP_DAMAGED',
	DAMAGED_RECORD: 'BACKUP_DAMAGED',
	DAMAGED_FILE: 'BACKUP_DAMAGED',
	MISSING_FILE: 'BACKUP_DAMAGED',
	BAD_KEYBAG: 'BACKUP_DAMAGED',
	KDF_TOO_COSTLY: 'BACKUP_DAMAGED',
	BAD_PATTERN: 'WRONG_USE',
	NO_SUCH_FILE: 'WRONG_USE',
	PASSWORD_NEEDED: 'PASSWORD_REQUIRED',
	WRONG_PASSWORD: 'WRONG_PASSWORD',
	NOT_ENCRYPTED: 'WRONG_USE',
	UNREADABLE: 'FOLDER_UNUSABLE',
	WRITE_FAILED: 'FOLDER_UNUSABLE',
};

/** Runs work on the contents of a backup; what the rooms below throw becomes the engine's own. */
export async function translatedContents<T>(work: () => Promise<T>): Promise<T> {
	try {
		return await translated(work);
	} catch (error) {
		throw BackupError.is(error) ? toEngineError(error) : error;
	}
}

function toEngineError(error: BackupError): EngineError {
	return new EngineError(CODES[error.code], error.message, { cause: error, details: { ...error.details, backupCode: error.code } });
}
