import { errorText, MiB } from '../../base/index.ts';
import { getArray, parsePlist } from '../../plist/index.ts';
import type { BackupContents } from '../contents/backupContents.ts';
import type { ContentsEntry } from '../contents/entryTable.ts';
import { countCalendarItems, mediaKindOf, readPhotoAssets } from '../data/library.ts';
import { countNotes } from '../data/notes.ts';
import { PLACES, VOICE_MEMO_FOLDERS } from '../data/places.ts';
import { BackupError } from '../errors.ts';
import { openDatabase, type CopyOptions } from '../sqlite/openDatabase.ts';
import type { SafeDatabase } from '../sqlite/safeDatabase.ts';
import { readStorage, type StoragePart } from './appStorage.ts';
import { omissionsOf, type Omission } from './omissions.ts';

/** What people look for in a backup, in the order in which it is told. */
export const HOLDING_KINDS = [
	'photos',
	'videos',
	'messages',
	'attachments',
	'contacts',
	'calls',
	'notes',
	'events',
	'reminders',
	'voice-memos',
	'health-records',
	'keychain-items',
] as const;
export type HoldingKind = (typeof HOLDING_KINDS)[number];

/**
 * How much a backup holds of one kind.
 *
 * `held`: `count` says how many. `absent`: nothing in the backup is of this kind. `unreadable`: it is there, but its number could not be told;
 * `why` says what went wrong.
 */
export interface Holding {
	readonly kind: HoldingKind;
	readonly state: 'held' | 'absent' | 'unreadable';
	readonly count: number;
	/** Of the files that hold it; undefined where one file holds many kinds. */
	readonly sizeBytes: number | undefined;
	readonly why: string | undefined;
}

/** What a backup holds and what it leaves out. Numbers only: nothing of anybody's life. */
export interface Coverage {
	readonly isEncrypted: boolean;
	readonly fileCount: number;
	/** Of all files that are there, in the clear. */
	readonly sizeBytes: number;
	/** Files that the manifest names and that are not there. */
	readonly missingFiles: number;
	/** Rows of the manifest that could not be used. */
	readonly unreadableRows: number;
	readonly holdings: readonly Holding[];
	/** Apps and parts of the system, largest first. */
	readonly storage: readonly StoragePart[];
	readonly omissions: readonly Omission[];
}

/**
 * Counts what a backup holds, from its manifest and the databases in it.
 * @throws AbortError. What is wrong with one database is said of its own kinds, and ends nothing.
 */
export async function readCoverage(contents: BackupContents, options: CopyOptions = {}): Promise<Coverage> {
	const sizes = await contents.storedSizes(options.signal);
	const { table } = contents;
	const totals = { fileCount: 0, sizeBytes: 0, missingFiles: 0 };
	for (let row = 0; row < table.count; row++) {
		const stored = sizes[row] ?? -1;
		if (table.isFile(row)) {
			totals.fileCount += stored >= 0 ? 1 : 0;
			totals.missingFiles += stored >= 0 ? 0 : 1;
			totals.sizeBytes += stored >= 0 ? contents.likelySizeOf(row, stored) : 0;
		}
	}
	const counter = new HoldingCounter(contents, sizes, options);
	const media = counter.media();
	const cloudOnly = await counter.cloudOnlyAssets();
	const holdings = [
		media.photos,
		media.videos,
		await counter.inDatabase('messages', PLACES.messages, (db) => db.count('message'), 'message'),
		counter.filesBelow('attachments', [{ domain: 'MediaDomain', folder: 'Library/SMS/Attachments/' }]),
		await counter.inDatabase('contacts', PLACES.contacts, (db) => db.count('ABPerson'), 'ABPerson'),
		await counter.inDatabase('calls', PLACES.calls, (db) => db.count('ZCALLRECORD'), 'ZCALLRECORD'),
		await counter.inDatabase('notes', PLACES.notes, countNotes, 'ZICCLOUDSYNCINGOBJECT'),
		await counter.inDatabase('events', PLACES.calendar, (db) => countCalendarItems(db).events, 'CalendarItem'),
		await counter.inDatabase('reminders', PLACES.calendar, (db) => countCalendarItems(db).reminders, 'CalendarItem'),
		counter.filesBelow('voice-memos', VOICE_MEMO_FOLDERS, /\.(?:m4a|qta|caf|wav)$/i),
		await counter.inDatabase('health-records', PLACES.health, (db) => db.count('samples'), 'samples'),
		await counter.keychain(),
	];
	return {
		isEncrypted: contents.isEncrypted,
		...totals,
		unreadableRows: contents.problemCount,
		holdings,
		storage: await readStorage(contents, options.signal),
		omissions: omissionsOf(contents, cloudOnly),
	};
}

