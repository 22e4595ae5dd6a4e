import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { checkBackup, openBackup, readInfoPlist, type BackupFacts } from '../../backup/index.ts';
import { throwIfAborted } from '../../base/index.ts';
import type { SnapshotInfo } from '../../contract/index.ts';
import { resolveDevicePath } from '../../device/index.ts';
import type { ListingEntry, SnapshotStore } from '../../snapshots/index.ts';
import { modelName } from '../devices/models.ts';
import { EngineError } from '../errors.ts';
import { exists, readIfPresent, syncFolder, usingFolder } from '../folder/files.ts';
import { isFolderName } from '../folder/layout.ts';
import { recoverFolder } from '../folder/folderRun.ts';
import type { JobContext } from '../jobs/backUp.ts';
import type { JobRun } from '../jobs/progress.ts';
import type { FoundSnapshot, SnapshotLibrary } from './library.ts';
import { translated } from './translated.ts';
import { deviceFacts } from './snapshotInfo.ts';
import { StoreRun } from './storeRun.ts';

/** Entries that are put into the order of the packs at a time: reading them so is fastest, and memory stays bounded. */
const ENTRIES_AT_ONCE = 20_000;

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
					details: { folder: target },
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
	const writePortion = async (entries: readonly ListingEntry[]): Promise<void> => {
		for (const entry of await store.inStorageOrder(entries)) {
			throwIfAborted(run.signal);
			const place = path.join(folder, confined(entry.path));
			const parent = entry.kind === 'folder' ? place : path.dirname(place);
			if (!madeFolders.has(parent)) {
				await fs.mkdir(parent, { recursive: true, mode: 0o700 });
				madeFolders.add(parent);
			}
			if (entry.kind === 'file') {
				await fs.writeFile(place, store.openContent(entry), { mode: 0o600 });
				await fs.utimes(place, new Date(entry.modifiedAtMs), new Date(entry.modifiedAtMs));
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

/** Paths in a listing were checked when they were written; a store that somebody changed does not get to write elsewhere. */
function confined(listed: string): string {
	return resolveDevicePath(`x/${listed}`, ['x']).slice(2);
}

/** What is to be adopted. */
export interface ImportOrder {
	/** One backup, or a folder that holds several. */
	readonly folder: string;
	/** Which of several; all when absent. */
	readonly source?: string | undefined;
	/** Of the one that is adopted. */
	readonly name?: string | undefined;
}

/**
 * Adopts backup folders of Finder, iTunes, Apple Devices and other programs as snapshots. The folders are only read, and kept byte for byte.
 * The device's head stays; a device that has none gets it.
 * @throws EngineError `NOT_A_BACKUP`, `BACKUP_UNFINISHED`, `BACKUP_UNSUPPORTED`, `BACKUP_DAMAGED` - of the first that cannot be adopted.
 */
export async function importBackups(
	library: SnapshotLibrary,
	order: ImportOrder,
	run: JobRun,
	context: JobContext,
): Promise<readonly SnapshotInfo[]> {
	const folders = await usingFolder(order.folder, () => foldersOf(order));
	if (order.name !== undefined && folders.length > 1) {
		throw new EngineError('WRONG_USE', 'Several backups cannot have one name: adopt them one by one.');
	}
	const adopted: SnapshotInfo[] = [];
	for (const folder of folders) {
		adopted.push(await importOne(library, folder, order.name, run, context));
	}
	return adopted;
}

async function foldersOf({ folder, source }: ImportOrder): Promise<string[]> {
	const root = path.resolve(folder);
	if (source !== undefined) {
		return [path.join(root, source)];
	}
	if ((await openBackup(root)).state !== 'not-a-backup') {
		return [root];
	}
	const names = (await fs.readdir(root, { withFileTypes: true }))
		.filter((entry) => entry.isDirectory() && isFolderName(entry.name))
		.map((entry) => path.join(root, entry.name));
	const judged = await Promise.all(names.map(async (name) => ({ name, state: (await openBackup(name)).state })));
	const complete = judged.filter(({ state }) => state === 'complete').map(({ name }) => name);
	if (complete.length === 0) {
		throw new EngineError('NOT_A_BACKUP', `There is no finished backup in ${root}.`, {
			details: { folder: root, found: names.slice(0, 20).map((name) => path.basename(name)) },
		});
	}
	return complete;
}

async function importOne(
	library: SnapshotLibrary,
	folder: string,
	name: string | undefined,
	run: JobRun,
	context: JobContext,
): Promise<SnapshotInfo> {
	if (isFolderName(path.basename(folder))) {
		await usingFolder(folder, () => recoverFolder(path.dirname(folder), path.basename(folder)));
	}
	const facts = await openBackup(folder);
	await refuseUnfit(facts, run.signal);
	const udid = facts.udid ?? path.basename(folder);
	const checkedName = name === undefined ? undefined : await library.checkName(udid, name);
	const store = await library.store();
	const head = await translated(() => store.head(udid));
	const target = await StoreRun.begin(library.folder, udid, undefined, 'first', context.log);
	let isSealed = false;
	try {
		await copyInto(target, folder, udid, run);
		const info = await readIfPresent(path.join(folder, 'Info.plist'));
		const deviceName = facts.deviceName ?? (info === undefined ? undefined : readInfoPlist(info).deviceName);
		const model = facts.productType === undefined ? undefined : modelName(facts.productType);
		const record = await target.seal(
			{
				kind: 'device',
				takenAtMs: (facts.date ?? new Date(context.clock.now())).getTime(),
				trigger: 'import',
				device: deviceFacts({ name: deviceName, model, productType: facts.productType, iosVersion: facts.iosVersion }),
				backup: { encrypted: facts.isEncrypted ?? facts.claimsEncryption, full: facts.isFullBackup ?? false },
			},
			{ moveHead: head === undefined },
		);
		isSealed = true;
		return await translated(async () => {
			if (checkedName !== undefined) {
				await store.setName(udid, record.id, checkedName);
			}
			return library.show(udid, record.id);
		});
	} finally {
		if (!isSealed) {
			await target.discard();
		}
	}
}

/** Only what a device would take back is adopted; of an encrypted backup, only the control files can be judged. */
async function refuseUnfit(facts: BackupFacts, signal: AbortSignal | undefined): Promise<void> {
	switch (facts.state) {
		case 'complete':
			break;
		case 'old-format':
			throw new EngineError('BACKUP_UNSUPPORTED', `The backup in ${facts.folder} is of iOS 9 or older.`);
		case 'not-a-backup':
			throw new EngineError('NOT_A_BACKUP', `There is no backup in ${facts.folder}.`);
		case 'interrupted':
		case 'started':
			throw new EngineError('BACKUP_UNFINISHED', `The backup in ${facts.folder} was never finished.`);
	}
	const health = await checkBackup(facts.folder, signal === undefined ? {} : { signal });
	const fault = health.faults[0];
	if (fault !== undefined) {
		throw new EngineError(
			'BACKUP_DAMAGED',
			`The backup in ${facts.folder} is damaged: ${fault.kind.replaceAll('-', ' ')} (${fault.count}).`,
			{
				details: { kind: fault.kind, count: fault.count, examples: fault.examples },
			},
		);
	}
}

async function copyInto(target: StoreRun, folder: string, udid: string, run: JobRun): Promise<void> {
	let transferredBytes = 0;
	let transferredFiles = 0;
	const copyFolder = async (relative: string): Promise<void> => {
		for (const entry of await fs.readdir(path.join(folder, relative), { withFileTypes: true })) {
			throwIfAborted(run.signal);
			const name = relative === '' ? entry.name : `${relative}/${entry.name}`;
			if (entry.isDirectory()) {
				await copyFolder(name);
			} else if (entry.isFile()) {
				const writer = target.host.openWrite(resolveDevicePath(`${udid}/${name}`, [udid]));
				const file = await fs.open(path.join(folder, name), 'r');
				for await (const chunk of file.createReadStream({ highWaterMark: 256 * 1024 })) {
					await writer.write(chunk as Uint8Array);
					transferredBytes += (chunk as Uint8Array).length;
				}
				await writer.finish();
				transferredFiles++;
				run.onProgress?.({ phase: 'transferring', transferredBytes, transferredFiles });
			}
		}
	};
	await copyFolder('');
	await target.host.settle();
}
