import * as fs from 'node:fs';
import * as path from 'node:path';
import { StoreError, toStoreError } from '../errors.ts';
import type { AppendFile, StorageKey } from './storage.ts';

/** A growing file of a staging area on disk. */
export class FolderAppendFile implements AppendFile {
	readonly #key: StorageKey;
	readonly #descriptor: number;
	#sizeBytes: number;

	constructor(place: string, key: StorageKey) {
		this.#key = key;
		try {
			fs.mkdirSync(path.dirname(place), { recursive: true, mode: 0o700 });
			this.#descriptor = fs.openSync(place, fs.constants.O_RDWR | fs.constants.O_CREAT | (fs.constants.O_NOFOLLOW ?? 0), 0o600);
			this.#sizeBytes = fs.fstatSync(this.#descriptor).size;
		} catch (error) {
			throw toStoreError(error, key);
		}
	}

	get sizeBytes(): number {
		return this.#sizeBytes;
	}

	append(bytes: Uint8Array): void {
		try {
			// A disk that fills up takes a part and says so only at the next call.
			for (let done = 0; done < bytes.length;) {
				const count = fs.writeSync(this.#descriptor, bytes, done, bytes.length - done, this.#sizeBytes + done);
				if (count === 0) {
					throw new StoreError('STORE_FULL', 'No space is left where the store lies.', { details: { key: this.#key } });
				}
				done += count;
			}
			this.#sizeBytes += bytes.length;
		} catch (error) {
			throw toStoreError(error, this.#key);
		}
	}

	read(offset: number, length: number): Uint8Array {
		const bytes = new Uint8Array(length);
		try {
			for (let done = 0; done < length;) {
				const count = fs.readSync(this.#descriptor, bytes, done, length - done, offset + done);
				if (count === 0) {
					throw new StoreError('STORE_DAMAGED', `${this.#key} ends too early.`, { details: { key: this.#key, offset } });
				}
				done += count;
			}
		} catch (error) {
			throw toStoreError(error, this.#key);
		}
		return bytes;
	}

	sync(): void {
		try {
			fs.fsyncSync(this.#descriptor);
		} catch (error) {
			throw toStoreError(error, this.#key);
		}
	}

	close(): void {
		fs.closeSync(this.#descriptor);
	}
}
