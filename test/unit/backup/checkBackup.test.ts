import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AbortError } from '../../../src/base/index.ts';
import {
	BackupError,
	checkBackup,
	decryptBytes,
	fileIdOf,
	FolderPayloads,
	openBackupManifest,
	payloadPathOf,
	SUPERVISION_PLACE,
	unlockBackup,
	type BackupHealth,
	type CheckBackupOptions,
	type PayloadSource,
} from '../../../src/backup/index.ts';
import { encodeBinaryPlist, encodeXmlPlist, getData, isDict, parsePlist, type PlistDict } from '../../../src/plist/index.ts';
import { buildBackup, USUAL_CONTENT } from './buildBackup.ts';
import { inTempFolder } from './builders.ts';

const SMS = payloadPathOf(fileIdOf('HomeDomain', 'Library/SMS/sms.db'));

function summaryOf(health: BackupHealth): { isRestorable: boolean; faults: string[]; warnings: string[] } {
	const { isRestorable, faults, warnings } = health;
	return {
		isRestorable,
		faults: faults.map((each) => `${each.kind} ${each.count}`),
		warnings: warnings.map((each) => `${each.kind} ${each.count}`).sort(),
	};
}

/** A keybag that asks for another number of rounds. */
function withRounds(keybag: Uint8Array | undefined, rounds: number): Buffer {
	const changed = Buffer.from(keybag ?? assert.fail());
	changed.writeUInt32BE(rounds, changed.indexOf('DPIC') + 8);
	return changed;
}

