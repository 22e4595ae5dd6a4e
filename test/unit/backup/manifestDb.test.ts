import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
	BackupError,
	encodeMbFile,
	encryptManifestDb,
	fileIdOf,
	ManifestDbWriter,
	MODE_FOLDER,
	openEncryptedManifestDb,
	openManifestDb,
	readManifestDbHeader,
	type ManifestDb,
	type ManifestEntry,
	type ManifestRowProblem,
} from '../../../src/backup/index.ts';
import { inTempFolder, mbFile, seededRandom } from './builders.ts';

const KEY = seededRandom('manifest key')(32);

function writeManifest(path: string, paths: readonly string[] = ['a.txt', 'b/c.txt']): void {
	const writer = new ManifestDbWriter(path);
	writer.add({ domain: 'HomeDomain', relativePath: '', kind: 'folder', file: mbFile({ relativePath: '', mode: MODE_FOLDER | 0o755 }) });
	for (const relativePath of paths) {
		writer.add({ domain: 'HomeDomain', relativePath, kind: 'file', file: mbFile({ relativePath }) });
	}
	writer.close();
}

function readAll(
	manifest: ManifestDb,
	filter: { fileIdPrefix?: string; domain?: string } = {},
): { paths: string[]; problems: ManifestRowProblem[] } {
	const problems: ManifestRowProblem[] = [];
	const entries: ManifestEntry[] = [...manifest.entries((problem) => problems.push(problem), filter)];
	return { paths: entries.map((entry) => entry.relativePath).sort(), problems };
}

async function withManifest(path: string, run: (manifest: ManifestDb) => void): Promise<void> {
	const manifest = await openManifestDb(path);
	try {
		run(manifest);
	} finally {
		manifest.dispose();
	}
}

const damaged = (error: unknown): boolean => BackupError.is(error, 'DAMAGED_MANIFEST');

