import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeManifestPlist, encodeStatusPlist } from '../../../../src/backup/index.ts';
import { EngineError } from '../../../../src/engine/index.ts';
import { backupPlaces, findLocalBackups, refusalOf } from '../../../../src/engine/store/localBackups.ts';
import { useTempFolder } from '../../../support/tempFolder.ts';

const UDID = '00008120-0000FACE00000001';
const linux = { platform: 'linux', environment: {} } as const;

describe('The places where other programs keep backups', () => {
	it('are those of Finder, of iTunes and of Apple Devices', () => {
		const check = (platform: NodeJS.Platform, environment: Record<string, string>, expected: string[]): void =>
			assert.deepEqual(backupPlaces({ platform, environment }), expected);
		check('darwin', { HOME: '/Users/anna' }, ['/Users/anna/Library/Application Support/MobileSync/Backup']);
		const windows = { USERPROFILE: 'C:\\Users\\anna' };
		const expected = [
			'C:\\Users\\anna\\AppData\\Roaming\\Apple Computer\\MobileSync\\Backup',
			'C:\\Users\\anna\\Apple\\MobileSync\\Backup',
			'C:\\Users\\anna\\AppData\\Roaming\\Apple\\MobileSync\\Backup',
		];
		check('win32', windows, expected);
		check('win32', { ...windows, APPDATA: 'D:\\R' }, [
			'D:\\R\\Apple Computer\\MobileSync\\Backup',
			expected[1] ?? '',
			'D:\\R\\Apple\\MobileSync\\Backup',
		]);
		check('linux', { HOME: '/home/anna' }, []);
	});

	it('are none on Linux, where a folder must be named', async () => {
		await assert.rejects(
			findLocalBackups({}, linux),
			(error) => EngineError.is(error, 'WRONG_USE') && /Name the folder/.test(error.message),
		);
	});

	it('that are not there hold no backups', async () => {
		const keeper = { platform: 'darwin', environment: { HOME: '/dev/null/nowhere' } } as const;
		const { backups, problems } = await findLocalBackups({}, keeper);
		assert.deepEqual([backups, problems], [[], []]);
	});

	it('that macOS keeps to itself are told from those that cannot be read', () => {
		const refused = Object.assign(new Error('EPERM: operation not permitted'), { code: 'EPERM' });
		assert.equal(refusalOf('/b', refused, 'darwin').details['reason'], 'privacy');
		assert.equal(refusalOf('/b', refused, 'linux').details['reason'], 'unreadable');
		const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
		assert.deepEqual(refusalOf('/b', denied, 'darwin').details, { folder: '/b', systemCode: 'EACCES', reason: 'unreadable' });
	});
});

describe('A look at the backups in a folder', () => {
	const temp = useTempFolder();

	function backup(name: string, { state = 'finished', date = '2026-01-02T03:04:05Z', manifest = true } = {}): string {
		const folder = join(temp.path, name);
		mkdirSync(join(folder, 'ab'), { recursive: true });
		const time = new Date(date);
		writeFileSync(join(folder, 'Status.plist'), encodeStatusPlist({ date: time, isFullBackup: true, snapshotState: state, uuid: name }));
		writeFileSync(
			join(folder, 'Manifest.plist'),
			manifest
				? encodeManifestPlist({
						date: time,
						device: { uniqueDeviceId: UDID, deviceName: 'Anna', productType: 'iPhone16,1', productVersion: '17.5', buildVersion: '21F79' },
						isEncrypted: false,
						applications: [],
					} as unknown as Parameters<typeof encodeManifestPlist>[0])
				: '',
		);
		writeFileSync(join(folder, 'Manifest.db'), 'SQLite format 3\0');
		writeFileSync(join(folder, 'ab', 'ab12'), 'twelve bytes');
		return folder;
	}

	it('says what each is, newest first, and whether it can be taken over', async () => {
		backup('older', { date: '2026-01-01T00:00:00Z' });
		backup('newer');
		backup('cut', { state: 'new', manifest: false, date: '2025-01-01T00:00:00Z' });
		mkdirSync(join(temp.path, 'ancient'));
		writeFileSync(join(temp.path, 'ancient', 'Manifest.mbdb'), 'mbdb');
		mkdirSync(join(temp.path, 'photos'));
		mkdirSync(join(temp.path, 'x.devicelab-partial'));
		symlinkSync(join(temp.path, 'gone'), join(temp.path, 'link'));
		const { backups, places } = await findLocalBackups({ folder: temp.path, sizes: true }, linux);
		assert.deepEqual(places, [temp.path]);
		assert.deepEqual(
			backups.map(({ path, finished, problem }) => [path.slice(temp.path.length + 1), finished, problem?.code]),
			[
				['newer', true, undefined],
				['older', true, undefined],
				['cut', false, 'BACKUP_UNFINISHED'],
				['ancient', false, 'BACKUP_UNSUPPORTED'],
			],
		);
		const { udid, deviceName, model, iosVersion, encrypted, date, sizeBytes } = backups[0] ?? {};
		assert.deepEqual(
			[udid, deviceName, model, iosVersion, encrypted, date],
			[UDID, 'Anna', 'iPhone 15 Pro', '17.5', false, '2026-01-02T03:04:05.000Z'],
		);
		assert.ok((sizeBytes ?? 0) > 12);
	});

	it('takes a backup that is named itself', async () => {
		const folder = backup('one');
		const { backups } = await findLocalBackups({ folder }, linux);
		assert.deepEqual(
			backups.map(({ path, sizeBytes }) => [path, sizeBytes]),
			[[folder, undefined]],
		);
		await assert.rejects(
			findLocalBackups({ folder: join(temp.path, 'none') }, linux),
			(error) => EngineError.is(error, 'FOLDER_UNUSABLE') && error.details['systemCode'] === 'ENOENT',
		);
	});
});