describe('checkBackup', () => {
	for (const backupPassword of [undefined, 'secret']) {
		const kind = backupPassword === undefined ? 'plain' : 'encrypted';
		const check = (
			name: string,
			spoil: (folder: string) => void,
			faults: string[],
			options: { warnings?: string[]; depth?: CheckBackupOptions['depth'] } = {},
		): void => {
			it(`${kind}: ${name}`, () =>
				inTempFolder(async (folder) => {
					const backup = join(folder, 'backup');
					await buildBackup(backup, { backupPassword });
					spoil(backup);
					const names = readdirSync(backup, { recursive: true }).sort();
					const health = await checkBackup(backup, { backupPassword, depth: options.depth ?? 'contents' });
					assert.deepEqual(summaryOf(health), { isRestorable: faults.length === 0, faults, warnings: options.warnings ?? [] });
					assert.deepEqual(readdirSync(backup, { recursive: true }).sort(), names, 'nothing is left in the folder');
				}));
		};
		check('finds nothing wrong with a good one', () => undefined, []);
		check('ignores what other programs put beside it', (folder) => writeFileSync(join(folder, 'iMazing.plist'), ''), []);
		check('misses one file', (folder) => rmSync(join(folder, SMS)), ['missing-files 1']);
		check(
			'misses whole folders',
			(folder) => {
				for (const name of readdirSync(folder).filter((each) => each.length === 2)) {
					rmSync(join(folder, name), { recursive: true });
				}
			},
			['missing-files 5'],
			{ depth: 'presence' },
		);
		check(
			'takes a link for nothing',
			(folder) => {
				renameSync(join(folder, SMS), join(folder, 'elsewhere'));
				symlinkSync('../elsewhere', join(folder, SMS));
			},
			['missing-files 1'],
		);
		check(
			'counts files that no row mentions',
			(folder) => writeFileSync(join(folder, `${SMS.slice(0, 3)}${SMS.slice(0, 2)}${'0'.repeat(38)}`), ''),
			[],
			{
				warnings: ['extra-files 1'],
			},
		);
		check(
			'sees changed bytes where there is a digest',
			(folder) => writeFileSync(join(folder, SMS), Buffer.alloc(readFileSync(join(folder, SMS)).length)),
			['bad-contents 1'],
		);
		check('refuses an unfinished one', (folder) => mkdirSync(join(folder, 'Snapshot')), ['unfinished 1']);
		check(
			'refuses a damaged Manifest.db',
			(folder) => writeFileSync(join(folder, 'Manifest.db'), 'x'.repeat(4096)),
			kind === 'plain' ? ['damaged-control-file 1', 'damaged-manifest 1'] : ['damaged-manifest 1'],
		);
	}

	it('tells whether the device was supervised, encrypted or not, where the backup does', () =>
		inTempFolder(async (folder) => {
			const { domain, path } = SUPERVISION_PLACE;
			const cases: [name: string, plist: Uint8Array | undefined, supervised: boolean | undefined][] = [
				['supervised', encodeXmlPlist({ IsSupervised: true }), true],
				['not', encodeXmlPlist({ OrganizationName: 'x' }), false],
				['rubbish', Buffer.from('bplist00 and no more'), undefined],
				['silent', undefined, undefined],
			];
			for (const [name, plist, supervised] of cases) {
				for (const backupPassword of [undefined, 'secret']) {
					const backup = join(folder, `${name}${backupPassword ?? ''}`);
					const content = plist === undefined ? USUAL_CONTENT : { ...USUAL_CONTENT, [`${domain}:${path}`]: plist };
					await buildBackup(backup, { backupPassword, content });
					const health = await checkBackup(backup, { backupPassword });
					assert.deepEqual([health.isRestorable, health.isSupervised], [true, supervised], backup);
				}
			}
		}));

	it('encrypted: judges only the control files without a password', () =>
		inTempFolder(async (folder) => {
			await buildBackup(folder, { backupPassword: 'secret' });
			const health = await checkBackup(folder);
			assert.deepEqual([health.isRestorable, health.isManifestRead, health.faults], [false, false, []]);
			await assert.rejects(checkBackup(folder, { backupPassword: 'other' }), (error) => BackupError.is(error, 'WRONG_PASSWORD'));
		}));

	it('encrypted: sees content that is no whole number of blocks', () =>
		inTempFolder(async (folder) => {
			await buildBackup(folder, { backupPassword: 'secret' });
			appendFileSync(join(folder, SMS), 'x');
			const health = await checkBackup(folder, { backupPassword: 'secret', depth: 'lengths' });
			assert.deepEqual(summaryOf(health), { isRestorable: false, faults: ['bad-lengths 1'], warnings: [] });
			assert.equal(health.faults[0]?.examples[0]?.relativePath, 'Library/SMS/sms.db');
		}));

	it('warns of a size that is not the recorded one', () =>
		inTempFolder(async (folder) => {
			await buildBackup(folder);
			appendFileSync(join(folder, payloadPathOf(fileIdOf('AppDomain-com.example.app', 'Documents/a.txt'))), 'more');
			const health = await checkBackup(folder, { depth: 'lengths' });
			assert.deepEqual(summaryOf(health), { isRestorable: true, faults: [], warnings: ['sizes-differ 1'] });
		}));

	it('judges odd rows: unsafe ones are faults, unreadable ones are not', () =>
		inTempFolder(async (folder) => {
			await buildBackup(folder);
			const db = new DatabaseSync(join(folder, 'Manifest.db'));
			db.exec(`UPDATE Files SET file = NULL WHERE relativePath = 'block'; UPDATE Files SET domain = 'a/b' WHERE relativePath = 'link';
				UPDATE Files SET relativePath = 'renamed' WHERE relativePath = 'empty'`);
			db.close();
			assert.deepEqual(summaryOf(await checkBackup(folder)), {
				isRestorable: false,
				faults: ['unsafe-rows 1'],
				warnings: ['extra-files 1', 'foreign-file-ids 1', 'unreadable-rows 1'],
			});
		}));

	for (const [name, spoil] of [
		['the keybag is cut', (manifest) => ({ BackupKeyBag: getData(manifest, 'BackupKeyBag')?.subarray(0, 77) ?? '' })],
		['there is no keybag', () => ({ BackupKeyBag: '' })],
		['the keybag asks for too much', (manifest) => ({ BackupKeyBag: withRounds(getData(manifest, 'BackupKeyBag'), 2 ** 31) })],
		['the keybag asks for no rounds', (manifest) => ({ BackupKeyBag: withRounds(getData(manifest, 'BackupKeyBag'), 0) })],
		['the key of Manifest.db is one byte', () => ({ ManifestKey: new Uint8Array(1) })],
		['the key of Manifest.db has a class that is not there', () => ({ ManifestKey: Buffer.alloc(44, 99) })],
	] satisfies [string, (manifest: PlistDict) => PlistDict][]) {
		it(`finds the keys damaged, with and without password: ${name}`, () =>
			inTempFolder(async (folder) => {
				await buildBackup(folder, { backupPassword: 'x' });
				const path = join(folder, 'Manifest.plist');
				const manifest = parsePlist(readFileSync(path));
				assert.ok(isDict(manifest));
				writeFileSync(path, encodeBinaryPlist({ ...manifest, ...spoil(manifest) }));
				for (const backupPassword of ['x', undefined]) {
					const health = await checkBackup(folder, { backupPassword });
					assert.deepEqual(summaryOf(health), { isRestorable: false, faults: ['damaged-control-file 1'], warnings: [] });
					assert.equal(health.faults[0]?.examples[0]?.relativePath, 'Manifest.plist');
				}
			}));
	}

	it('asks a store for all lengths at once, and not for each', () =>
		inTempFolder(async (folder) => {
			await buildBackup(folder);
			appendFileSync(join(folder, SMS), 'longer');
			const inFolder = new FolderPayloads(folder);
			const payloads: PayloadSource = {
				sizeOf: () => assert.fail('it was asked for one'),
				eachSize: (onFile, signal) => inFolder.eachSize(onFile, signal),
				open: (fileId) => inFolder.open(fileId),
				readEnd: (...where) => inFolder.readEnd(...where),
			};
			const health = await checkBackup(folder, { payloads, depth: 'lengths' });
			assert.deepEqual(summaryOf(health), { isRestorable: true, faults: [], warnings: ['sizes-differ 1'] });
		}));

	it('notices a tree that somebody decrypted', () =>
		inTempFolder(async (folder) => {
			await buildBackup(join(folder, 'plain'));
			await buildBackup(join(folder, 'encrypted'), { backupPassword: 'x' });
			cpSync(join(folder, 'encrypted', 'Manifest.plist'), join(folder, 'plain', 'Manifest.plist'));
			const health = await checkBackup(join(folder, 'plain'));
			assert.deepEqual(summaryOf(health), { isRestorable: false, faults: ['encryption-mismatch 1'], warnings: [] });
			assert.equal(health.facts.isEncrypted, false);
		}));

	it('reports progress, counts, and stops when it is cancelled', () =>
		inTempFolder(async (folder) => {
			await buildBackup(folder);
			const controller = new AbortController();
			const seen = new Set<string>();
			const health = await checkBackup(folder, { onProgress: ({ phase, done, total }) => seen.add(`${phase} ${done === total}`) });
			assert.deepEqual(health.counts, { files: 5, folders: 3, symlinks: 1, contentBytes: 80_022 });
			assert.deepEqual([...seen], ['rows true', 'folders false', 'folders true']);
			const running = checkBackup(folder, { signal: controller.signal, onProgress: () => controller.abort() });
			await assert.rejects(running, AbortError);
		}));
});

describe('an encrypted backup', () => {
	it('gives back every file', () =>
		inTempFolder(async (folder) => {
			await buildBackup(folder, { backupPassword: 'grün' });
			await assert.rejects(openBackupManifest(folder, undefined), (error) => BackupError.is(error, 'PASSWORD_NEEDED'));
			const unlocked = await unlockBackup(folder, 'grün');
			const manifest = await openBackupManifest(folder, unlocked);
			try {
				for (const [name, plain] of Object.entries(USUAL_CONTENT)) {
					const [domain, path] = name.split(':') as [string, string];
					const entry = manifest.entry(fileIdOf(domain, path));
					assert.ok(entry?.file.encryptionKey);
					const fileKey = unlocked.keybag.unwrapFileKey(entry.file.encryptionKey);
					const stored = readFileSync(join(folder, payloadPathOf(entry.fileId)));
					assert.ok(Buffer.from(plain).equals(decryptBytes(fileKey, stored, entry.file.sizeBytes)), name);
				}
			} finally {
				manifest.dispose();
			}
		}));
});
