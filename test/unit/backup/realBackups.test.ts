import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
	BackupContents,
	BackupError,
	BackupKeybag,
	buildUnencryptedKeybag,
	checkBackup,
	decryptBytes,
	decryptManifestDb,
	encodeMbFile,
	encodeManifestPlist,
	encryptBytes,
	fileIdOf,
	FolderPayloads,
	KeyCache,
	openBackup,
	openBackupManifest,
	payloadPathOf,
	readInfoPlist,
	readManifestPlist,
	unlockBackup,
} from '../../../src/backup/index.ts';
import { encodeBinaryPlist, encodeXmlPlist, isDict, parsePlist, type PlistDict } from '../../../src/plist/index.ts';
import { buildBackup, USUAL_CONTENT } from './buildBackup.ts';
import { inTempFolder, mbFile, quickPasswordKey, seededRandom } from './builders.ts';

const PASSWORD = 'secret';
const SMS = fileIdOf('HomeDomain', 'Library/SMS/sms.db');

async function using<T>(folder: string, work: (contents: BackupContents) => Promise<T>, backupPassword?: string): Promise<T> {
	const payloads = new FolderPayloads(folder);
	const contents = await BackupContents.open({ controlFolder: folder, payloads, backupPassword, keys: new KeyCache(), tempFolder: folder });
	try {
		return await work(contents);
	} finally {
		contents.dispose();
	}
}

async function readAll(contents: BackupContents, domain: string, path: string): Promise<Buffer> {
	return (await contents.read(contents.find(domain, path) ?? assert.fail(path), 1e9)).bytes;
}

function changeManifest(folder: string, sql: string, ...values: (string | number | Uint8Array)[]): void {
	const db = new DatabaseSync(join(folder, 'Manifest.db'));
	db.prepare(sql).run(...values);
	db.close();
}

function readDict(path: string): PlistDict {
	const value = parsePlist(readFileSync(path));
	return isDict(value) ? value : assert.fail(path);
}

async function kindsOf(folder: string, backupPassword?: string): Promise<{ faults: string[]; warnings: string[] }> {
	const { faults, warnings } = await checkBackup(folder, {
		depth: 'contents',
		...(backupPassword === undefined ? {} : { backupPassword }),
	});
	return { faults: faults.map(({ kind }) => kind), warnings: warnings.map(({ kind }) => kind) };
}

/** Turns an encrypted backup into the tree that other programs leave after decrypting: every row still says what it said. */
async function decryptTree(folder: string): Promise<void> {
	const unlocked = await unlockBackup(folder, PASSWORD);
	const manifest = await openBackupManifest(folder, unlocked);
	for (const { fileId, kind, file } of manifest.entries(() => assert.fail())) {
		if (kind === 'file') {
			const path = join(folder, payloadPathOf(fileId));
			const key = unlocked.keybag.unwrapFileKey(file.encryptionKey ?? assert.fail());
			writeFileSync(path, decryptBytes(key, readFileSync(path), file.sizeBytes));
		}
	}
	manifest.dispose();
	await decryptManifestDb(join(folder, 'Manifest.db'), join(folder, 'Manifest.plain'), unlocked.manifestDbKey);
	writeFileSync(join(folder, 'Manifest.db'), readFileSync(join(folder, 'Manifest.plain')));
	rmSync(join(folder, 'Manifest.plain'));
}

