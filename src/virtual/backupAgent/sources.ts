import { createHash, randomBytes, type Hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { FileEncryptor } from '../../backup/index.ts';
import { DEVICE_BLOCK_BYTES } from '../../device/devicelink/frame.ts';
import type { DeviceEntry, DeviceFiles } from '../files/index.ts';
import type { DeviceKeybag } from './encryption.ts';
import type { UploadSource } from './uploadWriter.ts';

/** One buffer for everything that a backup reads: each piece is on its way before the next one is read. */
export class PieceBuffer {
	readonly bytes = Buffer.allocUnsafe(DEVICE_BLOCK_BYTES);
}

/** Bytes of one file as they are on the device. */
export class PlainSource implements UploadSource {
	readonly #files: DeviceFiles;
	readonly #entry: DeviceEntry;
	readonly #buffer: Buffer;
	#offset = 0;

	constructor(files: DeviceFiles, entry: DeviceEntry, buffer: PieceBuffer) {
		this.#files = files;
		this.#entry = entry;
		this.#buffer = buffer.bytes;
	}

	next(): Uint8Array {
		const { content } = this.#entry;
		const length = Math.min(this.#buffer.length, this.#entry.sizeBytes - this.#offset);
		if (content === undefined || length === 0) {
			return EMPTY;
		}
		this.#files.read(content, this.#buffer, 0, this.#offset, length);
		this.#offset += length;
		return this.#buffer.subarray(0, length);
	}
}

/** Encrypts another source with a key of its own. */
export class EncryptedSource implements UploadSource {
	readonly #plain: UploadSource;
	readonly #encryptor: FileEncryptor;
	/** The file's key as its record carries it. */
	readonly wrappedKey: Uint8Array;
	#ended = false;

	constructor(plain: UploadSource, keybag: DeviceKeybag, protectionClass: number) {
		const key = randomBytes(32);
		this.#plain = plain;
		this.#encryptor = new FileEncryptor(key);
		this.wrappedKey = keybag.unlocked.wrapFileKey(protectionClass, key);
	}

	next(): Uint8Array {
		while (!this.#ended) {
			const plain = this.#plain.next();
			this.#ended = plain.length === 0;
			const stored = this.#ended ? this.#encryptor.final() : this.#encryptor.update(plain);
			if (stored.length > 0) {
				return stored;
			}
		}
		return EMPTY;
	}
}

/** Takes the SHA-1 of what passes. */
export class DigestSource implements UploadSource {
	readonly #source: UploadSource;
	readonly #hash: Hash = createHash('sha1');

	constructor(source: UploadSource) {
		this.#source = source;
	}

	/** After the last piece. */
	digest(): Uint8Array {
		return this.#hash.digest();
	}

	next(): Uint8Array {
		const bytes = this.#source.next();
		this.#hash.update(bytes);
		return bytes;
	}
}

/** Bytes that are at hand. */
export class BytesSource implements UploadSource {
	readonly #bytes: Uint8Array;
	#offset = 0;

	constructor(bytes: Uint8Array) {
		this.#bytes = bytes;
	}

	next(): Uint8Array {
		const piece = this.#bytes.subarray(this.#offset, this.#offset + DEVICE_BLOCK_BYTES);
		this.#offset += piece.length;
		return piece;
	}
}

/** A file of the computer that the virtual device runs on, from its scratch folder. */
export class ScratchSource implements UploadSource {
	readonly #file: number;
	readonly #buffer: Buffer;
	#open = true;

	constructor(path: string, buffer: PieceBuffer) {
		this.#file = openSync(path, 'r');
		this.#buffer = buffer.bytes;
	}

	next(): Uint8Array {
		const count = this.#open ? readSync(this.#file, this.#buffer, 0, this.#buffer.length, null) : 0;
		if (count === 0) {
			this.close();
		}
		return this.#buffer.subarray(0, count);
	}

	close(): void {
		if (this.#open) {
			this.#open = false;
			closeSync(this.#file);
		}
	}
}

const EMPTY = new Uint8Array(0);
