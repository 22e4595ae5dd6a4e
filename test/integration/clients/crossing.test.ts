import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readStatusPlist } from '../../../src/backup/index.ts';
import { describeWith } from '../../support/requirements.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { useLab, type TestLab } from '../../support/virtualLab.ts';
import { DRIVERS, type Driver } from './drivers.ts';

/** Clients of three kinds start Python or TLS many times. */
const LIMIT_MS = 300_000;

/** One client's full backup is continued by another, and restored by either. */
for (const first of DRIVERS) {
	for (const second of DRIVERS) {
		const title = first === second ? `${first.name} on the virtual device` : `A backup by ${first.name}, continued by ${second.name}`;
		describeWith([first.requirement, second.requirement], title, function () {
			this.timeout(LIMIT_MS);
			const temp = useTempFolder();
			for (const password of [undefined, 'grün & 1']) {
				describe(password === undefined ? 'unencrypted' : 'encrypted', () => {
					const lab = useLab({ seed: `${first.name}-${second.name}` });

					it('is incremental, and each brings the device back to its state', async () => {
						await crossOver(lab, temp.path, first, second, password);
					});
				});
			}
		});
	}
}

async function crossOver(lab: TestLab, folder: string, first: Driver, second: Driver, password: string | undefined): Promise<void> {
	if (password !== undefined) {
		await first.turnEncryptionOn(lab, password);
	}
	await first.backUp(lab, folder);
	assert.equal(wasFull(lab, folder), true);
	await lab.tell('touch', '--files', '12', '--seed', 'one');
	await second.backUp(lab, folder);
	assert.equal(wasFull(lab, folder), false, `${second.name} continues the backup`);
	const state = await lab.fingerprint();

	await lab.tell('touch', '--files', '15', '--seed', 'two');
	assert.notEqual(await lab.fingerprint(), state);
	await first.restore(lab, folder, password);
	assert.equal(await lab.fingerprint(), state, `${first.name} restores it`);

	if (first !== second) {
		await lab.tell('touch', '--files', '9', '--seed', 'three');
		await second.restore(lab, folder, password);
		assert.equal(await lab.fingerprint(), state, `${second.name} restores it`);
	}
	if (password !== undefined) {
		await second.turnEncryptionOff(lab, password);
	}
}

function wasFull(lab: TestLab, folder: string): boolean | undefined {
	const status = readStatusPlist(readFileSync(join(folder, lab.udid, 'Status.plist')));
	assert.equal(status.snapshotState, 'finished');
	return status.isFullBackup;
}
