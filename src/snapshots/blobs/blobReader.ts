import { StoreError } from '../errors.ts';
import { decompress } from '../packs/compression.ts';
import { PackReader } from '../packs/packReader.ts';
import { blobFromFrame } from '../packs/storedBlob.ts';
import type { SnapshotStorage } from '../storage/storage.ts';
import { blobIdBytes, hashBlob, type BlobId } from './blobId.ts';
import type { BlobIndex, KnownPack } from './blobIndex.ts';
import type { BlobLocation } from './blobTable.ts';

/** Decompressed frames that are kept: some megabytes at most. */
const FRAMES = 8;

/** Blobs out of packs. **Invariant:** no byte leaves here that was not checked against the blob's name. */
export class BlobReader {
	readonly #index: BlobIndex;
	readonly #packs: PackReader;
	readonly #frames = new Map<string, Promise<Uint8Array>>();

	constructor(storage: SnapshotStorage, index: BlobIndex) {
		this.#index = index;
		this.#packs = new PackReader(storage);
	}

	/**
	 * The blob's bytes; they may be a view of a larger array and must not be changed.
	 * @throws StoreError `BLOB_MISSING`, `BLOB_DAMAGED`; what the storage throws.
	 */
	async read(id: BlobId): Promise<Uint8Array> {
		const name = blobIdBytes(id);
		const found = this.#index.find(name) ?? (await this.#index.locate(id));
		if (found === undefined) {
			throw missing(id);
		}
		const wasLoaded = this.#index.isLoaded;
		try {
			return await this.#checked(id, name, found);
		} catch (error) {
			const isCertain = wasLoaded && (await this.#index.isThere(found.pack.id));
			if (!StoreError.is(error, 'BLOB_DAMAGED') || isCertain) {
				throw error;
			}
		}
		// Another process has written the pack anew since it was looked for; or an index file that nobody checked was wrong.
		await this.#index.refresh();
		const again = await this.#index.locate(id);
		if (again === undefined) {
			throw missing(id);
		}
		return this.#checked(id, name, again);
	}

	async #checked(id: BlobId, name: Buffer, { pack, location }: { pack: KnownPack; location: BlobLocation }): Promise<Uint8Array> {
		let bytes: Uint8Array;
		try {
			bytes = await this.#bytesAt(pack, location);
		} catch (error) {
			throw StoreError.is(error, 'STORE_DAMAGED') ? damaged(id, pack, error) : error;
		}
		if (!hashBlob(bytes).equals(name)) {
			throw damaged(id, pack, undefined);
		}
		return bytes;
	}

	async #bytesAt(pack: KnownPack, location: BlobLocation): Promise<Uint8Array> {
		if (!location.isCompressed) {
			return this.#packs.read(pack.id, location.offset, location.storedBytes, pack.dataEnd);
		}
		const key = `${pack.id}:${location.offset}:${location.storedBytes}`;
		let frame = this.#frames.get(key);
		this.#frames.delete(key);
		frame ??= this.#packs.read(pack.id, location.offset, location.storedBytes, pack.dataEnd).then(decompress);
		this.#frames.set(key, frame);
		const oldest = this.#frames.keys().next();
		if (this.#frames.size > FRAMES && oldest.done !== true) {
			this.#frames.delete(oldest.value);
		}
		try {
			return blobFromFrame(await frame, location);
		} catch (error) {
			this.#frames.delete(key);
			throw error;
		}
	}
}

function missing(id: BlobId): StoreError {
	return new StoreError('BLOB_MISSING', 'A part of a snapshot is in no pack.', { details: { blobId: id } });
}

function damaged(id: BlobId, pack: KnownPack, cause: unknown): StoreError {
	return new StoreError('BLOB_DAMAGED', 'A part of a snapshot is damaged.', { details: { blobId: id, pack: pack.id }, cause });
}
