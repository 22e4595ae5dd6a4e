import { KiB, MiB } from '../../base/index.ts';
import { hashBlob, MAX_BLOB_BYTES } from '../blobs/blobId.ts';
import { BlobTable } from '../blobs/blobTable.ts';
import type { BlobSink } from '../content/contentWriter.ts';
import { freeMemory } from '../freeMemory.ts';
import type { AppendFile, StorageKey, WorkingStorage } from '../storage/storage.ts';
import { compress, looksCompressible } from './compression.ts';
import { encodePackEnd, encodePackEntry, encodePackHeader, PACK_ENTRY_BYTES, type PackId } from './packFormat.ts';
import { blobFromStored } from './storedBlob.ts';

/** A pack that has grown beyond this is followed by another. */
const PACK_TARGET_BYTES = 96 * MiB;
const PACK_TARGET_BLOBS = 65_536;

/** What gathers before it is handed to the system in one call. */
const BUFFER_BYTES = 4 * MiB;

/** Small contents share a frame: they compress better together, and a call costs as much as some kilobytes. */
const FRAME_BYTES = 256 * KiB;

/** A frame that saves less than this is stored as it is. */
const WORTHWHILE = 0.95;

/** One entry of a journal: number of the pack u32, then a pack's directory entry. */
export const JOURNAL_ENTRY_BYTES = 4 + PACK_ENTRY_BYTES;

/** Stands for the pack of a blob that waits in the frame. */
const IN_FRAME = 0xffff_ffff;

/** A pack that is complete and durable under a name of its staging area. */
export interface FinishedPack {
	readonly part: StorageKey;
	readonly packId: PackId;
	readonly sizeBytes: number;
}

/**
 * The packs of one staging area that are being filled: `<folder>/<n>.part`, and a journal of what is in them, `<folder>/blobs.log`, by which
 * they can be taken over when this process dies. Synchronous, for use in a worker.
 *
 * **Invariant:** a blob is in the journal only after its bytes were handed to the system.
 */
export class PackWriter implements BlobSink {
	readonly #storage: WorkingStorage;
	readonly #folder: StorageKey;
	readonly #isKnown: (id: Uint8Array) => boolean;
	#own = new BlobTable();
	readonly #journal: AppendFile;
	#buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
	#frame = Buffer.allocUnsafeSlow(MAX_BLOB_BYTES);
	readonly #files: AppendFile[] = [];
	#filled = 0;
	#frameFilled = 0;
	/** Numbers of entries in `#own`. */
	#inFrame: number[] = [];
	#toJournal: number[] = [];
	#packBlobs = 0;
	#isClosed = false;

	/** @param isKnown - whether a blob is in the store already, in a pack that will stay. */
	constructor(storage: WorkingStorage, folder: StorageKey, isKnown: (id: Uint8Array) => boolean) {
		this.#storage = storage;
		this.#folder = folder;
		this.#isKnown = isKnown;
		this.#journal = storage.openAppend(`${folder}/blobs.log`);
	}

	/** Bytes that this area adds to the store so far. */
	get storedBytes(): number {
		return this.#files.reduce((sum, file) => sum + file.sizeBytes, 0) + this.#filled + this.#frameFilled;
	}

	get blobCount(): number {
		return this.#own.count;
	}

	store(bytes: Uint8Array): Buffer {
		const id = hashBlob(bytes);
		if (this.#own.find(id) >= 0 || this.#isKnown(id)) {
			return id;
		}
		if (looksCompressible(bytes)) {
			this.#putIntoFrame(id, bytes);
		} else {
			const { pack, offset } = this.#append(bytes);
			const location = { pack, offset, storedBytes: bytes.length, isCompressed: false, innerOffset: 0, lengthBytes: bytes.length };
			this.#toJournal.push(this.#own.add(id, 0, location));
		}
		return id;
	}

