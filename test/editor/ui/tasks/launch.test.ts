import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { debugAdapterExtension, DEBUG_TYPE, readLaunches, type LaunchRecord } from '../../../support/editor/debugAdapter.ts';
import { describeWorkbench } from '../../../support/editor/useWorkbench.ts';
import { eventually } from '../../../support/eventually.ts';
import { ipa } from '../../../support/packages.ts';

const folder = path.join(tmpdir(), `devicelab-launch-${process.pid}`);
const log = path.join(folder, 'launches.jsonl');
/** What the hooks of the lab file write. */
const hookLog = path.join(folder, 'hooks.txt');
/** Signed for development. */
const PROBE = 'com.example.lab-probe';
/** A roll-back over such a link takes minutes. */
const SLOW_BYTES = '20000';

const rollback = (label: string, device: string, snapshot: string): object => ({
	label,
	type: 'deviceLab',
	action: 'rollback',
	device,
	snapshot,
	safety: false,
	problemMatcher: [],
});
const node = (label: string, script: string): object => ({
	label,
	type: 'process',
	command: process.execPath,
	args: ['-e', script],
	// What waits for it stays in view.
	presentation: { reveal: 'silent' },
	problemMatcher: [],
});
const hook = (label: string): object => node(label, `require('node:fs').appendFileSync(${JSON.stringify(hookLog)}, '${label}\\n')`);
const install = (label: string, file: string): object => ({
	label,
	type: 'deviceLab',
	action: 'install',
	device: 'Lab-1',
	file,
	problemMatcher: [],
});
const launch = (name: string, more: object = {}): object => ({ name, type: DEBUG_TYPE, request: 'launch', log, ...more });

const tasks = {
	version: '2.0.0',
	tasks: [
		rollback('clean one', 'Lab-1', 'clean'),
		rollback('clean the same', 'last-selected', 'clean'),
		rollback('clean two', 'Lab-2', 'clean'),
		rollback('nowhere', 'Lab-1', 'no such state'),
		{ label: 'unlocked', type: 'deviceLab', action: 'wait', device: 'Lab-1', problemMatcher: [] },
		{ label: 'unlocked and clean', dependsOrder: 'sequence', dependsOn: ['unlocked', 'clean one'], problemMatcher: [] },
		{ label: 'clean both', dependsOn: ['clean one', 'clean two'], problemMatcher: [] },
		{ ...rollback('cheaply clean', 'Lab-1', 'clean'), scope: 'auto' },
		node('tests', 'process.exit(3)'),
		{
			label: 'tests that are kept',
			type: 'deviceLab',
			action: 'snapshotOnFailure',
			task: 'tests',
			device: 'Lab-1',
			bundleId: PROBE,
			launch: 'Slow phone',
			problemMatcher: [],
		},
		{ label: 'keep', type: 'deviceLab', action: 'backup', device: 'Lab-1', name: 'what is left', problemMatcher: [] },
		{ label: 'data of the app', type: 'deviceLab', action: 'appSnapshot', device: 'Lab-1', bundleId: PROBE, keep: 1, problemMatcher: [] },
		install('install the build', 'build/Probe.ipa'),
		{
			label: 'keep the app, then install',
			dependsOrder: 'sequence',
			dependsOn: ['data of the app', 'install the build'],
			problemMatcher: [],
		},
		install('install what is broken', 'build/Broken.ipa'),
		hook('lights on'),
		hook('sign in'),
	],
};
const labFile = { hooks: { beforeInstall: 'lights on', afterInstall: 'sign in' } };
const launches = {
	version: '0.2.0',
	configurations: [
		launch('One phone', { preLaunchTask: 'unlocked and clean' }),
		launch('The same phone', { preLaunchTask: 'clean the same', udid: '${command:deviceLab.value.udid}', stays: true }),
		launch('Slow phone', { preLaunchTask: 'clean one' }),
		launch('Cheaply', { preLaunchTask: 'cheaply clean' }),
		launch('Both phones', { preLaunchTask: 'clean both' }),
		launch('From nowhere', { preLaunchTask: 'nowhere' }),
		launch('Then kept', { postDebugTask: 'keep' }),
		launch('New build', { preLaunchTask: 'keep the app, then install' }),
		launch('Broken build', { preLaunchTask: 'install what is broken' }),
		launch('App'),
		launch('Backend'),
	],
	compounds: [
		{ name: 'All', configurations: ['App', 'Backend'], preLaunchTask: 'clean one' },
		{ name: 'None', configurations: ['App', 'Backend'], preLaunchTask: 'nowhere' },
	],
};

