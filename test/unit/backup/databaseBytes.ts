import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { BackupContent } from './buildBackup.ts';
import { inTempFolder } from './builders.ts';

/** The bytes of a database after some SQL. @param data - values for inserts with one placeholder. */
export async function databaseBytes(sql: string, data: readonly (readonly [string, Uint8Array])[] = []): Promise<Uint8Array> {
	let bytes: Uint8Array = new Uint8Array(0);
	await inTempFolder((folder) => {
		const path = join(folder, 'db');
		const db = new DatabaseSync(path);
		db.exec(sql);
		data.forEach(([insert, value]) => db.prepare(insert).run(value));
		db.close();
		bytes = new Uint8Array(readFileSync(path));
	});
	return bytes;
}

/**
 * The files of a database that is in use, as a backup catches it: what `late` adds is in its write-ahead log only.
 * @param place - domain and path, as in BackupContent.
 */
export async function liveDatabase(place: string, sql: string, late: string): Promise<BackupContent> {
	const content: Record<string, Uint8Array> = {};
	await inTempFolder((folder) => {
		const path = join(folder, 'db');
		const db = new DatabaseSync(path);
		db.exec(`PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; ${sql} PRAGMA wal_checkpoint(TRUNCATE); ${late}`);
		for (const suffix of ['', '-wal', '-shm']) {
			if (existsSync(path + suffix)) {
				content[place + suffix] = new Uint8Array(readFileSync(path + suffix));
			}
		}
		db.close();
	});
	return content;
}
