import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DATABASES, type DatabaseKind } from './databaseKinds.ts';
import type { Random } from './random.ts';

/** The database that lies at this place, if one does. */
export function databaseAt(domain: string, path: string): DatabaseKind | undefined {
	return DATABASES.find((kind) => kind.domain === domain && kind.path === path);
}

/** A new database with `rows` rows, the last of them at `at`. The same arguments give the same bytes under one version of SQLite. */
export function createDatabase(kind: DatabaseKind, random: Random, rows: number, at: number, scratchFolder: string): Uint8Array {
	return withDatabase(undefined, scratchFolder, (database) => {
		database.exec(kind.schema);
		addRows(database, kind, random, rows, at);
	});
}

/**
 * The database after some use: a few rows more, so that some of its pages differ.
 * @returns undefined when `bytes` is no database of this kind: a restore may have brought anything.
 */
export function useDatabase(
	kind: DatabaseKind,
	bytes: Uint8Array,
	random: Random,
	rows: number,
	at: number,
	scratchFolder: string,
): Uint8Array | undefined {
	try {
		return withDatabase(bytes, scratchFolder, (database) => addRows(database, kind, random, rows, at));
	} catch {
		// Whatever SQLite says about it, the caller replaces the content by something else, which is as good a change.
		return undefined;
	}
}

function addRows(database: DatabaseSync, kind: DatabaseKind, random: Random, rows: number, at: number): void {
	database.exec('BEGIN');
	for (let row = 0; row < rows; row++) {
		kind.addRow(database, random, at - (rows - row) * 977);
	}
	database.exec('COMMIT');
}

function withDatabase(bytes: Uint8Array | undefined, scratchFolder: string, work: (database: DatabaseSync) => void): Uint8Array {
	const folder = mkdtempSync(join(scratchFolder, 'database-'));
	try {
		const file = join(folder, 'database');
		if (bytes !== undefined) {
			writeFileSync(file, bytes, { mode: 0o600 });
		}
		const database = new DatabaseSync(file);
		try {
			database.exec('PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;');
			work(database);
		} finally {
			database.close();
		}
		return readFileSync(file);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
