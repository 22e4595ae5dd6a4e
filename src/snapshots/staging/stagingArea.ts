import { throwIfAborted } from '../../base/index.ts';
import { blobIdBytes, type BlobId } from '../blobs/blobId.ts';
import { readContent } from '../content/contentReader.ts';
import { ContentWriter } from '../content/contentWriter.ts';
import { StoreError } from '../errors.ts';
import { KIND_BLOB, KIND_EMPTY_FILE, type ListingEntry } from '../listing/entry.ts';
import { checkPath, type ListingPath } from '../listing/pathKey.ts';
import { VALUE_BYTES } from '../listing/segment.ts';
import { encodeRow } from '../listing/segmentBuilder.ts';
import type { PackWriter } from '../packs/packWriter.ts';
import type { SnapshotFacts, SnapshotRecord } from '../records/record.ts';
import type { FolderItem, Overlay } from './overlay.ts';
import { writeListing, type WrittenListing } from './writeListing.ts';

/** A file that is being received. */
export interface StagedFile {
	/** Takes the bytes in order. The array may be used again afterwards. */
	write(bytes: Uint8Array): void;
	/** The file is complete, and takes the place of what had its path. */
	finish(): void;
	/** Drops what came. */
	abandon(): void;
}

export interface FileOptions {
	/** Now, when absent. */
	readonly modifiedAtMs?: number;
	/** POSIX permission bits; 0o600 when absent. */
	readonly mode?: number;
}

/** What a staging area needs of its store. */
export interface StagingParts {
	/** Given up when the run ends. */
	overlay: Overlay | undefined;
	readonly packs: PackWriter;
	now(): number;
	readBlob(id: BlobId): Promise<Uint8Array>;
	/** Makes everything durable, in order, and the record last. */
	seal(listing: WrittenListing, facts: SnapshotFacts, options: SealOptions): Promise<SnapshotRecord>;
	/** Ends the work. @param discard - also removes what came. */
	end(discard: boolean): Promise<void>;
}

export interface SealOptions {
	/** Whether the device's head becomes the new snapshot; an import leaves it. Default true. */
	readonly moveHead?: boolean;
	/** The parent, where it is not the base. */
	readonly parent?: SnapshotRecord['parent'];
	readonly signal?: AbortSignal;
}

/**
 * A backup that is being made: the base's files with what this run changed laid over them. The base itself is never touched, and nothing is
 * seen of the run before `seal` resolves. Steps are synchronous, to be taken in a worker one after the other; they throw StoreError.
 * Paths are relative to the backup's folder, `/` between components; unsafe ones are refused with `PATH_UNSAFE`.
 *
 * Ends with `seal`, or with `abandon`; what came before a process died can be taken over by the device's next run.
 */
export class StagingArea {
	readonly #parts: StagingParts;
	readonly #spareWriters: ContentWriter[] = [];
	readonly #row = Buffer.alloc(VALUE_BYTES);
	#ended = false;

	constructor(parts: StagingParts) {
		this.#parts = parts;
	}

	/** Bytes that this run adds to the store so far. */
	get storedBytes(): number {
		return this.#parts.packs.storedBytes;
	}

	/** What is directly in a folder; nothing for one that is not there. The empty path is the backup's folder itself. */
	list(folder: ListingPath): FolderItem[] {
		return this.#overlay().list(folder === '' ? '' : checkPath(folder));
	}

	/** Undefined when there is none. A folder is found when it was made as one; others are known by what is in them. */
	find(path: ListingPath): ListingEntry | undefined {
		return this.#overlay().find(checkPath(path));
	}

	createFolder(path: ListingPath): void {
		this.#overlay().createFolder(checkPath(path), this.#parts.now());
	}

