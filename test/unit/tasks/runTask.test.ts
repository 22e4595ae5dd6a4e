import assert from 'node:assert/strict';
import '../../support/fakeVscode.ts';
import { CancellationError } from '../../support/vscodeStandIn.ts';
import { editor } from '../../support/vscodeState.ts';
import { device, job, snapshot } from '../../support/fakeLab.ts';
import { TaskBench } from '../../support/taskBench.ts';

const { runTask } = await import('../../../src/tasks/runTask.ts');
const { LabFailure } = await import('../../../src/client/labFailure.ts');

const { udid } = device();
const clean = snapshot({ name: 'clean', encrypted: false });
const rolledBack = {
	snapshot: clean,
	udid,
	transferredBytes: 1,
	transferredFiles: 1,
	durationMs: 1,
	restart: 'restarted',
	proof: { verdict: 'verified', differences: [] },
};

describe('a task', () => {
	let bench: TaskBench;
	const run = (definition: Readonly<Record<string, unknown>>): Promise<number> =>
		runTask({ type: 'deviceLab', ...definition }, bench.world, bench.output, bench.token);
	const lastLine = (): string => bench.lines.at(-1) ?? '';

	beforeEach(() => {
		bench = new TaskBench();
		bench.lab.change({ devices: [device()] });
		bench.lab.store([clean]);
		bench.engine
			.on('snapshots/find', () => clean)
			.on('rollback/plan', () => ({ snapshot: clean, udid, findings: [], steps: [] }))
			.on('rollback/run', () => rolledBack)
			.on('state/check', () => ({ snapshot: clean, isHead: true, proof: { verdict: 'verified', differences: [] } }));
	});

	it('backs the only attached device up, under the name that it is given', async () => {
		bench.engine.on('snapshots/take', () => clean);
		assert.equal(await run({ action: 'backup', name: 'before' }), 0);
		assert.deepEqual(bench.engine.params('snapshots/take'), [{ udid, trigger: 'task', name: 'before' }]);
		assert.match(lastLine(), /“Lab-3” is backed up: 3\.1 GB/);
	});

	it('rolls a device back to the snapshot that was found, by its id and its UDID', async () => {
		bench.password = 'of the snapshot';
		assert.equal(await run({ action: 'rollback', device: 'lab-3', snapshot: 'Clean', safety: false }), 0);
		const [params] = bench.engine.params('rollback/run') as [Record<string, unknown>];
		assert.deepEqual(
			{ ...params, choices: undefined },
			{ udid, snapshot: clean.id, password: 'of the snapshot', safety: false, choices: undefined },
		);
		assert.deepEqual(bench.lines.slice(-2), ['“Lab-3” is back at “clean”.', 'Verified: it answers as it did when the snapshot was taken.']);
	});

	it('leaves a device alone that stands at the snapshot, when it may', async () => {
		assert.equal(await run({ action: 'rollback', snapshot: 'clean', ifUnchanged: 'skip' }), 0);
		assert.deepEqual(bench.engine.params('rollback/run'), []);
		bench.engine.on('state/check', () => ({ snapshot: clean, isHead: true, proof: { verdict: 'differs', differences: ['apps'] } }));
		assert.equal(await run({ action: 'rollback', snapshot: 'clean', ifUnchanged: 'skip' }), 0);
		assert.equal(bench.engine.params('rollback/run').length, 1);
	});

	it('asserts a state from the head and from what the device tells', async () => {
		const check = async (isHead: boolean, verdict: string, code: number): Promise<void> => {
			bench.engine.on('state/check', () => ({ snapshot: clean, isHead, proof: { verdict, differences: ['apps'] } }));
			assert.equal(await run({ action: 'assertState', snapshot: 'clean' }), code);
		};
		await check(true, 'verified', 0);
		await check(true, 'cannot-tell', 0);
		assert.match(lastLine(), /tells nothing to compare/);
		await check(true, 'differs', 4);
		assert.match(lastLine(), /differs in: apps/);
		await check(false, 'verified', 4);
	});

	it('names what is damaged, and ends with the code for it', async () => {
		bench.engine.on('snapshots/verify', () => ({
			whole: false,
			damagedSnapshots: [{ id: clean.id, name: 'clean', damagedFiles: 3 }],
		}));
		assert.equal(await run({ action: 'verify', snapshot: 'clean' }), 6);
		assert.ok(bench.lines.includes('Damaged: “clean”, 3 files.'));
	});

	it('ends with the exit code of the command line, and says what is safe and what helps', async () => {
		bench.engine.on('rollback/run', () => {
			throw new LabFailure({ code: 'FIND_MY_ON', message: 'Find My is on.', details: {} });
		});
		assert.equal(await run({ action: 'rollback', snapshot: 'clean' }), 4);
		assert.match(bench.lines.join('\n'), /Failed: .*Find My.*\n.*Nothing was changed on the device/);
		bench.engine.on('rollback/run', () => {
			throw new LabFailure({ code: 'BACKUP_ERROR', message: 'Locked.', details: { reason: 'device-locked' } });
		});
		assert.equal(await run({ action: 'rollback', snapshot: 'clean' }), 3);
	});

	it('does nothing when it is written wrongly', async () => {
		const check = async (definition: Readonly<Record<string, unknown>>, sentence: RegExp): Promise<void> => {
			assert.equal(await run(definition), 2);
			assert.match(lastLine(), sentence);
		};
		await check({}, /“action” is missing/);
		await check({ action: 'erase' }, /“action” must be one of backup/);
		await check({ action: 'rollback' }, /“rollback” needs “snapshot”/);
		await check({ action: 'rollback', snapshot: ' ' }, /“rollback” needs “snapshot”/);
		await check({ action: 'rollback', snapshot: 'clean', onPasscodeNeeded: 'skip' }, /for backups only/);
		await check({ action: 'wait', timeoutSeconds: -1 }, /“timeoutSeconds” must be a number of seconds/);
		await check({ action: 'backup', device: 3 }, /“device” must be a text/);
		assert.deepEqual(bench.engine.asked, []);
	});

	it('ends with code 3 when the device is not attached', async () => {
		assert.equal(await run({ action: 'backup', device: 'Lab-9' }), 3);
	});

	it('asks which device is meant, and takes the one that was chosen last', async () => {
		bench.lab.change({ devices: [device(), device({ udid: 'b', name: 'Lab-4' })] });
		bench.engine.on('snapshots/take', () => clean);
		editor.choose = () => ['Lab-4'];
		assert.equal(await run({ action: 'backup' }), 0);
		assert.equal(await run({ action: 'backup', device: 'last-selected' }), 0);
		assert.equal(editor.lists.length, 1);
		assert.deepEqual(
			bench.engine.params('snapshots/take').map((params) => (params as { udid: string }).udid),
			['b', 'b'],
		);
		editor.choose = () => undefined;
		assert.equal(await run({ action: 'backup', device: 'select' }), 7);
	});

	it('knows the devices of the lab file by their friendly names, and asks once where the phones are others', async () => {
		bench.lab.change({ devices: [device(), device({ udid: 'b', name: 'Lab-4' })] });
		bench.engine.on('snapshots/take', () => clean);
		bench.labDevices.set('payments', { udid: 'B' }).set('checkout', { udid: 'of a colleague', name: 'Theirs' });
		assert.equal(await run({ action: 'backup', device: 'payments' }), 0);
		assert.deepEqual(editor.lists, []);
		editor.choose = () => ['Lab-3'];
		assert.equal(await run({ action: 'backup', device: 'checkout' }), 0);
		assert.equal(await run({ action: 'backup', device: 'checkout' }), 0);
		assert.deepEqual(
			editor.lists.map(({ placeHolder }) => placeHolder),
			['Which of your devices is “checkout” of the lab file?'],
		);
		assert.deepEqual(
			bench.engine.params('snapshots/take').map((params) => (params as { udid: string }).udid),
			['b', udid, udid],
		);
	});

	it('runs on all devices at once, and fails when one does', async () => {
		bench.lab.change({ devices: [device(), device({ udid: 'b', name: 'Lab-4' })] });
		bench.engine.on('snapshots/take', (params: { udid: string }) => {
			if (params.udid === 'b') {
				throw new LabFailure({ code: 'DEVICE_LOCKED', message: 'Locked.', details: {} });
			}
			return clean;
		});
		assert.equal(await run({ action: 'backup', device: 'all' }), 3);
		assert.equal(lastLine(), 'Done on 1 of 2 devices.');
		assert.ok(bench.lines.some((line) => line.startsWith('Lab-4: Failed')));
	});

	describe('while the device waits for its passcode', () => {
		const waiting = (): void => bench.lab.change({ jobs: [job({ waitsFor: 'passcode', phase: 'waiting-for-passcode' })] });
		let asked: () => void;
		let wasAsked: Promise<void>;

		beforeEach(() => {
			wasAsked = new Promise((resolve) => (asked = resolve));
			bench.engine.on(
				'snapshots/take',
				() =>
					new Promise((_resolve, reject) => {
						bench.onCancel = () => reject(new CancellationError());
						asked();
					}),
			);
		});

		it('skips or fails at once as it is told', async () => {
			const check = async (onPasscodeNeeded: string, code: number): Promise<void> => {
				const running = run({ action: 'backup', onPasscodeNeeded });
				await wasAsked;
				waiting();
				assert.equal(await running, code);
				bench.lab.change({ jobs: [] });
				wasAsked = new Promise((resolve) => (asked = resolve));
			};
			await check('skip', 0);
			await check('fail', 3);
		});

		it('waits no longer than it is told', async () => {
			const running = run({ action: 'backup', passcodeTimeoutSeconds: 30 });
			await wasAsked;
			waiting();
			assert.equal(bench.progress.at(-1), 'Backup: enter the passcode on it');
			bench.clock.advance(30_000);
			assert.equal(await running, 3);
			assert.match(lastLine(), /within 30 seconds/);
		});

		it('is cancelled, and ends when the job has', async () => {
			const running = run({ action: 'backup' });
			await wasAsked;
			bench.cancel();
			assert.equal(await running, 7);
		});
	});

	it('waits until the device is attached, unlocked and idle', async () => {
		bench.engine.on('devices/list', () => ({ devices: [], problems: [] }));
		bench.lab.change({ devices: [device({ locked: true })] });
		const running = run({ action: 'wait', device: 'Lab-3' });
		await new Promise(setImmediate);
		assert.equal(bench.progress.at(-1), '“Lab-3” is locked.');
		bench.lab.change({ devices: [device({ locked: false })] });
		assert.equal(await running, 0);
	});

	it('gives up waiting', async () => {
		bench.engine.on('devices/list', () => ({ devices: [], problems: [] }));
		bench.lab.change({ devices: [] });
		const running = run({ action: 'wait', device: 'Lab-3', timeoutSeconds: 2 });
		await new Promise(setImmediate);
		bench.clock.advance(2000);
		assert.equal(await running, 3);
		assert.equal(lastLine(), 'Waited 2 seconds. “Lab-3” is not attached.');
	});
});
