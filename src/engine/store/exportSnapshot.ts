import { closeSync, futimesSync, mkdirSync, openSync, writeSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { throwIfAborted } from '../../base/index.ts';
import { resolveDevicePath } from '../../device/index.ts';
import type { ListingEntry, SnapshotStore } from '../../snapshots/index.ts';
import { EngineError } from '../errors.ts';
import { exists, syncFolder, usingFolder } from '../folder/files.ts';
import type { JobRun } from '../jobs/progress.ts';
import type { FoundSnapshot, SnapshotLibrary } from './library.ts';
import { translated } from './translated.ts';

/** Entries that are put into the order of the packs at a time: reading them so is fastest, and memory stays bounded. */
const ENTRIES_AT_ONCE = 20_000;

/** Files are written without giving way to anything else for so long at most: whoever shares the process must not notice. */
const TURN_MS = 20;

/** What an export wrote. */
export interface ExportedSnapshot {
	readonly path: string;
	readonly fileCount: number;
	readonly sizeBytes: number;
}

/**
 * Writes a snapshot as a backup folder, `<folder>/<UDID>`, as Finder and other programs keep them. Every byte is checked on its way. The folder
 * appears when it is whole.
 * @throws EngineError `FOLDER_UNUSABLE` - there is something already, or it cannot be written. `STORE_DAMAGED`.
 */
export async function exportSnapshot(
	library: SnapshotLibrary,
	{ snapshot }: FoundSnapshot,
	folder: string,
	run: JobRun,
): Promise<ExportedSnapshot> {
	const { record } = snapshot;
	const target = path.join(path.resolve(folder), record.udid);
	const growing = `${target}.devicelab-export`;
	return usingFolder(folder, () =>
		translated(async () => {
			if (await exists(target)) {
				throw new EngineError('FOLDER_UNUSABLE', `There is a backup at ${target} already; an export never writes over one.`, {
					details: { folder: target, reason: 'occupied' },
				});
			}
			await fs.rm(growing, { recursive: true, force: true });
			await fs.mkdir(growing, { recursive: true, mode: 0o700 });
			try {
				const counted = await writeAll(await library.store(), snapshot, growing, run);
				await fs.rename(growing, target);
				await syncFolder(path.dirname(target));
				return { path: target, ...counted };
			} catch (error) {
				await fs.rm(growing, { recursive: true, force: true });
				throw error;
			}
		}),
	);
}

async function writeAll(
	store: SnapshotStore,
	{ record }: FoundSnapshot['snapshot'],
	folder: string,
	run: JobRun,
): Promise<{ fileCount: number; sizeBytes: number }> {
	const listing = await store.openListing(record);
	const madeFolders = new Set<string>();
	let fileCount = 0;
	let sizeBytes = 0;
	let turnSinceMs = performance.now();
	const writePortion = async (entries: readonly ListingEntry[]): Promise<void> => {
		for (const entry of await store.inStorageOrder(entries)) {
			if (performance.now() - turnSinceMs > TURN_MS) {
				await setImmediate();
				turnSinceMs = performance.now();
			}
			throwIfAborted(run.signal);
			const place = path.join(folder, confined(entry.path));
			const parent = entry.kind === 'folder' ? place : path.dirname(place);
			if (!madeFolders.has(parent)) {
				mkdirSync(parent, { recursive: true, mode: 0o700 });
				madeFolders.add(parent);
			}
			if (entry.kind === 'file') {
				await writeFile(place, entry, store);
				fileCount++;
				sizeBytes += entry.sizeBytes;
			}
		}
		run.onProgress?.({
			phase: 'transferring',
			percent: (100 * fileCount) / Math.max(1, record.fileCount),
			transferredBytes: sizeBytes,
			transferredFiles: fileCount,
		});
	};
	let gathered: ListingEntry[] = [];
	for await (const portion of listing.entries()) {
		gathered.push(...portion);
		if (gathered.length >= ENTRIES_AT_ONCE) {
			await writePortion(gathered);
			gathered = [];
		}
	}
	await writePortion(gathered);
	return { fileCount, sizeBytes };
}

/** Synchronous, since most files are small: a turn of the event loop for each step takes longer than the steps. */
async function writeFile(place: string, entry: ListingEntry, store: SnapshotStore): Promise<void> {
	const file = openSync(place, 'w', 0o600);
	try {
		for await (const bytes of store.openContent(entry)) {
			for (let written = 0; written < bytes.length;) {
				written += writeSync(file, bytes, written);
			}
		}
		futimesSync(file, entry.modifiedAtMs / 1000, entry.modifiedAtMs / 1000);
	} finally {
		closeSync(file);
	}
}

/** Paths in a listing were checked when they were written; a store that somebody changed does not get to write elsewhere. */
function confined(listed: string): string {
	return resolveDevicePath(`x/${listed}`, ['x']).slice(2);
}
