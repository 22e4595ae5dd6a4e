import { gzipSync } from 'node:zlib';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { photoKindOf, photoPathOf } from './photoNames.ts';
import type { Random } from './random.ts';
import { FIRST_NAMES, LAST_NAMES, sentence } from './words.ts';

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

/**
 * Schemas: the tables and columns that readers of real backups use, under their real names, and none of the many others. Source: what mvt, iLEAPP
 * and apple_cloud_notes_parser document of them.
 */
export const DATABASES: readonly DatabaseKind[] = [
	{
		domain: 'HomeDomain',
		path: 'Library/SMS/sms.db',
		sizeError: 8192,
		protectionClass: 3,
		rowsPerThousand: 400,
		schema: `CREATE TABLE handle (ROWID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE, id TEXT NOT NULL, country TEXT, service TEXT NOT NULL, UNIQUE (id, service));
			CREATE TABLE chat (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, chat_identifier TEXT, service_name TEXT, display_name TEXT);
			CREATE TABLE message (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, text TEXT, attributedBody BLOB, handle_id INTEGER DEFAULT 0, service TEXT, date INTEGER, is_from_me INTEGER DEFAULT 0, is_read INTEGER DEFAULT 0, cache_has_attachments INTEGER DEFAULT 0);
			CREATE TABLE chat_message_join (chat_id INTEGER, message_id INTEGER, message_date INTEGER DEFAULT 0, PRIMARY KEY (chat_id, message_id));
			CREATE TABLE attachment (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, filename TEXT, mime_type TEXT, transfer_name TEXT);
			CREATE TABLE message_attachment_join (message_id INTEGER, attachment_id INTEGER, UNIQUE (message_id, attachment_id));
			CREATE INDEX message_idx_date ON message(date);`,
		addRow: addMessage,
	},
	{
		domain: 'HomeDomain',
		path: 'Library/AddressBook/AddressBook.sqlitedb',
		sizeError: 0,
		protectionClass: 3,
		rowsPerThousand: 60,
		schema: `CREATE TABLE ABPerson (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, First TEXT, Last TEXT, Organization TEXT, Note TEXT, Birthday TEXT, CreationDate INTEGER, ModificationDate INTEGER);
			CREATE TABLE ABMultiValue (UID INTEGER PRIMARY KEY, record_id INTEGER, property INTEGER, identifier INTEGER, label INTEGER, value TEXT);
			CREATE TABLE ABMultiValueLabel (value TEXT, UNIQUE(value));
			CREATE TABLE ABMultiValueEntryKey (value TEXT, UNIQUE(value));
			CREATE TABLE ABMultiValueEntry (parent_id INTEGER, key INTEGER, value TEXT, UNIQUE(parent_id, key));
			INSERT INTO ABMultiValueLabel (value) VALUES ('_$!<Mobile>!$_'), ('_$!<Home>!$_'), ('_$!<Work>!$_'), ('boat');
			INSERT INTO ABMultiValueEntryKey (value) VALUES ('Street'), ('City'), ('ZIP'), ('Country');`,
		addRow: addPerson,
	},
	{
		domain: 'HomeDomain',
		path: 'Library/CallHistoryDB/CallHistory.storedata',
		sizeError: 16_384,
		protectionClass: 3,
		rowsPerThousand: 80,
		schema: `CREATE TABLE ZCALLRECORD (Z_PK INTEGER PRIMARY KEY, ZANSWERED INTEGER, ZORIGINATED INTEGER, ZDATE TIMESTAMP, ZDURATION FLOAT, ZADDRESS VARCHAR, ZUNIQUE_ID VARCHAR);`,
		addRow: (database, random, at) => {
			run(
				database,
				`INSERT INTO ZCALLRECORD (ZANSWERED, ZORIGINATED, ZDATE, ZDURATION, ZADDRESS, ZUNIQUE_ID) VALUES (?, ?, ?, ?, ?, ?)`,
				random.below(2),
				random.below(2),
				at - APPLE_EPOCH,
				random.below(900),
				phoneNumber(random.below(PEOPLE)),
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
		schema: `CREATE TABLE CalendarItem (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, summary TEXT, start_date REAL, end_date REAL, entity_type INTEGER, UUID TEXT);`,
		addRow: (database, random, at) => {
			run(
				database,
				`INSERT INTO CalendarItem (summary, start_date, end_date, entity_type, UUID) VALUES (?, ?, ?, ?, ?)`,
				sentence(random),
				at - APPLE_EPOCH,
				at - APPLE_EPOCH + 3600,
				// 2 is an event, 3 a reminder.
				random.chance(0.2) ? 3 : 2,
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
		schema: `CREATE TABLE ZICCLOUDSYNCINGOBJECT (Z_PK INTEGER PRIMARY KEY, ZTITLE1 VARCHAR, ZTITLE2 VARCHAR, ZSNIPPET VARCHAR, ZNOTEDATA INTEGER, ZFOLDER INTEGER, ZCREATIONDATE3 TIMESTAMP, ZMODIFICATIONDATE1 TIMESTAMP, ZMARKEDFORDELETION INTEGER, ZISPASSWORDPROTECTED INTEGER, ZIDENTIFIER VARCHAR);
			CREATE TABLE ZICNOTEDATA (Z_PK INTEGER PRIMARY KEY, ZNOTE INTEGER, ZDATA BLOB);
			INSERT INTO ZICCLOUDSYNCINGOBJECT (Z_PK, ZTITLE2) VALUES (1, 'Notes'), (2, 'Work');`,
		addRow: addNote,
	},
	{
		domain: 'CameraRollDomain',
		path: 'Media/PhotoData/Photos.sqlite',
		sizeError: 12_288,
		protectionClass: 3,
		rowsPerThousand: 150,
		schema: `CREATE TABLE ZASSET (Z_PK INTEGER PRIMARY KEY, ZFILENAME VARCHAR, ZDIRECTORY VARCHAR, ZDATECREATED TIMESTAMP, ZKIND INTEGER, ZTRASHEDSTATE INTEGER, ZWIDTH INTEGER, ZHEIGHT INTEGER, ZUUID VARCHAR);
			CREATE TABLE ZADDITIONALASSETATTRIBUTES (Z_PK INTEGER PRIMARY KEY, ZASSET INTEGER, ZORIGINALFILENAME VARCHAR);
			CREATE INDEX ZASSET_DATE ON ZASSET(ZDATECREATED);`,
		addRow: addAsset,
	},
	{
		domain: 'MediaDomain',
		path: 'Media/Recordings/CloudRecordings.db',
		sizeError: 0,
		protectionClass: 3,
		rowsPerThousand: 10,
		schema: `CREATE TABLE ZCLOUDRECORDING (Z_PK INTEGER PRIMARY KEY, ZPATH VARCHAR, ZCUSTOMLABEL VARCHAR, ZENCRYPTEDTITLE VARCHAR, ZDATE TIMESTAMP, ZDURATION FLOAT, ZUNIQUEID VARCHAR);`,
		addRow: (database, random, at) => {
			const number = countOf(database, 'ZCLOUDRECORDING') + 1;
			run(
				database,
				`INSERT INTO ZCLOUDRECORDING (ZPATH, ZENCRYPTEDTITLE, ZDATE, ZDURATION, ZUNIQUEID) VALUES (?, ?, ?, ?, ?)`,
				`Recording ${number}.m4a`,
				`Memo ${number}: ${random.pick(LAST_NAMES)}`,
				at - APPLE_EPOCH,
				random.below(600),
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

/** People who write and call; those of the address book are the first of them. */
const PEOPLE = 60;

function phoneNumber(person: number): string {
	return `+1555010${String(person).padStart(4, '0')}`;
}

function addMessage(database: DatabaseSync, random: Random, at: number): void {
	const number = phoneNumber(random.below(PEOPLE));
	run(database, `INSERT OR IGNORE INTO handle (id, country, service) VALUES (?, 'us', 'iMessage')`, number);
	const handle = Number(run(database, `SELECT ROWID AS id FROM handle WHERE id = ?`, number)?.['id'] ?? 1);
	run(
		database,
		`INSERT OR IGNORE INTO chat (guid, chat_identifier, service_name) VALUES (?, ?, 'iMessage')`,
		`iMessage;-;${number}`,
		number,
	);
	const chat = Number(run(database, `SELECT ROWID AS id FROM chat WHERE chat_identifier = ?`, number)?.['id'] ?? 1);
	const text = sentence(random);
	// Since iOS 16 most texts are in the attributed body alone.
	const isAttributed = random.chance(0.3);
	run(
		database,
		`INSERT INTO message (guid, text, attributedBody, handle_id, service, date, is_from_me, is_read) VALUES (?, ?, ?, ?, 'iMessage', ?, ?, 1)`,
		random.uuid(),
		isAttributed ? null : text,
		isAttributed ? attributedBody(text) : null,
		handle,
		(at - APPLE_EPOCH) * 1e9,
		random.below(2),
	);
	const message = countOf(database, 'message');
	run(database, `INSERT INTO chat_message_join VALUES (?, ?, ?)`, chat, message, (at - APPLE_EPOCH) * 1e9);
	if (random.chance(0.08)) {
		const guid = random.uuid();
		const name = `IMG_${String(random.below(10_000)).padStart(4, '0')}.jpeg`;
		run(
			database,
			`INSERT INTO attachment (guid, filename, mime_type, transfer_name) VALUES (?, ?, 'image/jpeg', ?)`,
			guid,
			`~/Library/SMS/Attachments/${guid.slice(0, 2)}/${guid.slice(0, 1)}/${guid}/${name}`,
			name,
		);
		run(database, `INSERT INTO message_attachment_join VALUES (?, ?)`, message, countOf(database, 'attachment'));
	}
}

/** An archived NSAttributedString without attributes, as a typedstream. */
function attributedBody(text: string): Uint8Array {
	const utf8 = Buffer.from(text);
	const length = utf8.length < 0x80 ? Buffer.of(utf8.length) : Buffer.of(0x81, utf8.length & 0xff, utf8.length >> 8);
	return Buffer.concat([
		Buffer.from(
			'040b73747265616d747970656481e803840140848484124e5341747472696275746564537472696e67008484084e534f626a656374008592848484084e53537472696e67019484012b',
			'hex',
		),
		length,
		utf8,
		Buffer.from('868402694901', 'hex'),
		length,
		Buffer.from('928484840c4e5344696374696f6e617279009484016900868686', 'hex'),
	]);
}

function addPerson(database: DatabaseSync, random: Random, at: number): void {
	const [first, last] = [random.pick(FIRST_NAMES), random.pick(LAST_NAMES)];
	run(
		database,
		`INSERT INTO ABPerson (First, Last, Birthday, CreationDate, ModificationDate) VALUES (?, ?, ?, ?, ?)`,
		first,
		last,
		random.chance(0.3) ? String(-random.below(900_000_000)) : null,
		at - APPLE_EPOCH,
		at - APPLE_EPOCH,
	);
	const person = countOf(database, 'ABPerson');
	const value = (property: number, label: number, text: string | null): void => {
		run(
			database,
			`INSERT INTO ABMultiValue (record_id, property, identifier, label, value) VALUES (?, ?, 0, ?, ?)`,
			person,
			property,
			label,
			text,
		);
	};
	value(3, 1 + random.below(4), phoneNumber(person - 1));
	if (random.chance(0.6)) {
		value(4, 2, `${first}.${last}@example.com`.toLowerCase().replace(/[^a-z.@]/g, ''));
	}
	if (random.chance(0.2)) {
		value(5, 2, null);
		const address = countOf(database, 'ABMultiValue');
		['1 Example Street; rear', 'Springfield', '12345', 'Exampleland'].forEach((part, index) =>
			run(database, `INSERT INTO ABMultiValueEntry VALUES (?, ?, ?)`, address, index + 1, part),
		);
	}
}

function addNote(database: DatabaseSync, random: Random, at: number): void {
	const note = countOf(database, 'ZICCLOUDSYNCINGOBJECT') + 1;
	const title = sentence(random);
	const text = `${title}\n${Array.from({ length: random.between(1, 6) }, () => sentence(random)).join('\n')}`;
	run(database, `INSERT INTO ZICNOTEDATA (ZNOTE, ZDATA) VALUES (?, ?)`, note, noteData(text));
	run(
		database,
		`INSERT INTO ZICCLOUDSYNCINGOBJECT (Z_PK, ZTITLE1, ZSNIPPET, ZNOTEDATA, ZFOLDER, ZCREATIONDATE3, ZMODIFICATIONDATE1, ZIDENTIFIER)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		note,
		title,
		text.split('\n')[1] ?? '',
		countOf(database, 'ZICNOTEDATA'),
		1 + random.below(2),
		at - APPLE_EPOCH,
		at - APPLE_EPOCH,
		random.uuid(),
	);
}

/** gzip around protocol buffers: field 2 the document, in it field 3 the note, in it field 2 the text. */
function noteData(text: string): Uint8Array {
	const field = (number: number, bytes: Buffer): Buffer => {
		const length: number[] = [];
		for (let rest = bytes.length; ; rest >>= 7) {
			length.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
			if (rest <= 0x7f) {
				break;
			}
		}
		return Buffer.concat([Buffer.of((number << 3) | 2, ...length), bytes]);
	};
	const note = field(2, Buffer.from(text));
	return gzipSync(Buffer.concat([Buffer.of(0x08, 0x00), field(2, Buffer.concat([Buffer.of(0x08, 0x00, 0x10, 0x00), field(3, note)]))]));
}

/** The library lists the photos in the order in which they lie in DCIM; what it lists beyond them is in iCloud only. */
function addAsset(database: DatabaseSync, random: Random, at: number): void {
	const index = countOf(database, 'ZASSET');
	const [folder = '', name = ''] = photoPathOf(index).split(/\/(?=[^/]*$)/);
	run(
		database,
		`INSERT INTO ZASSET (ZFILENAME, ZDIRECTORY, ZDATECREATED, ZKIND, ZTRASHEDSTATE, ZWIDTH, ZHEIGHT, ZUUID) VALUES (?, ?, ?, ?, 0, 4032, 3024, ?)`,
		name,
		folder,
		at - APPLE_EPOCH,
		photoKindOf(index) === 'movie' ? 1 : 0,
		random.uuid(),
	);
	run(
		database,
		`INSERT INTO ZADDITIONALASSETATTRIBUTES (ZASSET, ZORIGINALFILENAME) VALUES (?, ?)`,
		index + 1,
		name.replace('IMG_', 'Original '),
	);
}

/** Rows are never deleted here, so that their number is also the number of the last of them. */
function countOf(database: DatabaseSync, table: string): number {
	return Number(run(database, `SELECT max(rowid) AS n FROM ${table}`)?.['n'] ?? 0);
}

function run(database: DatabaseSync, sql: string, ...values: (string | number | null | Uint8Array)[]): Record<string, unknown> | undefined {
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
