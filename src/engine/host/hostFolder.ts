import type { HostDirectoryEntry } from '../../device/index.ts';

/** A path below the backup, `/` between its components; empty for the backup itself. */
export type RelativePath = string;

/** A file that is being written. */
export interface HostFolderSink {
	/** The bytes are the caller's again afterwards. */
	write(bytes: Uint8Array): void;
	/** @param modifiedAtMs - the time that the file is to have; the present when absent. Only folders on a disk keep it. */
	finish(modifiedAtMs?: number): void;
	abandon(): void;
}

/** A file that is being read, from its start to its end. */
export interface HostFolderSource {
	/** The next bytes, at most `maxBytes`, in memory of their own; `isLast` when the file ends with them. */
	read(maxBytes: number): HostFolderPortion | Promise<HostFolderPortion>;
	close(): void;
}

export interface HostFolderPortion {
	readonly bytes: Uint8Array<ArrayBuffer>;
	readonly isLast: boolean;
}

/**
 * The folder of one backup as a worker serves it: a directory, or the store. Calls are synchronous but for reading, because one system
 * call after the other is the fastest way to write many small files, and nothing else runs in the worker.
 *
 * Implementations show each call the effect of those before it, replace what is in the way of a file or a move, and throw HostFileError or
 * errors of the system.
 */
export interface HostFolder {
	/** The entries of a folder, empty files included; none for a folder that is not there. */
	list(folder: RelativePath): HostDirectoryEntry[];
	createDirectory(folder: RelativePath): void;
	/** Begins a file, its folder made. */
	create(file: RelativePath): HostFolderSink;
	/** @throws HostFileError `NOT_FOUND`. */
	open(file: RelativePath): HostFolderSource;
	/** @throws HostFileError `NOT_FOUND`. */
	move(from: RelativePath, to: RelativePath): void;
	/** Removes a file or tree; a missing one is success. */
	remove(item: RelativePath): void;
	copy(from: RelativePath, to: RelativePath): void;
}
