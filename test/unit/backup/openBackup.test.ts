import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BackupError, encodeStatusPlist, openBackup, unlockBackup, verifyBackupPassword } from '../../../src/backup/index.ts';
import { buildBackup } from './buildBackup.ts';
import { inTempFolder } from './builders.ts';

describe('openBackup', () => {
	it('tells what a complete backup is, without its password', () =>
		inTempFolder(async (folder) => {
			await buildBackup(folder, { backupPassword: 'x' });
			const { controlSizes, ...facts } = await openBackup(folder);
			assert.deepEqual(facts, {
				folder,
				state: 'complete',
				isEncrypted: true,
				claimsEncryption: true,
				deviceName: 'Example Phone',
				udid: '00008140-000A1B2C3D4E5F60',
				productType: 'iPhone17,1',
				iosVersion: '26.4',
				buildVersion: '23E999',
				date: new Date('2026-03-01T12:00:00Z'),
				isFullBackup: true,
				statusUuid: '11111111-2222-3333-4444-555555555555',
				damaged: [],
			});
			assert.deepEqual(Object.keys(controlSizes), ['Info.plist', 'Status.plist', 'Manifest.plist', 'Manifest.db']);
		}));

	const check = (name: string, spoil: (folder: string) => void, state: string, damaged: string[] = []): void => {
		it(`${name}: ${state}`, () =>
			inTempFolder(async (folder) => {
				await buildBackup(folder);
				spoil(folder);
				const facts = await openBackup(folder);
				assert.deepEqual({ state: facts.state, damaged: facts.damaged.map((each) => each.file) }, { state, damaged });
			}));
	};
	const write = (name: string, content: Uint8Array | string = ''): ((folder: string) => void) => {
		return (folder) => writeFileSync(join(folder, name), content);
	};
	const remove = (...names: string[]): ((folder: string) => void) => {
		return (folder) => names.forEach((name) => rmSync(join(folder, name)));
	};
	check('nothing changed', () => undefined, 'complete');
	check('no Info.plist', remove('Info.plist'), 'complete');
	check('a status that is not finished', write('Status.plist', encodeStatusPlist({ snapshotState: 'moving' })), 'interrupted');
	check('no Status.plist', remove('Status.plist'), 'interrupted');
	check('an empty Status.plist', write('Status.plist'), 'interrupted', ['Status.plist']);
	check('an empty Manifest.plist', write('Manifest.plist'), 'interrupted', ['Manifest.plist']);
	check('no Manifest.db', remove('Manifest.db'), 'interrupted');
	check('an empty Manifest.db', write('Manifest.db'), 'interrupted', ['Manifest.db']);
	check('a Manifest.db of noise', write('Manifest.db', 'noise'.repeat(100)), 'complete', ['Manifest.db']);
	check('a Snapshot folder left over', (folder) => mkdirSync(join(folder, 'Snapshot')), 'interrupted');
	const inPlaceOf = (name: string): ((folder: string) => void) => {
		return (folder) => {
			rmSync(join(folder, name));
			mkdirSync(join(folder, name));
		};
	};
	check('a folder in the place of Manifest.db', inPlaceOf('Manifest.db'), 'interrupted', ['Manifest.db']);
	check('a folder in the place of Info.plist', inPlaceOf('Info.plist'), 'complete', ['Info.plist']);
	check('only Info.plist and Status.plist', remove('Manifest.plist', 'Manifest.db'), 'started');
	check(
		'an empty Manifest.plist that a host made',
		(folder) => {
			remove('Manifest.db')(folder);
			write('Manifest.plist')(folder);
		},
		'started',
		['Manifest.plist'],
	);
	check(
		'Manifest.mbdb instead of Manifest.db',
		(folder) => {
			remove('Manifest.db')(folder);
			write('Manifest.mbdb', 'mbdb')(folder);
		},
		'old-format',
	);
	check('none of the control files', remove('Info.plist', 'Status.plist', 'Manifest.plist', 'Manifest.db'), 'not-a-backup');

	it('takes the name from Info.plist when there is no manifest yet', () =>
		inTempFolder(async (folder) => {
			await buildBackup(folder);
			remove('Manifest.plist', 'Manifest.db')(folder);
			const { deviceName, udid, isEncrypted } = await openBackup(folder);
			assert.deepEqual([deviceName, udid, isEncrypted], ['Example Phone', '00008140-000A1B2C3D4E5F60', undefined]);
		}));

	it('reports a folder that cannot be read', async () => {
		await assert.rejects(
			openBackup('/nonexistent/backup'),
			(error) => BackupError.is(error, 'UNREADABLE') && error.details['errno'] === 'ENOENT',
		);
	});
});

describe('backup password', () => {
	it('is checked without a device', () =>
		inTempFolder(async (folder) => {
			await buildBackup(folder, { backupPassword: 'right' });
			assert.equal(await verifyBackupPassword(folder, 'right'), true);
			assert.equal(await verifyBackupPassword(folder, 'wrong'), false);
			assert.equal((await unlockBackup(folder, 'right')).manifestDbKey.length, 32);
			await assert.rejects(unlockBackup(folder, 'wrong'), (error) => BackupError.is(error, 'WRONG_PASSWORD'));
		}));

	it('cannot be checked where there is none', () =>
		inTempFolder(async (folder) => {
			await assert.rejects(verifyBackupPassword(folder, 'x'), (error) => BackupError.is(error, 'DAMAGED_MANIFEST'));
			await buildBackup(folder);
			await assert.rejects(verifyBackupPassword(folder, 'x'), (error) => BackupError.is(error, 'NOT_ENCRYPTED'));
		}));
});
