import { copyFile, mkdtemp, open, rm, stat } from 'node:fs/promises';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { Disposable, errorText, MiB, toDisposable } from '../base/index.ts';
import { unreadable } from './backupFolder.ts';
import { BackupError } from './errors.ts';
import { isFileId } from './fileId.ts';
import { decryptManifestDb } from './manifestKey.ts';
import { isSafeDomain, isSafeRelativePath, readManifestRow } from './manifestRow.ts';
import type { ManifestEntry, ManifestRowProblem } from './manifestEntry.ts';

/** Where temporary copies go when the caller names no folder. */
export interface ManifestDbOptions {
	/** Holds a private folder with the decrypted or copied database until it is closed; the system's own by default. */
	readonly tempFolder?: string;
	readonly signal?: AbortSignal;
	/** A folder that goes with a database that is not encrypted when it is closed; for copies. */
	readonly ownFolder?: string;
}

/** What the first bytes of a Manifest.db say. Encrypted ones look random; so do damaged ones. */
export type ManifestDbHeader = 'sqlite' | 'empty' | 'other';

/** Judges a Manifest.db by its first bytes. @throws BackupError `UNREADABLE`. */
export async function readManifestDbHeader(path: string): Promise<ManifestDbHeader> {
	try {
		const file = await open(path, 'r');
		try {
			const { bytesRead, buffer } = await file.read(Buffer.alloc(SQLITE_MAGIC.length), 0, SQLITE_MAGIC.length, 0);
			return bytesRead === 0 ? 'empty' : buffer.equals(SQLITE_MAGIC) ? 'sqlite' : 'other';
		} finally {
			await file.close();
		}
	} catch (error) {
		throw unreadable(path, error);
	}
}

/**
 * Opens a Manifest.db that is not encrypted, without writing to its folder: a database in WAL mode gets no `-wal` or `-shm` beside it.
 * One that has a `-wal` with content is copied first, because its rows are not complete without it.
 *
 * @throws BackupError `DAMAGED_MANIFEST` - encrypted, cut, or without the table of a manifest.
 */
export async function openManifestDb(path: string, options: ManifestDbOptions = {}): Promise<ManifestDb> {
	if ((await readManifestDbHeader(path)) !== 'sqlite') {
		throw damaged('it is empty, encrypted or no database');
	}
	const wal = await stat(`${path}-wal`).catch(() => undefined);
	if (wal === undefined || wal.size === 0) {
		return new ManifestDb(path, options.ownFolder);
	}
	if (options.ownFolder !== undefined) {
		mergeJournal(path);
		return new ManifestDb(path, options.ownFolder);
	}
	const folder = await mkdtemp(join(options.tempFolder ?? tmpdir(), TEMP_PREFIX));
	try {
		const copy = join(folder, 'Manifest.db');
		await copyFile(path, copy);
		await copyFile(`${path}-wal`, `${copy}-wal`);
		mergeJournal(copy);
		return new ManifestDb(copy, folder);
	} catch (error) {
		await rm(folder, { recursive: true, force: true });
		throw error;
	}
}

/**
 * Opens an encrypted Manifest.db by decrypting it into a private folder, which `dispose` removes.
 *
 * @param stored - its path, or its bytes as they come, which need not be written anywhere first.
 * @param manifestDbKey - 32 bytes: `ManifestKey` of Manifest.plist, unwrapped.
 * @throws BackupError `DAMAGED_MANIFEST` - the result is no database. What `stored` throws.
 * @throws AbortError.
 */
export async function openEncryptedManifestDb(
	stored: string | AsyncIterable<Uint8Array>,
	manifestDbKey: Uint8Array,
	options: ManifestDbOptions = {},
): Promise<ManifestDb> {
	const folder = await mkdtemp(join(options.tempFolder ?? tmpdir(), TEMP_PREFIX));
	try {
		const plain = join(folder, 'Manifest.db');
		await decryptManifestDb(stored, plain, manifestDbKey, options.signal);
		if ((await readManifestDbHeader(plain)) !== 'sqlite') {
			throw damaged('it does not decrypt to a database');
		}
		return new ManifestDb(plain, folder);
	} catch (error) {
		await rm(folder, { recursive: true, force: true });
		throw error;
	}
}

