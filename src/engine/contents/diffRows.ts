import { BackupError, fileIdOf, type BackupContents, type ContentsEntry, type CopyOptions } from '../../backup/index.ts';
import { MiB, throwIfAborted, type Clock } from '../../base/index.ts';
import type { RowsDiff } from '../../contract/index.ts';
import { groupOf } from '../store/fileNames.ts';
import { databaseChanges } from './reports.ts';

/** How much is looked into; the rest is counted. */
export interface RowsLimits {
	readonly databases: number;
	/** Of both states of all databases together, with their write-ahead logs. */
	readonly bytes: number;
	readonly ms: number;
}

/** What a person waits for, and what a computer has room for: a database is copied, and a digest of each row is kept while two are compared. */
export const USUAL_LIMITS: RowsLimits = { databases: 500, bytes: 1024 * MiB, ms: 60_000 };

/** Of files that are not called like databases, so many are looked at to see whether they are any. */
const MAX_LOOKED_AT = 2000;
const MAX_UNREADABLE = 100;

/** Names of databases; `-wal` is the log of one, which changes before the database itself does. */
const DATABASE_NAME = /\.(?:db|db3|sqlite3?|sqlitedb|storedata)$/i;
const LOG_NAME = /-wal$/;
/** Names of what is none, so that most files need not be looked at. */
const OTHER_NAME =
	/(?:-shm|-journal|\.(?:jpe?g|heic|png|gif|webp|mov|mp4|m4[avr]|mp3|aac|wav|pdf|plist|json|xml|html?|css|js|txt|log|strings|zip|gz|ttf|otf))$/i;

const HEADER = 'SQLite format 3\0';

interface Candidate {
	/** In the later state. */
	readonly entry: ContentsEntry;
	readonly isNamedSo: boolean;
	readonly recordedBytes: number;
}

/**
 * The rows that differ between two states of the same device, in databases that both have. Those that are called like databases come first,
 * small ones before large ones, so that a limit leaves out as few as can be.
 * @param changed - file IDs of what differs between the two, in portions.
 * @throws BackupError `UNREADABLE`, AbortError. What is wrong with one database is told and ends nothing.
 */
export async function diffRows(
	before: BackupContents,
	after: BackupContents,
	changed: AsyncIterable<readonly string[]>,
	{ limits, clock, ...options }: CopyOptions & { readonly limits: RowsLimits; readonly clock: Clock },
): Promise<Pick<RowsDiff, 'databases' | 'unreadable' | 'leftOut'>> {
	const until = clock.now() + limits.ms;
	const databases: RowsDiff['databases'][number][] = [];
	const unreadable: RowsDiff['unreadable'][number][] = [];
	let [leftOut, looked, bytes, count] = [0, 0, 0, 0];
	for (const { entry, isNamedSo } of await candidates(before, after, changed, options.signal)) {
		throwIfAborted(options.signal);
		const isOver = count >= limits.databases || clock.now() > until;
		if (!isNamedSo && (isOver || ++looked > MAX_LOOKED_AT || !(await isDatabase(after, entry, options.signal)))) {
			continue;
		}
		const sizeBytes = isOver ? 0 : (await storedBytes(before, entry)) + (await storedBytes(after, entry));
		if (isOver || bytes + sizeBytes > limits.bytes) {
			leftOut++;
			continue;
		}
		count++;
		bytes += sizeBytes;
		const { domain, path } = entry;
		const place = { group: groupOf(domain), domain, path };
		try {
			const tables = await databaseChanges(before, after, domain, path, options);
			if (tables.length > 0) {
				databases.push({ ...place, tables });
			}
		} catch (error) {
			if (!BackupError.is(error, 'DAMAGED_FILE', 'MISSING_FILE', 'DAMAGED_RECORD')) {
				throw error;
			}
			if (unreadable.length < MAX_UNREADABLE) {
				unreadable.push(place);
			}
		}
	}
	const inOrder = (a: RowsDiff['unreadable'][number], b: RowsDiff['unreadable'][number]): number =>
		compare(a.group, b.group) || compare(a.domain, b.domain) || compare(a.path, b.path);
	return { databases: databases.sort(inOrder), unreadable: unreadable.sort(inOrder), leftOut };
}

async function candidates(
	before: BackupContents,
	after: BackupContents,
	changed: AsyncIterable<readonly string[]>,
	signal: AbortSignal | undefined,
): Promise<Candidate[]> {
	const found = new Map<string, Candidate>();
	for await (const portion of changed) {
		throwIfAborted(signal);
		for (const each of portion) {
			const fileId = databaseOf(before, after, each);
			const [old, now] = [rowOf(before, fileId), rowOf(after, fileId)];
			if (fileId !== undefined && old !== undefined && now !== undefined && !found.has(fileId)) {
				const isNamedSo = DATABASE_NAME.test(after.table.pathAt(now));
				found.set(fileId, { entry: after.table.entryAt(now), isNamedSo, recordedBytes: after.table.sizeAt(now) });
			}
		}
	}
	return [...found.values()].sort((a, b) => Number(b.isNamedSo) - Number(a.isNamedSo) || a.recordedBytes - b.recordedBytes);
}

/** The file ID of what may be a database; of a log, that of the database that the log belongs to. */
function databaseOf(before: BackupContents, after: BackupContents, fileId: string): string | undefined {
	const contents = rowOf(after, fileId) === undefined ? before : after;
	const row = rowOf(contents, fileId);
	const path = row === undefined ? '' : contents.table.pathAt(row);
	if (row === undefined || OTHER_NAME.test(path)) {
		return undefined;
	}
	// Looked up by its ID, since a search by name would read through a whole domain where there is none.
	return LOG_NAME.test(path) ? fileIdOf(contents.table.domainAt(row), path.replace(LOG_NAME, '')) : fileId;
}

function rowOf({ table }: BackupContents, fileId: string | undefined): number | undefined {
	const row = fileId === undefined ? undefined : table.rowOf(fileId);
	return row !== undefined && table.isFile(row) ? row : undefined;
}

/** How much is stored of a database and of its log; what the manifest says of sizes is only a claim. */
async function storedBytes(contents: BackupContents, { domain, path }: ContentsEntry): Promise<number> {
	let total = 0;
	for (const each of [path, `${path}-wal`]) {
		const row = rowOf(contents, fileIdOf(domain, each));
		total += row === undefined ? 0 : ((await contents.storedBytesOf(contents.table.entryAt(row))) ?? 0);
	}
	return total;
}

async function isDatabase(contents: BackupContents, entry: ContentsEntry, signal: AbortSignal | undefined): Promise<boolean> {
	try {
		const { bytes } = await contents.read(entry, HEADER.length, signal);
		return bytes.toString('latin1') === HEADER;
	} catch (error) {
		if (BackupError.is(error, 'DAMAGED_FILE', 'MISSING_FILE', 'DAMAGED_RECORD')) {
			return false;
		}
		throw error;
	}
}

function compare(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}
