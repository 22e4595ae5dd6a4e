import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { RollbackRequest } from '../../../src/engine/index.ts';
import { reportError } from '../../../src/engine/index.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { useLab } from '../../support/virtualLab.ts';
import { WHOLE_DEVICE, withEngine } from '../clients/drivers.ts';

const SNAPSHOTS = 6;

/** An order that visits early, late and neighbouring states. */
const VISITS = [2, 5, 0, 4, 1, 3];

for (const password of [undefined, 'grün & 1']) {
	describe(`Snapshots and roll-backs, ${password === undefined ? 'unencrypted' : 'encrypted'}`, function () {
		this.timeout(240_000);
		const temp = useTempFolder();
		const lab = useLab({ seed: `rollback ${password}`, settings: { rebootMs: 20, passcode: 'none' } });

		it('bring the device back to each state that it had, in any order, and branch from there', async () => {
			const store = join(temp.path, 'store');
			await withEngine(
				lab,
				async (engine) => {
					if (password !== undefined) {
						await engine.changeEncryption({ device: lab.udid, newPassword: password }, {});
					}
					const request = (snapshot: string, safety: boolean): RollbackRequest => ({
						device: lab.udid,
						snapshot,
						password,
						safety,
						choices: WHOLE_DEVICE,
					});
					const states: string[] = [];
					for (let index = 0; index < SNAPSHOTS; index++) {
						await lab.tell('touch', '--files', '12', '--seed', `state ${index}`);
						const taken = await engine.takeSnapshot({ device: lab.udid, name: `state-${index}` }, {});
						assert.equal(taken.isHead, true);
						states.push(await lab.fingerprint());
					}
					for (const visit of VISITS) {
						await lab.tell('touch', '--files', '5', '--seed', `after ${visit}`);
						const result = await engine.rollBack(request(`state-${visit}`, false), {});
						assert.equal(result.restart, 'restarted');
						assert.equal(await lab.fingerprint(), states[visit], `state ${visit}`);
						assert.notEqual(result.proof.verdict, 'differs');
					}

					// A backup after a roll-back is a child of what was rolled back to, and incremental against it.
					const back = await engine.rollBack(request('state-1', true), {});
					assert.equal(back.safety?.trigger, 'safety');
					await lab.tell('touch', '--files', '4', '--seed', 'branch');
					const branch = await engine.takeSnapshot({ device: lab.udid, name: 'branch' }, {});
					const byName = new Map((await engine.library.list(lab.udid)).snapshots.map((each) => [each.name, each]));
					assert.equal(branch.parent, byName.get('state-1')?.id);
					assert.equal(byName.get('state-5')?.parent, byName.get('state-4')?.id);
					assert.ok(branch.addedBytes < branch.sizeBytes / 2, `${branch.addedBytes} of ${branch.sizeBytes} bytes were added`);

					const report = await engine.library.verify();
					assert.deepEqual([report.damagedSnapshots, report.unreadable], [[], []]);
				},
				store,
			);
		});

		it('refuse what a check forbids, before anything is done', async () => {
			const store = join(temp.path, 'store');
			await withEngine(
				lab,
				async (engine) => {
					await engine.takeSnapshot({ device: lab.udid, name: 'base' }, {});
					await lab.tell('set', 'findMy=true');
					const state = await lab.fingerprint();
					const order: RollbackRequest = { device: lab.udid, snapshot: 'base', password, safety: true, choices: WHOLE_DEVICE };
					await assert.rejects(engine.rollBack(order, {}), (error) => reportError(error).code === 'FIND_MY_ON');
					await lab.tell('set', 'findMy=false');
					assert.equal(await lab.fingerprint(), state);
					assert.equal((await engine.library.list(lab.udid)).snapshots.length, 1, 'no safety snapshot was taken');
					await assert.rejects(
						engine.rollBack({ ...order, snapshot: 'nothing' }, {}),
						(error) => reportError(error).code === 'SNAPSHOT_NOT_FOUND',
					);
				},
				store,
			);
		});

		it('keep what had arrived of a run that was cut, and make no snapshot of it', async () => {
			const store = join(temp.path, 'store');
			await withEngine(
				lab,
				async (engine) => {
					await lab.tell('fault', 'cut-upload', '1500000');
					await assert.rejects(engine.takeSnapshot({ device: lab.udid }, {}), (error) => reportError(error).code === 'CONNECTION_LOST');
					await lab.tell('fault', 'clear');
					assert.deepEqual((await engine.library.list()).snapshots, []);
					const taken = await engine.takeSnapshot({ device: lab.udid }, {});
					const state = await lab.fingerprint();
					await lab.tell('touch', '--files', '9', '--seed', 'z');
					await engine.rollBack({ device: lab.udid, snapshot: taken.id, password, safety: false, choices: WHOLE_DEVICE }, {});
					assert.equal(await lab.fingerprint(), state);
				},
				store,
			);
		});
	});
}
