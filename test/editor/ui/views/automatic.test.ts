import assert from 'node:assert/strict';
import { eventually } from '../../../support/eventually.ts';
import { describeWorkbench } from '../../../support/editor/useWorkbench.ts';

describeWorkbench(
	'Automatic backups',
	{ lab: { devices: 1 }, settings: { 'deviceLab.automaticBackups.mode': 'onAttach', 'deviceLab.automaticBackups.minBattery': 0 } },
	(workbench) => {
		it('begin without a view that is looked at, and are told on the row of the device', async () => {
			const { ui } = workbench;
			// Only the status bar is to be seen: nobody has opened the view.
			await ui.statusBar('Backup of “Lab-1”: done').or(ui.statusBar('1 device')).first().waitFor();
			await ui.openView('Device Lab');
			await eventually('it is backed up', async () =>
				(await ui.treeTexts('Devices')).some((text) =>
					/^Automatic backup ?on · backed up Today, .* · next when it is attached again$/.test(text),
				),
			);
			assert.equal((await ui.treeTexts('Devices')).filter((text) => /you are here .*automatic/.test(text)).length, 1);
			await ui.screenshot('views-automatic');
		});

		it('are turned off on that row', async () => {
			const { ui } = workbench;
			await ui.inlineAction(/^Automatic backup: on/, 'Automatic Backups…');
			await ui.page.locator('.quick-input-widget').getByText('Off', { exact: true }).click();
			await ui.treeItem(/^Automatic backup: off/).waitFor();
		});
	},
);
