import { strict as assert } from 'node:assert';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BackupKeybag, readManifestPlist } from '../../../../src/backup/index.ts';
import { encodeBinaryPlist } from '../../../../src/plist/index.ts';
import { BackupEncryptionState } from '../../../../src/virtual/backupAgent/index.ts';
import type { VirtualDevice } from '../../../../src/virtual/device.ts';
import { createDevice, hostRequest, removeTemporaryFolders, temporaryFolder, UDID, writeInfo, type HostRun } from './support.ts';

const DEFAULT_OPTIONS = { RestoreSystemFiles: false, RestoreDontCopyBackup: true, RestorePreserveSettings: true };

describe('Requests to the backup agent', () => {
	afterEach(removeTemporaryFolders);

	async function backedUp(settings: Parameters<typeof createDevice>[0] = {}): Promise<{ device: VirtualDevice; root: string }> {
		const device = await createDevice(settings);
		const root = temporaryFolder();
		writeInfo(root);
		const run = await hostRequest(device, root, { MessageName: 'Backup' });
		assert.equal(run.errorCode, 0, run.description);
		return { device, root };
	}

	function restore(device: VirtualDevice, root: string, options: Record<string, boolean | string> = {}): Promise<HostRun> {
		return hostRequest(device, root, { MessageName: 'Restore', SourceIdentifier: UDID, Options: { ...DEFAULT_OPTIONS, ...options } });
	}

	it('refuses restores for the reasons that a device has', async () => {
		const { device, root } = await backedUp();
		const code = async (): Promise<number | undefined> => (await restore(device, root)).errorCode;
		const before = await device.files.fingerprint();
		device.settings.findMy = true;
		assert.equal(await code(), 211);
		device.settings.findMy = false;
		device.settings.freeBytes = 1000;
		assert.equal(await code(), 105);
		device.settings.freeBytes = 50e9;
		device.identity.iosVersion = '16.7';
		assert.equal(await code(), 205);
		device.identity.iosVersion = '17.5';
		const prefix = readdirSync(join(root, UDID)).find((name) => name.length === 2) ?? '';
		const [name = ''] = readdirSync(join(root, UDID, prefix));
		const bytes = readFileSync(join(root, UDID, prefix, name));
		rmSync(join(root, UDID, prefix, name));
		assert.equal(await code(), 205);
		writeFileSync(join(root, UDID, prefix, name), bytes);
		for (const file of ['Info.plist', 'Manifest.plist', 'Manifest.db', 'Status.plist']) {
			const kept = readFileSync(join(root, UDID, file));
			rmSync(join(root, UDID, file));
			assert.equal(await code(), 205, file);
			writeFileSync(join(root, UDID, file), kept);
		}
		assert.equal(await device.files.fingerprint(), before);
		assert.equal(await code(), 0);
	});

	it('shows nothing of a restore before the restart, and refuses a second one', async () => {
		const { device, root } = await backedUp();
		const before = await device.files.fingerprint();
		device.files.touch({ files: 40, seed: 'x' });
		const changed = await device.files.fingerprint();
		assert.equal((await restore(device, root, { RestoreShouldReboot: false })).errorCode, 0);
		assert.equal(await device.files.fingerprint(), changed);
		assert.equal((await restore(device, root)).errorCode, 102);
		await device.files.completeRestore();
		assert.equal(await device.files.fingerprint(), before);
	});

	it('keeps the camera roll when it is told to', async () => {
		const { device, root } = await backedUp();
		device.files.touch({ files: 60, seed: 'x' });
		const roll = (): string => JSON.stringify([...device.files.entries()].filter((entry) => entry.domain === 'CameraRollDomain'));
		const before = roll();
		assert.equal((await restore(device, root, { RestorePreserveCameraRoll: true })).errorCode, 0);
		assert.equal(roll(), before);
		assert.equal((await restore(device, root)).errorCode, 0);
		assert.notEqual(roll(), before);
	});

	it('checks passwords of encrypted backups and digests of system files', async () => {
		const device = await createDevice();
		const root = temporaryFolder();
		writeInfo(root);
		await hostRequest(device, root, { MessageName: 'ChangePassword', NewPassword: 'secret' });
		assert.equal((await hostRequest(device, root, { MessageName: 'Backup' })).errorCode, 0);
		assert.equal((await restore(device, root, { Password: 'wrong' })).errorCode, 207);
		assert.equal((await restore(device, root)).errorCode, 207);
		const sms = join(root, UDID, '3d', '3d0d7e5fb2ce288813306e4d4636395e047a3d28');
		const bytes = readFileSync(sms);
		const damaged = Buffer.from(bytes);
		damaged[100] = (damaged[100] ?? 0) ^ 1;
		writeFileSync(sms, damaged);
		assert.equal((await restore(device, root, { Password: 'secret' })).errorCode, 205);
		writeFileSync(sms, bytes);
		assert.equal((await restore(device, root, { Password: 'secret' })).errorCode, 0);
	});

	it('sets, changes and removes the backup password', async () => {
		const device = await createDevice();
		const root = temporaryFolder();
		const change = async (keys: Record<string, string>): Promise<number | undefined> =>
			(await hostRequest(device, root, { MessageName: 'ChangePassword', ...keys })).errorCode;
		const posted: string[] = [];
		device.notifications.on((name) => posted.push(name));
		assert.equal(await change({}), 1);
		assert.equal(await change({ NewPassword: 'one' }), 0);
		assert.ok(device.encryption.willEncrypt);
		assert.deepEqual(posted, ['com.apple.mobile.backup.domain_changed']);
		const first = device.encryption.keybag?.bytes;
		assert.equal(await change({ OldPassword: 'zero', NewPassword: 'two' }), 207);
		assert.equal(await change({ OldPassword: 'one', NewPassword: 'two' }), 0);
		assert.notDeepEqual(device.encryption.keybag?.bytes, first);
		device.settings.encryptionLocked = true;
		assert.equal(await change({ OldPassword: 'two' }), 1);
		device.settings.encryptionLocked = false;
		device.settings.passcode = 'never';
		assert.equal(await change({ OldPassword: 'two' }), 208);
		assert.ok(device.encryption.willEncrypt);
		device.settings.passcode = 'immediate';
		assert.equal(await change({ OldPassword: 'two' }), 0);
		assert.ok(!device.encryption.willEncrypt);
	});

	it('carries a keybag that the password opens, also after its state was saved', async () => {
		const device = await createDevice();
		await device.encryption.setPassword('secret', { outerRounds: 5, rounds: 5 });
		const again = BackupEncryptionState.fromJson(JSON.parse(JSON.stringify(device.encryption.toJson())));
		assert.ok(again.willEncrypt && (await again.matches('secret')) && !(await again.matches('other')));
		const opened = await BackupKeybag.parse(again.keybag?.bytes ?? new Uint8Array(0)).unlock('secret');
		const key = device.encryption.keybag?.unlocked.classKey(3) ?? [];
		assert.deepEqual(Buffer.from(opened.classKey(3) ?? []), Buffer.from(key));
		assert.ok(!JSON.stringify(device.encryption.toJson()).includes('secret'));
	});

	it('makes the next backup a full one when the password has changed', async () => {
		const { device, root } = await backedUp();
		const run = async (): Promise<boolean> => {
			const done = await hostRequest(device, root, { MessageName: 'Backup' });
			assert.equal(done.errorCode, 0, done.description);
			return done.log.filter((line) => /[0-9a-f]{40}$/.test(line)).length > 0;
		};
		assert.equal(await run(), false);
		await hostRequest(device, root, { MessageName: 'ChangePassword', NewPassword: 'one' });
		assert.equal(await run(), true);
		assert.equal(await run(), false);
		assert.ok(readManifestPlist(readFileSync(join(root, UDID, 'Manifest.plist'))).isEncrypted);
		await hostRequest(device, root, { MessageName: 'ChangePassword', OldPassword: 'one', NewPassword: 'two' });
		assert.equal(await run(), true);
		await hostRequest(device, root, { MessageName: 'ChangePassword', OldPassword: 'two' });
		assert.equal(await run(), true);
	});

	it('starts over after an interrupted backup and clears what it left', async () => {
		const { device, root } = await backedUp();
		mkdirSync(join(root, UDID, 'Snapshot', 'ab'), { recursive: true });
		writeFileSync(join(root, UDID, 'Status.plist'), encodeBinaryPlist({ SnapshotState: 'moving', IsFullBackup: true }));
		const run = await hostRequest(device, root, { MessageName: 'Backup' });
		assert.equal(run.errorCode, 0);
		assert.ok(run.log.includes(`DLMessageRemoveItems ${UDID}/Snapshot`));
		assert.ok(!existsSync(join(root, UDID, 'Snapshot')));
	});

	it('asks for the passcode before a backup since the version of iOS that does', async () => {
		for (const [version, asks] of [
			['17.5', true],
			['15.7.1', true],
			['14.8', false],
		] as const) {
			const device = await createDevice({ settings: { passcode: 'delay:50' } });
			device.identity.iosVersion = version;
			const posted: string[] = [];
			device.notifications.on((name) => posted.push(name.replace('com.apple.LocalAuthentication.ui.', '')));
			const root = temporaryFolder();
			writeInfo(root);
			assert.equal((await hostRequest(device, root, { MessageName: 'Backup' })).errorCode, 0);
			assert.deepEqual(posted, asks ? ['presented', 'dismissed'] : []);
			device.settings.passcode = 'never';
			assert.equal((await hostRequest(device, root, { MessageName: 'Backup' })).errorCode, asks ? 208 : 0);
		}
	});

	it('refuses backups before the end of setup, without room on the host, and for another device', async () => {
		const device = await createDevice();
		const root = temporaryFolder();
		writeInfo(root);
		const backup = { MessageName: 'Backup' };
		device.settings.setupDone = false;
		assert.equal((await hostRequest(device, root, backup)).errorCode, 212);
		device.settings.setupDone = true;
		assert.equal((await hostRequest(device, root, backup, { freeBytes: 100 * 1024 * 1024 })).errorCode, 105);
		assert.equal((await hostRequest(device, root, { ...backup, TargetIdentifier: 'someone-else' })).errorCode, 1);
		device.faults.arm('purge-request');
		assert.equal((await hostRequest(device, root, backup, { purgeAnswer: -1 })).errorCode, 105);
		device.faults.arm('purge-request');
		assert.equal((await hostRequest(device, root, backup, { purgeAnswer: 0 })).errorCode, 0);
	});

	it('answers what devices no longer do, and what they never did, with an error', async () => {
		const device = await createDevice();
		const root = temporaryFolder();
		const code = async (request: Record<string, string | boolean>): Promise<number | undefined> =>
			(await hostRequest(device, root, { MessageName: '', ...request })).errorCode;
		for (const name of ['Info', 'List', 'Unback', 'Extract']) {
			assert.equal(await code({ MessageName: name }), 205);
		}
		assert.equal(await code({ MessageName: 'EraseDevice' }), 1);
		assert.equal(await code({ MessageName: 'Restore', SourceIdentifier: '../..' }), 1);
		assert.equal(await code({ MessageName: 'EnableCloudBackup', CloudBackupState: true }), 0);
		assert.equal(device.settings.cloudBackup, true);
		assert.equal(await code({ MessageName: 'EnableCloudBackup' }), 1);
	});

	it('refuses a restore of files that were cut to nothing', async () => {
		const { device, root } = await backedUp();
		const folder = join(root, UDID);
		const prefixes = readdirSync(folder).filter((name) => name.length === 2);
		for (const prefix of prefixes) {
			readdirSync(join(folder, prefix)).forEach((name) => truncateSync(join(folder, prefix, name), 0));
		}
		assert.equal((await restore(device, root)).errorCode, 205);
	});
});
