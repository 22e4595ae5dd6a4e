import { eventually } from '../../../support/eventually.ts';
import { describeWorkbench } from '../../../support/editor/useWorkbench.ts';

describeWorkbench('Automatic backups', { lab: { devices: 1 } }, (workbench) => {
	it('are turned on from the row of a device, back it up unasked, and say so there', async () => {
		const { ui } = workbench;
		await ui.openView('Device Lab');
		await ui.inlineAction(/^Automatic backup: off/, 'Automatic Backups…');
		await ui.page.locator('.quick-input-widget').getByText('When Attached', { exact: true }).click();
		await ui.treeItem(/^Automatic backup: on · backed up Today, .* next when it is attached again/).waitFor();
		await eventually('the snapshot says why it is there', async () =>
			(await ui.treeTexts('Devices')).some((text) => /you are here .*automatic/.test(text)),
		);
		await ui.screenshot('views-automatic');
		await ui.inlineAction(/^Automatic backup: on/, 'Automatic Backups…');
		await ui.page.locator('.quick-input-widget').getByText('Off', { exact: true }).click();
		await ui.treeItem(/^Automatic backup: off/).waitFor();
	});
});
