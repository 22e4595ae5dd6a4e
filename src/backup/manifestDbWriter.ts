import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { rmSync } from 'node:fs';
import { errorText } from '../base/index.ts';
import { BackupError } from './errors.ts';
import { fileIdOf } from './fileId.ts';
import { encodeMbFile } from './mbFileEncoder.ts';
import type { MbFile } from './mbFile.ts';
import { FLAGS_OF_KIND, type ManifestEntryKind } from './manifestEntry.ts';

/**
 * Writes a new Manifest.db, with the tables and indexes of iOS 10.2 and later. All rows go into one transaction that `close` commits;
 * the file is complete after `close` and has no `-wal` or `-journal` beside it.
 */
export class ManifestDbWriter {
	readonly #path: string;
	readonly #db: DatabaseSync;
	readonly #insert: StatementSync;

	/**
	 * @param path - must not exist, or is overwritten.
	 * @throws BackupError `WRITE_FAILED`.
	 */
	constructor(path: string) {
		this.#path = path;
		try {
			rmSync(path, { force: true });
			this.#db = new DatabaseSync(path);
			// A crash leaves an unfinished file in any case, so there is nothing for a journal to protect.
			this.#db.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -65536;');
			this.#db.exec(SCHEMA);
			this.#db.exec('BEGIN');
			this.#insert = this.#db.prepare('INSERT INTO Files (fileID, domain, relativePath, flags, file) VALUES (?, ?, ?, ?, ?)');
		} catch (error) {
			throw writeFailed(path, error);
		}
	}

	/**
	 * Adds a row.
	 * @param entry.file - the record, or its encoded form.
	 * @param entry.fileId - computed when left out.
	 * @throws BackupError `WRITE_FAILED` - among others when the same file is added twice.
	 */
	add(entry: { domain: string; relativePath: string; kind: ManifestEntryKind; file: MbFile | Uint8Array; fileId?: string }): void {
		const fileId = entry.fileId ?? fileIdOf(entry.domain, entry.relativePath);
		const record = entry.file instanceof Uint8Array ? entry.file : encodeMbFile(entry.file);
		try {
			this.#insert.run(fileId, entry.domain, entry.relativePath, FLAGS_OF_KIND[entry.kind], record);
		} catch (error) {
			throw writeFailed(this.#path, error);
		}
	}

	/** Commits, makes the indexes, closes the file. Nothing can be added afterwards. */
	close(): void {
		try {
			// Order matters: filling an index at the end is several times faster than keeping it while inserting.
			this.#db.exec(`COMMIT; ${INDEXES}`);
		} catch (error) {
			throw writeFailed(this.#path, error);
		} finally {
			this.#db.close();
		}
	}

	/** Closes and removes the unfinished file. */
	abandon(): void {
		if (this.#db.isOpen) {
			this.#db.close();
		}
		rmSync(this.#path, { force: true });
	}
}

const SCHEMA = `
CREATE TABLE Files (fileID TEXT PRIMARY KEY, domain TEXT, relativePath TEXT, flags INTEGER, file BLOB);
CREATE TABLE Properties (key TEXT PRIMARY KEY, value BLOB);
`;
const INDEXES = `
CREATE INDEX FilesDomainIdx ON Files(domain);
CREATE INDEX FilesRelativePathIdx ON Files(relativePath);
CREATE INDEX FilesFlagsIdx ON Files(flags);
`;

function writeFailed(path: string, error: unknown): BackupError {
	return new BackupError('WRITE_FAILED', `Manifest.db cannot be written: ${errorText(error)}`, { details: { file: path }, cause: error });
}
