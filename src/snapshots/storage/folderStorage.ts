import * as crypto from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { StoreError, toStoreError } from '../errors.ts';
import { FolderAppendFile } from './folderAppendFile.ts';
import {
	checkKey,
	isTemporaryName,
	temporarySuffix,
	type AppendFile,
	type StorageKey,
	type StoredFile,
	type WorkingStorage,
} from './storage.ts';

/** Answers of file systems that know no hard links. */
const noLinkCodes = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL', 'EACCES', 'EXDEV'];

/** What Windows says while a virus scanner or an indexer holds a file for a moment. */
const busyCodes = ['EPERM', 'EACCES', 'EBUSY'];

/**
 * A store in a folder of any file system: APFS, NTFS, ext4 or a network share. Needs nothing but rename; hard links are used where there
 * are some. Files are readable by their owner only.
 */
export class FolderStorage implements WorkingStorage {
	readonly root: string;
	readonly #madeFolders = new Set<string>();

	constructor(root: string) {
		this.root = root;
	}

	get(key: StorageKey, maxBytes: number): Promise<Uint8Array | undefined> {
		return this.#using(key, async (place) => {
			const handle = await fs.open(place, 'r').catch(ifAbsent(undefined));
			if (handle === undefined) {
				return undefined;
			}
			try {
				const { size } = await handle.stat();
				if (size > maxBytes) {
					throw new StoreError('STORE_DAMAGED', `${key} is too long.`, { details: { key, sizeBytes: size } });
				}
				const bytes = new Uint8Array(size);
				await readFully(handle, bytes, 0, key);
				return bytes;
			} finally {
				await handle.close();
			}
		});
	}

	getRange(key: StorageKey, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
		return this.#using(key, async (place) => {
			const handle = await fs.open(place, 'r').catch(ifAbsent(undefined));
			if (handle === undefined) {
				throw new StoreError('STORE_DAMAGED', `${key} is missing.`, { details: { key } });
			}
			try {
				const bytes = new Uint8Array(length);
				await readFully(handle, bytes, offset, key);
				return bytes;
			} finally {
				await handle.close();
			}
		});
	}

	size(key: StorageKey): Promise<number | undefined> {
		return this.#using(key, async (place) => (await fs.lstat(place).catch(ifAbsent(undefined)))?.size);
	}

	list(folder: StorageKey): Promise<StoredFile[]> {
		return this.#using(folder, async (place) => {
			const found: StoredFile[] = [];
			await collect(place, folder, found);
			return found;
		});
	}

	changeMark(folder: StorageKey): Promise<number | undefined> {
		return this.#using(folder, async (place) => (await fs.lstat(place).catch(ifAbsent(undefined)))?.mtimeMs);
	}

	names(folder: StorageKey): Promise<string[]> {
		return this.#using(folder, async (place) => {
			const names = await fs.readdir(place).catch(ifAbsent<string[]>([]));
			return names.filter((name) => !name.endsWith(temporarySuffix));
		});
	}

	putIfAbsent(key: StorageKey, bytes: Uint8Array): Promise<boolean> {
		return this.#using(key, async (place) => {
			const temporary = await this.#writeTemporary(place, bytes);
			try {
				return await moveIfAbsent(temporary, place);
			} finally {
				await fs.rm(temporary, { force: true });
				await syncFolder(path.dirname(place));
			}
		});
	}

	replace(key: StorageKey, bytes: Uint8Array): Promise<void> {
		return this.#using(key, async (place) => {
			const temporary = await this.#writeTemporary(place, bytes);
			try {
				await rename(temporary, place);
			} catch (error) {
				await fs.rm(temporary, { force: true });
				throw error;
			}
			await syncFolder(path.dirname(place));
		});
	}

	delete(key: StorageKey): Promise<void> {
		return this.#using(key, async (place) => {
			await fs.rm(place, { force: true, maxRetries: 3 });
		});
	}

	openAppend(key: StorageKey): AppendFile {
		return new FolderAppendFile(this.#placeOf(key), key);
	}

	publish(from: StorageKey, to: StorageKey): Promise<void> {
		return this.#using(to, async (target) => {
			const source = this.#placeOf(from);
			await this.#makeFolder(path.dirname(target));
			if ((await fs.lstat(target).catch(ifAbsent(undefined))) === undefined) {
				await rename(source, target);
			} else {
				await fs.rm(source, { force: true });
			}
			await syncFolder(path.dirname(target));
		});
	}

	deleteFolder(folder: StorageKey): Promise<void> {
		return this.#using(folder, async (place) => {
			this.#madeFolders.clear();
			await fs.rm(place, { recursive: true, force: true, maxRetries: 3 });
		});
	}

	freeBytes(): Promise<number> {
		return this.#using('store', async () => {
			const { bavail, bsize } = await fs.statfs(this.root);
			return bavail * bsize;
		});
	}

	rootNames(): Promise<string[]> {
		return this.#using('store', () => fs.readdir(this.root).catch(ifAbsent<string[]>([])));
	}

	clearLeftovers(writtenBeforeMs: number): Promise<number> {
		return this.#using('store', () => clearTemporary(this.root, writtenBeforeMs, 0));
	}

	#placeOf(key: StorageKey): string {
		return path.join(this.root, ...checkKey(key).split('/'));
	}

	async #using<T>(key: StorageKey, work: (place: string) => Promise<T>): Promise<T> {
		const place = this.#placeOf(key);
		try {
			return await work(place);
		} catch (error) {
			throw toStoreError(error, key);
		}
	}

	/** Beside its target, so that the rename stays within one file system. */
	async #writeTemporary(place: string, bytes: Uint8Array): Promise<string> {
		const temporary = `${place}.${crypto.randomBytes(6).toString('hex')}${temporarySuffix}`;
		await this.#makeFolder(path.dirname(place));
		const handle = await fs.open(temporary, 'wx', 0o600);
		try {
			// writeFile goes on until all is written, or fails: a disk that fills up takes a part first.
			await handle.writeFile(bytes);
			await handle.sync();
		} catch (error) {
			await handle.close();
			await fs.rm(temporary, { force: true });
			throw error;
		}
		await handle.close();
		return temporary;
	}

	/** A folder is durable only when the one that holds it was synced, too. */
	async #makeFolder(folder: string): Promise<void> {
		if (this.#madeFolders.has(folder)) {
			return;
		}
		const first = await fs.mkdir(folder, { recursive: true, mode: 0o700 });
		for (let made = folder; first !== undefined && made.length >= first.length; made = path.dirname(made)) {
			await syncFolder(path.dirname(made));
		}
		this.#madeFolders.add(folder);
	}
}

