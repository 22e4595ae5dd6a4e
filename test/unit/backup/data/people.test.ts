import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { readContacts, readConversations, readMessages, readNotes, vcardOf, type Contact } from '../../../../src/backup/index.ts';
import { textOfAttributedBody } from '../../../../src/backup/data/attributedText.ts';
import { textOfNoteData } from '../../../../src/backup/data/notes.ts';
import { SafeDatabase } from '../../../../src/backup/sqlite/safeDatabase.ts';
import { inTempFolder } from '../builders.ts';

async function withDatabase(
	sql: string,
	work: (db: SafeDatabase) => void,
	data: readonly (readonly [string, Uint8Array])[] = [],
): Promise<void> {
	await inTempFolder((folder) => {
		const path = join(folder, 'db');
		const made = new DatabaseSync(path);
		made.exec(sql);
		data.forEach(([insert, bytes]) => made.prepare(insert).run(bytes));
		made.close();
		const db = new SafeDatabase(path);
		try {
			work(db);
		} finally {
			db.dispose();
		}
	});
}

/** As a real one begins: `streamtyped`, the class names, then `+`, the length and the text. */
function attributedBody(length: string, text: string): Uint8Array {
	const head =
		'040b73747265616d747970656481e803840140848484124e5341747472696275746564537472696e67008484084e534f626a656374008592848484084e53537472696e67019484012b';
	return Buffer.concat([Buffer.from(head + length, 'hex'), Buffer.from(text), Buffer.from('868402694901', 'hex')]);
}

describe('Messages', () => {
	it('are read with their conversations, senders and times, in seconds and in nanoseconds', () =>
		withDatabase(
			`CREATE TABLE handle (ROWID INTEGER PRIMARY KEY, id TEXT); INSERT INTO handle VALUES (1, '+15550100001');
			CREATE TABLE chat (ROWID INTEGER PRIMARY KEY, chat_identifier TEXT, display_name TEXT); INSERT INTO chat VALUES (3, 'chat99', 'Family');
			CREATE TABLE chat_message_join (chat_id INTEGER, message_id INTEGER); INSERT INTO chat_message_join VALUES (3, 10);
			CREATE TABLE message (ROWID INTEGER PRIMARY KEY, text TEXT, handle_id INTEGER, date INTEGER, is_from_me INTEGER);
			INSERT INTO message VALUES (10, 'new', 1, 700000000000000000, 0), (11, 'old', 1, 400000000, 1);`,
			(db) => {
				assert.deepEqual(readConversations(db), [{ id: 3, identifier: 'chat99', name: 'Family' }]);
				const [first, second] = [...readMessages(db)];
				assert.deepEqual([first?.conversation, first?.sender, first?.isFromMe, first?.text], [3, '+15550100001', false, 'new']);
				assert.equal(first?.at?.toISOString(), '2023-03-08T20:26:40.000Z');
				assert.deepEqual([second?.conversation, second?.isFromMe, second?.at?.toISOString()], [0, true, '2013-09-04T15:06:40.000Z']);
			},
		));

	it('are read from the attributed body where the text is elsewhere', () => {
		assert.equal(textOfAttributedBody(attributedBody('05', 'hello')), 'hello');
		const long = 'é'.repeat(100);
		assert.equal(textOfAttributedBody(attributedBody('81c800', long)), long);
		assert.equal(textOfAttributedBody(attributedBody('82c8000000', long)), long);
		assert.equal(textOfAttributedBody(attributedBody('81ffff', 'short')), undefined);
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void textOfAttributedBody(Buffer.concat([attributedBody('', ''), bytes]))),
		);
	});
});

