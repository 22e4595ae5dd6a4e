import { createCipheriv, createDecipheriv, createSecretKey, type Cipher, type Decipher } from 'node:crypto';
import { concatBytes, KiB } from '../base/index.ts';
import { BackupError } from './errors.ts';

/** Length of a stored file whose plain content has `sizeBytes`: PKCS#7 always adds 1 to 16 bytes. */
export function encryptedSizeOf(sizeBytes: number): number {
	return sizeBytes - (sizeBytes % BLOCK_BYTES) + BLOCK_BYTES;
}

/**
 * Encrypts the content of one file piece by piece: AES-256-CBC, IV of zeros, PKCS#7, as devices store it.
 * The zero IV is safe because every file has its own key.
 */
export class FileEncryptor {
	readonly #cipher: Cipher;

	/** @param fileKey - 32 bytes. */
	constructor(fileKey: Uint8Array) {
		this.#cipher = createCipheriv('aes-256-cbc', createSecretKey(fileKey), ZERO_IV);
	}

	/** The bytes that are ready; up to 15 wait for the next piece. */
	update(plain: Uint8Array): Uint8Array {
		return this.#cipher.update(plain);
	}

	/** The last 16 bytes. */
	final(): Uint8Array {
		return this.#cipher.final();
	}
}

/**
 * What stood at the end of a decrypted file: regular padding; none, although whole blocks; or something else, which was cut
 * to the recorded size or kept. Real backups contain all of them; anything but `pkcs7` deserves a warning, not an error.
 */
export type PaddingKind = 'pkcs7' | 'none' | 'odd';

/**
 * Decrypts the content of one file piece by piece, tolerant about its end.
 *
 * Padding is judged by its bytes. The recorded size of a file decides only where the padding is not regular,
 * because it is wrong for files that changed while the backup ran: cutting a live database to it would destroy it.
 */
export class FileDecryptor {
	readonly #decipher: Decipher;
	readonly #recordedSizeBytes: number | undefined;
	readonly #keepPadding: boolean;
	#held: Uint8Array = EMPTY;
	#storedBytes = 0;
	#releasedBytes = 0;
	#padding: PaddingKind = 'none';

	/**
	 * @param fileKey - 32 bytes.
	 * @param recordedSizeBytes - `Size` of the file's record; leave out to keep everything where padding is irregular.
	 * @param paddingPolicy - `keep` gives out every byte, for content that tells its own length.
	 */
	constructor(fileKey: Uint8Array, recordedSizeBytes?: number, paddingPolicy: 'strip' | 'keep' = 'strip') {
		this.#keepPadding = paddingPolicy === 'keep';
		this.#decipher = createDecipheriv('aes-256-cbc', createSecretKey(fileKey), ZERO_IV).setAutoPadding(false);
		this.#recordedSizeBytes = recordedSizeBytes;
	}

	/** How the file ended; meaningful after `final`. */
	get padding(): PaddingKind {
		return this.#padding;
	}

	/** Plain bytes given out so far. */
	get plainBytes(): number {
		return this.#releasedBytes;
	}

	/** The bytes that are known to be content; the end of what came so far is held back. They are the caller's own. */
	update(stored: Uint8Array): Uint8Array {
		this.#storedBytes += stored.length;
		const plain: Uint8Array = this.#decipher.update(stored);
		if (this.#held.length === TAIL_BYTES && plain.length >= TAIL_BYTES) {
			// What was held and what is new, moved within the new bytes: another portion of memory for each would be left to the collector.
			const released = plain.length - TAIL_BYTES;
			const tail = new Uint8Array(plain.subarray(released));
			plain.copyWithin(TAIL_BYTES, 0, released);
			plain.set(this.#held);
			this.#held = tail;
			return this.#release(plain);
		}
		const joined = this.#held.length === 0 ? plain : concatBytes([this.#held, plain]);
		const heldBytes = Math.min(TAIL_BYTES, joined.length);
		this.#held = new Uint8Array(joined.subarray(joined.length - heldBytes));
		return this.#release(joined.subarray(0, joined.length - heldBytes));
	}

	/**
	 * The rest, without padding. An empty file is empty: zero-length files may be stored without any padding.
	 * @throws BackupError `DAMAGED_FILE` - the stored length is not a multiple of 16.
	 */
	final(): Uint8Array {
		if (this.#storedBytes % BLOCK_BYTES !== 0) {
			throw new BackupError('DAMAGED_FILE', `The stored file has ${this.#storedBytes} bytes, which is not a multiple of 16.`, {
				details: { storedBytes: this.#storedBytes },
			});
		}
		this.#decipher.final();
		return this.#release(this.#keepPadding ? this.#held : this.#held.subarray(0, this.#contentLength()));
	}

	#contentLength(): number {
		const tail = this.#held;
		const recorded = this.#recordedSizeBytes === undefined ? -1 : this.#recordedSizeBytes - this.#releasedBytes;
		const padded = paddingLength(tail, tail.length);
		// A single 01 ends one unpadded file in 256; when the size agrees as well, it is content.
		if (padded > 1 || (padded === 1 && recorded !== tail.length)) {
			this.#padding = 'pkcs7';
			return tail.length - padded;
		}
		if (recorded < 0 || recorded >= tail.length) {
			return tail.length;
		}
		const excess = tail.subarray(recorded);
		// Either the last block is filled up with something else, or whole blocks of zeros follow (perhaps after regular padding).
		const end = lastNonZero(tail) + 1;
		const block = end + ((BLOCK_BYTES - (end % BLOCK_BYTES)) % BLOCK_BYTES);
		const cut = excess.length < BLOCK_BYTES || end <= recorded || (block <= tail.length && recorded === block - paddingLength(tail, block));
		this.#padding = cut ? 'odd' : 'none';
		return cut ? recorded : tail.length;
	}

	#release(bytes: Uint8Array): Uint8Array {
		this.#releasedBytes += bytes.length;
		return bytes;
	}
}

/** The whole content of a small file at once. */
export function encryptBytes(fileKey: Uint8Array, plain: Uint8Array): Uint8Array {
	const encryptor = new FileEncryptor(fileKey);
	return concatBytes([encryptor.update(plain), encryptor.final()]);
}

/** The whole content of a small file at once; see FileDecryptor. */
export function decryptBytes(fileKey: Uint8Array, stored: Uint8Array, recordedSizeBytes?: number): Uint8Array {
	const decryptor = new FileDecryptor(fileKey, recordedSizeBytes);
	return concatBytes([decryptor.update(stored), decryptor.final()]);
}

const BLOCK_BYTES = 16;
const ZERO_IV = new Uint8Array(BLOCK_BYTES);
const EMPTY = new Uint8Array(0);

/** How much of the end is held back until the file is complete: enough for the zero-filled ends that were seen. A multiple of 16. */
const TAIL_BYTES = 4 * KiB;

/** Bytes of PKCS#7 padding before `end`, 0 when it is not regular. */
function paddingLength(bytes: Uint8Array, end: number): number {
	const count = bytes[end - 1] ?? 0;
	if (count === 0 || count > BLOCK_BYTES || count > end) {
		return 0;
	}
	for (let index = end - count; index < end; index++) {
		if (bytes[index] !== count) {
			return 0;
		}
	}
	return count;
}

function lastNonZero(bytes: Uint8Array): number {
	let index = bytes.length - 1;
	while (index >= 0 && bytes[index] === 0) {
		index--;
	}
	return index;
}
