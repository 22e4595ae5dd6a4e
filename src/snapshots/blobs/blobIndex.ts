import { MiB, type Logger } from '../../base/index.ts';
import { StoreError } from '../errors.ts';
import { layout, packIdOfName } from '../layout.ts';
import {
	checkPackDirectory,
	decodePackEntry,
	PACK_ENTRY_BYTES,
	PACK_SALT_BYTES,
	readPackDirectory,
	type PackId,
} from '../packs/packFormat.ts';
import type { SnapshotStorage } from '../storage/storage.ts';
import { readCondemned } from '../upkeep/condemned.ts';
import { blobIdBytes, type BlobId } from './blobId.ts';
import { BlobTable, type BlobLocation } from './blobTable.ts';
import { LazyIndex } from './lazyIndex.ts';
import { encodeIndexFile, readIndexFile, type PackDirectory } from './indexFile.ts';

/** Index files below this size are merged when there are so many of them. */
const SMALL_INDEX_BYTES = 4 * MiB;
const SMALL_INDEX_FILES = 16;

/** What an index file comes to at most: it is held in memory while it is written and read. */
const INDEX_FILE_BYTES = 8 * MiB;

/** One pack that the index knows. */
export interface KnownPack {
	readonly id: PackId;
	readonly blobCount: number;
	/** Where the stored bytes end, and the directory begins or something unused. */
	readonly dataEnd: number;
}

/**
 * Where each blob is. Made from index files, and from the packs themselves where these say nothing or are damaged: they are a cache.
 * Other processes add and remove packs at any time: `refresh` looks again.
 */
export class BlobIndex {
	readonly #storage: SnapshotStorage;
	readonly #log: Logger;
	#table = new BlobTable();
	#packs: KnownPack[] = [];
	#numbers = new Map<PackId, number>();
	#condemned: ReadonlySet<string> = new Set();
	#damagedPacks = new Map<PackId, StoreError>();
	#indexFiles = new Map<string, { readonly sizeBytes: number; readonly packs: readonly PackId[] }>();
	#loading: Promise<void> | undefined;
	#isLoaded = false;
	/** Until everything is read. */
	#lazy: LazyIndex | undefined;

	constructor(storage: SnapshotStorage, log: Logger) {
		this.#storage = storage;
		this.#log = log;
	}

	get table(): BlobTable {
		return this.#table;
	}

	/** By the numbers that locations carry. A pack that went away since the last `refresh` is still among them. */
	get packs(): readonly KnownPack[] {
		return this.#packs;
	}

	/** Packs whose directory cannot be read; none of their blobs is found. */
	get damagedPacks(): ReadonlyMap<PackId, StoreError> {
		return this.#damagedPacks;
	}