	/** A blob's bytes that were stored here; undefined when it was not. */
	read(id: Uint8Array): Uint8Array | undefined {
		const number = this.#own.find(id);
		if (number < 0) {
			return undefined;
		}
		const found = this.#own.location(number);
		if (found.pack === IN_FRAME) {
			return Uint8Array.from(this.#frame.subarray(found.innerOffset, found.innerOffset + found.lengthBytes));
		}
		const file = this.#files[found.pack] as AppendFile;
		if (found.offset + found.storedBytes > file.sizeBytes) {
			this.#flushBuffer();
		}
		return blobFromStored(file.read(found.offset, found.storedBytes), found);
	}

	/**
	 * Completes the packs and makes them durable; only `close` may follow.
	 * Order matters: what is published under a pack's name must be whole.
	 */
	finish(): FinishedPack[] {
		this.#flushFrame();
		this.#flushBuffer();
		const finished = this.#files.map((file, pack) => {
			const { packId, bytes } = encodePackEnd(this.#entriesOf(pack), file.sizeBytes);
			file.append(bytes);
			file.sync();
			return { part: this.#partKey(pack), packId, sizeBytes: file.sizeBytes };
		});
		this.close();
		return finished;
	}

	/** Hands what is buffered to the system: what the journal then names can be taken over. */
	flush(): void {
		this.#flushFrame();
		this.#flushBuffer();
	}

	/** Closes all files; they stay as they are. */
	close(): void {
		if (!this.#isClosed) {
			this.#isClosed = true;
			this.#journal.close();
			for (const file of this.#files) {
				file.close();
			}
			// Sealing goes on for a while, and the store's own index takes in what this one knows.
			this.#own.dispose();
			this.#own = new BlobTable();
			freeMemory([this.#buffer, this.#frame]);
			this.#buffer = Buffer.alloc(0);
			this.#frame = Buffer.alloc(0);
		}
	}

	#partKey(pack: number): StorageKey {
		return `${this.#folder}/${pack}.part`;
	}

	#putIntoFrame(id: Buffer, bytes: Uint8Array): void {
		if (this.#frameFilled > 0 && this.#frameFilled + bytes.length > FRAME_BYTES) {
			this.#flushFrame();
		}
		const innerOffset = this.#frameFilled;
		this.#frame.set(bytes, innerOffset);
		this.#frameFilled += bytes.length;
		const location = { pack: IN_FRAME, offset: 0, storedBytes: 0, isCompressed: true, innerOffset, lengthBytes: bytes.length };
		this.#inFrame.push(this.#own.add(id, 0, location));
	}

	#flushFrame(): void {
		if (this.#frameFilled === 0) {
			return;
		}
		const raw = this.#frame.subarray(0, this.#frameFilled);
		const compressed = compress(raw);
		const isCompressed = compressed.length < raw.length * WORTHWHILE;
		const { pack, offset } = this.#append(isCompressed ? compressed : raw);
		for (const number of this.#inFrame) {
			const { innerOffset, lengthBytes } = this.#own.location(number);
			this.#own.relocate(
				number,
				isCompressed
					? { pack, offset, storedBytes: compressed.length, isCompressed, innerOffset, lengthBytes }
					: { pack, offset: offset + innerOffset, storedBytes: lengthBytes, isCompressed, innerOffset: 0, lengthBytes },
			);
			this.#toJournal.push(number);
		}
		this.#packBlobs += this.#inFrame.length;
		this.#inFrame = [];
		this.#frameFilled = 0;
	}

	/** @returns where the bytes will lie. */
	#append(bytes: Uint8Array): { pack: number; offset: number } {
		const current = this.#files.at(-1);
		if (current === undefined || current.sizeBytes + this.#filled >= PACK_TARGET_BYTES || this.#packBlobs >= PACK_TARGET_BLOBS) {
			this.#beginPack();
		}
		if (this.#filled + bytes.length > BUFFER_BYTES) {
			this.#flushBuffer();
		}
		const pack = this.#files.length - 1;
		const offset = (this.#files[pack] as AppendFile).sizeBytes + this.#filled;
		this.#buffer.set(bytes, this.#filled);
		this.#filled += bytes.length;
		this.#packBlobs++;
		return { pack, offset };
	}

	#beginPack(): void {
		this.#flushBuffer();
		const file = this.#storage.openAppend(this.#partKey(this.#files.length));
		this.#files.push(file);
		this.#packBlobs = 0;
		file.append(encodePackHeader());
	}

	#flushBuffer(): void {
		if (this.#filled > 0) {
			(this.#files.at(-1) as AppendFile).append(this.#buffer.subarray(0, this.#filled));
			this.#filled = 0;
		}
		if (this.#toJournal.length > 0) {
			const entries = Buffer.alloc(this.#toJournal.length * JOURNAL_ENTRY_BYTES);
			this.#toJournal.forEach((number, index) => {
				const location = this.#own.location(number);
				entries.writeUInt32LE(location.pack, index * JOURNAL_ENTRY_BYTES);
				encodePackEntry(entries, index * JOURNAL_ENTRY_BYTES + 4, this.#own.id(number), location);
			});
			this.#toJournal = [];
			this.#journal.append(entries);
		}
	}

	#entriesOf(pack: number): Buffer {
		const numbers: number[] = [];
		for (let number = 0; number < this.#own.count; number++) {
			if (this.#own.packOf(number) === pack) {
				numbers.push(number);
			}
		}
		const entries = Buffer.alloc(numbers.length * PACK_ENTRY_BYTES);
		numbers.forEach((number, index) =>
			encodePackEntry(entries, index * PACK_ENTRY_BYTES, this.#own.id(number), this.#own.location(number)),
		);
		return entries;
	}
}
