import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { AbortError, isAbortError, MiB } from '../base/index.ts';
import { FileDecryptor } from './fileCipher.ts';
import { decryptStream, encryptFile } from './fileStreams.ts';

/**
 * Encrypts a finished Manifest.db into the file that a backup carries: AES-256-CBC, zero IV, PKCS#7.
 * @param manifestDbKey - 32 bytes; goes wrapped into `ManifestKey` of Manifest.plist.
 */
export async function encryptManifestDb(
	plainPath: string,
	storedPath: string,
	manifestDbKey: Uint8Array,
	signal?: AbortSignal,
): Promise<void> {
	await encryptFile(plainPath, storedPath, manifestDbKey, signal);
}

/** A Manifest.db of a large device has hundreds of megabytes: each smaller piece costs a change of threads on both sides. */
const PORTION_BYTES = MiB;

/**
 * Decrypts a Manifest.db into a new file that only its owner can read. Padding stays: some writers add none, and SQLite ignores what follows its last page.
 * @param stored - its path, or its bytes as they come.
 * @throws what `stored` throws.
 * @throws BackupError `DAMAGED_FILE` - the length is not a multiple of 16.
 */
export async function decryptManifestDb(
	stored: string | AsyncIterable<Uint8Array>,
	plainPath: string,
	manifestDbKey: Uint8Array,
	signal?: AbortSignal,
): Promise<void> {
	try {
		await pipeline(
			typeof stored === 'string' ? createReadStream(stored, { highWaterMark: PORTION_BYTES }) : stored,
			decryptStream(new FileDecryptor(manifestDbKey, undefined, 'keep')),
			createWriteStream(plainPath, { mode: 0o600, highWaterMark: PORTION_BYTES }),
			{ signal },
		);
	} catch (error) {
		throw isAbortError(error) ? new AbortError() : error;
	}
}