async function collect(place: string, key: StorageKey, found: StoredFile[]): Promise<void> {
	for (const entry of await fs.readdir(place, { withFileTypes: true }).catch(ifAbsent([]))) {
		if (entry.isDirectory()) {
			await collect(path.join(place, entry.name), `${key}/${entry.name}`, found);
		} else if (entry.isFile() && !entry.name.endsWith(temporarySuffix)) {
			// It may be gone by now; then it is not there.
			const stat = await fs.lstat(path.join(place, entry.name)).catch(ifAbsent(undefined));
			if (stat !== undefined) {
				found.push({ key: `${key}/${entry.name}`, sizeBytes: stat.size, modifiedAtMs: stat.mtimeMs });
			}
		}
	}
}

/** Folders of a store are no deeper; what else lies there is not gone into. */
const MAX_DEPTH = 5;

async function clearTemporary(folder: string, writtenBeforeMs: number, depth: number): Promise<number> {
	let removed = 0;
	for (const entry of await fs.readdir(folder, { withFileTypes: true }).catch(ifAbsent([]))) {
		const place = path.join(folder, entry.name);
		if (entry.isDirectory() && depth < MAX_DEPTH) {
			removed += await clearTemporary(place, writtenBeforeMs, depth + 1);
		} else if (entry.isFile() && isTemporaryName(entry.name)) {
			const stat = await fs.lstat(place).catch(ifAbsent(undefined));
			if (stat !== undefined && stat.mtimeMs < writtenBeforeMs) {
				await fs.rm(place, { force: true });
				removed++;
			}
		}
	}
	return removed;
}

async function readFully(handle: fs.FileHandle, bytes: Uint8Array, offset: number, key: StorageKey): Promise<void> {
	for (let done = 0; done < bytes.length;) {
		const { bytesRead } = await handle.read(bytes, done, bytes.length - done, offset + done);
		if (bytesRead === 0) {
			throw new StoreError('STORE_DAMAGED', `${key} ends too early.`, { details: { key, wantedBytes: bytes.length, offset } });
		}
		done += bytesRead;
	}
}

async function moveIfAbsent(temporary: string, place: string): Promise<boolean> {
	try {
		await fs.link(temporary, place);
		return true;
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		if (code === 'EEXIST') {
			return false;
		}
		if (!noLinkCodes.includes(code ?? '')) {
			throw error;
		}
	}
	if ((await fs.lstat(place).catch(ifAbsent(undefined))) !== undefined) {
		return false;
	}
	await rename(temporary, place);
	return true;
}

async function rename(from: string, to: string): Promise<void> {
	for (let attempt = 1; ; attempt++) {
		try {
			return await fs.rename(from, to);
		} catch (error) {
			const isBusy = process.platform === 'win32' && busyCodes.includes((error as NodeJS.ErrnoException).code ?? '');
			if (!isBusy || attempt === 6) {
				throw error;
			}
			await new Promise((resolve) => setTimeout(resolve, 10 * attempt ** 2));
		}
	}
}

/** Makes names in a folder durable. Windows has no such call and needs none; some shares refuse it. */
async function syncFolder(folder: string): Promise<void> {
	if (process.platform === 'win32') {
		return;
	}
	const handle = await fs.open(folder, 'r');
	try {
		await handle.sync();
	} catch (error) {
		if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'EBADF'].includes((error as NodeJS.ErrnoException).code ?? '')) {
			throw error;
		}
	} finally {
		await handle.close();
	}
}

function ifAbsent<T>(value: T): (error: NodeJS.ErrnoException) => T {
	return (error) => {
		if (error.code === 'ENOENT' || error.code === 'ENOTDIR') {
			return value;
		}
		throw error;
	};
}