	/**
	 * Whether a new snapshot may name the blob as it lies there. A pack that is condemned may be deleted at any time, unless something names
	 * it that is older than its condemnation.
	 */
	isUsable(id: Uint8Array): boolean {
		const number = this.#table.find(id);
		return number >= 0 && (this.#condemned.size === 0 || !this.isCondemned(this.#table.packOf(number)));
	}

	isCondemned(pack: number): boolean {
		return this.#condemned.has((this.#packs[pack] as KnownPack).id);
	}

	/** Where a blob is, as far as is known now. @param id - in its binary form. */
	find(id: Uint8Array): { pack: KnownPack; location: BlobLocation } | undefined {
		const number = this.#table.find(id);
		if (number < 0) {
			return this.#lazy?.find(id);
		}
		const location = this.#table.location(number);
		return { pack: this.#packs[location.pack] as KnownPack, location };
	}

	/** Where a blob is; looks once more for packs of other processes when it is not known. Reads no more than it has to. */
	async locate(id: BlobId): Promise<{ pack: KnownPack; location: BlobLocation } | undefined> {
		const bytes = blobIdBytes(id);
		if (!this.#isLoaded) {
			// Most commands read little: they need not wait until everything is read.
			this.#lazy ??= await LazyIndex.load(this.#storage);
		}
		const found = this.find(bytes);
		if (found !== undefined) {
			return found;
		}
		await this.refresh();
		return this.find(bytes);
	}

	/** Learns what is new and forgets what is gone. Calls at the same time share one look. */
	refresh(): Promise<void> {
		this.#loading ??= this.#refresh()
			.then(() => {
				this.#isLoaded = true;
				this.#lazy = undefined;
			})
			.finally(() => {
				this.#loading = undefined;
			});
		return this.#loading;
	}

	/** Drops all that was read: the next `refresh` begins anew. */
	forget(): void {
		this.#table = new BlobTable();
		this.#packs = [];
		this.#numbers = new Map();
		this.#indexFiles = new Map();
	}

	/** Adds a pack that was just published. */
	async addPack(packId: PackId): Promise<void> {
		if (!this.#numbers.has(packId)) {
			this.#add(packId, await readPackDirectory(this.#storage, layout.pack(packId), packId));
		}
	}

	/**
	 * Writes an index file of the packs that none names yet: the next start is quick, and where a pack's own directory gets damaged there is
	 * another one. Small files of before are merged into it when they are many.
	 * @param force - writes all anew, as repair does.
	 */
	async save(force = false): Promise<void> {
		const usable = force ? [] : [...this.#indexFiles].filter(([, file]) => this.#areAllHere(file.packs));
		const isMerged = usable.filter(([, file]) => file.sizeBytes < SMALL_INDEX_BYTES).length >= SMALL_INDEX_FILES;
		const kept = usable.filter(([, file]) => !isMerged || file.sizeBytes >= SMALL_INDEX_BYTES);
		const covered = new Set(kept.flatMap(([, file]) => file.packs));
		const indexed = new Set([...this.#indexFiles.values()].flatMap((file) => file.packs));
		const unindexed = this.#packs.filter(({ id }) => !indexed.has(id));
		if (!force && unindexed.length === 0 && kept.length === this.#indexFiles.size) {
			return;
		}
		const old = [...this.#indexFiles.keys()].filter((name) => !kept.some(([other]) => other === name));
		let directories: PackDirectory[] = [];
		let sizeBytes = 0;
		const write = async (): Promise<void> => {
			if (directories.length > 0) {
				const { name, bytes } = encodeIndexFile(directories);
				await this.#storage.putIfAbsent(`${layout.index}/${name}`, bytes);
				this.#indexFiles.set(name, { sizeBytes: bytes.length, packs: directories.map(({ packId }) => packId) });
			}
			directories = [];
			sizeBytes = 0;
		};
		for (const { id } of this.#packs.filter((pack) => !covered.has(pack.id))) {
			const directory = await readPackDirectory(this.#storage, layout.pack(id), id);
			if (sizeBytes + directory.length > INDEX_FILE_BYTES) {
				await write();
			}
			directories.push({ packId: id, directory });
			sizeBytes += directory.length;
		}
		await write();
		// Order matters: what replaces them is there by now.
		for (const name of old) {
			this.#indexFiles.delete(name);
			await this.#storage.delete(`${layout.index}/${name}`);
		}
	}

	/** Whether what was found so far is what the packs themselves say, and not only what index files do. */
	get isLoaded(): boolean {
		return this.#isLoaded;
	}

	/** Whether a pack still is where it was. */
	async isThere(id: PackId): Promise<boolean> {
		return (await this.#storage.size(layout.pack(id))) !== undefined;
	}

	/** The packs that are there now. */
	async listPacks(): Promise<PackId[]> {
		const found: PackId[] = [];
		for (const folder of await this.#storage.names(layout.packs)) {
			for (const name of await this.#storage.names(`${layout.packs}/${folder}`)) {
				const id = packIdOfName(name);
				if (id?.startsWith(folder) === true) {
					found.push(id);
				}
			}
		}
		return found;
	}

	async #refresh(): Promise<void> {
		const here = await this.listPacks();
		const present = new Set(here);
		const condemned = await readCondemned(this.#storage);
		const isOther = condemned.size !== this.#condemned.size || [...condemned].some((id) => !this.#condemned.has(id));
		this.#condemned = condemned;
		if (isOther || this.#packs.some(({ id }) => !present.has(id))) {
			this.forget();
		}
		this.#damagedPacks = new Map([...this.#damagedPacks].filter(([id]) => present.has(id)));
		if (here.every((id) => this.#numbers.has(id) || this.#damagedPacks.has(id))) {
			return;
		}
		// Condemned packs come last: a blob that lies elsewhere too is found there.
		await this.#readIndexFiles(present);
		for (const id of here.sort((a, b) => Number(condemned.has(a)) - Number(condemned.has(b)))) {
			if (!this.#numbers.has(id) && !this.#damagedPacks.has(id)) {
				await this.#readPack(id);
			}
		}
	}

	async #readIndexFiles(present: ReadonlySet<PackId>): Promise<void> {
		for (const name of await this.#storage.names(layout.index)) {
			if (!name.endsWith('.idx') || this.#indexFiles.has(name)) {
				continue;
			}
			try {
				const file = await readIndexFile(this.#storage, `${layout.index}/${name}`);
				for (const { packId, directory } of file?.directories ?? []) {
					if (present.has(packId) && !this.#numbers.has(packId) && !this.#condemned.has(packId)) {
						checkPackDirectory(directory, packId, Number.MAX_SAFE_INTEGER);
						this.#add(packId, directory);
					}
				}
				if (file !== undefined) {
					this.#indexFiles.set(name, { sizeBytes: file.sizeBytes, packs: file.directories.map(({ packId }) => packId) });
				}
			} catch (error) {
				if (!StoreError.is(error, 'STORE_DAMAGED', 'NEWER_FORMAT')) {
					throw error;
				}
				this.#log.warn(`An index file is damaged and will be made anew: ${error.message}`);
			}
		}
	}

	async #readPack(id: PackId): Promise<void> {
		try {
			this.#add(id, await readPackDirectory(this.#storage, layout.pack(id), id));
		} catch (error) {
			if (!StoreError.is(error, 'STORE_DAMAGED', 'NEWER_FORMAT')) {
				throw error;
			}
			if ((await this.#storage.size(layout.pack(id))) !== undefined) {
				this.#damagedPacks.set(id, error);
			}
		}
	}

	#add(packId: PackId, directory: Buffer): void {
		const pack = this.#packs.length;
		const location: BlobLocation = { pack, offset: 0, storedBytes: 0, isCompressed: false, innerOffset: 0, lengthBytes: 0 };
		let dataEnd = 0;
		for (let at = PACK_SALT_BYTES; at < directory.length; at += PACK_ENTRY_BYTES) {
			decodePackEntry(directory, at, location);
			dataEnd = Math.max(dataEnd, location.offset + location.storedBytes);
			if (this.#table.add(directory, at, location) < 0) {
				this.#prefer(directory, at, location);
			}
		}
		this.#packs.push({ id: packId, blobCount: (directory.length - PACK_SALT_BYTES) / PACK_ENTRY_BYTES, dataEnd });
		this.#numbers.set(packId, pack);
	}

	/** A blob that lies in a condemned pack, too, is read from the other one. */
	#prefer(directory: Buffer, at: number, location: Readonly<BlobLocation>): void {
		const number = this.#condemned.size === 0 ? -1 : this.#table.find(directory, at);
		if (number >= 0 && this.isCondemned(this.#table.packOf(number))) {
			this.#table.relocate(number, location);
		}
	}

	#areAllHere(packs: readonly PackId[]): boolean {
		return packs.every((id) => this.#numbers.has(id));
	}
}
