import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Random } from './random.ts';

/** A real SQLite database of the device: what it looks like when new, and what using the phone does to it. */
export interface DatabaseKind {
	readonly domain: string;
	readonly path: string;
	/** See EntryFacts.sizeError. */
	readonly sizeError: number;
	readonly protectionClass: number;
	readonly schema: string;
	/** Adds one row per call; `at` is a time in seconds since 1970. */
	readonly addRow: (database: DatabaseSync, random: Random, at: number) => void;
	/** Rows per 1,000 files of the profile. */
	readonly rowsPerThousand: number;
}

/** Seconds from 1970 to 2001, where times of Apple's databases start. */
const APPLE_EPOCH = 978_307_200;

export const DATABASES: readonly DatabaseKind[] = [
	{
		domain: 'HomeDomain',
		path: 'Library/SMS/sms.db',
		sizeError: 8192,
		protectionClass: 3,
		rowsPerThousand: 400,
		schema: `CREATE TABLE handle (ROWID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE, id TEXT NOT NULL, country TEXT, service TEXT NOT NULL, UNIQUE (id, service));
			CREATE TABLE chat (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, chat_identifier TEXT, service_name TEXT);
			CREATE TABLE message (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, text TEXT, handle_id INTEGER DEFAULT 0, service TEXT, date INTEGER, is_from_me INTEGER DEFAULT 0, is_read INTEGER DEFAULT 0);
			CREATE TABLE chat_message_join (chat_id INTEGER, message_id INTEGER, message_date INTEGER DEFAULT 0, PRIMARY KEY (chat_id, message_id));
			CREATE INDEX message_idx_date ON message(date);`,
		addRow: (database, random, at) => {
			const number = `+1555010${String(random.below(60)).padStart(4, '0')}`;
			run(database, `INSERT OR IGNORE INTO handle (id, country, service) VALUES (?, 'us', 'iMessage')`, number);
			const handle = Number(run(database, `SELECT ROWID AS id FROM handle WHERE id = ?`, number)?.['id'] ?? 1);
			run(
				database,
				`INSERT INTO message (guid, text, handle_id, service, date, is_from_me, is_read) VALUES (?, ?, ?, 'iMessage', ?, ?, 1)`,
				random.uuid(),
				sentence(random),
				handle,
				(at - APPLE_EPOCH) * 1e9,
				random.below(2),
			);
		},
	},
	{
		domain: 'HomeDomain',
		path: 'Library/AddressBook/AddressBook.sqlitedb',
		sizeError: 0,
		protectionClass: 3,
		rowsPerThousand: 60,
		schema: `CREATE TABLE ABPerson (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, First TEXT, Last TEXT, Organization TEXT, CreationDate INTEGER, ModificationDate INTEGER);
			CREATE TABLE ABMultiValue (UID INTEGER PRIMARY KEY, record_id INTEGER, property INTEGER, identifier INTEGER, label INTEGER, value TEXT);`,
		addRow: (database, random, at) => {
			run(
				database,
				`INSERT INTO ABPerson (First, Last, CreationDate, ModificationDate) VALUES (?, ?, ?, ?)`,
				random.pick(FIRST_NAMES),
				random.pick(LAST_NAMES),
				at - APPLE_EPOCH,
				at - APPLE_EPOCH,
			);
		},
	},
	{
		domain: 'HomeDomain',
		path: 'Library/CallHistoryDB/CallHistory.storedata',
		sizeError: 16_384,
		protectionClass: 3,
		rowsPerThousand: 80,
		schema: `CREATE TABLE ZCALLRECORD (Z_PK INTEGER PRIMARY KEY, ZANSWERED INTEGER, ZDATE TIMESTAMP, ZDURATION FLOAT, ZADDRESS VARCHAR, ZUNIQUE_ID VARCHAR);`,
		addRow: (database, random, at) => {
			run(
				database,
				`INSERT INTO ZCALLRECORD (ZANSWERED, ZDATE, ZDURATION, ZADDRESS, ZUNIQUE_ID) VALUES (?, ?, ?, ?, ?)`,
				random.below(2),
				at - APPLE_EPOCH,
				random.below(900),
				`+1555010${String(random.below(60)).padStart(4, '0')}`,
				random.uuid(),
			);
		},
	},
	{
		domain: 'HomeDomain',
		path: 'Library/Calendar/Calendar.sqlitedb',
		sizeError: 4096,
		protectionClass: 3,
		rowsPerThousand: 40,
		schema: `CREATE TABLE CalendarItem (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, summary TEXT, start_date REAL, end_date REAL, UUID TEXT);`,
		addRow: (database, random, at) => {
			run(
				database,
				`INSERT INTO CalendarItem (summary, start_date, end_date, UUID) VALUES (?, ?, ?, ?)`,
				sentence(random),
				at - APPLE_EPOCH,
				at - APPLE_EPOCH + 3600,
				random.uuid(),
			);
		},
	},
	{
		domain: 'AppDomainGroup-group.com.apple.notes',
		path: 'NoteStore.sqlite',
		sizeError: -4096,
		protectionClass: 2,
		rowsPerThousand: 30,
		schema: `CREATE TABLE ZICCLOUDSYNCINGOBJECT (Z_PK INTEGER PRIMARY KEY, ZTITLE1 VARCHAR, ZSNIPPET VARCHAR, ZMODIFICATIONDATE1 TIMESTAMP, ZIDENTIFIER VARCHAR);`,
		addRow: (database, random, at) => {
			run(
				database,
				`INSERT INTO ZICCLOUDSYNCINGOBJECT (ZTITLE1, ZSNIPPET, ZMODIFICATIONDATE1, ZIDENTIFIER) VALUES (?, ?, ?, ?)`,
				sentence(random),
				sentence(random),
				at - APPLE_EPOCH,
				random.uuid(),
			);
		},
	},
	{
		domain: 'CameraRollDomain',
		path: 'Media/PhotoData/Photos.sqlite',
		sizeError: 12_288,
		protectionClass: 3,
		rowsPerThousand: 150,
		schema: `CREATE TABLE ZASSET (Z_PK INTEGER PRIMARY KEY, ZFILENAME VARCHAR, ZDIRECTORY VARCHAR, ZDATECREATED TIMESTAMP, ZWIDTH INTEGER, ZHEIGHT INTEGER, ZUUID VARCHAR);
			CREATE INDEX ZASSET_DATE ON ZASSET(ZDATECREATED);`,
		addRow: (database, random, at) => {
			run(
				database,
				`INSERT INTO ZASSET (ZFILENAME, ZDIRECTORY, ZDATECREATED, ZWIDTH, ZHEIGHT, ZUUID) VALUES (?, 'DCIM/100APPLE', ?, 4032, 3024, ?)`,
				`IMG_${String(random.below(10_000)).padStart(4, '0')}.HEIC`,
				at - APPLE_EPOCH,
				random.uuid(),
			);
		},
	},
	{
		domain: 'HealthDomain',
		path: 'Health/healthdb_secure.sqlite',
		sizeError: 0,
		protectionClass: 1,
		rowsPerThousand: 200,
		schema: `CREATE TABLE samples (data_id INTEGER PRIMARY KEY, start_date REAL NOT NULL, end_date REAL NOT NULL, data_type INTEGER NOT NULL);
			CREATE TABLE quantity_samples (data_id INTEGER PRIMARY KEY, quantity REAL, original_quantity REAL);`,
		addRow: (database, random, at) => {
			run(database, `INSERT INTO samples (start_date, end_date, data_type) VALUES (?, ?, 7)`, at - APPLE_EPOCH, at - APPLE_EPOCH + 60);
			run(database, `INSERT INTO quantity_samples (quantity) VALUES (?)`, random.below(200));
		},
	},
];

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

