import { CodedError } from '../base/index.ts';

/** Everything the backup room throws, besides AbortError. Scripts and the editor read `code`: add codes, never rename them. */
export class BackupError extends CodedError<BackupErrorCode> {}

export type BackupErrorCode =
	| 'NOT_A_BACKUP' // the folder holds none of a backup's control files
	| 'BACKUP_UNFINISHED' // the device never reported this backup as finished
	| 'UNSUPPORTED_BACKUP' // made by an iOS older than 10.2: details.state
	| 'DAMAGED_MANIFEST' // Manifest.plist, Status.plist, Info.plist or Manifest.db cannot be read: details.file
	| 'DAMAGED_RECORD' // one file record of Manifest.db cannot be read; the others may be fine
	| 'DAMAGED_FILE' // the stored content of one file cannot be decrypted
	| 'MISSING_FILE' // the manifest names a file whose content is not there: details.fileId
	| 'BAD_PATTERN' // a glob that cannot be understood: details.pattern
	| 'NO_SUCH_FILE' // the backup has no file of this domain and path
	| 'BAD_KEYBAG' // the keybag breaks its format, or lacks a class that is needed
	| 'KDF_TOO_COSTLY' // the keybag asks for more key-derivation rounds than any device writes: details.rounds
	| 'PASSWORD_NEEDED' // the backup is encrypted and no password was given
	| 'WRONG_PASSWORD' // the password does not open the keybag
	| 'NOT_ENCRYPTED' // a password was given for a backup that has none
	| 'UNREADABLE' // the file system refuses a folder or file: details.file, details.errno
	| 'WRITE_FAILED'; // a manifest could not be written: details.file, and the cause
