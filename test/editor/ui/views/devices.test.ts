import assert from 'node:assert/strict';
import { eventually } from '../../../support/eventually.ts';
import { describeInThemes, describeWorkbench } from '../../../support/editor/useWorkbench.ts';

describeWorkbench('The devices view without a muxer', { lab: false }, (workbench) => {
	it('says what is missing and offers what helps', async () => {
		const { ui } = workbench;
		await ui.openView('Device Lab');
		const welcome = ui.page.locator('.welcome-view-content').first();
		await welcome.filter({ hasText: 'nothing there connects iPhones' }).waitFor();
		for (const name of ['Check This Computer', 'Start Virtual Lab', 'Open Settings']) {
			await welcome.getByRole('button', { name }).waitFor();
		}
		await ui.screenshot('views-no-muxer');
	});
});

describeInThemes(
	'The devices view',
	{
		lab: { devices: 3 },
		prepare: async ({ devicelab }) => {
			await devicelab('snapshot', 'Lab-1', '--name', 'clean', '--note', '</script><img src=x>[x](command:evil)');
			await devicelab('snapshot', 'Lab-1');
		},
	},
	(workbench, theme) => {
		it('lists devices with what they are, and snapshots below', async () => {
			const { ui } = workbench;
			await ui.openView('Device Lab');
			await ui.treeItem(/^Device Lab-3, /).waitFor();
			await ui.expand(/^Device Lab-1, /);
			await ui.treeItem(/^Snapshot clean of /).waitFor();
			await ui.treeItem(/^iCloud Backup: (on|off)/).waitFor();
			assert.match((await ui.treeTexts('Devices'))[1] ?? '', /^Now ?may have changed since Today, /);
			await ui.screenshot(`views-devices-${theme}`);
		});

		it('shows the note of a snapshot as it was written', async () => {
			const { ui } = workbench;
			await ui.treeItem(/^Snapshot clean of /).hover();
			const hover = ui.page.locator('.monaco-hover:visible, .workbench-hover:visible').filter({ hasText: 'Note' });
			await hover.waitFor();
			assert.match(await hover.innerText(), /<\/script><img src=x>\[x\]\(command:evil\)/);
			assert.equal(await hover.locator('img, a').count(), 0);
			await ui.screenshot(`views-tooltip-${theme}`);
			await ui.page.mouse.move(700, 500);
		});

		it('calls a person to a phone that waits for its passcode, and cancels', async () => {
			const { ui, lab } = workbench;
			await lab.devices[1]?.tell('set', 'passcode=never');
			await ui.inlineAction(/^Device Lab-2, /, 'Back Up Now');
			await ui.treeItem(/Enter the passcode on “Lab-2”\./).waitFor();
			await ui.notification('Enter the passcode on “Lab-2”.').waitFor();
			await ui.statusBar('Enter the passcode on “Lab-2”').waitFor();
			await eventually('a badge', async () => /1/.test(await ui.activityBarEntry('Device Lab').innerText()));
			await ui.screenshot(`views-passcode-${theme}`);
			await ui.pressNotification('Enter the passcode', 'Cancel');
			await ui.statusBar('Backup of “Lab-2”: cancelled').waitFor();
			await ui.treeItem(/Enter the passcode/).waitFor({ state: 'detached' });
		});

		it('moves a device that is unplugged to the stored snapshots, and back', async () => {
			const { ui, lab } = workbench;
			await lab.devices[0]?.tell('unplug');
			await ui.treeItem(/^Device Lab-1, /).waitFor({ state: 'detached' });
			await ui.viewHeader('Stored Snapshots').click();
			await ui.treeItem(/^Device Lab-1, not attached: 2 snapshots/).waitFor();
			await ui.screenshot(`views-stored-${theme}`);
			await lab.devices[0]?.tell('plug');
			await ui.treeItem(/^Device Lab-1, iPhone/).waitFor();
		});
	},
);
