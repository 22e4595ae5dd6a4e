import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { Disposable, errorText, KiB, toDisposable } from '../../base/index.ts';
import { BackupError } from '../errors.ts';
import { PageWalk } from './pageWalk.ts';

/** A value of a column; text and data beyond the bound that was given are left out. */
export type SqliteValue = string | number | bigint | Uint8Array | null;

/** A value that was too large, and how large it is. */
export interface OversizedValue {
	readonly oversizedBytes: number;
}

export interface SqliteTable {
	readonly name: string;
	/** As it was created. */
	readonly sql: string;
	/** Stored ones only: computed columns are never evaluated. */
	readonly columns: readonly string[];
	/** False for a table that was made WITHOUT ROWID. */
	readonly hasRowId: boolean;
}

/** How rows are read. */
export interface RowOptions {
	/** At most so many rows. */
	readonly limit?: number;
	/** Longer texts and data are left out. */
	readonly maxValueBytes?: number;
}

const DEFAULT_MAX_VALUE_BYTES = 64 * KiB;
const MAX_TABLES = 2000;
const MAX_SQL_BYTES = 256 * KiB;

/**
 * A database of somebody else's, read-only and immutable: views, triggers, indexes, computed columns and virtual tables are never used, and
 * tables are read from one end to the other only after their pages were walked. So a hostile file costs no more than its own size.
 */
export class SafeDatabase extends Disposable {
	readonly #db: DatabaseSync;
	readonly #walk: PageWalk;
	readonly #tables = new Map<string, SqliteTable & { readonly rootPage: number }>();
	readonly #checked = new Set<number>();
	/** Definitions of indexes, views and triggers, for people to read. */
	readonly otherDefinitions: readonly string[];

	/** @throws BackupError `DAMAGED_FILE` - no database, encrypted, or damaged. */
	constructor(path: string) {
		super();
		try {
			const walk = new PageWalk(path);
			this.#walk = walk;
			this.register(toDisposable(() => walk.close()));
			walk.check(1);
			const url = pathToFileURL(path);
			url.searchParams.set('immutable', '1');
			const db = new DatabaseSync(url, { readOnly: true, allowExtension: false });
			this.#db = db;
			this.register(toDisposable(() => db.close()));
			db.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA query_only = ON; PRAGMA cache_size = -8192;');
			this.otherDefinitions = this.#readSchema();
		} catch (error) {
			this.dispose();
			throw BackupError.is(error) ? error : damaged(error);
		}
	}

