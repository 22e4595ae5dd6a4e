import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import {
	BackupContents,
	compareDatabases,
	FolderPayloads,
	KeyCache,
	readAsText,
	readStorage,
	type ReadableText,
} from '../../../../src/backup/index.ts';
import { AppOwners } from '../../../../src/backup/holdings/appStorage.ts';
import { SafeDatabase } from '../../../../src/backup/sqlite/safeDatabase.ts';
import { plistLines } from '../../../../src/backup/text/plistText.ts';
import { encodeBinaryPlist, encodeXmlPlist, parsePlist, PlistError, PlistUid, type PlistValue } from '../../../../src/plist/index.ts';
import { buildBackup } from '../buildBackup.ts';
import { inTempFolder } from '../builders.ts';

const BOUNDS = { maxLines: 1000, maxValueChars: 100 };

function database(path: string, sql: string): Uint8Array {
	const db = new DatabaseSync(path);
	db.exec(sql);
	db.close();
	return readFileSync(path);
}

async function textOf(bytes: Uint8Array): Promise<ReadableText> {
	let text: ReadableText | undefined;
	await inTempFolder(async (folder) => {
		await buildBackup(folder, { content: { 'HomeDomain:file': bytes } });
		const contents = await BackupContents.open({ controlFolder: folder, payloads: new FolderPayloads(folder), keys: new KeyCache() });
		try {
			text = await readAsText(contents, contents.find('HomeDomain', 'file') ?? assert.fail());
		} finally {
			contents.dispose();
		}
	});
	return text ?? assert.fail();
}

describe('A file as text', () => {
	it('is the same for a property list in either form, with sorted keys', async () => {
		const value = { b: [1, true, 'x'], a: { when: new Date(0), data: new Uint8Array(3) }, empty: {} };
		const [binary, xml] = [await textOf(encodeBinaryPlist(value)), await textOf(encodeXmlPlist(value))];
		assert.equal(binary.kind, 'plist');
		assert.equal(binary.text, xml.text);
		const expected = [
			'{}',
			'  a:',
			'    data: <000000>',
			'    when: 1970-01-01T00:00:00.000Z',
			'  b: [3]',
			'    -: 1',
			'    -: true',
			'    -: "x"',
			'  empty: {}',
		];
		assert.deepEqual(binary.text.trimEnd().split('\n'), expected);
	});

	it('shows the objects of a keyed archive, and no circle without end', () => {
		const archive: PlistValue = {
			$archiver: 'NSKeyedArchiver',
			$version: 100_000,
			$top: { root: new PlistUid(1) },
			$objects: [
				'$null',
				{ $class: new PlistUid(3), name: new PlistUid(2), self: new PlistUid(1), none: new PlistUid(0) },
				'Ada',
				{ $classname: 'Person' },
			],
		};
		const { lines } = plistLines(parsePlist(encodeBinaryPlist(archive)), BOUNDS);
		assert.deepEqual(lines.slice(-4), ['  root: Person', '    name: "Ada"', '    none: nil', '    self: (object 1, above)']);
	});

	it('ends for property lists of any bytes', () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
				try {
					plistLines(parsePlist(Buffer.concat([Buffer.from('bplist00'), bytes])), BOUNDS);
				} catch (error) {
					assert.ok(error instanceof PlistError);
				}
			}),
		);
	});

	it('shows definitions and rows of a database', () =>
		inTempFolder(async (folder) => {
			const { kind, text } = await textOf(
				database(join(folder, 'db'), `CREATE TABLE t (a TEXT, b BLOB); INSERT INTO t VALUES ('x', x'00ff'), (NULL, 5);`),
			);
			assert.equal(kind, 'sqlite');
			assert.deepEqual(text.trimEnd().split('\n'), [
				'CREATE TABLE t (a TEXT, b BLOB);',
				'',
				'-- t: 2 rows',
				't #1 a="x" b=<00ff>',
				't #2 a=NULL b=5',
			]);
		}));

	it('is itself when it is text, and its size and hash when it is anything else', async () => {
		assert.deepEqual([(await textOf(Buffer.from('Grüße\n'))).kind, (await textOf(Buffer.from('Grüße\n'))).text], ['text', 'Grüße\n']);
		const { kind, text } = await textOf(new Uint8Array([1, 2, 3, 0]));
		assert.deepEqual([kind, text.split('\n')[0]], ['binary', '4 bytes']);
		assert.equal((await textOf(Buffer.from('SQLite format 3\0 and no more'))).kind, 'binary');
		assert.equal((await textOf(Buffer.from('bplist00 and no more'))).kind, 'text');
	});
});

