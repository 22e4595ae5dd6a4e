import { errorText, MiB } from '../../base/index.ts';
import { getArray, parsePlist } from '../../plist/index.ts';
import type { BackupContents } from '../contents/backupContents.ts';
import type { ContentsEntry } from '../contents/entryTable.ts';
import { mediaKindOf, readPhotoAssets } from '../data/library.ts';
import { PHOTO_FOLDERS, PLACES, type FolderPlace, type Place } from '../data/places.ts';
import { BackupError } from '../errors.ts';
import { openDatabase, type CopyOptions } from '../sqlite/openDatabase.ts';
import type { SafeDatabase } from '../sqlite/safeDatabase.ts';
import type { Holding, HoldingKind } from './coverage.ts';

/** What the manifest names and the backup lacks is never told as nothing: its number is not known. */
const NOT_THERE = 'The backup names it, and its content is not there.';

/** Counts single kinds of things for readCoverage. */
export class HoldingCounter {
	readonly #contents: BackupContents;
	readonly #sizes: Float64Array;
	readonly #options: CopyOptions;

	/** @param sizes - of BackupContents.storedSizes. */
	constructor(contents: BackupContents, sizes: Float64Array, options: CopyOptions) {
		this.#contents = contents;
		this.#sizes = sizes;
		this.#options = options;
	}

