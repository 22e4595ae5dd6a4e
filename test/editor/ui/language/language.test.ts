import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describeWorkbench } from '../../../support/editor/useWorkbench.ts';

const folder = path.join(tmpdir(), `devicelab-language-${process.pid}`);

const tasks = `{
	"version": "2.0.0",
	"tasks": [
		{
			// by hand
			"label": "clean phone",
			"type": "deviceLab",
			"action": "rollback",
			"device": "payments",
			"snapshot": "claen"
		},
		{
			"label": "other phone",
			"type": "deviceLab",
			"action": "rollback",
			"device": "Lab-2",
			"snapshot": ""
		}
	]
}
`;
const lab = `{
	"devices": {
		"payments": { "name": "Lab-1" },
		"small-screen": { "name": "Somebody's phone" }
	},
	"baselines": ["clean", "logged in"]
}
`;

describeWorkbench(
	'Language features',
	{
		lab: { devices: 2 },
		folder,
		prepare: async ({ devicelab }) => {
			mkdirSync(path.join(folder, '.vscode'), { recursive: true });
			writeFileSync(path.join(folder, '.vscode/tasks.json'), tasks);
			writeFileSync(path.join(folder, '.vscode/device-lab.json'), lab);
			await devicelab('snapshot', 'Lab-1', '--name', 'clean');
			await devicelab('snapshot', 'Lab-2', '--name', 'logged in', '--note', '</script><img src=x>[x](command:evil)');
			await devicelab('snapshot', 'Lab-2');
		},
	},
	(workbench) => {
		after(() => rmSync(folder, { recursive: true, force: true }));

		/** Opens a file by its name, as a person does. */
		async function openFile(name: string): Promise<void> {
			const { page } = workbench.ui;
			await page.keyboard.press('ControlOrMeta+P');
			await workbench.ui.quickInput().fill(name);
			await workbench.ui.pick(name);
			await page.locator('.tab.active').filter({ hasText: name }).waitFor();
		}

		it('put what can be done above each device of the lab file', async () => {
			const { ui } = workbench;
			await openFile('device-lab.json');
			for (const title of ['Back Up Now', 'Roll Back…', 'Open Timeline', 'Choose Its Phone…']) {
				await ui.page.locator('.codelens-decoration a').filter({ hasText: title }).first().waitFor();
			}
			await ui.screenshot('language-lab-file');
			await ui.page.locator('.codelens-decoration a').filter({ hasText: 'Choose Its Phone…' }).click();
			await ui.quickInputBox().filter({ hasText: 'Choose Phone' }).waitFor();
			await ui.pick('Lab-2');
			await ui.page.locator('.codelens-decoration').filter({ hasText: 'Choose Its Phone…' }).waitFor({ state: 'detached' });
		});

		it('underline a wrong name, and offer the right one', async () => {
			const { ui } = workbench;
			await openFile('tasks.json');
			await ui.page.locator('.squiggly-warning').first().waitFor();
			await ui.page.getByText('"claen"').first().click();
			await ui.palette('Quick Fix...');
			const fix = ui.page.locator('.action-widget').getByText('Change to “clean”');
			await fix.waitFor();
			await ui.screenshot('language-quick-fix');
			await fix.click();
			await ui.page.getByText('"clean"').first().waitFor();
		});

		it('offer snapshots with facts, and what they are beside the list, as text', async () => {
			const { ui } = workbench;
			const place = ui.page.getByText('""').first();
			await place.click();
			await ui.page.keyboard.press('End');
			await ui.page.keyboard.press('ArrowLeft');
			await ui.page.keyboard.press('ControlOrMeta+Space');
			const list = ui.page.locator('.suggest-widget.visible');
			await list.getByText('logged in').first().waitFor();
			const details = ui.page.locator('.suggest-details-container');
			if (!(await details.isVisible())) {
				await ui.page.keyboard.press('ControlOrMeta+Space');
			}
			await details.getByText(/Note: /).waitFor();
			assert.equal(await details.locator('img, .body a').count(), 0);
			await ui.screenshot('language-completion');
			await ui.page.keyboard.press('Enter');
			await ui.page.getByText('"logged in"').first().waitFor();
		});
	},
);
