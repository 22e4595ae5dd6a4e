import { StoreError } from '../errors.ts';
import { layout } from '../layout.ts';
import { decodePackEntry, isPlausible, PACK_ENTRY_BYTES, PACK_SALT_BYTES } from '../packs/packFormat.ts';
import type { SnapshotStorage } from '../storage/storage.ts';
import { BLOB_ID_BYTES } from './blobId.ts';
import type { KnownPack } from './blobIndex.ts';
import type { BlobLocation } from './blobTable.ts';
import { readIndexFile, type PackDirectory } from './indexFile.ts';

/**
 * The index for commands that read a few blobs: index files as they lie, searched by halves, since directories are in order. Nothing is
 * checked that the blob's own check would not find, and what is not found here may be in a pack that no index file names yet.
 */
export class LazyIndex {
	readonly #directories: readonly PackDirectory[];
	readonly #packs = new Map<number, KnownPack>();

	private constructor(directories: readonly PackDirectory[]) {
		this.#directories = directories;
	}

	static async load(storage: SnapshotStorage): Promise<LazyIndex> {
		const names = (await storage.names(layout.index)).filter((name) => name.endsWith('.idx'));
		const files = await Promise.all(names.map((name) => readOrNothing(storage, `${layout.index}/${name}`)));
		return new LazyIndex(files.flat());
	}

	/** @param id - in its binary form. */
	find(id: Uint8Array): { pack: KnownPack; location: BlobLocation } | undefined {
		for (const [number, { directory }] of this.#directories.entries()) {
			const at = search(directory, id);
			if (at >= 0) {
				const location: BlobLocation = { pack: number, offset: 0, storedBytes: 0, isCompressed: false, innerOffset: 0, lengthBytes: 0 };
				decodePackEntry(directory, at, location);
				return isPlausible(location, Number.MAX_SAFE_INTEGER) ? { pack: this.#pack(number), location } : undefined;
			}
		}
		return undefined;
	}

	#pack(number: number): KnownPack {
		const known = this.#packs.get(number);
		if (known !== undefined) {
			return known;
		}
		const { packId, directory } = this.#directories[number] as PackDirectory;
		let dataEnd = 0;
		for (let at = PACK_SALT_BYTES; at < directory.length; at += PACK_ENTRY_BYTES) {
			dataEnd = Math.max(dataEnd, directory.readUInt32LE(at + 32) + (directory.readUInt32LE(at + 36) % 0x8000_0000));
		}
		const pack = { id: packId, blobCount: (directory.length - PACK_SALT_BYTES) / PACK_ENTRY_BYTES, dataEnd };
		this.#packs.set(number, pack);
		return pack;
	}
}

/** Where the entry of a blob is in a directory; -1 when it has none. */
function search(directory: Buffer, id: Uint8Array): number {
	let low = 0;
	let high = (directory.length - PACK_SALT_BYTES) / PACK_ENTRY_BYTES;
	while (low < high) {
		const middle = (low + high) >>> 1;
		const at = PACK_SALT_BYTES + middle * PACK_ENTRY_BYTES;
		const order = directory.compare(id, 0, BLOB_ID_BYTES, at, at + BLOB_ID_BYTES);
		if (order === 0) {
			return at;
		}
		if (order < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return -1;
}

async function readOrNothing(storage: SnapshotStorage, key: string): Promise<PackDirectory[]> {
	try {
		return (await readIndexFile(storage, key))?.directories ?? [];
	} catch (error) {
		// A damaged file is a cache less.
		if (!StoreError.is(error, 'STORE_DAMAGED', 'NEWER_FORMAT')) {
			throw error;
		}
		return [];
	}
}