	/**
	 * Photos and videos are counted as files: what the library lists may be in iCloud only. A camera numbers what it takes, so that files of one
	 * name in one folder are one picture, as people see it: a Live Photo is a photo with a film beside it, a raw one may have a JPEG.
	 */
	media(): { photos: Holding; videos: Holding } {
		const counts = { photo: new FileCount(), video: new FileCount() };
		const photos = new Set<string>();
		const films: { readonly picture: string; readonly bytes: number }[] = [];
		for (const { domain, folder } of PHOTO_FOLDERS) {
			this.#eachFile(domain, folder, (path, bytes) => {
				const kind = mediaKindOf(path);
				const picture = path.slice(0, path.lastIndexOf('.'));
				if (kind === 'video') {
					films.push({ picture, bytes });
				} else if (kind === 'photo' && photos.has(picture)) {
					counts.photo.addPart(bytes);
				} else if (kind === 'photo') {
					photos.add(picture);
					counts.photo.add(bytes);
				}
			});
		}
		for (const { picture, bytes } of films) {
			if (photos.has(picture)) {
				counts.photo.addPart(bytes);
			} else {
				counts.video.add(bytes);
			}
		}
		return { photos: counts.photo.holding('photos'), videos: counts.video.holding('videos') };
	}

	/** How many photos and videos the library lists that the backup does not even name; undefined when the library cannot tell. */
	async cloudOnlyAssets(): Promise<number | undefined> {
		const { entry } = this.#find(PLACES.photos);
		if (entry === undefined) {
			return undefined;
		}
		try {
			return await this.#inOpen(entry, (db) => {
				let missing = 0;
				for (const { path } of readPhotoAssets(db)) {
					missing += this.#contents.find('CameraRollDomain', path) === undefined ? 1 : 0;
				}
				return missing;
			});
		} catch (error) {
			if (BackupError.is(error)) {
				return undefined;
			}
			throw error;
		}
	}

	filesBelow(kind: HoldingKind, folders: readonly FolderPlace[], names = /[^/]$/): Holding {
		const count = new FileCount();
		for (const { domain, folder } of folders) {
			this.#eachFile(domain, folder, (path, bytes) => {
				if (names.test(path)) {
					count.add(bytes);
				}
			});
		}
		return count.holding(kind);
	}

	/**
	 * Counts in the first of some databases that is there.
	 * @param tables - without any of them the database is of another making, and nothing is counted.
	 */
	async inDatabase(
		kind: HoldingKind,
		places: readonly Place[],
		count: (db: SafeDatabase) => number,
		tables: readonly string[],
	): Promise<Holding> {
		const { entry, isNamed } = this.#find(places);
		if (entry === undefined) {
			return isNamed ? unreadable(kind, NOT_THERE) : held(kind, 0, undefined);
		}
		return this.#counted(kind, [entry], count, tables);
	}

	/** Adds up what all databases of a folder hold. */
	async inDatabasesBelow(
		kind: HoldingKind,
		folders: readonly FolderPlace[],
		count: (db: SafeDatabase) => number,
		tables: readonly string[],
	): Promise<Holding> {
		const entries: ContentsEntry[] = [];
		let isAnyMissing = false;
		for (const { domain, folder } of folders) {
			this.#eachFile(domain, folder, (path, bytes, row) => {
				if (/\.(?:sqlite|sqlitedb|db)$/i.test(path)) {
					isAnyMissing ||= bytes < 0;
					entries.push(this.#contents.table.entryAt(row));
				}
			});
		}
		return isAnyMissing ? unreadable(kind, NOT_THERE) : this.#counted(kind, entries.slice(0, MAX_DATABASES), count, tables);
	}

	async keychain(): Promise<Holding> {
		const kind = 'keychain-items';
		const { entry, isNamed } = this.#find(PLACES.keychain);
		if (entry === undefined) {
			return isNamed ? unreadable(kind, NOT_THERE) : held(kind, 0, undefined);
		}
		try {
			const { bytes } = await this.#contents.read(entry, MAX_KEYCHAIN_BYTES, this.#options.signal);
			const keychain = parsePlist(bytes);
			const count = ['genp', 'inet', 'cert', 'keys'].reduce((sum, table) => sum + (getArray(keychain, table)?.length ?? 0), 0);
			return held(kind, count, bytes.length);
		} catch (error) {
			if (this.#options.signal?.aborted === true) {
				throw error;
			}
			return unreadable(kind, errorText(error));
		}
	}

	async #counted(
		kind: HoldingKind,
		entries: readonly ContentsEntry[],
		count: (db: SafeDatabase) => number,
		tables: readonly string[],
	): Promise<Holding> {
		let sum = 0;
		for (const entry of entries) {
			try {
				const counted = await this.#inOpen(entry, (db) => (tables.some((table) => db.table(table) !== undefined) ? count(db) : undefined));
				if (counted === undefined) {
					return unreadable(kind, `It has no table ${tables.join(' or ')}.`);
				}
				sum += counted;
			} catch (error) {
				if (!BackupError.is(error)) {
					throw error;
				}
				return unreadable(kind, errorText(error));
			}
		}
		return { ...held(kind, sum, undefined), state: entries.length === 0 ? 'absent' : 'held' };
	}

	async #inOpen<T>(entry: ContentsEntry, work: (db: SafeDatabase) => T): Promise<T> {
		const database = await openDatabase(this.#contents, entry, this.#options);
		try {
			return work(database.tables);
		} finally {
			database.dispose();
		}
	}

	/** The first place whose content is there, and whether any is named at all. */
	#find(places: readonly Place[]): { entry: ContentsEntry | undefined; isNamed: boolean } {
		const named = places.flatMap(({ domain, path }) => this.#contents.find(domain, path) ?? []).filter(({ kind }) => kind === 'file');
		return { entry: named.find(({ row }) => (this.#sizes[row] ?? -1) >= 0), isNamed: named.length > 0 };
	}

	/** @param visit - gets -1 for the length of a file whose content is not there. */
	#eachFile(domain: string, folder: string, visit: (path: string, sizeBytes: number, row: number) => void): void {
		const { table } = this.#contents;
		for (const row of table.rowsOf(domain)) {
			const path = table.isFile(row) ? table.pathAt(row) : '';
			if (path !== '' && path.startsWith(folder)) {
				const stored = this.#sizes[row] ?? -1;
				visit(path, stored < 0 ? -1 : this.#contents.likelySizeOf(row, stored), row);
			}
		}
	}
}

/** Files that are there, and files that are only named. */
class FileCount {
	#count = 0;
	#bytes = 0;
	#missing = 0;

	/** @param sizeBytes - below 0 for one whose content is not there. */
	add(sizeBytes: number): void {
		if (sizeBytes < 0) {
			this.#missing++;
		} else {
			this.#count++;
			this.#bytes += sizeBytes;
		}
	}

	/** Something more of what was counted already. */
	addPart(sizeBytes: number): void {
		this.#bytes += Math.max(0, sizeBytes);
	}

	holding(kind: HoldingKind): Holding {
		return this.#count === 0 && this.#missing > 0 ? unreadable(kind, NOT_THERE) : held(kind, this.#count, this.#bytes);
	}
}

const MAX_KEYCHAIN_BYTES = 128 * MiB;

/** Of one kind; a phone has one for each account. */
const MAX_DATABASES = 100;

function held(kind: HoldingKind, count: number, sizeBytes: number | undefined): Holding {
	return { kind, state: count > 0 ? 'held' : 'absent', count, sizeBytes, why: undefined };
}

function unreadable(kind: HoldingKind, why: string): Holding {
	return { kind, state: 'unreadable', count: 0, sizeBytes: undefined, why };
}
