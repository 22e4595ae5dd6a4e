import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
	BackupContents,
	BackupError,
	buildKeybag,
	createPasswordKey,
	deriveBackupKey,
	encodeManifestPlist,
	encryptBytes,
	fileIdOf,
	FolderPayloads,
	KeyCache,
	payloadPathOf,
	readManifestPlist,
	type ContentsEntry,
} from '../../../../src/backup/index.ts';
import { buildBackup, USUAL_CONTENT, type BackupContent } from '../buildBackup.ts';
import { inTempFolder, seededRandom } from '../builders.ts';

const PASSWORD = 'grün & 1';

function open(folder: string, backupPassword?: string, keys = new KeyCache(), signal?: AbortSignal): Promise<BackupContents> {
	return BackupContents.open({ controlFolder: folder, payloads: new FolderPayloads(folder), backupPassword, keys, signal });
}

async function using<T>(contents: BackupContents, work: (contents: BackupContents) => Promise<T>): Promise<T> {
	try {
		return await work(contents);
	} finally {
		contents.dispose();
	}
}

async function readAll(contents: BackupContents, entry: ContentsEntry): Promise<Buffer> {
	return (await contents.read(entry, 1e9)).bytes;
}

function find(contents: BackupContents, place: string): ContentsEntry {
	const colon = place.indexOf(':');
	return contents.find(place.slice(0, colon), place.slice(colon + 1)) ?? assert.fail(`not there: ${place}`);
}

