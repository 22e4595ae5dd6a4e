import assert from 'node:assert/strict';
import { describeInThemes } from '../../support/editor/useWorkbench.ts';

describeInThemes('The installed extension', { lab: { devices: 3 } }, (workbench, theme) => {
	it('starts in a clean workbench and keeps a picture', async () => {
		await workbench.ui.screenshot(`workbench-${theme}`);
	});

	it('offers its commands in the palette', async () => {
		assert.ok((await workbench.ui.paletteTexts('Device Lab: Show Log')).some((text) => text.startsWith('Device Lab: Show Log')));
	});

	it('shows its log', async () => {
		await workbench.ui.palette('Device Lab: Show Log');
		await workbench.ui.page.locator('.view-line').filter({ hasText: 'is active' }).first().waitFor();
		await workbench.ui.screenshot(`log-${theme}`);
	});
});