describe('Two states of a database', () => {
	it('differ by rows, table by table', () =>
		inTempFolder((folder) => {
			const rows = `CREATE TABLE sessions (id INTEGER PRIMARY KEY, who TEXT); CREATE TABLE same (a); INSERT INTO same VALUES (1);`;
			database(join(folder, 'a'), `${rows} INSERT INTO sessions VALUES (1, 'x'), (2, 'y'), (3, 'z');`);
			database(
				join(folder, 'b'),
				`${rows} INSERT INTO sessions VALUES (1, 'x'), (2, 'changed'), (4, 'new'), (5, 'new'); CREATE TABLE more (b);`,
			);
			const [before, after] = [new SafeDatabase(join(folder, 'a')), new SafeDatabase(join(folder, 'b'))];
			try {
				assert.deepEqual(compareDatabases(before, after), [
					{ table: 'more', added: 0, removed: 0, changed: 0, isExact: true, schemaChanged: true },
					{ table: 'sessions', added: 2, removed: 1, changed: 1, isExact: true, schemaChanged: false },
				]);
				assert.equal(compareDatabases(undefined, before).find(({ table }) => table === 'sessions')?.added, 3);
			} finally {
				before.dispose();
				after.dispose();
			}
		}));
});

describe('The storage of apps', () => {
	const owners = new AppOwners(new Set(['com.acme.app', 'com.acme.other', 'com.solo.app', 'com.acme']));
	const cases: [domain: string, owner: string, role: string][] = [
		['AppDomain-com.acme.app', 'com.acme.app', 'app'],
		['AppDomainPlugin-com.acme.app.share.extension', 'com.acme.app', 'plugin'],
		['AppDomainGroup-group.com.acme.app.shared', 'com.acme.app', 'group'],
		['AppDomainGroup-ABCDE12345.com.acme.other', 'com.acme.other', 'group'],
		['AppDomainGroup-group.com.solo', 'com.solo.app', 'group'],
		['AppDomainGroup-group.nobody', 'group.nobody', 'group'],
		['AppDomainGroup-group.com.apple.VoiceMemos.shared', 'voice-memos', 'group'],
		['CameraRollDomain', 'photos', 'system'],
	];
	for (const [domain, id, role] of cases) {
		it(`gives ${domain} to ${id}`, () => {
			const owner = owners.of(domain, '');
			assert.deepEqual([owner.id, owner.role], [id, role]);
		});
	}

	it('adds up to all files, largest first', () =>
		inTempFolder(async (folder) => {
			await buildBackup(folder, { backupPassword: 'x' });
			const contents = await BackupContents.open({
				controlFolder: folder,
				payloads: new FolderPayloads(folder),
				backupPassword: 'x',
				keys: new KeyCache(),
			});
			try {
				const storage = await readStorage(contents);
				assert.deepEqual(
					storage.map(({ id, sizeBytes, fileCount }) => [id, sizeBytes, fileCount]),
					[
						['photos', 70_001, 1],
						['messages', 10_000, 1],
						['home', 16, 2],
						['com.example.app', 5, 1],
					],
				);
			} finally {
				contents.dispose();
			}
		}));
});
