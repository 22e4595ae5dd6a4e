import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { BackupError, checkBackup, type BackupHealth, openBackup, readInfoPlist, type BackupFacts } from '../../backup/index.ts';
import type { ErrorCode, ImportOutcome, LabProblem, SnapshotInfo } from '../../contract/index.ts';
import { HostFileError } from '../../device/index.ts';
import type { SnapshotRecord, SnapshotStore } from '../../snapshots/index.ts';
import { modelName } from '../devices/models.ts';
import { EngineError, reportError, type EngineErrorCode } from '../errors.ts';
import { exists, readIfPresent, usingFolder } from '../folder/files.ts';
import { folderLayout } from '../folder/layout.ts';
import type { JobContext } from '../jobs/backUp.ts';
import type { JobRun } from '../jobs/progress.ts';
import { present } from '../known.ts';
import { copyIntoStore } from './copyIntoStore.ts';
import type { SnapshotLibrary } from './library.ts';
import { backupFolders, problemOf, refusalOf, type BackupKeeper } from './localBackups.ts';
import { deviceFacts } from './snapshotInfo.ts';
import { fromStoreWorker } from './storeHost.ts';
import { StoreRun } from './storeRun.ts';
import { translated } from './translated.ts';

/** What is to be adopted. */
export interface ImportOrder {
	/** One backup, or a folder that holds several; the places where this system's programs keep them when absent. */
	readonly folder?: string | undefined;
	/** Which of several, by the name of its folder or its UDID; all when absent. */
	readonly source?: string | undefined;
	/** Of the one that is adopted. */
	readonly name?: string | undefined;
}

/** What speaks against one backup and not against the others. */
const OF_ONE_BACKUP: ReadonlySet<ErrorCode> = new Set([
	...(['NOT_A_BACKUP', 'BACKUP_UNFINISHED', 'BACKUP_UNSUPPORTED', 'BACKUP_DAMAGED'] as const),
	...(['FOLDER_UNUSABLE', 'UNSAFE_PATH', 'DEVICE_BUSY'] as const),
]);

/** The clocks of phone and computer differ, and a backup takes hours at most. */
const SAME_TIME_MS = 2 * 24 * 60 * 60_000;

/** Files by which a backup is known again: each run writes them anew, with an id and a time of its own. */
const TELLING_FILES = ['Status.plist', 'Manifest.plist'] as const;

/**
 * Adopts backup folders of Finder, iTunes, Apple Devices and other programs as snapshots. The folders are only read, and kept byte for byte.
 * What is in the store already is left out. The device's head stays; a device that has none gets its newest backup.
 * @returns what became of each, newest first.
 * @throws EngineError `WRONG_USE` - no folder was named, and this system has no places of its own. When none could be adopted: the code of the
 *   first one's refusal, with `details.refused` for all of several.
 */
export async function importBackups(
	library: SnapshotLibrary,
	order: ImportOrder,
	run: JobRun,
	context: JobContext & { readonly keeper: BackupKeeper },
): Promise<readonly ImportOutcome[]> {
	const { backups, places, problems } = await backupFolders(order.folder, context.keeper);
	const chosen = backups.filter((facts) => order.source === undefined || isNamed(facts, order.source));
	if (order.name !== undefined && chosen.length > 1) {
		throw new EngineError('WRONG_USE', 'Several backups cannot have one name: adopt them one by one.');
	}
	if (chosen.length === 0 && (order.folder !== undefined || order.source !== undefined)) {
		throw new EngineError('NOT_A_BACKUP', `There is no such backup in ${places.join(', ')}.`, {
			details: { folder: places[0], found: backups.slice(0, 20).map(({ folder }) => path.basename(folder)) },
		});
	}
	const outcomes: ImportOutcome[] = problems.map((problem) => ({ path: pathOf(problem), outcome: 'refused', problem }));
	for (const [index, facts] of chosen.entries()) {
		const share = shareOf(run, index, chosen.length);
		outcomes.push(await importOrRefuse(library, facts, order.name, share, context));
	}
	throwIfAllRefused(outcomes);
	return outcomes;
}

function isNamed(facts: BackupFacts, source: string): boolean {
	const plain = (text: string): string => text.toLowerCase().replaceAll('-', '');
	return path.basename(facts.folder) === source || plain(facts.udid ?? '') === plain(source);
}

function pathOf({ details }: LabProblem): string {
	return typeof details['folder'] === 'string' ? details['folder'] : '';
}

/** Progress of one of several. */
function shareOf(run: JobRun, index: number, count: number): JobRun {
	return {
		signal: run.signal,
		onProgress: (progress) =>
			run.onProgress?.({
				...progress,
				...present('percent', progress.percent === undefined ? undefined : (100 * index + progress.percent) / count),
			}),
	};
}

function throwIfAllRefused(outcomes: readonly ImportOutcome[]): void {
	const refused = outcomes.flatMap(({ path: folder, problem }) => (problem === undefined ? [] : [{ path: folder, ...problem }]));
	const [first] = refused;
	if (first !== undefined && refused.length === outcomes.length) {
		throw new EngineError(first.code as EngineErrorCode, `The backup in ${first.path} cannot be adopted: ${first.message}`, {
			details: { ...first.details, folder: first.path, ...(refused.length === 1 ? {} : { refused }) },
		});
	}
}

