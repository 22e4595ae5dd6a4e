import { closeSync, constants, ftruncateSync, mkdirSync, openSync, readdirSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { KiB } from '../../../base/index.ts';
import { Random } from '../../files/random.ts';
import { AFC_STATUS } from '../../../device/afc/frame.ts';
import { AfcFailure, type ContentSource, type FileNode } from './nodes.ts';

/** Generated content repeats after this many bytes. */
const PATTERN_BYTES = 64 * KiB;
/** Files kept open at a time. */
const MAX_OPEN = 32;

/** Where the bytes of media files lie: one file per content, in a folder of the device's state. Contents that nobody wrote to take no room. */
export class MediaContents {
	readonly #folder: string;
	readonly #open = new Map<number, number>();
	#nextId = 1;
	readonly #patterns = new Map<number, Uint8Array>();

	constructor(folder: string) {
		this.#folder = folder;
		mkdirSync(folder, { recursive: true, mode: 0o700 });
		for (const name of readdirSync(folder)) {
			this.reserve(Number(/^media-(\d+)\.bin$/.exec(name)?.[1] ?? 0));
		}
	}

	/** A number that no content has. */
	newId(): number {
		return this.#nextId++;
	}

	/** Makes sure that `newId` does not give out this number. */
	reserve(contentId: number): void {
		this.#nextId = Math.max(this.#nextId, contentId + 1);
	}

	/** Up to `maxBytes` bytes from `offset`; empty at the end. */
	read(file: FileNode, offset: number, maxBytes: number): Uint8Array {
		const sizeBytes = Math.max(0, Math.min(maxBytes, file.sizeBytes - offset));
		if (sizeBytes === 0) {
			return new Uint8Array(0);
		}
		if (file.source !== undefined) {
			return this.#readSource(file.source, offset, sizeBytes);
		}
		const bytes = new Uint8Array(sizeBytes);
		let done = 0;
		while (done < sizeBytes) {
			const count = readSync(this.#descriptor(file.contentId), bytes, done, sizeBytes - done, offset + done);
			if (count === 0) {
				// The file ends before its size: it was extended, and what was not written reads as zeros.
				break;
			}
			done += count;
		}
		return bytes;
	}

	/** Writes at `offset`, extending the file where needed. */
	write(file: FileNode, offset: number, bytes: Uint8Array): void {
		this.#materialise(file);
		let done = 0;
		while (done < bytes.length) {
			done += writeSync(this.#descriptor(file.contentId), bytes, done, bytes.length - done, offset + done);
		}
		file.sizeBytes = Math.max(file.sizeBytes, offset + bytes.length);
	}

	resize(file: FileNode, sizeBytes: number): void {
		this.#materialise(file);
		ftruncateSync(this.#descriptor(file.contentId), sizeBytes);
		file.sizeBytes = sizeBytes;
	}

	delete(contentId: number): void {
		if (contentId === 0) {
			return;
		}
		this.#close(contentId);
		rmSync(this.#pathOf(contentId), { force: true });
	}

	close(): void {
		for (const contentId of [...this.#open.keys()]) {
			this.#close(contentId);
		}
	}

	#materialise(file: FileNode): void {
		const source = file.source;
		if (source === undefined) {
			return;
		}
		file.source = undefined;
		file.contentId = this.newId();
		for (let offset = 0; offset < file.sizeBytes; offset += PATTERN_BYTES) {
			const part = this.#readSource(source, offset, Math.min(PATTERN_BYTES, file.sizeBytes - offset));
			writeSync(this.#descriptor(file.contentId), part, 0, part.length, offset);
		}
	}

	#readSource(source: ContentSource, offset: number, sizeBytes: number): Uint8Array {
		if (source.kind === 'generated') {
			return this.#generate(source.seed, offset, sizeBytes);
		}
		try {
			return source.read(offset, sizeBytes);
		} catch {
			// What the device carried was changed or restored meanwhile, and the content is gone; the host has to look again.
			throw new AfcFailure(AFC_STATUS.READ_ERROR);
		}
	}

	#generate(seed: number, offset: number, sizeBytes: number): Uint8Array {
		const pattern = this.#pattern(seed);
		const bytes = new Uint8Array(sizeBytes);
		let done = 0;
		while (done < sizeBytes) {
			const start = (offset + done) % PATTERN_BYTES;
			const part = pattern.subarray(start, start + sizeBytes - done);
			bytes.set(part, done);
			done += part.length;
		}
		return bytes;
	}

	#pattern(seed: number): Uint8Array {
		let pattern = this.#patterns.get(seed);
		if (pattern === undefined) {
			const words = new Uint32Array(PATTERN_BYTES / 4);
			const random = new Random(seed);
			words.forEach((_, index) => (words[index] = random.next()));
			pattern = new Uint8Array(words.buffer);
			this.#patterns.clear();
			this.#patterns.set(seed, pattern);
		}
		return pattern;
	}

	#descriptor(contentId: number): number {
		let descriptor = this.#open.get(contentId);
		if (descriptor === undefined) {
			const [oldest] = this.#open.keys();
			if (this.#open.size >= MAX_OPEN && oldest !== undefined) {
				this.#close(oldest);
			}
			descriptor = openSync(this.#pathOf(contentId), READ_WRITE_CREATE, 0o600);
			this.#open.set(contentId, descriptor);
		}
		return descriptor;
	}

	#close(contentId: number): void {
		const descriptor = this.#open.get(contentId);
		if (descriptor !== undefined) {
			this.#open.delete(contentId);
			closeSync(descriptor);
		}
	}

	#pathOf(contentId: number): string {
		return join(this.#folder, `media-${contentId}.bin`);
	}
}

/** Existing content is kept, missing content is made; positions are given with each call, so no append mode. */
const READ_WRITE_CREATE = constants.O_RDWR | constants.O_CREAT;