describe('Contents of a backup', () => {
	for (const backupPassword of [undefined, PASSWORD]) {
		it(`are read file by file, ${backupPassword === undefined ? 'plain' : 'encrypted'}`, () =>
			inTempFolder(async (folder) => {
				await buildBackup(folder, { backupPassword });
				await using(await open(folder, backupPassword), async (contents) => {
					assert.equal(contents.isEncrypted, backupPassword !== undefined);
					for (const [place, plain] of Object.entries(USUAL_CONTENT)) {
						const entry = find(contents, place);
						assert.deepEqual(await readAll(contents, entry), Buffer.from(plain), place);
						assert.equal(await contents.sizeOf(entry), plain.length, place);
					}
					assert.equal(find(contents, 'HomeDomain:link').target, '/private/x');
					assert.equal(contents.find('HomeDomain', 'nothing'), undefined);
					const sizes = await contents.storedSizes();
					assert.equal(sizes.length, contents.table.count);
				});
			}));
	}

	it('need the right password, and remember its key for the session', () =>
		inTempFolder(async (folder) => {
			await buildBackup(folder, { backupPassword: PASSWORD });
			const keys = new KeyCache();
			await assert.rejects(open(folder, undefined, keys), (error) => BackupError.is(error, 'PASSWORD_NEEDED'));
			await assert.rejects(open(folder, 'wrong', keys), (error) => BackupError.is(error, 'WRONG_PASSWORD'));
			(await open(folder, PASSWORD, keys)).dispose();
			const contents = await open(folder, PASSWORD, keys);
			await contents.checkPassword(PASSWORD, keys);
			await assert.rejects(contents.checkPassword('wrong', keys), (error) => BackupError.is(error, 'WRONG_PASSWORD'));
			contents.dispose();
		}));

	it('can be given up while the key is derived', () =>
		inTempFolder(async (folder) => {
			await buildBackup(folder, { backupPassword: PASSWORD });
			const controller = new AbortController();
			controller.abort();
			await assert.rejects(open(folder, PASSWORD, new KeyCache(), controller.signal), { name: 'AbortError' });
		}));

	it('are as long as what is stored, whatever the manifest says', () =>
		inTempFolder(async (folder) => {
			const content: BackupContent = {
				'HomeDomain:larger.db': seededRandom('a')(50_000),
				'HomeDomain:smaller.db': seededRandom('b')(30_007),
			};
			await buildBackup(folder, { content });
			// What the manifest was told of is not what came: the database changed while the backup ran.
			writeFileSync(join(folder, payloadPathOf(fileIdOf('HomeDomain', 'larger.db'))), seededRandom('c')(61_234));
			await using(await open(folder), async (contents) => {
				const entry = find(contents, 'HomeDomain:larger.db');
				assert.equal(entry.recordedBytes, 50_000);
				assert.equal(await contents.sizeOf(entry), 61_234);
				assert.equal((await readAll(contents, entry)).length, 61_234);
			});
		}));

	it('of an encrypted file that changed are as long as its padding says', () =>
		inTempFolder(async (folder) => {
			const small = seededRandom('s')(30_007);
			await buildBackup(folder, {
				backupPassword: PASSWORD,
				content: { 'HomeDomain:a.db': small },
				recordedSizes: { 'HomeDomain:a.db': 99_999 },
			});
			await using(await open(folder, PASSWORD), async (contents) => {
				const entry = find(contents, 'HomeDomain:a.db');
				assert.equal(entry.recordedBytes, 99_999);
				assert.equal(await contents.sizeOf(entry), 30_007);
				assert.deepEqual(await readAll(contents, entry), Buffer.from(small));
			});
		}));

	it('are told of one by one where a file is missing, and a link in its place is no file', () =>
		inTempFolder(async (folder) => {
			await buildBackup(folder);
			const [missing, linked] = ['Library/SMS/sms.db', 'block'].map((path) => join(folder, payloadPathOf(fileIdOf('HomeDomain', path))));
			rmSync(missing as string);
			rmSync(linked as string);
			symlinkSync('/etc/passwd', linked as string);
			await using(await open(folder), async (contents) => {
				for (const path of ['Library/SMS/sms.db', 'block']) {
					const entry = find(contents, `HomeDomain:${path}`);
					assert.equal(await contents.sizeOf(entry), undefined);
					await assert.rejects(readAll(contents, entry), (error) => BackupError.is(error, 'MISSING_FILE'));
				}
				assert.equal((await readAll(contents, find(contents, 'AppDomain-com.example.app:Documents/a.txt'))).toString(), 'hello');
			});
		}));

	it('are read from a folder that may not be written, with a manifest in WAL mode and no log beside it', function () {
		return inTempFolder(async (folder) => {
			await buildBackup(folder);
			const db = new DatabaseSync(join(folder, 'Manifest.db'));
			db.exec('PRAGMA journal_mode = WAL; DELETE FROM Properties;');
			db.close();
			const before = readdirSync(folder).sort();
			chmodSync(join(folder, 'Manifest.db'), 0o444);
			chmodSync(folder, 0o555);
			try {
				await using(await open(folder), async (contents) => {
					assert.equal((await readAll(contents, find(contents, 'HomeDomain:block'))).length, 16);
				});
				assert.deepEqual(readdirSync(folder).sort(), before);
			} finally {
				chmodSync(folder, 0o755);
			}
		});
	});

	it('are those of a tree that somebody decrypted, though its manifest still says encrypted', () =>
		inTempFolder(async (folder) => {
			await buildBackup(folder, { backupPassword: PASSWORD });
			const manifest = readManifestPlist(readFileSync(join(folder, 'Manifest.plist')));
			rmSync(folder, { recursive: true });
			await buildBackup(folder);
			writeFileSync(join(folder, 'Manifest.plist'), encodeManifestPlist({ ...manifest, isEncrypted: true }));
			await using(await open(folder), async (contents) => {
				assert.equal(contents.isEncrypted, false);
				assert.equal((await readAll(contents, find(contents, 'AppDomain-com.example.app:Documents/a.txt'))).toString(), 'hello');
			});
		}));

	it('leave odd rows out one by one', () =>
		inTempFolder(async (folder) => {
			await buildBackup(folder);
			const db = new DatabaseSync(join(folder, 'Manifest.db'));
			const insert = db.prepare('INSERT INTO Files VALUES (?, ?, ?, ?, ?)');
			insert.run('../../../../etc/passwd', 'HomeDomain', 'x', 1, new Uint8Array(8));
			insert.run('a'.repeat(40), 'Home/Domain', 'x', 1, new Uint8Array(8));
			insert.run('b'.repeat(40), 'HomeDomain', 'null', 1, null);
			insert.run('c'.repeat(40), 'HomeDomain', 'rubbish', 1, new Uint8Array(100).fill(255));
			db.close();
			await using(await open(folder), async (contents) => {
				assert.equal(contents.problemCount, 4);
				assert.deepEqual(contents.problems.map(({ reason }) => reason).sort(), ['bad-domain', 'bad-file-id', 'bad-record', 'no-record']);
				assert.equal((await readAll(contents, find(contents, 'HomeDomain:block'))).length, 16);
			});
		}));

	it('ignore files that others left at the top, and delete none', () =>
		inTempFolder(async (folder) => {
			await buildBackup(folder);
			mkdirSync(join(folder, 'iMazing.Versions'));
			writeFileSync(join(folder, 'iMazing.lock'), 'x');
			const before = statSync(folder).mtimeMs;
			await using(await open(folder), async (contents) => {
				await contents.storedSizes();
			});
			assert.equal(statSync(folder).mtimeMs, before);
		}));

	it('of a manifest that was cut off, or is none, end in a clean error', () =>
		inTempFolder(async (folder) => {
			await buildBackup(folder);
			truncateSync(join(folder, 'Manifest.db'), 5000);
			await assert.rejects(open(folder), (error) => BackupError.is(error, 'DAMAGED_MANIFEST'));
			rmSync(join(folder, 'Manifest.db'));
			await assert.rejects(open(folder), (error) => BackupError.is(error, 'BACKUP_UNFINISHED'));
			mkdirSync(join(folder, 'Manifest.db'));
			await assert.rejects(open(folder), (error) => BackupError.is(error, 'DAMAGED_MANIFEST') && /no regular file/.test(error.message));
			rmSync(folder, { recursive: true });
			mkdirSync(folder);
			await assert.rejects(open(folder), (error) => BackupError.is(error, 'NOT_A_BACKUP'));
		}));

	it('of iOS 9 are read, also encrypted ones with the shorter key derivation', () =>
		inTempFolder(async (folder) => {
			const random = seededRandom('old');
			const passwordKey = await createPasswordKey(PASSWORD, { random, rounds: 10, outerRounds: 20 });
			// Before iOS 10.2 there is no outer derivation: the password itself goes into the second one.
			const derivation = { salt: passwordKey.derivation.salt, rounds: passwordKey.derivation.rounds, outer: undefined };
			const keybag = buildKeybag({ derivation, key: await deriveBackupKey(PASSWORD, derivation) }, random);
			const fileKey = random(32);
			const text = (value: Uint8Array | string | undefined): Buffer => {
				const bytes = value === undefined ? undefined : Buffer.from(value as string);
				return Buffer.concat([Buffer.from([(bytes?.length ?? 0xffff) >> 8, (bytes?.length ?? 0xffff) & 0xff]), bytes ?? Buffer.alloc(0)]);
			};
			const numbers = Buffer.alloc(40);
			numbers.writeUInt16BE(0o100644, 0);
			numbers.writeBigUInt64BE(5n, 30);
			numbers[38] = 3;
			const key = keybag.unlocked.wrapFileKey(3, fileKey);
			const record = [text('HomeDomain'), text('a.txt'), text(undefined), text(undefined), text(key), numbers];
			writeFileSync(join(folder, 'Manifest.mbdb'), Buffer.concat([Buffer.from('6d6264620500', 'hex'), ...record]));
			writeFileSync(join(folder, fileIdOf('HomeDomain', 'a.txt')), encryptBytes(fileKey, Buffer.from('hello')));
			const manifest = { isEncrypted: true, date: new Date(0), backupKeybag: keybag.bytes, device: {} };
			writeFileSync(join(folder, 'Manifest.plist'), encodeManifestPlist(manifest));
			const opened = BackupContents.open({
				controlFolder: folder,
				payloads: new FolderPayloads(folder, true),
				backupPassword: PASSWORD,
				keys: new KeyCache(),
			});
			await using(await opened, async (contents) => {
				assert.equal(contents.facts.state, 'old-format');
				assert.equal((await readAll(contents, find(contents, 'HomeDomain:a.txt'))).toString(), 'hello');
				assert.equal((await contents.storedSizes())[0], 16);
			});
		}));
});
