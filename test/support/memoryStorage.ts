import { StoreError } from '../../src/snapshots/errors.ts';
import { checkKey, type AppendFile, type StorageKey, type StoredFile, type WorkingStorage } from '../../src/snapshots/storage/storage.ts';

interface File {
	bytes: Buffer;
	modifiedAtMs: number;
}

/** A store's files in memory. Everything written is at once as good as durable; what a crash would lose is for FaultyStorage to say. */
export class MemoryStorage implements WorkingStorage {
	readonly files = new Map<StorageKey, File>();
	/** The keeper's clock. */
	now: () => number;

	constructor(now: () => number = Date.now) {
		this.now = now;
	}

	/** What would be left if the process ended here, for another one to find. */
	copy(): MemoryStorage {
		const copy = new MemoryStorage(this.now);
		for (const [key, { bytes, modifiedAtMs }] of this.files) {
			copy.files.set(key, { bytes: Buffer.from(bytes), modifiedAtMs });
		}
		return copy;
	}

	keys(): string[] {
		return [...this.files.keys()].sort();
	}

	async get(key: StorageKey, maxBytes: number): Promise<Uint8Array | undefined> {
		const file = this.files.get(checkKey(key));
		if (file !== undefined && file.bytes.length > maxBytes) {
			throw new StoreError('STORE_DAMAGED', `${key} is too long.`, { details: { key } });
		}
		return file === undefined ? undefined : Uint8Array.from(file.bytes);
	}

	async getRange(key: StorageKey, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
		return Uint8Array.from(this.range(key, offset, length));
	}

	async size(key: StorageKey): Promise<number | undefined> {
		return this.files.get(checkKey(key))?.bytes.length;
	}

	async list(folder: StorageKey): Promise<StoredFile[]> {
		checkKey(folder);
		return [...this.files]
			.filter(([key]) => key.startsWith(`${folder}/`))
			.map(([key, { bytes, modifiedAtMs }]) => ({ key, sizeBytes: bytes.length, modifiedAtMs }));
	}

	async names(folder: StorageKey): Promise<string[]> {
		checkKey(folder);
		const below = [...this.files.keys()].filter((key) => key.startsWith(`${folder}/`));
		return [...new Set(below.map((key) => key.slice(folder.length + 1).split('/', 1)[0] as string))];
	}

	async putIfAbsent(key: StorageKey, bytes: Uint8Array): Promise<boolean> {
		if (this.files.has(checkKey(key))) {
			return false;
		}
		this.put(key, bytes);
		return true;
	}

	async replace(key: StorageKey, bytes: Uint8Array): Promise<void> {
		this.put(checkKey(key), bytes);
	}

	async delete(key: StorageKey): Promise<void> {
		this.files.delete(checkKey(key));
	}

	openAppend(key: StorageKey): AppendFile {
		const file = this.files.get(checkKey(key)) ?? this.put(key, new Uint8Array(0));
		const now = (): number => this.now();
		const read = (offset: number, length: number): Uint8Array => this.range(key, offset, length);
		return {
			get sizeBytes(): number {
				return file.bytes.length;
			},
			append(bytes: Uint8Array): void {
				file.bytes = Buffer.concat([file.bytes, bytes]);
				file.modifiedAtMs = now();
			},
			read,
			sync(): void {},
			close(): void {},
		};
	}

	async publish(from: StorageKey, to: StorageKey): Promise<void> {
		const file = this.files.get(checkKey(from));
		if (file === undefined) {
			throw new StoreError('STORE_UNUSABLE', `${from} is missing.`);
		}
		if (!this.files.has(checkKey(to))) {
			this.files.set(to, file);
		}
		this.files.delete(from);
	}

	async deleteFolder(folder: StorageKey): Promise<void> {
		for (const { key } of await this.list(folder)) {
			this.files.delete(key);
		}
	}

	async freeBytes(): Promise<number> {
		return 2 ** 40;
	}

	async rootNames(): Promise<string[]> {
		return [...new Set([...this.files.keys()].map((key) => key.split('/', 1)[0] as string))];
	}

	/** Nothing is ever half written here. */
	async clearLeftovers(): Promise<number> {
		return 0;
	}

	private put(key: StorageKey, bytes: Uint8Array): File {
		const file = { bytes: Buffer.from(bytes), modifiedAtMs: this.now() };
		this.files.set(key, file);
		return file;
	}

	private range(key: StorageKey, offset: number, length: number): Buffer {
		const file = this.files.get(checkKey(key));
		if (file === undefined || offset + length > file.bytes.length) {
			throw new StoreError('STORE_DAMAGED', `${key} ends too early.`, { details: { key } });
		}
		return file.bytes.subarray(offset, offset + length);
	}
}
