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
export { SUPERVISION_PLACE } from './supervision.ts';
export { checkBackup, type CheckBackupOptions } from './checkBackup.ts';
export type { BackupFaultKind, BackupFinding, BackupFindingExample, BackupHealth, BackupWarningKind } from './backupHealth.ts';
export { BackupContents, type OpenContentsOptions } from './contents/backupContents.ts';
export type { ContentsEntry, EntryTable } from './contents/entryTable.ts';
export { globMatcher, type GlobMatcher } from './contents/globs.ts';
export { KeyCache } from './contents/keyCache.ts';
export { FolderPayloads, type PayloadSource } from './contents/payloadSource.ts';
export { SafeNames, safeFileName } from './contents/safeNames.ts';
export { readMbdb } from './manifestMbdb.ts';
export { readAppFacts, readStorage, type StorageDomain, type StoragePart } from './holdings/appStorage.ts';
export { readCoverage, type Coverage, type Holding, type HoldingKind } from './holdings/coverage.ts';
export type { Omission, OmittedThing } from './holdings/omissions.ts';
export { readContacts, type Contact } from './data/contacts.ts';
export { mediaKindOf, readPhotoAssets, readVoiceMemos } from './data/library.ts';
export { readConversations, readMessages, type Conversation, type Message } from './data/messages.ts';
export { readNotes, type Note } from './data/notes.ts';
export { PHOTO_FOLDERS, PLACES, VOICE_MEMO_FOLDERS } from './data/places.ts';
export { nameOfContact, vcardOf, type VcardVersion } from './data/vcard.ts';
export { openDatabase, OpenDatabase, type CopyOptions } from './sqlite/openDatabase.ts';
export { readAsText, type ReadableText } from './text/readableText.ts';
export { compareDatabases, type TableChange } from './text/sqliteText.ts';
