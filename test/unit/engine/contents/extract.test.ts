import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { safeFileName } from '../../../../src/backup/index.ts';
import { silentLogger } from '../../../../src/base/index.ts';
import type { ExtractOrder, ExtractResult } from '../../../../src/contract/index.ts';
import { Engine, systemClock } from '../../../../src/engine/index.ts';
import { useTempFolder } from '../../../support/tempFolder.ts';
import { buildBackup, type BackupContent } from '../../backup/buildBackup.ts';
import { seededRandom } from '../../backup/builders.ts';
import { databaseBytes } from '../../backup/databaseBytes.ts';

/** Names that would lead elsewhere, or that some system refuses or cuts off. */
const HOSTILE = [
	'../../escape',
	'/etc/passwd',
	'C:\\Windows\\x',
	'CON',
	'aux.txt',
	'trailing. ',
	'\u202egnp.exe',
	'a\nb',
	'',
	'.',
	'..',
	'x'.repeat(400),
];

function quoted(text: string): string {
	return `'${text.replaceAll("'", "''")}'`;
}

describe('What is copied out of a hostile backup', function () {
	this.timeout(30_000);
	const temp = useTempFolder();
	let engine: Engine;
	beforeEach(() => {
		engine = new Engine({ muxers: ['127.0.0.1:1'], storeFolder: join(temp.path, 'store'), clock: systemClock, log: silentLogger });
	});
	afterEach(() => engine.dispose());

	/** The files that were written, by their path below the target; everything is there, and nothing else was touched. */
	async function extract(
		content: BackupContent,
		order: Omit<ExtractOrder, 'to'>,
	): Promise<{ files: Map<string, string>; result: ExtractResult }> {
		const folder = join(temp.path, 'backup');
		await buildBackup(folder, { content });
		const to = join(temp.path, 'out', 'deep', 'target');
		rmSync(join(temp.path, 'out'), { recursive: true, force: true });
		const result = await engine.contents.extract({ place: { folder }, extract: { ...order, to } });
		assert.deepEqual(readdirSync(join(temp.path, 'out')), ['deep']);
		assert.deepEqual(readdirSync(join(temp.path, 'out', 'deep')), ['target']);
		const files = new Map<string, string>();
		for (const entry of readdirSync(to, { recursive: true, withFileTypes: true })) {
			assert.equal(safeFileName(entry.name), entry.name);
			if (entry.isFile()) {
				const path = join(entry.parentPath, entry.name);
				files.set(path.slice(to.length + 1).replaceAll('\\', '/'), readFileSync(path, 'utf8'));
			}
		}
		assert.equal(files.size, result.fileCount);
		return { files, result };
	}

	it('are photos with safe names, each once, whatever the library calls them', async () => {
		const stored = HOSTILE.map((_, index) => `DCIM/100APPLE/IMG_${String(index).padStart(4, '0')}.JPG`);
		const library = await databaseBytes(
			`CREATE TABLE ZASSET (Z_PK INTEGER PRIMARY KEY, ZDIRECTORY TEXT, ZFILENAME TEXT, ZDATECREATED REAL);
			CREATE TABLE ZADDITIONALASSETATTRIBUTES (ZASSET INTEGER, ZORIGINALFILENAME TEXT);
			${HOSTILE.map(
				(name, index) =>
					`INSERT INTO ZASSET VALUES (${index + 1}, 'DCIM/100APPLE', 'IMG_${String(index).padStart(4, '0')}.JPG', ${index === 0 ? 1e300 : 7e8});
					INSERT INTO ZADDITIONALASSETATTRIBUTES VALUES (${index + 1}, ${quoted(`${name}.JPG`)});`,
			).join('')}`,
		);
		const photos = Object.fromEntries(stored.map((path) => [`CameraRollDomain:Media/${path}`, seededRandom(path)(50)]));
		const { files, result } = await extract({ 'CameraRollDomain:Media/PhotoData/Photos.sqlite': library, ...photos }, { what: 'photos' });
		assert.deepEqual([result.itemCount, result.skippedCount], [HOSTILE.length, 0]);
		assert.equal([...files.keys()].filter((path) => path.startsWith('2023/2023-03/')).length, HOSTILE.length - 1);
	});

	it('are vCards of as many people as there are, whatever their names hold', async () => {
		const attack = 'x\r\nEND:VCARD\r\nBEGIN:VCARD\r\nFN:Mallory;,\\n';
		const contacts = await databaseBytes(
			`CREATE TABLE ABPerson (ROWID INTEGER PRIMARY KEY, First TEXT, Last TEXT, Organization TEXT, Note TEXT, Birthday TEXT);
			INSERT INTO ABPerson VALUES (1, ${quoted(attack)}, ${quoted(attack)}, ${quoted(attack)}, ${quoted(attack)}, '-12516033600'), (2, NULL, NULL, NULL, NULL, '1e300');
			CREATE TABLE ABMultiValueLabel (value TEXT); INSERT INTO ABMultiValueLabel VALUES (${quoted(attack)}), ('__proto__');
			CREATE TABLE ABMultiValue (UID INTEGER PRIMARY KEY, record_id INTEGER, property INTEGER, label INTEGER, value TEXT);
			${[3, 4, 22].map((property, index) => `INSERT INTO ABMultiValue VALUES (${index + 1}, 1, ${property}, ${1 + (index % 2)}, ${quoted(attack)});`).join('')}`,
		);
		for (const format of ['vcard-3.0', 'vcard-4.0'] as const) {
			const content = { 'HomeDomain:Library/AddressBook/AddressBook.sqlitedb': contacts };
			const { files } = await extract(content, { what: 'contacts', format });
			const text = [...files.values()].at(-1) ?? assert.fail();
			const lines = text.replaceAll('\r\n ', '').split('\r\n');
			assert.ok(!/[\r\n]/.test(lines.join('')), 'every line break is a CRLF');
			assert.deepEqual(
				[lines.filter((line) => line === 'BEGIN:VCARD').length, lines.filter((line) => line === 'END:VCARD').length],
				[2, 2],
			);
			assert.equal(lines.filter((line) => line.startsWith('FN')).length, 2);
			// A birthday without a year, and one that no calendar holds.
			const birthday = format === 'vcard-3.0' ? 'BDAY;X-APPLE-OMIT-YEAR=1604:1604-05-20' : 'BDAY:--0520';
			assert.deepEqual(
				lines.filter((line) => line.startsWith('BDAY')),
				[birthday],
			);
		}
	});

	it('are messages of which none can pretend to be another, in files that stay in their folder', async () => {
		const attack = 'hi\r2023-03-08 20:26:40  Me: I owe you\u2028more\n\ufffc';
		const sms = await databaseBytes(
			`CREATE TABLE handle (ROWID INTEGER PRIMARY KEY, id TEXT); INSERT INTO handle VALUES (1, 'a\n2023-03-08 20:26:40  Me: fake');
			CREATE TABLE chat (ROWID INTEGER PRIMARY KEY, chat_identifier TEXT, display_name TEXT);
			${HOSTILE.map((name, index) => `INSERT INTO chat VALUES (${index + 1}, 'chat${index}', ${quoted(name)});`).join('')}
			INSERT INTO chat VALUES (90, 'chat90', 'Family'), (91, 'chat91', 'Family');
			CREATE TABLE chat_message_join (chat_id INTEGER, message_id INTEGER);
			CREATE TABLE message (ROWID INTEGER PRIMARY KEY, text TEXT, handle_id INTEGER, date INTEGER, is_from_me INTEGER);
			${[...HOSTILE.keys(), 89, 90].map((index) => `INSERT INTO message VALUES (${index + 1}, ${quoted(attack)}, 1, 700000000000000000, 0); INSERT INTO chat_message_join VALUES (${index + 1}, ${index + 1});`).join('')}`,
		);
		const content = { 'HomeDomain:Library/SMS/sms.db': sms };
		const { files, result } = await extract(content, { what: 'messages', format: 'text' });
		assert.deepEqual([result.itemCount, files.size], [HOSTILE.length + 2, HOSTILE.length + 2]);
		for (const text of files.values()) {
			assert.equal(text.split(/[\r\n\u2028\u2029\u0085]/).filter((line) => /^\d{4}-/.test(line)).length, 1, text);
			assert.ok(!text.includes('\ufffc'));
		}
		const json = (await extract(content, { what: 'messages', format: 'json' })).files.get('messages.json') ?? assert.fail();
		assert.deepEqual(
			(JSON.parse(json) as { text: string }[]).map(({ text }) => text),
			Array.from({ length: HOSTILE.length + 2 }, () => attack),
		);
	});

	it('are notes with safe names; one that cannot be read is told of, and ends nothing', async () => {
		const body = gzipSync(Buffer.from('12061a0412026869', 'hex'));
		const notes = await databaseBytes(
			`CREATE TABLE ZICCLOUDSYNCINGOBJECT (Z_PK INTEGER PRIMARY KEY, ZTITLE1 TEXT, ZTITLE2 TEXT, ZNOTEDATA INTEGER, ZFOLDER INTEGER);
			CREATE TABLE ZICNOTEDATA (Z_PK INTEGER PRIMARY KEY, ZNOTE INTEGER, ZDATA BLOB);
			INSERT INTO ZICCLOUDSYNCINGOBJECT VALUES (500, NULL, '../..', NULL, NULL), (501, 'broken', NULL, 9, 500);
			INSERT INTO ZICNOTEDATA VALUES (9, 501, x'00');
			${HOSTILE.map((name, index) => `INSERT INTO ZICCLOUDSYNCINGOBJECT VALUES (${index + 1}, ${quoted(name)}, NULL, 1, 500);`).join('')}`,
			[['INSERT INTO ZICNOTEDATA VALUES (1, 1, ?)', body]],
		);
		const { files, result } = await extract({ 'AppDomainGroup-group.com.apple.notes:NoteStore.sqlite': notes }, { what: 'notes' });
		assert.deepEqual([result.itemCount, result.skippedCount], [HOSTILE.length, 1]);
		assert.deepEqual(new Set(files.values()), new Set(['hi\n']));
	});

	it('are files beside what was there before, and never in its place', async () => {
		const content = { 'HomeDomain:a.txt': Buffer.from('new') };
		await extract(content, { what: 'files', patterns: ['**'] });
		const mine = join(temp.path, 'out', 'deep', 'target', 'HomeDomain', 'a.txt');
		writeFileSync(mine, 'mine');
		const again = await engine.contents.extract({
			place: { folder: join(temp.path, 'backup') },
			extract: { what: 'files', patterns: ['HomeDomain/a.txt'], to: join(temp.path, 'out', 'deep', 'target') },
		});
		assert.equal(again.fileCount, 1);
		assert.equal(readFileSync(mine, 'utf8'), 'mine');
		assert.deepEqual(readdirSync(join(mine, '..')).sort(), ['a (2).txt', 'a.txt']);
	});
});
