import { createReadStream, createWriteStream } from 'node:fs';
import { Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AbortError, isAbortError, KiB } from '../base/index.ts';
import { FileDecryptor, FileEncryptor, type PaddingKind } from './fileCipher.ts';

/** A stream that encrypts one file's content. */
export function encryptStream(fileKey: Uint8Array): Transform {
	return transformOf(new FileEncryptor(fileKey));
}

/** A stream that decrypts one file's content; pass the decryptor in order to ask it for the kind of padding afterwards. */
export function decryptStream(decryptor: FileDecryptor): Transform {
	return transformOf(decryptor);
}

/**
 * Encrypts a file into a new one, in constant memory.
 * @throws the file system's own error when either path cannot be used; `target` may be left incomplete then.
 */
export async function encryptFile(source: string, target: string, fileKey: Uint8Array, signal?: AbortSignal): Promise<void> {
	await transformFile(source, target, encryptStream(fileKey), signal);
}

/**
 * Decrypts a file into a new one that only its owner can read, in constant memory.
 *
 * @returns what stood at the end of the content and how long it is.
 * @throws BackupError `DAMAGED_FILE` - the stored length is not a multiple of 16.
 */
export async function decryptFile(
	source: string,
	target: string,
	fileKey: Uint8Array,
	options: { recordedSizeBytes?: number; signal?: AbortSignal } = {},
): Promise<{ padding: PaddingKind; sizeBytes: number }> {
	const decryptor = new FileDecryptor(fileKey, options.recordedSizeBytes);
	await transformFile(source, target, decryptStream(decryptor), options.signal);
	return { padding: decryptor.padding, sizeBytes: decryptor.plainBytes };
}

const CHUNK_BYTES = 256 * KiB;

async function transformFile(source: string, target: string, transform: Transform, signal: AbortSignal | undefined): Promise<void> {
	try {
		await pipeline(
			createReadStream(source, { highWaterMark: CHUNK_BYTES }),
			transform,
			createWriteStream(target, { flags: 'w', mode: 0o600, highWaterMark: CHUNK_BYTES }),
			{ signal },
		);
	} catch (error) {
		throw isAbortError(error) ? new AbortError() : error;
	}
}

function transformOf(cipher: { update(chunk: Uint8Array): Uint8Array; final(): Uint8Array }): Transform {
	return new Transform({
		transform(chunk: Uint8Array, _encoding, done: TransformCallback): void {
			const ready = cipher.update(chunk);
			done(null, ready.length === 0 ? undefined : ready);
		},
		flush(done: TransformCallback): void {
			try {
				const rest = cipher.final();
				done(null, rest.length === 0 ? undefined : rest);
			} catch (error) {
				done(error instanceof Error ? error : new Error(String(error)));
			}
		},
	});
}
