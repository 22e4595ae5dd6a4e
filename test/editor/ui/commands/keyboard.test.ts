import assert from 'node:assert/strict';
import { describeWorkbench } from '../../../support/editor/useWorkbench.ts';
import { eventually } from '../../../support/eventually.ts';

const PASSWORD = 'correct horse battery';
/** More rows than any list of these tests has. */
const MANY_STEPS = 40;

describeWorkbench(
	'By keyboard alone',
	{
		lab: { devices: 2, profile: 'mix:40:1M' },
		env: { DEVICELAB_NEW_PASSWORD: PASSWORD },
		prepare: async ({ lab, devicelab }) => {
			await devicelab('snapshot', 'Lab-1', '--name', 'clean');
			await lab.devices[0]?.tell('touch', '--files', '5');
			await devicelab('encryption', 'Lab-2', 'on');
			await devicelab('snapshot', 'Lab-2', '--name', 'sealed');
		},
	},
	(workbench) => {
		const press = (key: string): Promise<void> => workbench.ui.page.keyboard.press(key);
		/** What has the keyboard, as a screen reader would name it. */
		const focused = async (within: string): Promise<string> => {
			const element = workbench.ui.page.locator(within).first();
			if ((await element.count()) === 0) {
				return '';
			}
			return `${(await element.getAttribute('aria-label')) ?? ''} ${(await element.textContent()) ?? ''}`.trim();
		};
		/** Presses a key until the keyboard is at something. */
		const walk = async (key: string, within: string, to: RegExp): Promise<void> => {
			const passed = new Set<string>();
			for (let step = 0; step < MANY_STEPS; step++) {
				const at = await focused(within);
				if (to.test(at)) {
					return;
				}
				passed.add(at);
				await press(key);
			}
			assert.fail(`${to.source} is not among ${[...passed].join(' | ')}`);
		};
		const row = '.pane-body .monaco-list:focus-within .monaco-list-row.focused';
		const command = async (title: string): Promise<void> => {
			const { ui } = workbench;
			await ui.openPalette(title);
			await ui.page.locator(`.quick-input-list .monaco-list-row.focused[aria-label^=${JSON.stringify(title)}]`).waitFor();
			await press('Enter');
		};
		/** Filters the open choice down to a row, and takes it. */
		const choose = async (placeholder: string, text: string): Promise<void> => {
			const { ui } = workbench;
			await ui.quickInputBox().getByPlaceholder(placeholder).waitFor();
			await ui.page.keyboard.type(text);
			await ui.page.locator('.quick-input-list .monaco-list-row.focused').filter({ hasText: text }).waitFor();
			await press('Enter');
		};
		let pressed: () => Promise<number>;

		before(async () => {
			const { page } = workbench.ui;
			await page.evaluate(`addEventListener('pointerdown', () => document.body.setAttribute('data-pressed', 'yes'), true)`);
			pressed = () => page.locator('body[data-pressed]').count();
		});
		afterEach(async () => assert.equal(await pressed(), 0, 'the mouse was not touched'));

		it('a phone is found in the tree, and backed up from its context menu', async () => {
			const { ui } = workbench;
			await command('Device Lab: Focus on Devices View');
			await ui.treeItem(/^Device Lab-1, /).waitFor();
			// The first time there were no rows yet that could have had it.
			await command('Device Lab: Focus on Devices View');
			await ui.page.locator('.pane-body .monaco-list:focus-within').waitFor();
			await press('Home');
			await walk('ArrowDown', row, /^Device Lab-1, /);
			await press('Shift+F10');
			await ui.page.locator('.monaco-menu').waitFor();
			await walk('ArrowDown', '.monaco-menu .action-item.focused', /Back Up Now/);
			await press('Enter');
			await ui.statusBar('“Lab-1” is backed up').waitFor();
		});

		it('its snapshot gets a name with F2, and the tree keeps the keyboard', async () => {
			const { ui } = workbench;
			await walk('ArrowDown', row, /^Device Lab-1, /);
			await press('ArrowRight');
			await ui.treeItem(/^Now: /).waitFor();
			await walk('ArrowDown', row, /^Snapshot of .*The device stands here/);
			await press('F2');
			await ui.quickInputBox().filter({ hasText: 'Leave it empty to take the name away' }).waitFor();
			await ui.page.keyboard.type('by keys');
			await press('Enter');
			await ui.treeItem(/^Snapshot by keys of /).waitFor();
			await eventually('the keyboard is back in the tree', async () => /^Snapshot by keys of /.test(await focused(row)));
		});

		it('a job is cancelled', async () => {
			const { ui, lab } = workbench;
			await lab.devices[0]?.tell('set', 'passcode=never');
			await walk('ArrowUp', row, /^Device Lab-1, /);
			await press('Shift+F10');
			await ui.page.locator('.monaco-menu').waitFor();
			await walk('ArrowDown', '.monaco-menu .action-item.focused', /Back Up Now/);
			await press('Enter');
			await ui.treeItem(/Enter the passcode on “Lab-1”/).waitFor();
			await command('Device Lab: Cancel');
			await ui.statusBar('Backup of “Lab-1”: cancelled').waitFor();
			await lab.devices[0]?.tell('set', 'passcode=none');
			await ui.treeItem(/Enter the passcode/).waitFor({ state: 'detached' });
		});

		it('a phone is rolled back after its modal, whose buttons Tab and Enter reach', async () => {
			const { ui, lab } = workbench;
			const before = await lab.devices[0]?.fingerprint();
			for (const [button, isDone] of [
				[/^Cancel/, false],
				[/Roll Back Without Safety Snapshot/, true],
			] as const) {
				await command('Device Lab: Roll Back to Snapshot…');
				await choose('Choose a device', 'Lab-1');
				await choose('The state to bring the device back to', 'clean');
				await ui.modal('Roll back “Lab-1” to “clean”?').waitFor();
				await walk('Tab', '.monaco-dialog-box *:focus', button);
				await press('Enter');
				await ui.modal('Roll back').waitFor({ state: 'detached' });
				if (!isDone) {
					assert.equal(await lab.devices[0]?.fingerprint(), before);
				}
			}
			await ui.notification('“Lab-1” is back at “clean”. Verified').waitFor();
			await command('Notifications: Clear All Notifications');
		});

		it('a wrong password is said where it is typed, and the right one goes on', async () => {
			const { ui } = workbench;
			await command('Device Lab: Roll Back to Snapshot…');
			await choose('Choose a device', 'Lab-2');
			await choose('The state to bring the device back to', 'sealed');
			await ui.quickInputBox().filter({ hasText: 'The backup password' }).waitFor();
			await ui.page.keyboard.type('wrong');
			await press('Enter');
			await ui.quickInputBox().filter({ hasText: 'This is not its password' }).waitFor();
			await press('ControlOrMeta+A');
			await ui.page.keyboard.type(PASSWORD);
			await press('Enter');
			await ui.modal('Roll back “Lab-2” to “sealed”?').waitFor();
			await press('Escape');
			await ui.modal('Roll back').waitFor({ state: 'detached' });
		});
	},
);