async function importOrRefuse(
	library: SnapshotLibrary,
	facts: BackupFacts,
	name: string | undefined,
	run: JobRun,
	context: JobContext & { readonly keeper: BackupKeeper },
): Promise<ImportOutcome> {
	const { folder } = facts;
	const known = { path: folder, ...present('udid', facts.udid), ...present('deviceName', facts.deviceName) };
	try {
		const problem = problemOf(facts);
		if (problem !== undefined) {
			return { ...known, outcome: 'refused', problem };
		}
		const udid = facts.udid ?? path.basename(folder);
		const there = await findSame(library, facts, udid);
		if (there !== undefined) {
			return { ...known, outcome: 'already-there', snapshot: there };
		}
		const snapshot = await importOne(library, facts, udid, name, run, context);
		return { ...known, ...present('deviceName', snapshot.deviceName), udid, outcome: 'imported', snapshot };
	} catch (error) {
		const problem = reportError(BackupError.is(error, 'UNREADABLE') ? refusalOf(folder, error, context.keeper.platform) : error);
		// What the store itself fails at speaks against all of them.
		if (!OF_ONE_BACKUP.has(problem.code) || HostFileError.is(error)) {
			throw fromStoreWorker(error);
		}
		return { ...known, outcome: 'refused', problem };
	}
}

/** The snapshot that was made of this backup, or that it was exported from. */
async function findSame(library: SnapshotLibrary, facts: BackupFacts, udid: string): Promise<SnapshotInfo | undefined> {
	const digests = await Promise.all(
		TELLING_FILES.map(async (name) =>
			createHash('sha256')
				.update(await fs.readFile(path.join(facts.folder, name)))
				.digest('hex'),
		),
	);
	return translated(async () => {
		const store = await library.store();
		if (!(await store.devices()).includes(udid)) {
			return undefined;
		}
		const distance = ({ takenAtMs }: SnapshotRecord): number => Math.abs(takenAtMs - (facts.date?.getTime() ?? takenAtMs));
		const { snapshots } = await store.snapshots(udid);
		const near = snapshots.map(({ record }) => record).filter((record) => distance(record) <= SAME_TIME_MS);
		for (const record of near.sort((a, b) => distance(a) - distance(b))) {
			if (await holds(store, record, digests, facts.controlSizes['Manifest.db'])) {
				return library.show(udid, record.id);
			}
		}
		return undefined;
	});
}

/** Small contents lie in the store under their own digests, so nothing of them is read. */
async function holds(
	store: SnapshotStore,
	record: SnapshotRecord,
	digests: readonly string[],
	manifestBytes: number | undefined,
): Promise<boolean> {
	const listing = await store.openListing(record);
	for (const [index, name] of TELLING_FILES.entries()) {
		const content = (await listing.find(name))?.content;
		if (content?.level !== 0 || content.id !== digests[index]) {
			return false;
		}
	}
	return (await listing.find('Manifest.db'))?.sizeBytes === manifestBytes;
}

async function importOne(
	library: SnapshotLibrary,
	facts: BackupFacts,
	udid: string,
	name: string | undefined,
	run: JobRun,
	context: JobContext,
): Promise<SnapshotInfo> {
	const { folder } = facts;
	const before = await stateOf(folder);
	const { isSupervised } = await refuseUnfit(facts, run);
	const checkedName = name === undefined ? undefined : await library.checkName(udid, name);
	const store = await library.store();
	const head = await translated(() => store.head(udid));
	const target = await StoreRun.begin(library, udid, undefined, 'first', context.log);
	let isSealed = false;
	try {
		await usingFolder(folder, () => copyIntoStore(target, folder, udid, run));
		if ((await stateOf(folder)) !== before) {
			throw new EngineError('BACKUP_UNFINISHED', 'Another program changed it while it was read.', { details: { folder } });
		}
		const info = await readIfPresent(path.join(folder, 'Info.plist'));
		const deviceName = facts.deviceName ?? (info === undefined ? undefined : readInfoPlist(info).deviceName);
		const model = facts.productType === undefined ? undefined : modelName(facts.productType);
		const record = await target.seal(
			{
				kind: 'device',
				takenAtMs: (facts.date ?? new Date(context.clock.now())).getTime(),
				trigger: 'import',
				device: deviceFacts({
					...{ name: deviceName, model, productType: facts.productType, iosVersion: facts.iosVersion },
					supervised: isSupervised === undefined ? 'unknown' : isSupervised ? 'on' : 'off',
				}),
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

/** What tells that a backup is being worked on: times and sizes of the files about it, and a run of our own that changes places with it. */
async function stateOf(folder: string): Promise<string> {
	const { controlSizes } = await openBackup(folder);
	const times = await Promise.all(
		Object.keys(controlSizes).map(async (name) => `${name} ${(await fs.lstat(path.join(folder, name))).mtimeMs}`),
	);
	return JSON.stringify([controlSizes, times]);
}

/** Only what a device would take back is adopted; of an encrypted backup, only the control files can be judged. */
async function refuseUnfit({ folder }: BackupFacts, run: JobRun): Promise<BackupHealth> {
	if (await exists(folderLayout(path.dirname(folder), path.basename(folder)).commit)) {
		throw new EngineError(
			'BACKUP_UNFINISHED',
			'A backup into it was cut off while its files changed places: back the device up there once more.',
			{
				details: { folder },
			},
		);
	}
	run.onProgress?.({ phase: 'preparing', transferredBytes: 0, transferredFiles: 0 });
	const health = await checkBackup(folder, run.signal === undefined ? {} : { signal: run.signal });
	const fault = health.faults[0];
	if (fault !== undefined) {
		throw new EngineError('BACKUP_DAMAGED', `It is damaged: ${fault.kind.replaceAll('-', ' ')} (${fault.count}).`, {
			details: { folder, kind: fault.kind, count: fault.count, examples: fault.examples },
		});
	}
	return health;
}
