import type { AfcFileInfo } from '../../../device/afc/fileInfo/messages.ts';
import type { AfcLinkType, AfcLock, AfcOpenMode } from '../../../device/afc/messages.ts';

/** An open file. Owner and lock die with it. */
export interface VolumeFile {
	/** Bytes at the position, which moves on; empty at the end. */
	read(maxBytes: number): Uint8Array;
	write(bytes: Uint8Array): void;
	resize(sizeBytes: number): void;
	position: number;
	readonly sizeBytes: number;
	/** Tries; fails with WOULD_BLOCK when another open file holds it. */
	lock(lock: AfcLock): void;
	close(): void;
}

/**
 * What the AFC server shows: the media folder, or the container of an app. Paths are absolute within it.
 * Every method throws AfcFailure with the status for the host.
 */
export interface Volume {
	list(path: string): string[];
	info(path: string): AfcFileInfo;
	open(path: string, mode: AfcOpenMode): VolumeFile;
	makeDirectory(path: string): void;
	remove(path: string): void;
	removeAll(path: string): void;
	rename(from: string, to: string): void;
	link(type: AfcLinkType, target: string, path: string): void;
	truncate(path: string, sizeBytes: number): void;
	setTime(path: string, timeMs: number): void;
}
