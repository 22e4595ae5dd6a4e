import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkBackup } from '../../../src/backup/index.ts';
import { reportError } from '../../../src/engine/index.ts';
import { describeWith } from '../../support/requirements.ts';
import { fillUp, mountDisk, requireDisk } from '../../support/smallDisk.ts';
import { useLab } from '../../support/virtualLab.ts';
import { DRIVERS, withEngine } from '../clients/drivers.ts';

const DISK_MIB = 400;
const BLOCK_BYTES = 64 * 1024;

describeWith(requireDisk(), 'A disk that is full', function () {
	this.timeout(60_000);
	const lab = useLab({ seed: 'full', settings: { passcode: 'none' } });
	const devicelab = DRIVERS[0];
	assert.ok(devicelab);
	let disk: string;
	let root: string;

	beforeEach(() => {
		disk = mkdtempSync(join(tmpdir(), 'devicelab-disk-'));
		mountDisk(disk, DISK_MIB);
		root = join(disk, 'backups');
		mkdirSync(root);
	});
	afterEach(() => {
		execFileSync('umount', [disk]);
		rmSync(disk, { recursive: true });
	});

	it('in the middle of a backup leaves the one before it, which restores', async () => {
		await devicelab.backUp(lab, root);
		const state = await lab.fingerprint();
		await lab.tell('touch', '--files', '10', '--seed', 'x');
		const filler = join(disk, 'filler');
		let isFilled = false;
		const failed = withEngine(lab, (engine) =>
			engine.backUp(
				{ device: lab.udid, folder: root, full: true },
				{
					onProgress: ({ phase }) => {
						if (phase === 'transferring' && !isFilled) {
							isFilled = true;
							fillUp(filler, BLOCK_BYTES);
						}
					},
				},
			),
		);
		await assert.rejects(failed, (error) => reportError(error).code === 'HOST_FULL');
		assert.ok(isFilled);

		const health = await checkBackup(join(root, lab.udid));
		assert.deepEqual([health.isRestorable, health.faults], [true, []]);
		await devicelab.restore(lab, root);
		assert.equal(await lab.fingerprint(), state);

		// What had come of the failed run was given back.
		rmSync(filler);
		const { bavail, bsize } = statfsSync(disk);
		assert.ok(bavail * bsize > (DISK_MIB / 2) * 1024 * 1024, `${bavail * bsize} bytes are free`);
		await devicelab.backUp(lab, root);
	});

	it('before a backup is told by the device, with what it needs', async () => {
		fillUp(join(disk, 'filler'), BLOCK_BYTES);
		await assert.rejects(devicelab.backUp(lab, root), (error) => ['HOST_FULL', 'BACKUP_ERROR'].includes(reportError(error).code));
	});
});