/** The rows of an open Manifest.db, read-only. Dispose it: a decrypted copy lives until then. */
export class ManifestDb extends Disposable {
	readonly #db: DatabaseSync;
	/** What is asked row by row is prepared once; there are as many as there are texts here. */
	readonly #statements = new Map<string, StatementSync>();

	/** For openManifestDb and openEncryptedManifestDb. @param tempFolder - removed by `dispose`. */
	constructor(path: string, tempFolder: string | undefined) {
		super();
		if (tempFolder !== undefined) {
			this.register(toDisposable(() => rmSync(tempFolder, { recursive: true, force: true })));
		}
		try {
			const url = pathToFileURL(path);
			// Without this, SQLite creates -wal and -shm files for a database in WAL mode, or fails where it may not.
			url.searchParams.set('immutable', '1');
			this.#db = new DatabaseSync(url, { readOnly: true, allowExtension: false });
			this.register(toDisposable(() => this.#db.close()));
			this.#db.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA query_only = ON; PRAGMA cache_size = -4096;');
			this.#checkSchema();
		} catch (error) {
			this.dispose();
			throw BackupError.is(error) ? error : damaged(errorText(error), error);
		}
	}

	/** Number of rows of all kinds. */
	get entryCount(): number {
		return Number(this.#all('SELECT count(*) AS n FROM Files')[0]?.['n']);
	}

	/** The domains that occur, each once. */
	get domains(): readonly string[] {
		const rows = this.#all("SELECT DISTINCT domain FROM Files WHERE typeof(domain) = 'text' AND octet_length(domain) < 4096");
		return rows.map((row) => row['domain']).filter((domain): domain is string => typeof domain === 'string');
	}

	/**
	 * All rows in the order in which they lie in the file, in constant memory; sorting is left to the caller, because it takes minutes.
	 *
	 * @param onProblem - told of every row that is left out.
	 * @param filter.fileIdPrefix - hex digits: only file IDs that begin so. `filter.domain`: only this domain. Both use an index.
	 * @throws BackupError `DAMAGED_MANIFEST` - the database breaks off.
	 */
	*entries(
		onProblem: (problem: ManifestRowProblem) => void,
		filter: { fileIdPrefix?: string; domain?: string } = {},
	): Generator<ManifestEntry, void, undefined> {
		const [where, values] = conditionOf(filter);
		try {
			for (const row of this.#db.prepare(`${SELECT_ROWS} ${where}`).iterate(...values)) {
				const { entry, problem } = readManifestRow(row);
				if (entry !== undefined) {
					yield entry;
				} else {
					onProblem(problem);
				}
			}
		} catch (error) {
			throw isSqliteError(error) ? damaged(errorText(error), error) : error;
		}
	}

	/**
	 * One row by its file ID; undefined when there is none.
	 * @throws BackupError `DAMAGED_RECORD` - there is one, but it cannot be read: `details.reason`.
	 */
	entry(fileId: string): ManifestEntry | undefined {
		const row = isFileId(fileId) ? this.#all(`${SELECT_ROWS} WHERE fileID = ?`, fileId)[0] : undefined;
		if (row === undefined) {
			return undefined;
		}
		const { entry, problem } = readManifestRow(row);
		if (entry === undefined) {
			throw new BackupError('DAMAGED_RECORD', `The record of a file cannot be read: ${problem.reason}.`, { details: { ...problem } });
		}
		return entry;
	}

	/**
	 * Where a file ID belongs, without reading its record; undefined when there is no such row, or it names no place that a device would use.
	 * Measured for 5,000 of 500,000 rows: 60 ms, where whole rows take 0.7 s.
	 */
	place(fileId: string): { readonly domain: string; readonly relativePath: string } | undefined {
		const row = isFileId(fileId) ? this.#all(SELECT_PLACE, fileId)[0] : undefined;
		const { domain, relativePath } = row ?? {};
		const isUsable =
			typeof domain === 'string' && isSafeDomain(domain) && typeof relativePath === 'string' && isSafeRelativePath(relativePath);
		return isUsable ? { domain, relativePath } : undefined;
	}

	/** File IDs of the files whose ID begins with these hex digits, without reading their records: for comparing with a folder. */
	fileIds(fileIdPrefix: string): readonly string[] {
		const [where, values] = conditionOf({ fileIdPrefix });
		// The plus sign keeps SQLite from the index of flags, which nearly every row satisfies: measured 86 s instead of 7 s for all prefixes of 500,000 rows.
		const rows = this.#all(
			`SELECT substr(fileID, 1, 64) AS fileID FROM Files ${where} AND +flags = 1 AND typeof(fileID) = 'text'`,
			...values,
		);
		return rows.map((row) => row['fileID']).filter((fileId): fileId is string => typeof fileId === 'string' && isFileId(fileId));
	}

	/** A table that is a view, or has computed columns, could keep a query busy for ever. */
	#checkSchema(): void {
		const [table] = this.#all("SELECT type FROM sqlite_master WHERE name = 'Files' COLLATE NOCASE");
		const columns = this.#all('SELECT name, hidden FROM pragma_table_xinfo(?)', 'Files');
		const names = new Set(columns.map((column) => column['name']));
		const complete = ['fileID', 'domain', 'relativePath', 'flags', 'file'].every((name) => names.has(name));
		if (table?.['type'] !== 'table' || !complete || columns.some((column) => column['hidden'] !== 0)) {
			throw damaged('it has no table of files');
		}
	}

	#all(sql: string, ...values: string[]): Record<string, unknown>[] {
		try {
			let statement = this.#statements.get(sql);
			if (statement === undefined) {
				statement = this.#db.prepare(sql);
				this.#statements.set(sql, statement);
			}
			return statement.all(...values);
		} catch (error) {
			throw damaged(errorText(error), error);
		}
	}
}

