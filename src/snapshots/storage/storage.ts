/** Name of a file in a store: components of letters, digits, `.`, `_` and `-`, joined by `/`. Never begins with a dot. */
export type StorageKey = string;

/** One file as `list` reports it. */
export interface StoredFile {
	readonly key: StorageKey;
	readonly sizeBytes: number;
	/** When it was last written, in ms by the clock of whoever keeps the files: comparable among files, not with this process. */
	readonly modifiedAtMs: number;
}

/**
 * Where sealed things lie: a folder now, a bucket later.
 *
 * An implementation guarantees:
 * - a file appears whole or not at all, also when the process or the machine stops in the middle;
 * - when a write resolves, its bytes and its name survive a loss of power;
 * - a write that another process finished is seen by a read that begins afterwards;
 * - `delete` of a missing file and `list` of a missing folder succeed;
 * - failures of the system reject with StoreError `STORE_FULL` or `STORE_UNUSABLE`.
 *
 * Callers only pass keys that pass `checkKey`, and never change what was written under a key except by `replace`.
 */
export interface SnapshotStorage {
	/**
	 * The whole of a small file; undefined when there is none.
	 * @throws StoreError `STORE_DAMAGED` - it is longer than `maxBytes`; nothing was allocated.
	 */
	get(key: StorageKey, maxBytes: number): Promise<Uint8Array | undefined>;
	/**
	 * Exactly `length` bytes from `offset` on.
	 * @throws StoreError `STORE_DAMAGED` - the file is missing, or ends before.
	 */
	getRange(key: StorageKey, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
	/** Undefined when there is no such file. */
	size(key: StorageKey): Promise<number | undefined>;
	/** The files in a folder and below it, in no order; half-written ones are not among them. */
	list(folder: StorageKey): Promise<StoredFile[]>;
	/**
	 * A number that is another one whenever names directly in a folder have come, gone or been replaced; undefined when there is no folder.
	 * Changes at nearly the same time may share one. Absent where that is not to be had for less than the names.
	 */
	changeMark?(folder: StorageKey): Promise<number | undefined>;
	/** Names of the files and folders directly in a folder: cheaper than `list`, which asks for each file's size. */
	names(folder: StorageKey): Promise<string[]>;
	/**
	 * Writes a file that is not there yet. Of two processes at once one wins, where the file system has hard links; elsewhere both may, and
	 * the last one's bytes stay, whole.
	 * @returns false when there is one already; it is left as it is.
	 */
	putIfAbsent(key: StorageKey, bytes: Uint8Array): Promise<boolean>;
	/** Writes a small file in place of what is there: a reader sees the old bytes or the new ones. */
	replace(key: StorageKey, bytes: Uint8Array): Promise<void>;
	delete(key: StorageKey): Promise<void>;
}

/** A file of a staging area that grows. Synchronous: it is filled in a worker, one small call after the other. */
export interface AppendFile {
	readonly sizeBytes: number;
	/** Appends all bytes, or throws; what was appended before stays. Not durable before `sync`. */
	append(bytes: Uint8Array): void;
	/** Exactly `length` bytes that were appended before. */
	read(offset: number, length: number): Uint8Array;
	/** Returns when everything appended survives a loss of power. */
	sync(): void;
	close(): void;
}

/** Storage that one store works on: sealed things, and staging areas, whose files grow in place and are then published under a lasting name. */
export interface WorkingStorage extends SnapshotStorage {
	/** Opens a file for appending behind what it has; it is made, with its folder, when it is not there. */
	openAppend(key: StorageKey): AppendFile;
	/**
	 * Gives a file that was synced and closed its lasting name; durable when it resolves. When the target exists already, that one stays
	 * and the source is removed: the name says the content.
	 */
	publish(from: StorageKey, to: StorageKey): Promise<void>;
	/** Removes a folder with all below it; a missing one is success. */
	deleteFolder(folder: StorageKey): Promise<void>;
	/** Bytes that a user may still write. */
	freeBytes(): Promise<number>;
	/** Names of all files and folders at the top, also of those that are no part of a store; nothing when there is no folder yet. */
	rootNames(): Promise<string[]>;
	/**
	 * Removes what writes left that ended half way, anywhere in the store.
	 * @param writtenBeforeMs - by the clock of whoever keeps the files; a younger one may be in the making.
	 * @returns how many there were.
	 */
	clearLeftovers(writtenBeforeMs: number): Promise<number>;
}

const KEY = /^(?!\.)[A-Za-z0-9._-]{1,128}(\/(?!\.)[A-Za-z0-9._-]{1,128}){0,7}$/;

/** Half-written files end so; they are no part of the store. */
export const temporarySuffix = '.tmp';

/** Whether a file is one that a write of ours left: others may keep files that end so beside a store. */
export function isTemporaryName(name: string): boolean {
	return /\.[0-9a-f]{12}\.tmp$/.test(name);
}

/** **Invariant:** every key passes here before it becomes a path, so none can lead out of the store. */
export function checkKey(key: StorageKey): StorageKey {
	if (!KEY.test(key) || key.endsWith(temporarySuffix)) {
		throw new RangeError(`not a key of a store: ${JSON.stringify(key.slice(0, 200))}`);
	}
	return key;
}
