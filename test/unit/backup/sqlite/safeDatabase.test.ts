import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { BackupError } from '../../../../src/backup/index.ts';
import { SafeDatabase } from '../../../../src/backup/sqlite/safeDatabase.ts';
import { replayWal } from '../../../../src/backup/sqlite/walReplay.ts';
import { inTempFolder } from '../builders.ts';

function make(path: string, sql: string): void {
	const db = new DatabaseSync(path);
	db.exec(sql);
	db.close();
}

function using<T>(path: string, work: (db: SafeDatabase) => T): T {
	const db = new SafeDatabase(path);
	try {
		return work(db);
	} finally {
		db.dispose();
	}
}

/** More rows than fit on a page, so that the table has an inner page. */
const MANY_ROWS = `CREATE TABLE t (a TEXT); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO t SELECT 'row ' || i FROM n;`;

describe("Somebody else's database", () => {
	it('gives rows and counts of its tables, whatever the case of names', () =>
		inTempFolder((folder) => {
			const path = join(folder, 'db');
			make(
				path,
				`CREATE TABLE Message (ROWID INTEGER PRIMARY KEY, Text TEXT, n INTEGER); INSERT INTO Message VALUES (7, 'a', 9007199254740993), (9, NULL, 2);`,
			);
			using(path, (db) => {
				assert.equal(db.count('message'), 2);
				assert.deepEqual(
					[...db.rows('MESSAGE', ['rowid', 'text', 'N', 'absent'])],
					[
						{ rowid: 7, text: 'a', N: 9007199254740993n },
						{ rowid: 9, text: null, N: 2 },
					],
				);
				assert.deepEqual([...db.rows('nothing', ['a'])], []);
			});
		}));

	it('never has a view, a trigger or a computed column evaluated', () =>
		inTempFolder((folder) => {
			const path = join(folder, 'db');
			make(
				path,
				`CREATE TABLE t (a INTEGER, computed GENERATED ALWAYS AS (hex(zeroblob(10))) VIRTUAL); INSERT INTO t (a) VALUES (1);
				CREATE VIEW message AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n;`,
			);
			using(path, (db) => {
				assert.equal(db.count('message'), 0);
				assert.deepEqual([...db.rows('t', ['a', 'computed'])], [{ rowid: 1, a: 1 }]);
			});
		}));

	it('leaves out values beyond the bound, and says how large they are', () =>
		inTempFolder((folder) => {
			const path = join(folder, 'db');
			make(path, `CREATE TABLE t (a BLOB); INSERT INTO t VALUES (zeroblob(1000)), (zeroblob(10));`);
			using(path, (db) => {
				const [large, small] = [...db.rows('t', ['a'], { maxValueBytes: 100 })];
				assert.deepEqual(large?.a, { oversizedBytes: 1000 });
				assert.equal((small?.a as Uint8Array).length, 10);
			});
		}));

	it('is refused when its pages lead in circles, before SQLite walks them', () =>
		inTempFolder((folder) => {
			const path = join(folder, 'db');
			make(path, MANY_ROWS);
			const bytes = readFileSync(path);
			// The table's root is page 2, an inner page: all of its branches now lead to the page of the first.
			const root = 4096;
			assert.equal(bytes[root], 5);
			const cells = bytes.readUInt16BE(root + 3);
			const first = bytes.readUInt32BE(root + bytes.readUInt16BE(root + 12));
			for (let cell = 0; cell < cells; cell++) {
				bytes.writeUInt32BE(first, root + bytes.readUInt16BE(root + 12 + 2 * cell));
			}
			writeFileSync(path, bytes);
			using(path, (db) => {
				assert.throws(
					() => db.count('t'),
					(error) => BackupError.is(error, 'DAMAGED_FILE'),
				);
				assert.throws(
					() => [...db.rows('t', ['a'])],
					(error) => BackupError.is(error, 'DAMAGED_FILE'),
				);
			});
			bytes.writeUInt32BE(2, root + 8);
			writeFileSync(path, bytes);
			using(path, (db) =>
				assert.throws(
					() => db.count('t'),
					(error) => BackupError.is(error, 'DAMAGED_FILE'),
				),
			);
		}));

	it('ends in a clean error, or in rows, for bytes changed anywhere', function () {
		this.timeout(60_000);
		return inTempFolder((folder) => {
			const path = join(folder, 'db');
			make(path, MANY_ROWS);
			const good = readFileSync(path);
			fc.assert(
				fc.property(
					fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 12 }),
					fc.nat(good.length),
					(edits, length) => {
						const bytes = Buffer.from(good);
						edits.forEach(([at, value]) => (bytes[at] = value));
						writeFileSync(path, length % 5 === 0 ? bytes.subarray(0, length) : bytes);
						try {
							using(path, (db) => {
								for (const { name, columns } of db.tables) {
									let rows = 0;
									for (const row of db.rows(name, columns)) {
										rows += Object.keys(row).length > 0 ? 1 : 0;
									}
									assert.ok(rows < 100_000 && db.count(name) < 100_000);
								}
							});
						} catch (error) {
							assert.ok(BackupError.is(error, 'DAMAGED_FILE'), String(error));
						}
					},
				),
				{ numRuns: 200 },
			);
		});
	});

	it('has what its write-ahead log adds, up to the last commit', () =>
		inTempFolder((folder) => {
			const path = join(folder, 'db');
			const db = new DatabaseSync(path);
			db.exec(`PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('one');`);
			db.exec(`INSERT INTO t VALUES ('two'); UPDATE t SET a = 'uno' WHERE a = 'one';`);
			const [copy, log] = [join(folder, 'copy'), join(folder, 'log')];
			copyFileSync(path, copy);
			copyFileSync(`${path}-wal`, log);
			db.close();
			const bytes = readFileSync(log);
			copyFileSync(copy, `${copy}2`);
			assert.ok(replayWal(copy, log) > 0);
			using(copy, (read) =>
				assert.deepEqual(
					[...read.rows('t', ['a'])].map(({ a }) => a),
					['uno', 'two'],
				),
			);
			// A frame whose checksum is wrong ends the log: what was committed before it stays.
			bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
			writeFileSync(log, bytes);
			replayWal(`${copy}2`, log);
			using(`${copy}2`, (read) =>
				assert.deepEqual(
					[...read.rows('t', ['a'])].map(({ a }) => a),
					['one', 'two'],
				),
			);
		}));

	it('takes any bytes for a log without harm', () =>
		inTempFolder((folder) => {
			const path = join(folder, 'db');
			make(path, MANY_ROWS);
			fc.assert(
				fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => {
					writeFileSync(join(folder, 'log'), bytes);
					assert.equal(replayWal(path, join(folder, 'log')), 0);
				}),
				{ numRuns: 50 },
			);
			using(path, (db) => assert.equal(db.count('t'), 3000));
		}));

	it('that is encrypted, empty or cut is no database', () =>
		inTempFolder((folder) => {
			const path = join(folder, 'db');
			for (const bytes of [Buffer.alloc(0), Buffer.from('SQLite format 3\0'), Buffer.alloc(8192, 0xa5)]) {
				writeFileSync(path, bytes);
				assert.throws(
					() => new SafeDatabase(path),
					(error) => BackupError.is(error, 'DAMAGED_FILE'),
				);
			}
		}));
});
