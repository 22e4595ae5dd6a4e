import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { KiB, MiB } from '../../base/index.ts';
import { readContent, StoredContent, type Content } from './content.ts';

/**
 * Content that cannot be generated: databases made by SQLite, property lists, and everything that a restore brought.
 *
 * It lies in numbered segments, files that only ever grow by whole contents: one for what the device came with, one for each touch and each
 * restore. A segment is deleted when nothing refers to it any more; see `collect`.
 */
export class ContentStore {
	readonly folder: string;
	readonly #readers = new Map<number, number>();
	#next = 1;

	constructor(folder: string) {
		this.folder = folder;
		mkdirSync(folder, { recursive: true, mode: 0o700 });
		for (const name of readdirSync(folder)) {
			const number = segmentNumberOf(name);
			this.#next = Math.max(this.#next, (number ?? 0) + 1);
		}
	}

	/** Opens a new segment for writing. */
	createSegment(): SegmentWriter {
		const segment = this.#next++;
		return new SegmentWriter(this, segment, openSync(this.#pathOf(segment), 'wx+', 0o600));
	}

	read(content: StoredContent, target: Uint8Array, targetOffset: number, fileOffset: number, length: number): void {
		const reader = this.#readerOf(content.segment);
		let done = 0;
		while (done < length) {
			const count = readSync(reader, target, targetOffset + done, length - done, content.offset + fileOffset + done);
			if (count === 0) {
				throw new Error(`Segment ${content.segment} of the device's state ends before ${content.offset + fileOffset + done}.`);
			}
			done += count;
		}
	}

	/** Numbers of the segments that lie in the folder. */
	segments(): number[] {
		return readdirSync(this.folder)
			.map(segmentNumberOf)
			.filter((segment) => segment !== undefined);
	}

	/** Deletes every segment that `isNeeded` does not want. */
	collect(isNeeded: (segment: number) => boolean): void {
		for (const segment of this.segments()) {
			if (!isNeeded(segment)) {
				this.#closeReader(segment);
				unlinkSync(this.#pathOf(segment));
			}
		}
	}

	/** Closes all files; the folder stays. */
	close(): void {
		for (const segment of [...this.#readers.keys()]) {
			this.#closeReader(segment);
		}
	}

	#pathOf(segment: number): string {
		return join(this.folder, `segment-${segment}.bin`);
	}

	#readerOf(segment: number): number {
		let reader = this.#readers.get(segment);
		if (reader === undefined) {
			reader = openSync(this.#pathOf(segment), 'r');
			this.#readers.set(segment, reader);
		}
		return reader;
	}

	#closeReader(segment: number): void {
		const reader = this.#readers.get(segment);
		if (reader !== undefined) {
			this.#readers.delete(segment);
			closeSync(reader);
		}
	}
}

/** Appends contents to one segment, one after the other. Small ones are gathered, so what was added is readable after `flush`. */
export class SegmentWriter {
	readonly segment: number;
	readonly #store: ContentStore;
	readonly #file: number;
	readonly #buffer = Buffer.allocUnsafe(256 * KiB);
	#buffered = 0;
	#written = 0;
	#start = 0;

	constructor(store: ContentStore, segment: number, file: number) {
		this.#store = store;
		this.segment = segment;
		this.#file = file;
	}

	/** Adds a whole content. */
	add(bytes: Uint8Array): StoredContent {
		this.begin();
		this.write(bytes);
		return this.end();
	}

	/** Starts a content whose length is not known yet. */
	begin(): void {
		this.#start = this.#written + this.#buffered;
	}

	write(bytes: Uint8Array): void {
		if (bytes.length > this.#buffer.length - this.#buffered) {
			this.flush();
		}
		if (bytes.length > this.#buffer.length) {
			this.#put(bytes);
		} else {
			this.#buffer.set(bytes, this.#buffered);
			this.#buffered += bytes.length;
		}
	}

	/** Copies the first `length` bytes of another content into the current one. */
	copyFrom(content: Content, length: number): void {
		const piece = new Uint8Array(Math.min(length, 1 * MiB));
		for (let offset = 0; offset < length; offset += piece.length) {
			const taken = Math.min(piece.length, length - offset);
			readContent(this.#store, content, piece, 0, offset, taken);
			this.write(piece.subarray(0, taken));
		}
	}

	/** The content since `begin`. */
	end(): StoredContent {
		return new StoredContent(this.segment, this.#start, this.#written + this.#buffered - this.#start);
	}

	flush(): void {
		if (this.#buffered > 0) {
			const bytes = this.#buffer.subarray(0, this.#buffered);
			this.#buffered = 0;
			this.#put(bytes);
		}
	}

	/** Writes out what is left, durably, and closes the file. */
	close(): void {
		this.flush();
		fsyncSync(this.#file);
		closeSync(this.#file);
	}

	#put(bytes: Uint8Array): void {
		let done = 0;
		while (done < bytes.length) {
			done += writeSync(this.#file, bytes, done, bytes.length - done);
		}
		this.#written += bytes.length;
	}
}

function segmentNumberOf(name: string): number | undefined {
	const digits = /^segment-(\d+)\.bin$/.exec(name)?.[1];
	return digits === undefined ? undefined : Number(digits);
}
