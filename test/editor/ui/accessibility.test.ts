import assert from 'node:assert/strict';
import { webviewBarriers } from '../../support/editor/accessibility.ts';
import { describeInThemes } from '../../support/editor/useWorkbench.ts';

describeInThemes(
	'The timeline',
	{ lab: { devices: 1 }, prepare: ({ devicelab }) => devicelab('snapshot', 'Lab-1', '--name', 'fresh') },
	(workbench, theme) => {
		it('keeps nobody out', async () => {
			const { ui } = workbench;
			await ui.palette('Device Lab: Open Timeline');
			await ui.webview().getByText('fresh').first().waitFor();
			await ui.screenshot(`timeline-${theme}`);
			assert.deepEqual(await webviewBarriers(ui), []);
		});
	},
);
