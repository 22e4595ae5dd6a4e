import { createHash } from 'node:crypto';
import type { OversizedValue, SafeDatabase, SqliteTable, SqliteValue } from '../sqlite/safeDatabase.ts';
import { describeBytes } from './plistText.ts';

/** How much of a database is shown. */
export interface SqliteTextBounds {
	readonly maxRowsPerTable: number;
	readonly maxLines: number;
	readonly maxValueChars: number;
}

/** A database as text that compares well: definitions, then the rows of each table by rowid, each as one line. */
export function sqliteLines(db: SafeDatabase, bounds: SqliteTextBounds): { lines: string[]; isCut: boolean } {
	const lines: string[] = [];
	let isCut = false;
	const tables = [...db.tables].sort(byName);
	for (const table of tables) {
		lines.push(...definition(table.sql));
	}
	lines.push(...[...db.otherDefinitions].sort().flatMap(definition));
	for (const table of tables) {
		const count = db.count(table.name);
		lines.push('', `-- ${table.name}: ${count} ${count === 1 ? 'row' : 'rows'}`);
		for (const row of db.rows(table.name, table.columns, { limit: bounds.maxRowsPerTable, maxValueBytes: MAX_VALUE_BYTES })) {
			if (lines.length >= bounds.maxLines) {
				isCut = true;
				break;
			}
			lines.push(rowText(table, row, bounds.maxValueChars));
		}
		if (count > bounds.maxRowsPerTable) {
			isCut = true;
			lines.push(`-- … ${count - bounds.maxRowsPerTable} more`);
		}
		if (isCut && lines.length >= bounds.maxLines) {
			break;
		}
	}
	return { lines, isCut };
}

/** What differs between two tables of one name. */
export interface TableChange {
	readonly table: string;
	readonly added: number;
	readonly removed: number;
	readonly changed: number;
	/** False when a table is too large to be compared row by row: the numbers then only come from how many rows there are. */
	readonly isExact: boolean;
	/** Whether its columns differ. */
	readonly schemaChanged: boolean;
}

/**
 * Compares two databases table by table, rows by their rowid or, without one, by what is in them. Tables without a difference are left out.
 * Either may be undefined, which is like an empty one. Memory: a digest for each row.
 */
export function compareDatabases(before: SafeDatabase | undefined, after: SafeDatabase | undefined): TableChange[] {
	const names = new Map([...(before?.tables ?? []), ...(after?.tables ?? [])].map(({ name }) => [name.toLowerCase(), name]));
	const changes: TableChange[] = [];
	for (const name of [...names.values()].sort()) {
		const [old, now] = [before?.table(name), after?.table(name)];
		const schemaChanged = old?.columns.join('\0') !== now?.columns.join('\0');
		const counts = [before?.count(name) ?? 0, after?.count(name) ?? 0] as const;
		const isExact = Math.max(...counts) <= MAX_COMPARED_ROWS;
		const change = isExact
			? compareRows(before, after, name)
			: { added: Math.max(0, counts[1] - counts[0]), removed: Math.max(0, counts[0] - counts[1]), changed: 0 };
		if (change.added + change.removed + change.changed > 0 || schemaChanged) {
			changes.push({ table: name, ...change, isExact, schemaChanged });
		}
	}
	return changes;
}

const MAX_COMPARED_ROWS = 1_000_000;

/** Larger values are compared and shown by their size alone. */
const MAX_VALUE_BYTES = 1 << 20;

function compareRows(
	before: SafeDatabase | undefined,
	after: SafeDatabase | undefined,
	name: string,
): Omit<TableChange, 'table' | 'isExact' | 'schemaChanged'> {
	const old = before === undefined ? new Map<string, string>() : digests(before, name);
	let [added, changed] = [0, 0];
	const now = after === undefined ? new Map<string, string>() : digests(after, name);
	for (const [key, digest] of now) {
		const was = old.get(key);
		added += was === undefined ? 1 : 0;
		changed += was !== undefined && was !== digest ? 1 : 0;
		old.delete(key);
	}
	return { added, removed: old.size, changed };
}

function digests(db: SafeDatabase, name: string): Map<string, string> {
	const table = db.table(name);
	const found = new Map<string, string>();
	if (table === undefined) {
		return found;
	}
	const rowIdColumn = table.columns.find((column) => column.toLowerCase() === 'rowid');
	const columns = [...table.columns].sort();
	for (const row of db.rows(name, table.columns, { maxValueBytes: MAX_VALUE_BYTES })) {
		const hash = createHash('sha1');
		for (const column of columns) {
			addValue(hash, row[column]);
		}
		const digest = hash.digest('base64');
		const rowId = row['rowid'] ?? (rowIdColumn === undefined ? undefined : row[rowIdColumn]);
		found.set(table.hasRowId && rowId !== undefined ? scalarText(rowId) : digest, digest);
	}
	return found;
}

function addValue(hash: ReturnType<typeof createHash>, value: SqliteValue | OversizedValue | undefined): void {
	if (value instanceof Uint8Array) {
		hash.update(`b${value.length}:`).update(value);
	} else if (typeof value === 'string') {
		hash.update(`t${value.length}:`).update(value);
	} else if (typeof value === 'object' && value !== null) {
		hash.update(`o${value.oversizedBytes}`);
	} else {
		hash.update(`${typeof value}${String(value)};`);
	}
}

function rowText(table: SqliteTable, row: Partial<Record<string, SqliteValue | OversizedValue>>, maxChars: number): string {
	const rowId = row['rowid'] === undefined ? '' : `#${scalarText(row['rowid'])} `;
	return `${table.name} ${rowId}${table.columns.map((column) => `${column}=${valueText(row[column], maxChars)}`).join(' ')}`;
}

function valueText(value: SqliteValue | OversizedValue | undefined, maxChars: number): string {
	if (value instanceof Uint8Array) {
		return describeBytes(value);
	}
	if (typeof value === 'string') {
		return JSON.stringify(value.length > maxChars ? `${value.slice(0, maxChars)}…` : value);
	}
	return typeof value === 'object' && value !== null ? `<${value.oversizedBytes} bytes>` : value === null ? 'NULL' : String(value);
}

/** A row's number is one; of a damaged database it may be anything. */
function scalarText(value: SqliteValue | OversizedValue): string {
	return typeof value === 'object' ? '?' : String(value);
}

function definition(sql: string): string[] {
	return `${sql.trim()};`.split('\n').map((line) => line.trimEnd());
}

function byName(a: SqliteTable, b: SqliteTable): number {
	return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
