import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { resolveDevicePath } from '../../device/index.ts';
import type { SnapshotStore } from '../../snapshots/index.ts';
import { EngineError } from '../errors.ts';
import { exists, syncFolder, usingFolder } from '../folder/files.ts';
import { FolderHost } from '../folder/folderHost.ts';
import type { JobRun } from '../jobs/progress.ts';
import type { FoundSnapshot, SnapshotLibrary } from './library.ts';
import { CheckPool } from './checkPool.ts';
import { translated } from './translated.ts';

/** Progress is told after so many files. */
const FILES_EACH = 500;

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

/** One thread reads and checks while another one writes: making files takes as long as reading them. */
async function writeAll(
	store: SnapshotStore,
	{ record }: FoundSnapshot['snapshot'],
	folder: string,
	run: JobRun,
): Promise<{ fileCount: number; sizeBytes: number }> {
	const listing = await store.openListing(record);
	const host = new FolderHost(folder, { base: undefined, tree: folder });
	const checker = new CheckPool(1);
	let fileCount = 0;
	let sizeBytes = 0;
	const tell = (): void =>
		run.onProgress?.({
			phase: 'transferring',
			percent: (100 * fileCount) / Math.max(1, record.fileCount),
			transferredBytes: sizeBytes,
			transferredFiles: fileCount,
		});
	try {
		let writer: ReturnType<FolderHost['openWrite']> | undefined;
		for await (const { entry, bytes, isLast } of store.contents(listing.entries(), { checker, signal: run.signal })) {
			// Paths in a listing were checked when they were written; a store that somebody changed does not get to write elsewhere.
			const place = resolveDevicePath(`${record.udid}/${entry.path}`, [record.udid]);
			if (entry.kind === 'folder') {
				await host.createDirectory(place);
				continue;
			}
			writer ??= host.openWrite(place);
			if (bytes.length > 0) {
				await writer.write(bytes);
			}
			if (isLast) {
				writer.finish(entry.modifiedAtMs);
				writer = undefined;
				sizeBytes += entry.sizeBytes;
				fileCount++;
				if (fileCount % FILES_EACH === 0) {
					tell();
				}
			}
		}
		await host.settle();
		tell();
	} finally {
		checker.dispose();
		await host.dispose();
	}
	return { fileCount, sizeBytes };
}
