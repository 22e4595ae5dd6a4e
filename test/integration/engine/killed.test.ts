import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkBackup, readStatusPlist } from '../../../src/backup/index.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { useLab } from '../../support/virtualLab.ts';
import { startCli } from '../cli/runCli.ts';
import { DRIVERS } from '../clients/drivers.ts';

/** How often a run is killed. Each is a process, a backup and a check. */
const KILLS = 24;

/** Kills fall between the start of a process and a little after the end of a short backup. */
const LATEST_KILL_MS = 1600;

describe('A process that is killed in the middle of a backup', function () {
	this.timeout(240_000);
	const temp = useTempFolder();
	const lab = useLab({ seed: 'killed', settings: { passcode: 'none' } });
	const devicelab = DRIVERS[0];
	assert.ok(devicelab);

	for (const full of [false, true]) {
		it(`leaves a whole backup behind, and the next one works${full ? ', when it replaces the whole' : ''}`, async () => {
			await devicelab.backUp(lab, temp.path);
			const backup = join(temp.path, lab.udid);
			const seen = { killed: 0, finished: 0 };
			for (let round = 0; round < KILLS; round++) {
				await lab.tell('touch', '--files', '6', '--seed', `${full} ${round}`);
				const run = startCli(['backup', lab.udid, '--to', temp.path, ...(full ? ['--full'] : [])], { USBMUXD_SOCKET_ADDRESS: lab.address });
				// Spread evenly, so that each part of a run is hit; where exactly is up to the machine.
				const timer = setTimeout(() => run.child.kill('SIGKILL'), 100 + (LATEST_KILL_MS * round) / KILLS);
				const code = await run.ended;
				clearTimeout(timer);
				seen[code === null ? 'killed' : 'finished']++;
				assertWholeOrBeingReplaced(temp.path, lab.udid);
			}
			assert.ok(seen.killed > KILLS / 3, `only ${seen.killed} runs were killed`);

			await devicelab.backUp(lab, temp.path);
			const health = await checkBackup(backup);
			assert.deepEqual([health.isRestorable, health.faults], [true, []]);
			const state = await lab.fingerprint();
			await lab.tell('touch', '--files', '10', '--seed', 'last');
			await devicelab.restore(lab, temp.path);
			assert.equal(await lab.fingerprint(), state);
			assert.equal(existsSync(`${backup}.devicelab-partial`), false);
		});
	}
});

/** A folder that claims to be finished is; one whose files were changing places says so, and knows how to go on. */
function assertWholeOrBeingReplaced(root: string, udid: string): void {
	const status = join(root, udid, 'Status.plist');
	const isCommitting = existsSync(join(root, `${udid}.devicelab-partial`, 'commit.json'));
	if (!existsSync(status)) {
		assert.ok(isCommitting, 'there is no backup, and nothing to make one from');
		return;
	}
	const { snapshotState } = readStatusPlist(readFileSync(status));
	assert.ok(snapshotState === 'finished' || isCommitting, `left as ${snapshotState}`);
}