	/** Tables that hold rows, by name; SQLite's own are left out. */
	get tables(): readonly SqliteTable[] {
		return [...this.#tables.values()];
	}

	/** A table by its name, whatever its case; undefined when there is none. */
	table(name: string): SqliteTable | undefined {
		return this.#tables.get(name.toLowerCase());
	}

	/**
	 * Rows of a table as they lie in it: by rowid. Columns that the table does not have are undefined. The rowid comes as `rowid`.
	 *
	 * @param columns - the wanted ones, whatever their case; keys of the rows are spelled as here.
	 * @throws BackupError `DAMAGED_FILE` - the table breaks off.
	 */
	*rows<Column extends string>(
		name: string,
		columns: readonly Column[],
		options: RowOptions = {},
	): Generator<Partial<Record<Column | 'rowid', SqliteValue | OversizedValue>>, void, undefined> {
		const table = this.#tables.get(name.toLowerCase());
		if (table === undefined) {
			return;
		}
		this.#check(table.rootPage);
		const maxBytes = options.maxValueBytes ?? DEFAULT_MAX_VALUE_BYTES;
		const known = new Map(table.columns.map((column) => [column.toLowerCase(), column]));
		const wanted = columns.filter((column) => known.has(column.toLowerCase()));
		const selected = wanted.flatMap((column, index) => {
			const quoted = quote(known.get(column.toLowerCase()) as string);
			const isLong = `typeof(${quoted}) IN ('text', 'blob') AND octet_length(${quoted}) > ${maxBytes}`;
			return [
				`CASE WHEN ${isLong} THEN NULL ELSE ${quoted} END AS v${index}`,
				`CASE WHEN ${isLong} THEN octet_length(${quoted}) END AS n${index}`,
			];
		});
		const rowId = table.hasRowId && !known.has('rowid') ? ['rowid AS r'] : [];
		const list = [...rowId, ...selected];
		const sql = `SELECT ${list.length === 0 ? '1' : list.join(', ')} FROM ${quote(table.name)}${table.hasRowId ? ' NOT INDEXED' : ''} LIMIT ?`;
		try {
			const statement = this.#db.prepare(sql);
			statement.setReadBigInts(true);
			for (const raw of statement.iterate(BigInt(options.limit ?? Number.MAX_SAFE_INTEGER))) {
				const row: Partial<Record<Column | 'rowid', SqliteValue | OversizedValue>> = {};
				if (rowId.length > 0) {
					row.rowid = plain(raw['r']);
				}
				wanted.forEach((column, index) => {
					const oversized = raw[`n${index}`];
					row[column] = typeof oversized === 'bigint' ? { oversizedBytes: Number(oversized) } : plain(raw[`v${index}`]);
				});
				yield row;
			}
		} catch (error) {
			throw isSqliteError(error) ? damaged(error) : error;
		}
	}

	/** Number of rows; 0 for a table that is not there. @throws BackupError `DAMAGED_FILE`. */
	count(name: string): number {
		const table = this.#tables.get(name.toLowerCase());
		if (table === undefined) {
			return 0;
		}
		this.#check(table.rootPage);
		try {
			const row = this.#db.prepare(`SELECT count(*) AS n FROM ${quote(table.name)}${table.hasRowId ? ' NOT INDEXED' : ''}`).get();
			return Number(row?.['n'] ?? 0);
		} catch (error) {
			throw damaged(error);
		}
	}

	#check(rootPage: number): void {
		if (!this.#checked.has(rootPage)) {
			this.#walk.check(rootPage);
			this.#checked.add(rootPage);
		}
	}

	#readSchema(): string[] {
		const others: string[] = [];
		const rows = this.#db
			.prepare(
				`SELECT type, name, rootpage, CASE WHEN octet_length(sql) <= ${MAX_SQL_BYTES} THEN sql END AS sql FROM sqlite_master NOT INDEXED
				WHERE typeof(name) = 'text' AND octet_length(name) <= 1024 LIMIT ${MAX_TABLES}`,
			)
			.all();
		for (const row of rows) {
			const { type, name, rootpage: rootPage, sql } = row;
			if (typeof name !== 'string' || typeof sql !== 'string' || name.toLowerCase().startsWith('sqlite_')) {
				continue;
			}
			if (type !== 'table' || typeof rootPage !== 'number' || rootPage < 2) {
				others.push(sql);
				continue;
			}
			const columns = this.#db.prepare('SELECT name, hidden FROM pragma_table_xinfo(?)').all(name);
			const names = columns.filter(({ hidden }) => hidden === 0).map((column) => String(column['name']));
			const hasRowId = !/\bWITHOUT\s+ROWID\b[^)]*$/i.test(sql);
			this.#tables.set(name.toLowerCase(), { name, sql, columns: names, hasRowId, rootPage });
		}
		return others;
	}
}

function quote(name: string): string {
	return `"${name.replaceAll('"', '""')}"`;
}

function plain(value: unknown): SqliteValue {
	if (typeof value === 'bigint') {
		const number = Number(value);
		return Number.isSafeInteger(number) ? number : value;
	}
	return typeof value === 'string' || typeof value === 'number' || value instanceof Uint8Array ? value : null;
}

function isSqliteError(error: unknown): boolean {
	return error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR';
}

function damaged(cause: unknown): BackupError {
	return new BackupError('DAMAGED_FILE', `A database cannot be read: ${errorText(cause)}.`, { cause });
}
