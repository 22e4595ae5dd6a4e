import type { Dirent } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { BackupError, openBackup, readInfoPlist, type BackupFacts } from '../../backup/index.ts';
import { errorText, isAbortError, throwIfAborted } from '../../base/index.ts';
import type { LabProblem, LocalBackup, LocalBackupList } from '../../contract/index.ts';
import { modelName } from '../devices/models.ts';
import { EngineError, reportError } from '../errors.ts';
import { readIfPresent } from '../folder/files.ts';
import { present } from '../known.ts';

/** Where to look for backups that other programs made. */
export interface LocalBackupRequest {
	/** One backup, or a folder that holds several; the places where Finder, iTunes and Apple Devices keep theirs when absent. */
	readonly folder?: string | undefined;
	/** Add up the sizes of all files, which takes a second or more for a large backup. */
	readonly sizes?: boolean;
	readonly signal?: AbortSignal | undefined;
}

/** The computer that is looked at. */
export interface BackupKeeper {
	readonly platform: NodeJS.Platform;
	readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Files whose sizes are asked for at once. */
const STAT_AT_ONCE = 64;

/** Folders that our own exports and unfinished backups leave beside backups. */
const OWN_FOLDER = /\.devicelab-(partial|export)$/;

/**
 * The folders where this system's programs keep backups. iTunes and Apple Devices differ: the one from the Microsoft Store keeps them in the
 * user's folder, the installed one among the data of programs. None where Apple has no program.
 */
export function backupPlaces({ platform, environment }: BackupKeeper): string[] {
	if (platform === 'darwin') {
		const home = environment['HOME'];
		return home === undefined ? [] : [path.posix.join(home, 'Library', 'Application Support', 'MobileSync', 'Backup')];
	}
	if (platform === 'win32') {
		const home = environment['USERPROFILE'];
		const roaming = environment['APPDATA'] ?? (home === undefined ? undefined : path.win32.join(home, 'AppData', 'Roaming'));
		const within = (root: string | undefined, ...names: string[]): string[] =>
			root === undefined ? [] : [path.win32.join(root, ...names, 'MobileSync', 'Backup')];
		return [...within(roaming, 'Apple Computer'), ...within(home, 'Apple'), ...within(roaming, 'Apple')];
	}
	return [];
}

/** Lists the backups that other programs keep here, newest first. Reads the files about each backup only, and writes nothing. */
export async function findLocalBackups(request: LocalBackupRequest, keeper: BackupKeeper): Promise<LocalBackupList> {
	const { places, backups, problems } = await backupFolders(request.folder, keeper);
	const described: LocalBackup[] = [];
	for (const facts of backups) {
		throwIfAborted(request.signal);
		const info = await infoOf(facts);
		const problem = problemOf(facts);
		described.push({
			path: facts.folder,
			...present('udid', facts.udid ?? info?.targetIdentifier),
			...present('deviceName', facts.deviceName ?? info?.deviceName),
			...present('model', modelOf(facts.productType ?? info?.productType)),
			...present('iosVersion', facts.iosVersion ?? info?.productVersion),
			...present('encrypted', facts.isEncrypted),
			...present('date', facts.date?.toISOString()),
			...present('sizeBytes', request.sizes === true ? await sizeIfReadable(facts.folder, request.signal) : undefined),
			finished: facts.state === 'complete',
			...present('problem', problem),
		});
	}
	return { backups: described, places, problems };
}

/**
 * The backups at a place, or at all places of this system, newest first; what cannot be read is a problem beside them.
 * @throws EngineError `WRONG_USE` - no folder was named, and this system has no such places. `FOLDER_UNUSABLE`, `NOT_A_BACKUP` - of the folder
 *   that was named.
 */
export async function backupFolders(
	folder: string | undefined,
	keeper: BackupKeeper,
): Promise<{ places: readonly string[]; backups: readonly BackupFacts[]; problems: readonly LabProblem[] }> {
	const places = folder === undefined ? backupPlaces(keeper) : [path.resolve(folder)];
	if (places.length === 0) {
		throw new EngineError(
			'WRONG_USE',
			'On this system no program of Apple keeps backups in a place of its own. Name the folder that holds them.',
		);
	}
	const backups: BackupFacts[] = [];
	const problems: LabProblem[] = [];
	for (const place of places) {
		try {
			const found = await backupsIn(place, keeper.platform);
			backups.push(...found.backups);
			problems.push(...found.problems);
		} catch (error) {
			if (folder !== undefined) {
				throw error;
			}
			if (!isAbsent(error)) {
				problems.push(reportError(error));
			}
		}
	}
	const time = ({ date }: BackupFacts): number => date?.getTime() ?? 0;
	return { places, backups: backups.sort((a, b) => time(b) - time(a)), problems };
}

/** Why a backup cannot be adopted, by the look of it; undefined when nothing speaks against it. */
export function problemOf(facts: BackupFacts): LabProblem | undefined {
	const { folder, damaged } = facts;
	const problem = (code: string, message: string): LabProblem => ({ code, message, details: { folder } });
	if (facts.state === 'old-format') {
		return problem('BACKUP_UNSUPPORTED', 'It is of iOS 10.1 or older, whose backups have another format.');
	}
	// An empty control file is what a run leaves that was cut off (libimobiledevice issue 1582).
	const unreadable = damaged.filter(({ file }) => facts.state === 'complete' || facts.controlSizes[file] !== 0);
	if (unreadable.length > 0) {
		return problem('BACKUP_DAMAGED', `It is damaged: ${unreadable.map(({ file }) => file).join(', ')} cannot be read.`);
	}
	switch (facts.state) {
		case 'complete':
			return undefined;
		case 'started':
			return problem('BACKUP_UNFINISHED', 'It was begun and holds nothing yet.');
		case 'interrupted':
			return problem('BACKUP_UNFINISHED', 'The device never finished it.');
		case 'not-a-backup':
			return problem('NOT_A_BACKUP', 'There is no backup.');
	}
}

/** What the system's refusal of a folder means, as a person may be told of it. */
export function refusalOf(folder: string, error: unknown, platform: NodeJS.Platform): EngineError {
	const systemCode = BackupError.is(error) ? error.details['errno'] : (error as NodeJS.ErrnoException).code;
	const isPrivate = platform === 'darwin' && systemCode === 'EPERM';
	const message = isPrivate ? 'macOS keeps it from this program.' : errorText(error);
	return new EngineError('FOLDER_UNUSABLE', `The folder ${folder} cannot be read: ${message}`, {
		cause: error,
		details: { folder, ...(typeof systemCode === 'string' ? { systemCode } : {}), reason: isPrivate ? 'privacy' : 'unreadable' },
	});
}

async function backupsIn(place: string, platform: NodeJS.Platform): Promise<{ backups: BackupFacts[]; problems: LabProblem[] }> {
	const backups: BackupFacts[] = [];
	const problems: LabProblem[] = [];
	let entries: readonly Dirent[];
	try {
		const itself = await openBackup(place);
		if (itself.state !== 'not-a-backup') {
			return { backups: [itself], problems };
		}
		entries = await fs.readdir(place, { withFileTypes: true });
	} catch (error) {
		throw refusalOf(place, error, platform);
	}
	for (const entry of entries) {
		if (entry.name.startsWith('.') || OWN_FOLDER.test(entry.name) || !(await isFolder(place, entry))) {
			continue;
		}
		const folder = path.join(place, entry.name);
		try {
			const facts = await openBackup(folder);
			if (facts.state !== 'not-a-backup') {
				backups.push(facts);
			}
		} catch (error) {
			// The others can be read all the same.
			problems.push(reportError(refusalOf(folder, error, platform)));
		}
	}
	return { backups, problems };
}

/** Backups are often moved to a larger disk, with a link in their place. */
async function isFolder(place: string, entry: Dirent): Promise<boolean> {
	if (!entry.isSymbolicLink()) {
		return entry.isDirectory();
	}
	return fs.stat(path.join(place, entry.name)).then(
		(stat) => stat.isDirectory(),
		// A link to a disk that is not there now.
		() => false,
	);
}

/** Info.plist says what the manifest does not, and is all that there is of a backup that was just begun. */
async function infoOf(facts: BackupFacts): Promise<ReturnType<typeof readInfoPlist> | undefined> {
	if (facts.udid !== undefined && facts.deviceName !== undefined && facts.productType !== undefined) {
		return undefined;
	}
	const bytes = await readIfPresent(path.join(facts.folder, 'Info.plist'));
	try {
		return bytes === undefined ? undefined : readInfoPlist(bytes);
	} catch (error) {
		if (!BackupError.is(error)) {
			throw error;
		}
		// Then it says nothing; `damaged` has it where it matters.
		return undefined;
	}
}

function modelOf(productType: string | undefined): string | undefined {
	return productType === undefined ? undefined : modelName(productType);
}

async function sizeIfReadable(folder: string, signal: AbortSignal | undefined): Promise<number | undefined> {
	try {
		return await sizeOf(folder, signal);
	} catch (error) {
		if (isAbortError(error)) {
			throw error;
		}
		// Another program may be at work there: its size is not known.
		return undefined;
	}
}

async function sizeOf(folder: string, signal: AbortSignal | undefined): Promise<number> {
	let sizeBytes = 0;
	for (const entry of await fs.readdir(folder, { withFileTypes: true })) {
		throwIfAborted(signal);
		const place = path.join(folder, entry.name);
		if (entry.isDirectory()) {
			const names = await fs.readdir(place, { withFileTypes: true });
			sizeBytes += names.some((name) => name.isDirectory()) ? await sizeOf(place, signal) : await sumOf(place, names);
		} else {
			sizeBytes += (await fs.lstat(place)).size;
		}
	}
	return sizeBytes;
}

async function sumOf(folder: string, files: readonly Dirent[]): Promise<number> {
	let sum = 0;
	for (let start = 0; start < files.length; start += STAT_AT_ONCE) {
		const stats = await Promise.all(files.slice(start, start + STAT_AT_ONCE).map(({ name }) => fs.lstat(path.join(folder, name))));
		sum += stats.reduce((total, { size }) => total + size, 0);
	}
	return sum;
}

function isAbsent(error: unknown): boolean {
	return (
		EngineError.is(error, 'FOLDER_UNUSABLE') && (error.details['systemCode'] === 'ENOENT' || error.details['systemCode'] === 'ENOTDIR')
	);
}