describe('Manifest.db', () => {
	it('has the tables and indexes of a device, and nothing beside it', () =>
		inTempFolder((folder) => {
			writeManifest(join(folder, 'Manifest.db'));
			assert.deepEqual(readdirSync(folder), ['Manifest.db']);
			const db = new DatabaseSync(join(folder, 'Manifest.db'), { readOnly: true });
			const names = db.prepare("SELECT type || ' ' || name AS n FROM sqlite_master WHERE sql IS NOT NULL ORDER BY n").all();
			const columns = db.prepare("SELECT name || ' ' || type || ' ' || pk AS c FROM pragma_table_info('Files')").all();
			const flags = db.prepare('SELECT group_concat(flags) AS f FROM (SELECT flags FROM Files ORDER BY relativePath)').get();
			db.close();
			assert.deepEqual(
				names.map((row) => row['n']),
				['index FilesDomainIdx', 'index FilesFlagsIdx', 'index FilesRelativePathIdx', 'table Files', 'table Properties'],
			);
			assert.deepEqual(
				columns.map((row) => row['c']),
				['fileID TEXT 1', 'domain TEXT 0', 'relativePath TEXT 0', 'flags INTEGER 0', 'file BLOB 0'],
			);
			assert.equal(flags?.['f'], '2,1,1');
		}));

	it('gives back what was written', () =>
		inTempFolder(async (folder) => {
			const path = join(folder, 'Manifest.db');
			const writer = new ManifestDbWriter(path);
			const file = mbFile({ relativePath: 'ß/💾', protectionClass: 3, encryptionKey: new Uint8Array(44).fill(3) });
			writer.add({ domain: 'AppDomain-com.example.app', relativePath: 'ß/💾', kind: 'file', file });
			writer.add({ domain: 'HomeDomain', relativePath: 'link', kind: 'symlink', file: encodeMbFile(mbFile({ target: '/x' })) });
			writer.close();
			await withManifest(path, (manifest) => {
				assert.equal(manifest.entryCount, 2);
				assert.deepEqual([...manifest.domains].sort(), ['AppDomain-com.example.app', 'HomeDomain']);
				const fileId = fileIdOf('AppDomain-com.example.app', 'ß/💾');
				const entry = manifest.entry(fileId);
				assert.deepEqual(entry, { fileId, domain: 'AppDomain-com.example.app', relativePath: 'ß/💾', kind: 'file', file });
				assert.equal(manifest.entry(fileIdOf('HomeDomain', 'link'))?.file.target, '/x');
				assert.equal(manifest.entry(fileIdOf('HomeDomain', 'none')), undefined);
				assert.equal(manifest.entry('../../etc'), undefined);
				assert.deepEqual({ ...manifest.place(fileId) }, { domain: 'AppDomain-com.example.app', relativePath: 'ß/💾' });
				assert.equal(manifest.place(fileIdOf('HomeDomain', 'none')), undefined);
				assert.equal(manifest.place('../../etc'), undefined);
			});
		}));

	it('finds rows by prefix and by domain', () =>
		inTempFolder(async (folder) => {
			const path = join(folder, 'Manifest.db');
			const paths = Array.from({ length: 600 }, (_, index) => `file-${index}`);
			writeManifest(path, paths);
			await withManifest(path, (manifest) => {
				for (const prefix of ['a', '0f', 'ff', '123']) {
					const expected = ['', ...paths].filter((name) => fileIdOf('HomeDomain', name).startsWith(prefix)).sort();
					assert.deepEqual(readAll(manifest, { fileIdPrefix: prefix }).paths, expected);
					const files = expected.filter((name) => name !== '').map((name) => fileIdOf('HomeDomain', name));
					assert.deepEqual([...manifest.fileIds(prefix)].sort(), files.sort());
				}
				assert.equal(readAll(manifest, { domain: 'HomeDomain' }).paths.length, 601);
				assert.deepEqual(readAll(manifest, { domain: 'OtherDomain' }).paths, []);
			});
		}));

	it('refuses to add the same file twice', () =>
		inTempFolder((folder) => {
			const writer = new ManifestDbWriter(join(folder, 'Manifest.db'));
			const entry = { domain: 'HomeDomain', relativePath: 'a', kind: 'file' as const, file: mbFile() };
			writer.add(entry);
			assert.throws(
				() => writer.add(entry),
				(error) => BackupError.is(error, 'WRITE_FAILED'),
			);
			writer.abandon();
			assert.deepEqual(readdirSync(folder), []);
		}));

	it('reports where it cannot be written', () =>
		inTempFolder((folder) => {
			assert.throws(
				() => new ManifestDbWriter(join(folder, 'none', 'Manifest.db')),
				(error) => BackupError.is(error, 'WRITE_FAILED'),
			);
		}));

	it('is read in WAL mode from a read-only folder without leaving files', () =>
		inTempFolder(async (folder) => {
			const readOnly = join(folder, 'backup #1 100%?');
			mkdirSync(readOnly);
			const path = join(readOnly, 'Manifest.db');
			writeManifest(path);
			const db = new DatabaseSync(path);
			db.exec('PRAGMA journal_mode = WAL; UPDATE Files SET flags = flags;');
			db.close();
			assert.deepEqual([...readFileSync(path).subarray(18, 20)], [2, 2], 'the database is in WAL mode');
			chmodSync(path, 0o400);
			chmodSync(readOnly, 0o500);
			try {
				await withManifest(path, (manifest) => {
					assert.deepEqual(readAll(manifest), { paths: ['', 'a.txt', 'b/c.txt'], problems: [] });
					assert.deepEqual(readdirSync(readOnly), ['Manifest.db']);
				});
				assert.deepEqual(readdirSync(readOnly), ['Manifest.db']);
			} finally {
				chmodSync(readOnly, 0o700);
			}
		}));

	it('reads the rows of a -wal that was left over, and leaves both files as they are', () =>
		inTempFolder(async (folder) => {
			const [live, backup, temp] = ['live', 'backup', 'temp'].map((name) => join(folder, name)) as [string, string, string];
			[live, backup, temp].forEach((each) => mkdirSync(each));
			writeManifest(join(live, 'Manifest.db'), ['a.txt']);
			const db = new DatabaseSync(join(live, 'Manifest.db'));
			db.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;');
			db.prepare('INSERT INTO Files VALUES (?, ?, ?, ?, ?)').run(
				fileIdOf('HomeDomain', 'late'),
				'HomeDomain',
				'late',
				1,
				encodeMbFile(mbFile()),
			);
			for (const name of ['Manifest.db', 'Manifest.db-wal']) {
				copyFileSync(join(live, name), join(backup, name));
			}
			db.close();
			const before = readdirSync(backup).map((name) => [name, readFileSync(join(backup, name)).toString('base64')]);
			const manifest = await openManifestDb(join(backup, 'Manifest.db'), { tempFolder: temp });
			assert.deepEqual(readAll(manifest).paths, ['', 'a.txt', 'late']);
			manifest.dispose();
			assert.deepEqual(readdirSync(temp), []);
			assert.deepEqual(
				readdirSync(backup).map((name) => [name, readFileSync(join(backup, name)).toString('base64')]),
				before,
			);
		}));

	it('reports odd rows one by one and reads the others', () =>
		inTempFolder(async (folder) => {
			const path = join(folder, 'Manifest.db');
			writeManifest(path, ['good']);
			const record = encodeMbFile(mbFile());
			const id = (name: string): string => fileIdOf('HomeDomain', name);
			const rows: [
				string | null,
				string | null | number,
				string | null,
				number | string | bigint | null,
				Uint8Array | string | null,
				string,
			][] = [
				[id('1'), 'HomeDomain', 'null blob', 1, null, 'no-record'],
				[id('2'), 'HomeDomain', 'empty blob', 1, new Uint8Array(0), 'no-record'],
				[id('3'), 'HomeDomain', 'text blob', 1, 'text', 'no-record'],
				[id('4'), 'HomeDomain', 'bad blob', 1, new Uint8Array(50), 'bad-record'],
				[id('5'), 'HomeDomain', 'huge blob', 1, new Uint8Array(17 * 1024 * 1024), 'no-record'],
				['../../../../etc/passwd', 'HomeDomain', 'escape', 1, record, 'bad-file-id'],
				[id('6').toUpperCase(), 'HomeDomain', 'upper case', 1, record, 'bad-file-id'],
				[null, 'HomeDomain', 'no id', 1, record, 'bad-file-id'],
				[id('7'), 'Home/../Domain', 'slash', 1, record, 'bad-domain'],
				[id('8'), '', 'empty domain', 1, record, 'bad-domain'],
				[id('9'), null, 'no domain', 1, record, 'bad-domain'],
				[id('10'), 'HomeDomain', 'a/../../b', 1, record, 'bad-path'],
				[id('11'), 'HomeDomain', '/absolute', 1, record, 'bad-path'],
				[id('12'), 'HomeDomain', null, 1, record, 'bad-path'],
				[id('13'), 'HomeDomain', 'flags 3', 3, record, 'bad-flags'],
				[id('14'), 'HomeDomain', 'text flags', 'x', record, 'bad-flags'],
				[id('15'), 'HomeDomain', 'large flags', 2n ** 60n, record, 'bad-flags'],
				[id('16'), 'HomeDomain', 'no flags', null, record, 'bad-flags'],
			];
			const db = new DatabaseSync(path);
			const insert = db.prepare('INSERT INTO Files VALUES (?, ?, ?, ?, ?)');
			for (const row of rows) {
				insert.run(...(row.slice(0, 5) as [string]));
			}
			insert.run(id('17'), 'HomeDomain', 'flags 0 with a file mode', 0, record);
			db.close();
			await withManifest(path, (manifest) => {
				const { paths, problems } = readAll(manifest);
				assert.deepEqual(paths, ['', 'flags 0 with a file mode', 'good']);
				assert.deepEqual(
					problems.map((problem) => problem.reason),
					rows.map((row) => row[5]),
				);
				assert.equal(problems[5]?.fileId, '../../../../etc/passwd');
				assert.throws(
					() => manifest.entry(id('1')),
					(error) => BackupError.is(error, 'DAMAGED_RECORD'),
				);
				// Where a file belongs is known though its record is not.
				const places = rows.map(([fileId]) => (fileId === null ? undefined : manifest.place(fileId)?.relativePath));
				const known = ['null blob', 'empty blob', 'text blob', 'bad blob', 'huge blob', 'flags 3', 'text flags', 'large flags', 'no flags'];
				assert.deepEqual(
					places.filter((place) => place !== undefined),
					known,
				);
			});
		}));

	it('opens encrypted, with and without padding, and removes the decrypted copy', () =>
		inTempFolder(async (folder) => {
			const temp = join(folder, 'temp');
			mkdirSync(temp);
			const [plain, stored] = [join(folder, 'plain.db'), join(folder, 'Manifest.db')];
			writeManifest(plain);
			await encryptManifestDb(plain, stored, KEY);
			assert.equal(await readManifestDbHeader(stored), 'other');
			await assert.rejects(openManifestDb(stored), damaged);
			const check = async (): Promise<void> => {
				const manifest = await openEncryptedManifestDb(stored, KEY, { tempFolder: temp });
				assert.equal(manifest.entryCount, 3);
				assert.equal(readdirSync(temp).length, 1);
				manifest.dispose();
				assert.deepEqual(readdirSync(temp), []);
			};
			await check();
			truncateSync(stored, readFileSync(plain).length);
			await check();
			await assert.rejects(openEncryptedManifestDb(stored, KEY.slice().reverse(), { tempFolder: temp }), damaged);
			appendFileSync(stored, 'x');
			await assert.rejects(openEncryptedManifestDb(stored, KEY, { tempFolder: temp }), (error) => BackupError.is(error, 'DAMAGED_FILE'));
			assert.deepEqual(readdirSync(temp), []);
		}));

	it('refuses what is no manifest', () =>
		inTempFolder(async (folder) => {
			const path = join(folder, 'Manifest.db');
			const check = async (sql: string): Promise<void> => {
				const db = new DatabaseSync(path);
				db.exec(`DROP VIEW IF EXISTS Files; ${sql}`);
				db.close();
				await assert.rejects(openManifestDb(path), damaged, sql);
			};
			writeFileSync(path, '');
			assert.equal(await readManifestDbHeader(path), 'empty');
			await assert.rejects(openManifestDb(path), damaged);
			await check('CREATE TABLE other (a);');
			const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i';
			await check(`CREATE VIEW Files (fileID, domain, relativePath, flags, file) AS ${endless}, '', '', 1, x'00' FROM n;`);
			await check('CREATE TABLE Files (fileID, domain, relativePath, flags, file AS (zeroblob(1000000000)));');
			await assert.rejects(openManifestDb(join(folder, 'absent')), (error) => BackupError.is(error, 'UNREADABLE'));
		}));

	it('reports a database that breaks off', () =>
		inTempFolder(async (folder) => {
			const path = join(folder, 'Manifest.db');
			writeManifest(
				path,
				Array.from({ length: 500 }, (_, index) => `file-${index}`),
			);
			const whole = readFileSync(path);
			for (const length of [16, 99, 4096, 8192, whole.length - 4096 * 3]) {
				writeFileSync(path, whole.subarray(0, length));
				await assert.rejects(async () => withManifest(path, (manifest) => void readAll(manifest)), damaged, `${length}`);
			}
		}));
});