const SQLITE_MAGIC = Buffer.from('SQLite format 3\0', 'latin1');
const TEMP_PREFIX = 'manifest-';

/** Extended attributes lie in the record, and one of them can be a resource fork; real records have 500 bytes to some kilobytes. */
const MAX_RECORD_BYTES = 16 * MiB;

const DOMAIN = "CASE WHEN typeof(domain) = 'text' AND octet_length(domain) <= 4096 THEN domain END AS domain";
const RELATIVE_PATH =
	"CASE WHEN typeof(relativePath) = 'text' AND octet_length(relativePath) <= 65535 THEN relativePath END AS relativePath";

/** Values of a wrong type or size become NULL here: no hostile row reaches memory, and none ends the whole reading. */
const SELECT_ROWS = `SELECT
	CASE WHEN typeof(fileID) = 'text' THEN substr(fileID, 1, 64) END AS fileID,
	${DOMAIN},
	${RELATIVE_PATH},
	CASE WHEN typeof(flags) = 'integer' AND flags BETWEEN 0 AND 255 THEN flags END AS flags,
	CASE WHEN typeof(file) = 'blob' AND octet_length(file) <= ${MAX_RECORD_BYTES} THEN file END AS file
	FROM Files`;

const SELECT_PLACE = `SELECT ${DOMAIN}, ${RELATIVE_PATH} FROM Files WHERE fileID = ?`;

function conditionOf(filter: { fileIdPrefix?: string; domain?: string }): [where: string, values: string[]] {
	const conditions: string[] = [];
	const values: string[] = [];
	if (filter.fileIdPrefix !== undefined) {
		// 'g' follows 'f': the half-open range holds every hex string that begins with the prefix.
		conditions.push('fileID >= ? AND fileID < ?');
		values.push(filter.fileIdPrefix, `${filter.fileIdPrefix}g`);
	}
	if (filter.domain !== undefined) {
		conditions.push('domain = ?');
		values.push(filter.domain);
	}
	return [conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`, values];
}

/** Brings the rows of a copied `-wal` into the copied database. */
function mergeJournal(path: string): void {
	try {
		const db = new DatabaseSync(path);
		try {
			db.exec('PRAGMA journal_mode = DELETE;');
		} finally {
			db.close();
		}
	} catch (error) {
		throw damaged(errorText(error), error);
	}
}

function isSqliteError(error: unknown): boolean {
	return error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR';
}

function damaged(why: string, cause?: unknown): BackupError {
	return new BackupError('DAMAGED_MANIFEST', `Manifest.db cannot be read: ${why}.`, { details: { file: 'Manifest.db' }, cause });
}