	/** Begins a file. Several may be open at once; each holds about a megabyte. */
	beginFile(path: ListingPath, options: FileOptions = {}): StagedFile {
		const overlay = this.#overlay();
		checkPath(path);
		const writer = this.#spareWriters.pop() ?? new ContentWriter(this.#parts.packs);
		writer.begin();
		let isOpen = true;
		const close = (): void => {
			isOpen = false;
			this.#spareWriters.push(writer);
		};
		const checkOpen = (): void => {
			if (!isOpen || this.#ended) {
				throw new StoreError('STAGING_ENDED', 'The file was finished or given up already.', { details: { path } });
			}
		};
		return {
			write: (bytes) => {
				checkOpen();
				writer.write(bytes);
			},
			finish: () => {
				checkOpen();
				const { id, level, sizeBytes } = writer.finish();
				close();
				const kind = id === undefined ? KIND_EMPTY_FILE : KIND_BLOB + level;
				const { modifiedAtMs = this.#parts.now(), mode = 0o600 } = options;
				encodeRow(this.#row, 0, kind, id, { sizeBytes, modifiedAtMs, mode });
				overlay.setFile(path, this.#row);
			},
			abandon: () => {
				if (isOpen) {
					close();
				}
			},
		};
	}

	/** A whole file at once. */
	writeFile(path: ListingPath, bytes: Uint8Array, options?: FileOptions): void {
		const file = this.beginFile(path, options);
		file.write(bytes);
		file.finish();
	}

	/** Moves a file or folder; what has the new path goes. @throws StoreError `FILE_NOT_FOUND`. */
	move(from: ListingPath, to: ListingPath): void {
		this.#overlay().move(checkPath(from), checkPath(to));
	}

	/** Copies a file or folder, at no cost of space; what has the new path goes. @throws StoreError `FILE_NOT_FOUND`. */
	copy(from: ListingPath, to: ListingPath): void {
		this.#overlay().copy(checkPath(from), checkPath(to));
	}

	/** Removes a file, or a folder with all below it; a missing one is success. */
	remove(path: ListingPath): void {
		this.#overlay().remove(checkPath(path));
	}

	/** The file's bytes as they are now, from this run or from the base, checked. @throws StoreError `FILE_NOT_FOUND`. */
	read(path: ListingPath): AsyncGenerator<Uint8Array> {
		const entry = this.find(path);
		if (entry?.kind !== 'file') {
			throw new StoreError('FILE_NOT_FOUND', 'There is no such file in the backup.', { details: { path } });
		}
		return readContent((id) => this.#readBlob(id), entry.content, entry.sizeBytes);
	}

	/** All files as they are now. */
	async *entries(): AsyncGenerator<ListingEntry> {
		yield* this.#overlay().all();
	}

	/**
	 * Makes the run a snapshot: packs, listing, record, head, in this order, each durable before the next. When it rejects there is no
	 * snapshot, or, after a failure in the very last step, one that is whole and not yet the head; what came stays for the device's next run.
	 */
	async seal(facts: SnapshotFacts, options: SealOptions = {}): Promise<SnapshotRecord> {
		throwIfAborted(options.signal);
		try {
			const listing = writeListing(this.#overlay(), this.#parts.packs);
			this.#ended = true;
			this.#parts.overlay?.dispose();
			this.#parts.overlay = undefined;
			return await this.#parts.seal(listing, facts, options);
		} finally {
			this.#ended = true;
			await this.#parts.end(false);
		}
	}

	/** Ends the run without a snapshot. What came stays for the device's next run, unless `discard` is set. */
	async abandon(options: { discard?: boolean } = {}): Promise<void> {
		if (!this.#ended) {
			this.#ended = true;
			await this.#parts.end(options.discard === true);
		}
	}

	async #readBlob(id: BlobId): Promise<Uint8Array> {
		return this.#parts.packs.read(blobIdBytes(id)) ?? (await this.#parts.readBlob(id));
	}

	#overlay(): Overlay {
		const { overlay } = this.#parts;
		if (this.#ended || overlay === undefined) {
			throw new StoreError('STAGING_ENDED', 'The run was sealed or abandoned already.');
		}
		return overlay;
	}
}
