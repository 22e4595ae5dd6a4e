import assert from 'node:assert/strict';
import '../../support/fakeVscode.ts';
import { CancellationError } from '../../support/vscodeStandIn.ts';
import { editor } from '../../support/vscodeState.ts';
import { device, job, snapshot } from '../../support/fakeLab.ts';
import type { SnapshotInfo, StatePlan, StateRoute } from '../../../src/contract/index.ts';
import { TaskBench } from '../../support/taskBench.ts';

const vscode = await import('vscode');
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
	safeties: [],
};

/** A way to the state, whose judgements say what is checked for. */
function plan(route: StateRoute, more: Partial<SnapshotInfo> = {}): StatePlan {
	const judge = (each: StateRoute): StatePlan['judgements'][number] => ({
		route: each,
		possible: true,
		reason: route === each ? `why ${each}` : `why not ${each}`,
		restarts: each === 'device',
		leavesOut: ['messages'],
		...(each === 'app' ? { files: 3, bytes: 2000 } : {}),
	});
	return {
		snapshot: { ...clean, isHead: true, ...more },
		udid,
		route,
		judgements: (['nothing', 'app', 'device'] as const).map(judge),
		findings: [],
	};
}

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
		bench.engine.on('state/plan', () => plan('nothing'));
		assert.equal(await run({ action: 'rollback', snapshot: 'clean', ifUnchanged: 'skip' }), 0);
		assert.match(lastLine(), /stands at “clean” already/);
		assert.deepEqual(bench.engine.params('rollback/run'), []);
		bench.engine.on('state/plan', () => plan('device'));
		assert.equal(await run({ action: 'rollback', snapshot: 'clean', ifUnchanged: 'skip' }), 0);
		assert.equal(bench.engine.params('rollback/run').length, 1);
	});

	it('asserts a state from the head, from what the device tells, and from the data of apps', async () => {
		const check = async (isHead: boolean, verdict: string, route: StateRoute, code: number): Promise<void> => {
			bench.engine.on('state/check', () => ({ snapshot: clean, isHead, proof: { verdict, differences: ['apps'] } }));
			bench.engine.on('state/plan', () => plan(route));
			assert.equal(await run({ action: 'assertState', snapshot: 'clean' }), code);
		};
		await check(true, 'verified', 'nothing', 0);
		assert.match(lastLine(), /Not looked at: messages/);
		await check(true, 'verified', 'app', 4);
		assert.equal(lastLine(), '“Lab-3” is not at “clean”: why not nothing.');
		await check(true, 'cannot-tell', 'device', 0);
		assert.match(lastLine(), /tells nothing to compare/);
		await check(true, 'differs', 'device', 4);
		assert.match(lastLine(), /differs in: apps/);
		await check(false, 'verified', 'nothing', 4);
	});

	describe('in the cheapest way', () => {
		const cheaply = { action: 'rollback', snapshot: 'clean', scope: 'auto', safety: false };

		it('puts the data of apps back, and says why, what it costs and what it does not cover', async () => {
			bench.engine.on('state/plan', () => plan('app')).on('state/ensure', () => rolledBack);
			assert.equal(await run({ ...cheaply, onAppRunning: 'fail' }), 0);
			assert.deepEqual(bench.lines.slice(1, 4), [
				'  ✗ Nothing to do: why not nothing',
				'  → The data of apps: why app · 3 files · 2.0 KB',
				'    Not covered: messages',
			]);
			const [params] = bench.engine.params('state/ensure') as [Record<string, unknown>];
			assert.deepEqual(
				{ ...params, choices: undefined },
				{ udid, snapshot: clean.id, scope: 'app', safety: false, whenRunning: 'refuse', choices: undefined },
			);
		});

		it('rolls the whole device back where that is the way, and only there', async () => {
			bench.engine.on('state/plan', () => plan('device'));
			assert.equal(await run(cheaply), 0);
			bench.engine.on('state/plan', () => plan('nothing', { isHead: false }));
			assert.equal(await run(cheaply), 0);
			assert.equal(bench.engine.params('rollback/run').length, 1);
		});

		it('looks at one app only, and wants the password of an encrypted snapshot only for that', async () => {
			bench.password = 'of the snapshot';
			bench.engine.on('state/ensure', () => rolledBack);
			bench.engine.on('state/plan', ({ password }: { password?: string }) => {
				if (password === undefined) {
					throw new LabFailure({ code: 'PASSWORD_REQUIRED', message: 'Encrypted.', details: {} });
				}
				return plan('app');
			});
			assert.equal(await run({ action: 'appRollback', snapshot: 'clean', bundleId: 'com.example.probe' }), 0);
			const asked = bench.engine.params('state/plan') as Record<string, unknown>[];
			assert.deepEqual(
				asked.map(({ scope, bundleId, password }) => [scope, bundleId, password]),
				[
					['app', 'com.example.probe', undefined],
					['app', 'com.example.probe', 'of the snapshot'],
				],
			);
		});

		it('stands aside where a launch begins from another snapshot', async () => {
			bench.held.set(udid, snapshot({ id: 'failed', name: 'after the tests' }));
			assert.equal(await run(cheaply), 0);
			assert.equal(lastLine(), '“Lab-3” is left at “after the tests”: this launch begins from there.');
			assert.deepEqual(bench.engine.asked, []);
		});
	});

	it('keeps the data of an app, and so many of what tasks kept before', async () => {
		const kept = (id: string, more: Partial<SnapshotInfo> = {}): SnapshotInfo =>
			snapshot({ id, kind: 'app', app: { bundleId: 'com.example.probe' }, trigger: 'task', isHead: false, ...more });
		const others = [
			kept('2'),
			kept('3', { name: 'cart' }),
			kept('4', { pinned: true }),
			kept('5', { app: { bundleId: 'com.example.other' } }),
			kept('6', { trigger: 'manual' }),
			kept('7'),
		];
		const taken = kept('1', { isHead: true });
		bench.engine
			.on('apps/snapshot', () => ({ snapshot: taken, unchanged: false, readBytes: 1, activity: 'running', unsteady: [] }))
			.on('snapshots/list', () => ({ snapshots: [taken, ...others], problems: [] }))
			.on('snapshots/delete', () => []);
		assert.equal(await run({ action: 'appSnapshot', bundleId: 'com.example.probe', ifUnchanged: 'skip', keep: 2 }), 0);
		assert.deepEqual(bench.engine.params('apps/snapshot'), [{ udid, bundleId: 'com.example.probe', onlyIfChanged: true, trigger: 'task' }]);
		assert.deepEqual(bench.engine.params('snapshots/delete'), [{ udid, snapshots: ['7'] }]);
		assert.match(bench.lines.join('\n'), /The app ran meanwhile/);
	});

	it('keeps so many of what it took for safety before the same roll-back', async () => {
		const taken = (id: string, note: string, more: Partial<SnapshotInfo> = {}): SnapshotInfo =>
			snapshot({ id, trigger: 'safety', note, isHead: false, ...more });
		const safety = taken('1', 'to clean');
		bench.engine
			.on('rollback/run', () => ({ ...rolledBack, safety }))
			.on('snapshots/list', () => ({
				snapshots: [
					safety,
					taken('2', 'to clean'),
					taken('3', 'to another'),
					taken('4', 'to clean', { pinned: true }),
					taken('5', 'to clean', { trigger: 'task' }),
					taken('6', 'to clean', { kind: 'app', app: { bundleId: 'com.example.probe' } }),
					taken('7', 'to clean'),
				],
				problems: [],
			}))
			.on('snapshots/delete', () => []);
		assert.equal(await run({ action: 'rollback', snapshot: 'clean', keep: 2 }), 0);
		assert.deepEqual(bench.engine.params('snapshots/delete'), [{ udid, snapshots: ['7'] }]);
		const kept = { ...safety, kind: 'app' as const, app: { bundleId: 'com.example.probe' } };
		bench.engine.on('state/plan', () => plan('app')).on('state/ensure', () => ({ ...rolledBack, safeties: [safety, kept] }));
		assert.equal(await run({ action: 'rollback', snapshot: 'clean', scope: 'auto', keep: 2 }), 0);
		assert.equal(bench.lines.filter((line) => line.startsWith('What was there before is kept as snapshot 1.')).length, 3);
	});

	it('fails when the data of an app is not as it was, since nothing more will come', async () => {
		const differs = { verdict: 'differs' as const, differences: ['/Documents/a'] };
		bench.engine.on('state/plan', () => plan('app')).on('state/ensure', () => ({ ...rolledBack, safeties: [], proof: differs }));
		assert.equal(await run({ action: 'appRollback', snapshot: 'clean', bundleId: 'com.example.probe' }), 1);
		assert.match(lastLine(), /It differs in 1 place: \/Documents\/a/);
		// After the restore of a whole device its apps are still being downloaded.
		bench.engine.on('rollback/run', () => ({ ...rolledBack, proof: differs }));
		assert.equal(await run({ action: 'rollback', snapshot: 'clean' }), 0);
	});

	it('installs what lies in the folder of the task', async () => {
		bench.engine.on('apps/install', () => ({
			app: { bundleId: 'a', name: 'Probe', version: '2.0', build: '7' },
			before: { version: '1.0' },
		}));
		const folder = { uri: vscode.Uri.file('/app'), name: 'app', index: 0 };
		const definition = { action: 'install', file: 'build/Probe.ipa' };
		assert.equal(await runTask(definition, bench.world, bench.output, bench.token, folder as never), 0);
		assert.equal(await runTask({ ...definition, file: '/tmp/Probe.app' }, bench.world, bench.output, bench.token, folder as never), 0);
		assert.deepEqual(bench.engine.params('apps/install'), [
			{ udid, file: '/app/build/Probe.ipa' },
			{ udid, file: '/tmp/Probe.app' },
		]);
		assert.equal(lastLine(), '“Probe” is installed: 2.0 (7), before 1.0. Its data stayed.');
	});

	describe('with hooks in the lab file', () => {
		const rollback = { action: 'rollback', snapshot: 'clean' };

		beforeEach(() => {
			bench.hooks.set('beforeRollback', 'stop the app').set('afterRollback', 'sign in');
			bench.otherTasks.set('stop the app', 0).set('sign in', 0);
		});

		it('runs them around its work', async () => {
			assert.equal(await run(rollback), 0);
			assert.deepEqual(
				bench.lines.filter((line) => /^Running|is back/.test(line)),
				[
					'Running “stop the app”: the lab file has it as “beforeRollback”.',
					'“Lab-3” is back at “clean”.',
					'Running “sign in”: the lab file has it as “afterRollback”.',
				],
			);
			bench.lines.length = 0;
			assert.equal(await run({ ...rollback, hooks: false }), 0);
			assert.ok(!bench.lines.some((line) => line.startsWith('Running')));
		});

		it('does nothing when the one before fails, and fails when the one behind does', async () => {
			bench.otherTasks.set('sign in', 9);
			assert.equal(await run(rollback), 9);
			bench.engine.asked.length = 0;
			bench.otherTasks.set('stop the app', 8);
			assert.equal(await run(rollback), 8);
			assert.deepEqual(bench.engine.asked, []);
			bench.otherTasks.delete('stop the app');
			assert.equal(await run(rollback), 2);
		});
	});

	describe('that runs another task', () => {
		const wrapper = { action: 'snapshotOnFailure', task: 'tests', launch: 'App' };
		const kept = snapshot({ id: 'kept', trigger: 'on-failure' });

		beforeEach(() => {
			bench.engine.on('snapshots/take', () => kept);
		});

		it('keeps nothing when that succeeds, or is ended by somebody', async () => {
			bench.otherTasks.set('tests', 0);
			assert.equal(await run(wrapper), 0);
			bench.otherTasks.set('tests', undefined);
			assert.equal(await run(wrapper), 7);
			assert.deepEqual(bench.engine.asked, []);
			assert.deepEqual(bench.offers, []);
		});

		it('keeps what is there when that fails, ends as that did, and offers to debug from there', async () => {
			bench.otherTasks.set('tests', 65);
			assert.equal(await run(wrapper), 65);
			assert.deepEqual(bench.engine.params('snapshots/take'), [{ udid, trigger: 'on-failure', note: '“tests” failed with exit code 65.' }]);
			assert.deepEqual(bench.offers, [{ snapshot: kept, task: 'tests', launch: 'App' }]);
		});

		it('keeps the data of one app, where it names one', async () => {
			bench.otherTasks.set('tests', 1);
			bench.engine.on('apps/snapshot', () => ({ snapshot: kept, unchanged: false, readBytes: 1, activity: 'unknown', unsteady: [] }));
			assert.equal(await run({ ...wrapper, bundleId: 'com.example.probe' }), 1);
			assert.deepEqual(bench.engine.params('apps/snapshot'), [
				{
					udid,
					bundleId: 'com.example.probe',
					onlyIfChanged: false,
					trigger: 'on-failure',
					note: '“tests” failed with exit code 1.',
				},
			]);
		});

		it('ends as that did also when nothing can be kept', async () => {
			bench.otherTasks.set('tests', 65);
			bench.engine.on('snapshots/take', () => {
				throw new LabFailure({ code: 'DEVICE_LOCKED', message: 'Locked.', details: {} });
			});
			assert.equal(await run(wrapper), 65);
			assert.deepEqual(bench.offers, []);
		});

		it('is wrong where there is no such task', async () => {
			assert.equal(await run(wrapper), 2);
			assert.match(bench.lines.join('\n'), /no task tests/);
		});
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
		await check({ action: 'appSnapshot' }, /“appSnapshot” needs “bundleId”/);
		await check({ action: 'install' }, /“install” needs “file”/);
		await check({ action: 'snapshotOnFailure' }, /“snapshotOnFailure” needs “task”/);
		await check({ action: 'rollback', snapshot: 'clean', scope: 'device', bundleId: 'a' }, /names an app/);
		await check({ action: 'backup', keep: 0 }, /“keep” must be a whole number/);
		await check({ action: 'backup', keep: 2, name: 'a' }, /without a name/);
		await check({ action: 'wait', timeoutSeconds: -1 }, /“timeoutSeconds” must be a number of seconds/);
		await check({ action: 'backup', device: 3 }, /“device” must be a text/);
		assert.deepEqual(bench.engine.asked, []);
	});

	it('ends with code 3 when the device is not attached', async () => {
		assert.equal(await run({ action: 'backup', device: 'Lab-9' }), 3);
	});

	it('names the device that is not there or not told from others, and those that are', async () => {
		bench.lab.change({ devices: [device({ udid: '00008120-A', name: 'Lab-3' }), device({ udid: '00008120-B', name: 'Lab-4' })] });
		assert.equal(await run({ action: 'rollback', device: 'Lab-7', snapshot: 'clean' }), 3);
		assert.deepEqual(bench.lines, [
			'Failed: “Lab-7” is not attached.',
			'  Nothing was changed on the device.',
			'  Plug it in, unlock it, and try again.',
			'  Attached now: “Lab-3” (00008120-A), “Lab-4” (00008120-B).',
		]);
		assert.equal(await run({ action: 'rollback', device: '00008120', snapshot: 'clean' }), 2);
		assert.equal(lastLine(), '  “00008120” fits “Lab-3” (00008120-A), “Lab-4” (00008120-B).');
	});

	it('tells why nothing is seen at all, instead of a device that is not attached', async () => {
		bench.lab.change({ devices: [] });
		const problems = [{ code: 'MUX_UNAVAILABLE', message: 'refused', details: { address: '/var/run/usbmuxd' } }];
		bench.engine.on('devices/list', () => ({ devices: [], problems }));
		assert.equal(await run({ action: 'backup', device: 'Lab-3' }), 3);
		assert.match(bench.lines.join('\n'), /usbmuxd/);
		assert.doesNotMatch(bench.lines.join('\n'), /not attached/);
		bench.engine.on('devices/list', () => {
			throw new LabFailure({ code: 'ENGINE_STOPPED', message: 'ended', details: {} });
		});
		assert.notEqual(await run({ action: 'backup', device: 'Lab-3' }), 0);
		assert.doesNotMatch(bench.lines.join('\n'), /not attached/);
		bench.engine.on('devices/list', () => ({ devices: [], problems: [] }));
		assert.equal(await run({ action: 'backup', device: 'Lab-3' }), 3);
		assert.match(bench.lines.join('\n'), /not attached/);
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
			assert.equal(lastLine(), 'Cancelled. What was there before is whole.');
		});
	});

	it('says that nothing was changed when it is cancelled before its work begins', async () => {
		bench.world.snapshotPassword = () => Promise.reject(new CancellationError());
		assert.equal(await run({ action: 'rollback', snapshot: 'clean' }), 7);
		assert.equal(lastLine(), 'Cancelled. Nothing was changed.');
		assert.deepEqual(bench.engine.params('rollback/run'), []);
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