class HoldingCounter {
	readonly #contents: BackupContents;
	readonly #sizes: Float64Array;
	readonly #options: CopyOptions;

	constructor(contents: BackupContents, sizes: Float64Array, options: CopyOptions) {
		this.#contents = contents;
		this.#sizes = sizes;
		this.#options = options;
	}

	/** Photos and videos are counted as files: what the library lists may be in iCloud only. */
	media(): { photos: Holding; videos: Holding } {
		const counts = { photo: { count: 0, bytes: 0 }, video: { count: 0, bytes: 0 } };
		this.#eachFile('CameraRollDomain', (path, bytes) => {
			const kind = path.startsWith('Media/DCIM/') ? mediaKindOf(path) : undefined;
			if (kind !== undefined) {
				counts[kind].count++;
				counts[kind].bytes += bytes;
			}
		});
		return {
			photos: held('photos', counts.photo.count, counts.photo.bytes),
			videos: held('videos', counts.video.count, counts.video.bytes),
		};
	}

	/** How many photos and videos the library lists whose file is not in the backup; undefined when the library cannot tell. */
	async cloudOnlyAssets(): Promise<number | undefined> {
		const entry = this.#find(PLACES.photos);
		if (entry === undefined) {
			return undefined;
		}
		try {
			const database = await openDatabase(this.#contents, entry, this.#options);
			try {
				let missing = 0;
				for (const { path } of readPhotoAssets(database.tables)) {
					const file = this.#contents.find('CameraRollDomain', path);
					missing += file === undefined || (this.#sizes[file.row] ?? -1) < 0 ? 1 : 0;
				}
				return missing;
			} finally {
				database.dispose();
			}
		} catch (error) {
			if (BackupError.is(error)) {
				return undefined;
			}
			throw error;
		}
	}

	filesBelow(kind: HoldingKind, folders: readonly { domain: string; folder: string }[], names = /[^/]$/): Holding {
		let [count, bytes] = [0, 0];
		for (const { domain, folder } of folders) {
			this.#eachFile(domain, (path, sizeBytes) => {
				if (path.startsWith(folder) && names.test(path)) {
					count++;
					bytes += sizeBytes;
				}
			});
		}
		return held(kind, count, bytes);
	}

	/** @param table - without it the database is of another making, and nothing is counted. */
	async inDatabase(
		kind: HoldingKind,
		places: readonly { domain: string; path: string }[],
		count: (db: SafeDatabase) => number,
		table: string,
	): Promise<Holding> {
		const entry = this.#find(places);
		if (entry === undefined) {
			return held(kind, 0, undefined);
		}
		try {
			const database = await openDatabase(this.#contents, entry, this.#options);
			try {
				return database.tables.table(table) === undefined
					? unreadable(kind, `It has no table ${table}.`)
					: { ...held(kind, count(database.tables), undefined), state: 'held' };
			} finally {
				database.dispose();
			}
		} catch (error) {
			if (!BackupError.is(error)) {
				throw error;
			}
			return unreadable(kind, errorText(error));
		}
	}

	async keychain(): Promise<Holding> {
		const entry = this.#find(PLACES.keychain);
		if (entry === undefined) {
			return held('keychain-items', 0, undefined);
		}
		try {
			const { bytes } = await this.#contents.read(entry, MAX_KEYCHAIN_BYTES, this.#options.signal);
			const keychain = parsePlist(bytes);
			const count = ['genp', 'inet', 'cert', 'keys'].reduce((sum, table) => sum + (getArray(keychain, table)?.length ?? 0), 0);
			return held('keychain-items', count, bytes.length);
		} catch (error) {
			if (this.#options.signal?.aborted === true) {
				throw error;
			}
			return unreadable('keychain-items', errorText(error));
		}
	}

	#find(places: readonly { domain: string; path: string }[]): ContentsEntry | undefined {
		const found = places.map(({ domain, path }) => this.#contents.find(domain, path));
		return found.find((entry) => entry !== undefined && (this.#sizes[entry.row] ?? -1) >= 0);
	}

	#eachFile(domain: string, visit: (path: string, sizeBytes: number) => void): void {
		const { table } = this.#contents;
		for (const row of table.rowsOf(domain)) {
			const stored = this.#sizes[row] ?? -1;
			if (stored >= 0 && table.isFile(row)) {
				visit(table.pathAt(row), this.#contents.likelySizeOf(row, stored));
			}
		}
	}
}

const MAX_KEYCHAIN_BYTES = 128 * MiB;

function held(kind: HoldingKind, count: number, sizeBytes: number | undefined): Holding {
	return { kind, state: count > 0 ? 'held' : 'absent', count, sizeBytes, why: undefined };
}

function unreadable(kind: HoldingKind, why: string): Holding {
	return { kind, state: 'unreadable', count: 0, sizeBytes: undefined, why };
}