describe('Notes', () => {
	it('are read with title, text and folder; deleted ones are not, locked ones without text', () => {
		const data = gzipSync(Buffer.from('1212' + '1a10' + '120e' + Buffer.from('Title\nand text').toString('hex'), 'hex'));
		return withDatabase(
			`CREATE TABLE ZICCLOUDSYNCINGOBJECT (Z_PK INTEGER PRIMARY KEY, ZTITLE1, ZTITLE2, ZNOTEDATA INTEGER, ZFOLDER INTEGER, ZMARKEDFORDELETION INTEGER, ZISPASSWORDPROTECTED INTEGER);
			CREATE TABLE ZICNOTEDATA (Z_PK INTEGER PRIMARY KEY, ZDATA BLOB);
			INSERT INTO ZICCLOUDSYNCINGOBJECT VALUES (1, NULL, 'Work', NULL, NULL, 0, 0), (2, 'Title', NULL, 1, 1, 0, 0), (3, 'Gone', NULL, 1, 1, 1, 0), (4, 'Secret', NULL, 1, 1, 0, 1);`,
			(db) => {
				assert.deepEqual(
					readNotes(db).map(({ title, text, folder, isLocked }) => [title, text, folder, isLocked]),
					[
						['Title', 'Title\nand text', 'Work', false],
						['Secret', undefined, 'Work', true],
					],
				);
			},
			[['INSERT INTO ZICNOTEDATA VALUES (1, ?)', data]],
		);
	});

	it('have no text for data of any other kind', () => {
		assert.equal(textOfNoteData(Buffer.from('none')), undefined);
		// A few kilobytes that unpack to far more than any note has.
		assert.equal(textOfNoteData(gzipSync(Buffer.alloc(64 * 1024 * 1024))), undefined);
		fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void textOfNoteData(gzipSync(bytes))));
	});
});

describe('Contacts', () => {
	const SQL = `CREATE TABLE ABPerson (ROWID INTEGER PRIMARY KEY, First TEXT, Last TEXT, Organization TEXT, Birthday TEXT, Note TEXT);
		CREATE TABLE ABMultiValue (UID INTEGER PRIMARY KEY, record_id INTEGER, property INTEGER, label INTEGER, value TEXT);
		CREATE TABLE ABMultiValueLabel (value TEXT); INSERT INTO ABMultiValueLabel VALUES ('_$!<Mobile>!$_'), ('_$!<Work>!$_'), ('boat');
		CREATE TABLE ABMultiValueEntryKey (value TEXT); INSERT INTO ABMultiValueEntryKey VALUES ('Street'), ('City');
		CREATE TABLE ABMultiValueEntry (parent_id INTEGER, key INTEGER, value TEXT); INSERT INTO ABMultiValueEntry VALUES (4, 1, 'A; B'), (4, 2, 'C');
		INSERT INTO ABPerson VALUES (1, 'Ada', 'Ex, ample', NULL, '-978307200', 'two' || char(10) || 'lines'), (2, NULL, NULL, 'Acme', NULL, NULL);
		INSERT INTO ABMultiValue VALUES (1, 1, 3, 1, '+1 555'), (2, 1, 3, 3, '77'), (3, 1, 4, 2, 'a@example.com'), (4, 1, 5, 2, NULL), (5, 1, 22, NULL, 'https://example.com');`;

	it('become vCards of both versions', () =>
		withDatabase(SQL, (db) => {
			const contacts = readContacts(db);
			const three = vcardOf(contacts, '3.0').split('\r\n');
			assert.deepEqual(three.slice(0, 12), [
				'BEGIN:VCARD',
				'VERSION:3.0',
				'N:Ex\\, ample;Ada;;;',
				'FN:Ada Ex\\, ample',
				'TEL;TYPE=CELL:+1 555',
				'TEL:77',
				'EMAIL;TYPE=INTERNET;TYPE=WORK:a@example.com',
				'ADR;TYPE=WORK:;;A\\; B;C;;;',
				'URL:https://example.com',
				'BDAY:1970-01-01',
				'NOTE:two\\nlines',
				'END:VCARD',
			]);
			assert.ok(three.includes('FN:Acme') && three.includes('ORG:Acme'));
			const four = vcardOf(contacts, '4.0');
			assert.ok(
				four.includes('TEL;TYPE=cell:+1 555\r\n') &&
					four.includes('EMAIL;TYPE=work:a@example.com\r\n') &&
					four.includes('BDAY:19700101\r\n'),
			);
		}));

	it('give lines of at most 75 bytes that unfold to the same text, and never a line of their own', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'grapheme-composite', maxLength: 200 }), (note) => {
				const contact: Contact = { id: 1, note, phones: [], emails: [], urls: [], addresses: [] };
				const lines = vcardOf([contact], '4.0').split('\r\n');
				assert.ok(lines.every((line) => Buffer.byteLength(line) <= 75));
				const unfolded = lines.join('\r\n').replaceAll('\r\n ', '').split('\r\n');
				assert.equal(unfolded.length, 7);
				const value = (unfolded[4] ?? '')
					.slice('NOTE:'.length)
					.replace(/\\(.)/gs, (_, character: string) => (character === 'n' ? '\n' : character));
				assert.equal(value, note.replace(/\r\n|\r/g, '\n'));
			}),
		);
	});
});
