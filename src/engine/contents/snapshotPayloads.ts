import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { BackupError, type PayloadSource } from '../../backup/index.ts';
import { MiB, throwIfAborted } from '../../base/index.ts';
import type { Listing, ListingEntry, SnapshotStore } from '../../snapshots/index.ts';

/** A file's path in a listing is `ab/` and its file ID of 40 hex digits. */
const FILE_ID_PATH = /^[0-9a-f]{2}\/([0-9a-f]{40})$/;

/** The file ID of a path in a listing; undefined for files about the backup itself. */
export function fileIdAt(path: string): string | undefined {
	return FILE_ID_PATH.exec(path)?.[1];
}

/** To see the end of a longer file costs more than its exact size is worth. */
const MAX_READ_FOR_END_BYTES = 32 * MiB;

/** The files of a snapshot, out of the store; every byte is checked against its name on the way. */
export class SnapshotPayloads implements PayloadSource {
	readonly #store: SnapshotStore;
	readonly #listing: Listing;

	constructor(store: SnapshotStore, listing: Listing) {
		this.#store = store;
		this.#listing = listing;
	}

	async sizeOf(fileId: string): Promise<number | undefined> {
		const entry = await this.#find(fileId);
		return entry?.kind === 'file' ? entry.sizeBytes : undefined;
	}

	async eachSize(onFile: (fileId: string, sizeBytes: number) => void, signal?: AbortSignal): Promise<void> {
		for await (const portion of this.#listing.entries()) {
			throwIfAborted(signal);
			for (const { path, kind, sizeBytes } of portion) {
				const fileId = kind === 'file' ? fileIdAt(path) : undefined;
				if (fileId !== undefined) {
					onFile(fileId, sizeBytes);
				}
			}
		}
	}

	async *open(fileId: string): AsyncGenerator<Uint8Array> {
		const entry = await this.#find(fileId);
		if (entry?.kind !== 'file') {
			throw new BackupError('MISSING_FILE', 'The content of a file is not in the snapshot.', { details: { fileId } });
		}
		yield* this.#store.openContent(entry);
	}

	async readEnd(fileId: string, storedBytes: number, sizeBytes: number): Promise<Uint8Array | undefined> {
		if (storedBytes > MAX_READ_FOR_END_BYTES) {
			return undefined;
		}
		const parts: Uint8Array[] = [];
		for await (const portion of this.open(fileId)) {
			parts.push(portion);
		}
		return Buffer.concat(parts).subarray(-Math.min(sizeBytes, storedBytes));
	}

	#find(fileId: string): Promise<ListingEntry | undefined> {
		return this.#listing.find(`${fileId.slice(0, 2)}/${fileId}`);
	}
}

/** Files at the top of a backup that are about the backup itself. An adopted one may have rows in the log of its database. */
const CONTROL_FILES = ['Info.plist', 'Manifest.plist', 'Manifest.db', 'Manifest.db-wal', 'Manifest.mbdb', 'Status.plist'];

/** Writes a snapshot's control files to a folder of our own, for whoever reads them as files. */
export async function copyControlFiles(store: SnapshotStore, listing: Listing, folder: string): Promise<void> {
	for (const name of CONTROL_FILES) {
		const entry = await listing.find(name);
		if (entry?.kind === 'file') {
			await pipeline(store.openContent(entry), createWriteStream(join(folder, name), { mode: 0o600 }));
		}
	}
}
