import { strict as assert } from 'node:assert';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openManifestDb, readStatusPlist } from '../../../../src/backup/index.ts';
import { createDevice, hostRequest, removeTemporaryFolders, temporaryFolder, UDID, writeInfo } from './support.ts';

describe('Backup of a virtual device', () => {
	afterEach(removeTemporaryFolders);

	it('makes a full backup whose manifest names exactly the files that arrived', async () => {
		const device = await createDevice();
		const root = temporaryFolder();
		writeInfo(root);
		const run = await hostRequest(device, root, { MessageName: 'Backup' });
		assert.equal(run.errorCode, 0, run.description);
		const folder = join(root, UDID);
		const status = readStatusPlist(readFileSync(join(folder, 'Status.plist')));
		assert.equal(status.snapshotState, 'finished');
		assert.equal(status.isFullBackup, true);
		const db = await openManifestDb(join(folder, 'Manifest.db'));
		const named = [...db.entries((problem) => assert.fail(problem.reason))].filter((row) => row.kind === 'file').map((row) => row.fileId);
		db.dispose();
		const present = readdirSync(folder)
			.filter((name) => name.length === 2)
			.flatMap((name) => readdirSync(join(folder, name)));
		assert.deepEqual(present.sort(), named.sort());
		assert.ok(!readdirSync(folder).includes('Snapshot'));
	});

	it('continues its own backup incrementally and restores the state before a change', async () => {
		for (const encrypted of [false, true]) {
			const device = await createDevice();
			const root = temporaryFolder();
			writeInfo(root);
			if (encrypted) {
				assert.equal((await hostRequest(device, root, { MessageName: 'ChangePassword', NewPassword: 'secret' })).errorCode, 0);
			}
			const full = await hostRequest(device, root, { MessageName: 'Backup' });
			assert.equal(full.errorCode, 0, full.description);
			device.files.touch({ files: 20, seed: 'a', encrypted });
			const before = await device.files.fingerprint({ scope: 'encryptedBackup' });
			const second = await hostRequest(device, root, { MessageName: 'Backup' });
			assert.equal(second.errorCode, 0, second.description);
			const sent = second.log.filter((line) => line.startsWith('file ') && /[0-9a-f]{40}$/.test(line));
			assert.equal(sent.length, 18);
			assert.equal(readStatusPlist(readFileSync(join(root, UDID, 'Status.plist'))).isFullBackup, false);
			device.files.touch({ files: 50, seed: 'b', encrypted });
			assert.notEqual(await device.files.fingerprint({ scope: 'encryptedBackup' }), before);
			const restored = await hostRequest(device, root, {
				MessageName: 'Restore',
				SourceIdentifier: UDID,
				Options: { RestoreSystemFiles: false, RestoreDontCopyBackup: true, RestorePreserveSettings: true, Password: 'secret' },
			});
			assert.equal(restored.errorCode, 0, restored.description);
			assert.equal(await device.files.fingerprint({ scope: 'encryptedBackup' }), before);
			const third = await hostRequest(device, root, { MessageName: 'Backup' });
			assert.equal(third.errorCode, 0, third.description);
			assert.equal(third.log.filter((line) => /[0-9a-f]{40}$/.test(line)).length, 0);
		}
	});

	it('starts over with a full backup when a file of the base is missing, and says 205 in strict mode', async () => {
		const device = await createDevice();
		const root = temporaryFolder();
		writeInfo(root);
		await hostRequest(device, root, { MessageName: 'Backup' });
		const prefix = readdirSync(join(root, UDID)).find((name) => name.length === 2) ?? '';
		rmSync(join(root, UDID, prefix), { recursive: true });
		device.settings.strictManifest = true;
		const refused = await hostRequest(device, root, { MessageName: 'Backup' });
		assert.equal(refused.errorCode, 205);
		device.settings.strictManifest = false;
		const run = await hostRequest(device, root, { MessageName: 'Backup' });
		assert.equal(run.errorCode, 0);
		assert.equal(readStatusPlist(readFileSync(join(root, UDID, 'Status.plist'))).isFullBackup, true);
	});

	it('removes contents of an older backup that a full one does not name', async () => {
		const device = await createDevice();
		const root = temporaryFolder();
		writeInfo(root);
		await hostRequest(device, root, { MessageName: 'Backup' });
		const prefix = readdirSync(join(root, UDID)).find((name) => name.length === 2) ?? '';
		const stray = `${prefix}${'0'.repeat(38)}`;
		writeFileSync(join(root, UDID, prefix, stray), 'old');
		await hostRequest(device, root, { MessageName: 'Backup', Options: { ForceFullBackup: true } });
		assert.ok(!readdirSync(join(root, UDID, prefix)).includes(stray));
	});
});
