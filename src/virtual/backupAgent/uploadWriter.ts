import { KiB } from '../../base/index.ts';
import {
	BLOCK_DATA,
	BLOCK_DEVICE_ERROR,
	BLOCK_FILE_COMPLETE,
	BLOCK_HEADER_BYTES,
	DEVICE_BLOCK_BYTES,
} from '../../device/devicelink/frame.ts';
import type { ServiceChannel } from '../channel.ts';

/** Gives out the bytes of one file in order; see `UploadWriter.file`. */
export interface UploadSource {
	/** The next bytes, at most DEVICE_BLOCK_BYTES of them; empty at the end. They may be overwritten by the next call. */
	next(): Uint8Array;
}

/**
 * Writes the raw records of an upload: small files are gathered into large writes, because a write for each of 50,000 files
 * would make the device slower than the link.
 */
export class UploadWriter {
	readonly #channel: ServiceChannel;
	readonly #beforeWrite: ((sizeBytes: number) => Promise<void>) | undefined;
	#buffer = Buffer.allocUnsafe(BUFFER_BYTES);
	#used = 0;

	constructor(channel: ServiceChannel, beforeWrite: ((sizeBytes: number) => Promise<void>) | undefined) {
		this.#channel = channel;
		this.#beforeWrite = beforeWrite;
	}

	/** A file: both paths, its blocks, its end. */
	async file(devicePath: string, backupPath: string, source: UploadSource): Promise<void> {
		await this.begin(devicePath, backupPath);
		for (let bytes = source.next(); bytes.length > 0; bytes = source.next()) {
			if (!this.#fits(BLOCK_HEADER_BYTES + bytes.length)) {
				await this.flush();
			}
			this.block(BLOCK_DATA, bytes);
		}
		await this.end();
	}

	/** The paths that open a record. */
	async begin(devicePath: string, backupPath: string): Promise<void> {
		const bound = 8 + 3 * (devicePath.length + backupPath.length);
		if (!this.#fits(bound)) {
			await this.flush();
		}
		this.#path(devicePath);
		this.#path(backupPath);
	}

	/** One block; the caller has seen to it that it fits. */
	block(code: number, bytes: Uint8Array): void {
		this.#used = this.#buffer.writeUInt32BE(bytes.length + 1, this.#used);
		this.#buffer[this.#used++] = code;
		this.#buffer.set(bytes, this.#used);
		this.#used += bytes.length;
	}

	/** The end of a record: complete, or failed on the device. */
	async end(deviceError?: string): Promise<void> {
		const text = deviceError === undefined ? NOTHING : Buffer.from(deviceError);
		if (!this.#fits(BLOCK_HEADER_BYTES + text.length)) {
			await this.flush();
		}
		this.block(deviceError === undefined ? BLOCK_FILE_COMPLETE : BLOCK_DEVICE_ERROR, text);
	}

	/** The end of the list, and everything that waits goes out. */
	async finish(): Promise<void> {
		if (!this.#fits(4)) {
			await this.flush();
		}
		this.#used = this.#buffer.writeUInt32BE(0, this.#used);
		await this.flush();
	}

	async flush(): Promise<void> {
		if (this.#used === 0) {
			return;
		}
		const bytes = this.#buffer.subarray(0, this.#used);
		// Streams below may still hold on to what they have accepted, so every write has memory of its own.
		this.#buffer = Buffer.allocUnsafe(BUFFER_BYTES);
		this.#used = 0;
		if (this.#beforeWrite !== undefined) {
			await this.#beforeWrite(bytes.length);
		}
		await this.#channel.write(bytes);
	}

	#fits(sizeBytes: number): boolean {
		return this.#used + sizeBytes <= this.#buffer.length;
	}

	#path(path: string): void {
		const start = this.#used;
		this.#used = start + 4 + this.#buffer.write(path, start + 4, 'utf8');
		this.#buffer.writeUInt32BE(this.#used - start - 4, start);
	}
}

/** Room for one full block with its paths. */
const BUFFER_BYTES = DEVICE_BLOCK_BYTES + 32 * KiB;
const NOTHING = new Uint8Array(0);
