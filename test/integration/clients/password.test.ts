import assert from 'node:assert/strict';
import { join } from 'node:path';
import { verifyBackupPassword } from '../../../src/backup/index.ts';
import { describeWith } from '../../support/requirements.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { useLab } from '../../support/virtualLab.ts';
import { DRIVERS, withEngine } from './drivers.ts';

for (const driver of DRIVERS) {
	describeWith(driver.requirement, `Passwords set by ${driver.name}`, function () {
		this.timeout(120_000);
		const temp = useTempFolder();
		const lab = useLab({ seed: `passwords-${driver.name}` });
		const encryption = async (): Promise<string> => (await withEngine(lab, (engine) => engine.encryptionStatus(lab.udid))).encryption;

		it('are turned on, changed and turned off, and each backup keeps the one of its time', async () => {
			assert.equal(await encryption(), 'off');
			await driver.turnEncryptionOn(lab, 'first');
			assert.equal(await encryption(), 'on');
			await driver.backUp(lab, temp.path);
			const backup = join(temp.path, lab.udid);
			assert.equal(await verifyBackupPassword(backup, 'first'), true);
			await driver.changePassword(lab, 'first', 'second');
			assert.equal(await verifyBackupPassword(backup, 'first'), true);
			await driver.backUp(lab, temp.path);
			assert.deepEqual([await verifyBackupPassword(backup, 'first'), await verifyBackupPassword(backup, 'second')], [false, true]);
			const state = await lab.fingerprint();
			await lab.tell('touch', '--files', '10', '--seed', 'x');
			await driver.restore(lab, temp.path, 'second');
			assert.equal(await lab.fingerprint(), state);
			await driver.turnEncryptionOff(lab, 'second');
			assert.equal(await encryption(), 'off');
		});

		it('are refused when they are wrong', async () => {
			await driver.turnEncryptionOn(lab, 'right');
			await assert.rejects(driver.turnEncryptionOff(lab, 'wrong'));
			assert.equal(await encryption(), 'on');
			await driver.turnEncryptionOff(lab, 'right');
		});
	});
}
