export { BackupError, type BackupErrorCode } from './errors.ts';
export { fileIdOf, isFileId, payloadPathOf } from './fileId.ts';
export { aesKeyUnwrap, aesKeyWrap } from './keyWrap.ts';
export { KEYBAG_CLASSES, ProtectionClass } from './protectionClass.ts';
export { deriveBackupKey, MAX_KDF_ROUNDS, USUAL_OUTER_ROUNDS, USUAL_ROUNDS, type KeyDerivation } from './keyDerivation.ts';
export { BackupKeybag, classOfFileKey, UnlockedKeybag, WRAPPED_FILE_KEY_BYTES, wrapFileKey, type KeybagClass } from './keybag.ts';
export {
	buildKeybag,
	buildUnencryptedKeybag,
	createPasswordKey,
	matchesPasswordKey,
	type BackupPasswordKey,
	type BuiltKeybag,
	type RandomBytes,
} from './keybagBuilder.ts';
export { decryptBytes, encryptBytes, encryptedSizeOf, FileDecryptor, FileEncryptor, type PaddingKind } from './fileCipher.ts';
export { decryptFile, decryptStream, encryptFile, encryptStream } from './fileStreams.ts';
export { decryptManifestDb, encryptManifestDb } from './manifestKey.ts';
export { decodeMbFile, MODE_FILE, MODE_FOLDER, MODE_SYMLINK, MODE_TYPE_MASK, type MbFile } from './mbFile.ts';
export { encodeMbFile } from './mbFileEncoder.ts';
export type { ManifestEntry, ManifestEntryKind, ManifestRowProblem } from './manifestEntry.ts';
export { ManifestDbWriter } from './manifestDbWriter.ts';
export {
	ManifestDb,
	openEncryptedManifestDb,
	openManifestDb,
	readManifestDbHeader,
	type ManifestDbHeader,
	type ManifestDbOptions,
} from './manifestDb.ts';
export { encodeStatusPlist, readStatusPlist, SNAPSHOT_STATE_FINISHED, type StatusPlist } from './statusPlist.ts';
export {
	encodeManifestPlist,
	readManifestPlist,
	type ManifestApplication,
	type ManifestDevice,
	type ManifestPlist,
	type NewManifestPlist,
} from './manifestPlist.ts';
export { encodeInfoPlist, readInfoPlist, type InfoApplication, type InfoPlist } from './infoPlist.ts';
export { openBackup, type BackupFacts, type BackupState } from './openBackup.ts';
export type { ControlName, ControlSizes } from './backupFolder.ts';
export { openBackupManifest, unlockBackup, verifyBackupPassword, type UnlockedBackup } from './unlockBackup.ts';
export { checkBackup, type CheckBackupOptions } from './checkBackup.ts';
export type { BackupFaultKind, BackupFinding, BackupFindingExample, BackupHealth, BackupWarningKind } from './backupHealth.ts';