describeWorkbench(
	'Launch configurations',
	{
		lab: { devices: 2 },
		folder,
		extensions: [debugAdapterExtension],
		prepare: async ({ lab, devicelab }) => {
			mkdirSync(path.join(folder, '.vscode'), { recursive: true });
			writeFileSync(path.join(folder, '.vscode/tasks.json'), JSON.stringify(tasks));
			writeFileSync(path.join(folder, '.vscode/launch.json'), JSON.stringify(launches));
			writeFileSync(path.join(folder, '.vscode/device-lab.json'), JSON.stringify(labFile));
			mkdirSync(path.join(folder, 'build'));
			writeFileSync(path.join(folder, 'build/Probe.ipa'), ipa({ bundleId: PROBE, version: '9.0', build: '90' }));
			writeFileSync(path.join(folder, 'build/Broken.ipa'), ipa({ bundleId: PROBE, version: '9.1', profile: null }));
			for (const { name } of lab.devices) {
				await devicelab('snapshot', name, '--name', 'clean');
			}
		},
	},
	(workbench) => {
		const clean = new Map<number, string>();
		const device = (index: number) => {
			const found = workbench.lab.devices[index];
			assert.ok(found);
			return found;
		};
		/** All that a backup would carry. That a folder for caches is made as soon as a computer looks into an app is no change of state. */
		const stateOf = async (index: number): Promise<string> =>
			(await device(index).tell('fingerprint', '--list')).filter((line) => / /.test(line) && !line.endsWith('"Library/Caches"')).join('\n');
		const isClean = async (index: number): Promise<boolean> => (await stateOf(index)) === clean.get(index);
		const began = (): readonly LaunchRecord[] => readLaunches(log).filter(({ what }) => what === 'began');
		const names = (): readonly string[] =>
			began()
				.map(({ name }) => name)
				.sort();
		const start = async (name: string): Promise<void> => {
			await workbench.ui.palette('Debug: Select and Start Debugging');
			await workbench.ui.pickRows().filter({ hasText: name }).first().waitFor();
			await workbench.ui.pick(name);
		};

		/** The list of tasks is longer than its window: it is narrowed down first. */
		const runTask = async (label: string): Promise<void> => {
			await workbench.ui.palette('Tasks: Run Task');
			await workbench.ui.pickRows().filter({ hasText: 'clean one' }).first().waitFor();
			await workbench.ui.quickInput().fill(label);
			await workbench.ui.pickRows().filter({ hasText: 'clean one' }).waitFor({ state: 'detached' });
			await workbench.ui.pick(label);
		};

		/** The terminal that is shown, once it has a text. Its rows break where the terminal is full. */
		const terminal = (text: string) =>
			workbench.ui.page
				.locator('.terminal-wrapper.active .xterm-rows')
				.filter({ hasText: new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(' ', '\\s*')) });

		before(async () => {
			for (const index of workbench.lab.devices.keys()) {
				clean.set(index, await stateOf(index));
			}
		});

		const touchAll = async (): Promise<void> => {
			for (const each of workbench.lab.devices) {
				await each.tell('touch', '--files', '5');
			}
		};
		const useProbe = (seed: string) => device(0).tell('use-app', PROBE, '--files', '3', '--bytes', '3000', '--seed', seed);

		beforeEach(() => rmSync(log, { force: true }));

		afterEach(() => workbench.ui.palette('Terminal: Kill All Terminals'));

		after(() => rmSync(folder, { recursive: true, force: true }));

		it('know the phone that was chosen, and the task has the same', async () => {
			await touchAll();
			const { ui } = workbench;
			await start('The same phone');
			await ui.pickRows().filter({ hasText: 'Lab-2' }).first().waitFor();
			await ui.pick('Lab-2');
			await eventually('the launch begins', () => began().length === 1);
			assert.deepEqual(
				began().map(({ name, configuration }) => [name, configuration['udid']]),
				[['The same phone', device(1).udid]],
			);
			assert.deepEqual([await isClean(0), await isClean(1)], [false, true]);
			await ui.screenshot('launch-began');
			await ui.palette('Debug: Stop');
			await eventually('the session ends', () => readLaunches(log).some(({ what }) => what === 'ended'));
		});

		it('begin when the phone is back in its state, and not before', async () => {
			await touchAll();
			const { ui } = workbench;
			await device(0).tell('set', 'locked=true');
			await start('One phone');
			await terminal('“Lab-1” is locked.').waitFor();
			await ui.screenshot('launch-waits');
			assert.deepEqual(began(), []);
			await device(0).tell('set', 'locked=false');
			await eventually('the launch begins', () => began().length === 1);
			assert.ok(await isClean(0));
		});

		it('begin sooner when only the data of an app differs', async () => {
			await useProbe('cheaply');
			assert.ok(!(await isClean(0)));
			await start('Cheaply');
			await eventually('the launch begins', () => began().length === 1);
			assert.ok(await isClean(0));
			await terminal('→ The data of apps: Lab Probe').waitFor();
			await workbench.ui.screenshot('launch-cheaply');
		});

		it('begin from where a task failed', async () => {
			const { ui } = workbench;
			await useProbe('failed');
			const failed = await stateOf(0);
			await runTask('tests that are kept');
			await ui.notification('“tests” failed. What it left of “Lab Probe” is kept.').waitFor();
			await ui.screenshot('launch-task-failed');
			await useProbe('later');
			await ui.pressNotification('“tests” failed', 'Debug from Here…');
			await ui.modal('and begin “Slow phone”?').waitFor();
			await ui.screenshot('launch-debug-from-here');
			await ui.pressModal('and begin “Slow phone”?', 'Debug from Here');
			await eventually('the launch begins', () => began().length === 1);
			assert.equal(await stateOf(0), failed);
			await terminal('this launch begins from there').waitFor();
			await ui.clear();
		});

		it('do not begin when the roll-back fails', async () => {
			const { ui } = workbench;
			await start('From nowhere');
			await ui.modal(/nowhere.*exit code 2/).waitFor();
			await ui.screenshot('launch-refused');
			await ui.pressModal('nowhere', 'Abort');
			await terminal('Failed: ').waitFor();
			assert.deepEqual(began(), []);
		});

		it('do not begin when the roll-back is cancelled', async () => {
			const { ui } = workbench;
			await device(0).tell('fault', 'slow-link', SLOW_BYTES);
			try {
				await start('Slow phone');
				await terminal('Rolling “Lab-1” back to “clean”').waitFor();
				// From here on there is a job that can be cancelled.
				await ui.statusBar(/Lab-1: /).waitFor();
				await ui.palette('Tasks: Terminate Task');
				await ui.pick('clean one');
				await ui.statusBar('Roll-back of “Lab-1”: cancelled').waitFor();
				await ui.screenshot('launch-cancelled');
			} finally {
				await device(0).tell('fault', 'clear', 'slow-link');
			}
			await start('App');
			await eventually('the next launch begins', () => began().length > 0);
			assert.deepEqual(names(), ['App']);
		});

		it('wait for two phones at once', async () => {
			await touchAll();
			await start('Both phones');
			await eventually('the launch begins', () => began().length === 1);
			assert.deepEqual([await isClean(0), await isClean(1)], [true, true]);
		});

		it('begin together behind one roll-back', async () => {
			await touchAll();
			await start('All');
			await eventually('both begin', () => began().length === 2);
			assert.deepEqual(names(), ['App', 'Backend']);
			assert.ok(await isClean(0));
		});

		it('begin neither of them when it fails', async () => {
			const { ui } = workbench;
			await start('None');
			await ui.modal(/nowhere.*exit code 2/).waitFor();
			await ui.pressModal('nowhere', 'Abort');
			assert.deepEqual(began(), []);
		});

		it('keep what is left when they end', async () => {
			const { ui } = workbench;
			await start('Then kept');
			await eventually('the launch begins', () => began().length === 1);
			await terminal('“Lab-1” is backed up').waitFor();
			await ui.screenshot('launch-kept');
		});

		it('begin with a build that was installed between its hooks, and the app’s data is kept before', async () => {
			const { ui } = workbench;
			await useProbe('before the build');
			const before = await stateOf(0);
			await start('New build');
			await eventually('the launch begins', () => began().length === 1);
			assert.equal(readFileSync(hookLog, 'utf8'), 'lights on\nsign in\n');
			assert.equal(await stateOf(0), before);
			await terminal('is installed: 9.0 (90), before').waitFor();
			await ui.screenshot('launch-new-build');
			await useProbe('after the build');
			await runTask('data of the app');
			await terminal('Older snapshots of tasks that were deleted: 1. The newest 1 stay.').waitFor();
			await ui.screenshot('launch-thinned-out');
		});

		it('get a roll-back by a command that shows first what it would write', async () => {
			const { ui } = workbench;
			const file = path.join(folder, '.vscode/launch.json');
			const before = readFileSync(file, 'utf8');
			const comparison = ui.page.locator('.tab').filter({ hasText: 'launch.json with the roll-back' });
			const propose = async (): Promise<void> => {
				await ui.palette('Device Lab: Add Roll-back to Launch Configuration…');
				await ui.pickRows().filter({ hasText: 'All' }).waitFor();
				await ui.pick('Backend');
				await ui.pickRows().filter({ hasText: 'Lab-1' }).waitFor();
				await ui.pick('Lab-1');
				await ui
					.pickRows()
					.filter({ hasText: /^clean/ })
					.waitFor();
				await ui.pick(/^clean/);
				await comparison.waitFor();
			};
			await propose();
			await ui.screenshot('launch-proposal');
			await ui.pressNotification('Have “Backend” roll “Lab-1” back to “clean” first?', 'Discard');
			await comparison.waitFor({ state: 'detached' });
			assert.equal(readFileSync(file, 'utf8'), before);
			await propose();
			await ui.pressNotification('Have “Backend” roll “Lab-1” back to “clean” first?', 'Write Changes');
			await comparison.waitFor({ state: 'detached' });
			assert.equal(readFileSync(file, 'utf8'), before.replace(/("name":"Backend"[^}]*)\}/, '$1, "preLaunchTask": "clean one"}'));
			await ui.palette('View: Close All Editors');
		});

		it('do not begin when the build cannot be installed, and what runs behind it does not', async () => {
			const { ui } = workbench;
			rmSync(hookLog);
			await start('Broken build');
			await ui.modal(/install what is broken.*exit code 4/).waitFor();
			await ui.screenshot('launch-broken-build');
			await ui.pressModal('install what is broken', 'Abort');
			await terminal('has no provisioning profile (0xe8008015)').waitFor();
			assert.equal(readFileSync(hookLog, 'utf8'), 'lights on\n');
			assert.deepEqual(began(), []);
		});
	},
);