/** What was seen in real backups and in those of other programs, one by one. Endings of files are in fileCipher.test.ts, logs in manifestDb.test.ts. */
describe('Oddities of real backups:', () => {
	it('a digest is that of the bytes as they are stored, and only some files have one', () =>
		inTempFolder(async (folder) => {
			await buildBackup(folder, { backupPassword: PASSWORD });
			assert.deepEqual(await kindsOf(folder, PASSWORD), { faults: [], warnings: [] });
			await using(
				folder,
				async (contents) => {
					const stored = readFileSync(join(folder, payloadPathOf(SMS)));
					const plain = await readAll(contents, 'HomeDomain', 'Library/SMS/sms.db');
					assert.notEqual(createHash('sha1').update(stored).digest('hex'), createHash('sha1').update(plain).digest('hex'));
				},
				PASSWORD,
			);
			const path = join(folder, payloadPathOf(SMS));
			const changed = readFileSync(path);
			changed[0] = (changed[0] ?? 0) ^ 1;
			writeFileSync(path, changed);
			assert.deepEqual((await kindsOf(folder, PASSWORD)).faults, ['bad-contents']);
		}));

	for (const recorded of [0, 16, 9999, 10_001, 1_000_000]) {
		it(`a size that is not the truth, ${recorded} instead of 10,000, cuts and adds nothing`, () =>
			inTempFolder(async (folder) => {
				const place = 'HomeDomain:Library/SMS/sms.db';
				await buildBackup(folder, { backupPassword: PASSWORD, recordedSizes: { [place]: recorded } });
				await using(
					folder,
					async (contents) => {
						assert.equal(statSync(join(folder, payloadPathOf(SMS))).size % 16, 0);
						assert.deepEqual(await readAll(contents, 'HomeDomain', 'Library/SMS/sms.db'), Buffer.from(USUAL_CONTENT[place] ?? []));
						// Within one block the recorded size is told without reading the file.
						const told = await contents.sizeOf(contents.find('HomeDomain', 'Library/SMS/sms.db') ?? assert.fail());
						assert.equal(told, recorded === 10_001 ? 10_001 : 10_000);
					},
					PASSWORD,
				);
				assert.deepEqual((await kindsOf(folder, PASSWORD)).faults, []);
			}));
	}

	it('a content is missing though the backup is finished', () =>
		inTempFolder(async (folder) => {
			await buildBackup(folder);
			rmSync(join(folder, payloadPathOf(SMS)));
			assert.equal((await openBackup(folder)).state, 'complete');
			assert.deepEqual(await kindsOf(folder), { faults: ['missing-files'], warnings: [] });
		}));

	it('files of other programs lie at the top, and stay', () =>
		inTempFolder(async (folder) => {
			await buildBackup(folder);
			for (const name of ['iMazing.Versions', '.DS_Store', 'Manifest.db-shm', 'desktop.ini', 'zz']) {
				writeFileSync(join(folder, name), 'x');
			}
			const before = readdirSync(folder).sort();
			assert.deepEqual(await kindsOf(folder), { faults: [], warnings: [] });
			await using(folder, async (contents) => assert.equal((await contents.storedSizes()).length, contents.table.count));
			assert.deepEqual(readdirSync(folder).sort(), before);
		}));

	it('a keybag is there without encryption, and proves none', () =>
		inTempFolder(async (folder) => {
			await buildBackup(folder);
			const manifest = readManifestPlist(readFileSync(join(folder, 'Manifest.plist')));
			assert.ok(manifest.backupKeybag !== undefined);
			assert.equal((await openBackup(folder)).isEncrypted, false);
			await using(folder, async (contents) => assert.equal(contents.isEncrypted, false));
			const keybag = BackupKeybag.parse(buildUnencryptedKeybag(seededRandom('plain')));
			await assert.rejects(keybag.unlock(''), (error) => BackupError.is(error, 'WRONG_PASSWORD'));
		}));

	for (const left of ['as it was', 'gone']) {
		it(`a tree that somebody decrypted still has keys in its rows; Manifest.plist is ${left}`, () =>
			inTempFolder(async (folder) => {
				await buildBackup(folder, { backupPassword: PASSWORD });
				await decryptTree(folder);
				if (left === 'gone') {
					rmSync(join(folder, 'Manifest.plist'));
				}
				await using(folder, async (contents) => {
					assert.equal(contents.isEncrypted, false);
					for (const [place, plain] of Object.entries(USUAL_CONTENT)) {
						const [domain, path] = place.split(':') as [string, string];
						assert.deepEqual(await readAll(contents, domain, path), Buffer.from(plain), place);
					}
				});
				assert.deepEqual((await kindsOf(folder)).faults, left === 'gone' ? ['unfinished'] : ['encryption-mismatch']);
			}));
	}

	for (const claimed of ['false', 'nothing'] as const) {
		it(`is encrypted though Manifest.plist says ${claimed} about that: what was encrypted counts`, () =>
			inTempFolder(async (folder) => {
				await buildBackup(folder, { backupPassword: PASSWORD });
				const { IsEncrypted: _said, ...rest } = readDict(join(folder, 'Manifest.plist'));
				const manifest = claimed === 'false' ? { ...rest, IsEncrypted: false } : rest;
				writeFileSync(join(folder, 'Manifest.plist'), encodeBinaryPlist(manifest));
				const facts = await openBackup(folder);
				assert.deepEqual([facts.isEncrypted, facts.claimsEncryption, facts.state, facts.damaged], [true, false, 'complete', []]);
				await assert.rejects(
					using(folder, async () => assert.fail('it was opened')),
					(error) => BackupError.is(error, 'PASSWORD_NEEDED'),
				);
				await using(
					folder,
					async (contents) => {
						for (const [place, plain] of Object.entries(USUAL_CONTENT)) {
							const [domain, path] = place.split(':') as [string, string];
							assert.deepEqual(await readAll(contents, domain, path), Buffer.from(plain), place);
						}
					},
					PASSWORD,
				);
				// A device believes what it is told, so it could not restore this.
				assert.deepEqual((await kindsOf(folder, PASSWORD)).faults, ['encryption-mismatch']);
			}));
	}

	it('is not encrypted though Manifest.plist says so, and has no key for its list of files', () =>
		inTempFolder(async (folder) => {
			await buildBackup(folder);
			writeFileSync(join(folder, 'Manifest.plist'), encodeBinaryPlist({ ...readDict(join(folder, 'Manifest.plist')), IsEncrypted: true }));
			assert.equal((await openBackup(folder)).state, 'complete');
			await using(folder, async (contents) => assert.equal((await readAll(contents, 'HomeDomain', 'Library/SMS/sms.db')).length, 10_000));
			assert.deepEqual((await kindsOf(folder)).faults, ['encryption-mismatch']);
		}));

	it('a class says that the device and the password wrap it, and the password alone does not open it', async () => {
		const key = await quickPasswordKey(PASSWORD);
		await inTempFolder(async (folder) => {
			await buildBackup(folder, { backupPassword: PASSWORD });
			const manifest = readManifestPlist(readFileSync(join(folder, 'Manifest.plist')));
			const bag = Buffer.from(manifest.backupKeybag ?? []);
			// The last group is of class 11: WRAP 3, and a key that only the device can unwrap.
			bag.writeUInt32BE(3, bag.lastIndexOf('WRAP') + 8);
			seededRandom('device')(40).forEach((byte, index) => (bag[bag.length - 40 + index] = byte));
			writeFileSync(join(folder, 'Manifest.plist'), encodeManifestPlist({ ...manifest, backupKeybag: new Uint8Array(bag) }));
			const keybag = BackupKeybag.parse(new Uint8Array(bag));
			assert.equal(keybag.classes.get(11)?.wrap, 3);
			assert.deepEqual(keybag.unlockWithKey(key.key).protectionClasses, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
			await using(folder, async (contents) => assert.equal((await readAll(contents, 'HomeDomain', 'block')).length, 16), PASSWORD);
			await assert.rejects(
				using(folder, () => Promise.resolve(), 'wrong'),
				(error) => BackupError.is(error, 'WRONG_PASSWORD'),
			);
		});
	});

	it('an Info.plist of another program has other names and values of other types', () =>
		inTempFolder(async (folder) => {
			const odd = encodeXmlPlist({
				'Product Type': 17,
				'Device Name': ['x'],
				'Installed Applications': 'none',
				DeviceName: 'Other',
				GUID: true,
				Applications: [],
			});
			const info = readInfoPlist(odd);
			assert.deepEqual(
				[info.productType, info.deviceName, info.installedApplications.length, info.applications.size],
				[undefined, undefined, 0, 0],
			);
			await buildBackup(folder);
			writeFileSync(join(folder, 'Info.plist'), odd);
			const facts = await openBackup(folder);
			assert.deepEqual([facts.state, facts.damaged.length, facts.deviceName], ['complete', 0, 'Example Phone']);
		}));

	it('a decrypted Manifest.db ends with its last page, or with what was padding', () =>
		inTempFolder(async (folder) => {
			await buildBackup(folder);
			const path = join(folder, 'Manifest.db');
			const whole = readFileSync(path);
			for (const tail of ['', '10'.repeat(16), '00'.repeat(4096)]) {
				writeFileSync(path, Buffer.concat([whole, Buffer.from(tail, 'hex')]));
				await using(folder, async (contents) => assert.equal((await readAll(contents, 'HomeDomain', 'block')).length, 16));
			}
		}));

	it('flags are 0, and the mode still tells what it is; a link has its target in the record', () =>
		inTempFolder(async (folder) => {
			await buildBackup(folder);
			changeManifest(folder, 'UPDATE Files SET flags = 0 WHERE fileID = ?', SMS);
			await using(folder, async (contents) => {
				assert.equal(contents.find('HomeDomain', 'Library/SMS/sms.db')?.kind, 'file');
				const link = contents.find('HomeDomain', 'link');
				assert.deepEqual([link?.kind, link?.target, contents.problemCount], ['symlink', '/private/x', 0]);
			});
			assert.deepEqual(await kindsOf(folder), { faults: [], warnings: [] });
		}));

	it('a file of an encrypted backup is stored in the clear, without a class or a key', () =>
		inTempFolder(async (folder) => {
			await buildBackup(folder, { backupPassword: PASSWORD });
			const unlocked = await unlockBackup(folder, PASSWORD);
			await decryptManifestDb(join(folder, 'Manifest.db'), join(folder, 'plain.db'), unlocked.manifestDbKey);
			const plain = readFileSync(join(folder, 'plain.db'));
			writeFileSync(join(folder, 'Manifest.db'), plain.subarray(0, plain.length - (plain.length % 4096)));
			changeManifest(folder, 'UPDATE Files SET file = ? WHERE fileID = ?', encodeMbFile(mbFile({ sizeBytes: 5 })), SMS);
			writeFileSync(join(folder, 'Manifest.db'), encryptBytes(unlocked.manifestDbKey, readFileSync(join(folder, 'Manifest.db'))));
			rmSync(join(folder, 'plain.db'));
			writeFileSync(join(folder, payloadPathOf(SMS)), 'hello');
			await using(
				folder,
				async (contents) => assert.equal((await readAll(contents, 'HomeDomain', 'Library/SMS/sms.db')).toString(), 'hello'),
				PASSWORD,
			);
			assert.deepEqual((await kindsOf(folder, PASSWORD)).faults, []);
		}));

	it('a record carries a large extended attribute', () =>
		inTempFolder(async (folder) => {
			await buildBackup(folder);
			const large = encodeMbFile(mbFile({ sizeBytes: 10_000, extendedAttributes: new Uint8Array(3 * 1024 * 1024) }));
			changeManifest(folder, 'UPDATE Files SET file = ? WHERE fileID = ?', large, SMS);
			await using(folder, async (contents) => {
				assert.deepEqual([contents.problemCount, (await readAll(contents, 'HomeDomain', 'Library/SMS/sms.db')).length], [0, 10_000]);
			});
		}));
});