function run(database: DatabaseSync, sql: string, ...values: (string | number)[]): Record<string, unknown> | undefined {
	let prepared = statements.get(database);
	if (prepared === undefined) {
		prepared = new Map();
		statements.set(database, prepared);
	}
	let statement = prepared.get(sql);
	if (statement === undefined) {
		statement = database.prepare(sql);
		prepared.set(sql, statement);
	}
	return statement.get(...values);
}

/** Preparing a statement for each row costs more than the rows. */
const statements = new WeakMap<DatabaseSync, Map<string, StatementSync>>();

function sentence(random: Random): string {
	return Array.from({ length: random.between(3, 14) }, () => random.pick(WORDS)).join(' ');
}

const FIRST_NAMES = [
	'Ada',
	'Björn',
	'Chloé',
	'Dmitri',
	'Eun-ji',
	'Fatima',
	'Göran',
	'Hélène',
	'İpek',
	'João',
	'Kenji',
	'Łukasz',
	'Mei',
	'Nils',
];
const LAST_NAMES = [
	'Example',
	'Sample',
	'Muster',
	'Ejemplo',
	'Nakamura',
	'O’Test',
	'Påhitt',
	'Quimby',
	'Ruiz',
	'Şahin',
	'Tremblay',
	'Üblich',
];
const WORDS = [
	'lunch',
	'later',
	'see',
	'you',
	'tomorrow',
	'the',
	'train',
	'is',
	'late',
	'again',
	'👍',
	'photos',
	'from',
	'weekend',
	'ok',
	'call',
	'me',
	'when',
	'home',
	'meeting',
	'moved',
	'to',
	'three',
	'thanks',
	'happy',
	'birthday',
	'🎉',
	'where',
	'are',
	'we',
	'going',
	'dinner',
	'tonight',
];
