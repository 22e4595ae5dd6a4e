import { join } from 'node:path';
import { readControlFile } from './backupFolder.ts';
import type { KeyCache } from './contents/keyCache.ts';
import { BackupError } from './errors.ts';
import { BackupKeybag, classOfFileKey, type UnlockedKeybag } from './keybag.ts';
import { refuseOddRounds } from './keyDerivation.ts';
import { openEncryptedManifestDb, openManifestDb, readManifestDbHeader, type ManifestDb, type ManifestDbOptions } from './manifestDb.ts';
import { readManifestPlist } from './manifestPlist.ts';

/** The keys of an encrypted backup. Secret: in memory only. */
export interface UnlockedBackup {
	readonly keybag: UnlockedKeybag;
	/** 32 bytes, for openEncryptedManifestDb. */
	readonly manifestDbKey: Uint8Array;
}

/**
 * Opens the keys of an encrypted backup folder, without a device. Takes about 10 s for a backup that a device wrote, off this thread.
 *
 * @param keys - remembers what was derived, so that a second time is instant.
 * @throws BackupError `WRONG_PASSWORD`, `NOT_ENCRYPTED`, `UNSUPPORTED_BACKUP` (no ManifestKey: before iOS 10.2), `BAD_KEYBAG`,
 *   `KDF_TOO_COSTLY`, `DAMAGED_MANIFEST`, `UNREADABLE`.
 * @throws AbortError.
 */
export async function unlockBackup(folder: string, backupPassword: string, signal?: AbortSignal, keys?: KeyCache): Promise<UnlockedBackup> {
	const { wrapped, manifestKey, neededClass } = await readLockedKeys(folder);
	const keybag =
		keys === undefined || wrapped.derivation === undefined
			? await wrapped.unlock(backupPassword, { signal, neededClass })
			: wrapped.unlockWithKey(await keys.derive(backupPassword, wrapped.derivation, signal), neededClass);
	return { keybag, manifestDbKey: keybag.unwrapFileKey(manifestKey) };
}

/**
 * Looks whether a password could open an encrypted backup folder: what is broken in its keys is broken for every password.
 * @throws BackupError as unlockBackup, but `WRONG_PASSWORD`.
 */
export async function judgeBackupKeys(folder: string): Promise<void> {
	const { wrapped, neededClass } = await readLockedKeys(folder);
	if (wrapped.derivation === undefined) {
		throw new BackupError('BAD_KEYBAG', 'This keybag has no salt: no password opens it.');
	}
	refuseOddRounds(wrapped.derivation);
	if (!wrapped.classes.has(neededClass)) {
		throw new BackupError('BAD_KEYBAG', `The keybag has no class ${neededClass}.`, { details: { protectionClass: neededClass } });
	}
}

/** The keys of an encrypted backup as they lie there. */
async function readLockedKeys(folder: string): Promise<{ wrapped: BackupKeybag; manifestKey: Uint8Array; neededClass: number }> {
	const manifest = readManifestPlist(await readControlFile(folder, 'Manifest.plist'));
	if (manifest.manifestKey === undefined) {
		if (!manifest.isEncrypted) {
			throw new BackupError('NOT_ENCRYPTED', 'This backup is not encrypted.');
		}
		throw new BackupError('UNSUPPORTED_BACKUP', 'Encrypted backups of iOS older than 10.2 are not supported.');
	}
	if (manifest.backupKeybag === undefined) {
		throw new BackupError('BAD_KEYBAG', 'Manifest.plist has no keybag.');
	}
	const { manifestKey } = manifest;
	return { wrapped: BackupKeybag.parse(manifest.backupKeybag), manifestKey, neededClass: classOfFileKey(manifestKey) };
}

/**
 * Whether a password opens a backup folder.
 * @throws what unlockBackup throws, except `WRONG_PASSWORD`.
 */
export async function verifyBackupPassword(
	folder: string,
	backupPassword: string,
	signal?: AbortSignal,
	keys?: KeyCache,
): Promise<boolean> {
	try {
		await unlockBackup(folder, backupPassword, signal, keys);
		return true;
	} catch (error) {
		if (BackupError.is(error, 'WRONG_PASSWORD')) {
			return false;
		}
		throw error;
	}
}

/**
 * Opens the Manifest.db of a backup folder, encrypted or not. Writes nothing there. Dispose the result.
 *
 * @param unlocked - needed when the database is encrypted; ignored when it is plain.
 * @throws BackupError `PASSWORD_NEEDED`, `DAMAGED_MANIFEST`, `UNREADABLE`.
 */
export async function openBackupManifest(
	folder: string,
	unlocked: UnlockedBackup | undefined,
	options: ManifestDbOptions = {},
): Promise<ManifestDb> {
	const path = join(folder, 'Manifest.db');
	if ((await readManifestDbHeader(path)) === 'sqlite') {
		return openManifestDb(path, options);
	}
	if (unlocked !== undefined) {
		return openEncryptedManifestDb(path, unlocked.manifestDbKey, options);
	}
	const manifest = readManifestPlist(await readControlFile(folder, 'Manifest.plist'));
	if (manifest.isEncrypted || manifest.manifestKey !== undefined) {
		throw new BackupError('PASSWORD_NEEDED', 'This backup is encrypted: its password is needed to read it.');
	}
	return openManifestDb(path, options);
}
