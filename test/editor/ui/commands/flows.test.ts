import assert from 'node:assert/strict';
import { describeWorkbench } from '../../../support/editor/useWorkbench.ts';

describeWorkbench(
	'Commands',
	{
		lab: { devices: 2, profile: 'mix:60:1M' },
		prepare: async ({ lab, devicelab }) => {
			await devicelab('snapshot', 'Lab-1', '--name', 'clean');
			await lab.devices[0]?.tell('touch', '--files', '5');
		},
	},
	(workbench) => {
		it('back a phone up from the palette, with the facts of each phone, and by keyboard alone', async () => {
			const { ui } = workbench;
			await ui.openView('Device Lab');
			await ui.treeItem(/^Device Lab-2, /).waitFor();
			await ui.palette('Device Lab: Back Up Now');
			await ui.pickRows().filter({ hasText: 'Lab-1' }).first().waitFor();
			const rows = await ui.pickTexts();
			assert.match(rows.find((row) => row.includes('Lab-1')) ?? '', /iPhone .* · iOS .* · USB.*Last snapshot .*: clean/);
			assert.match(rows.find((row) => row.includes('Lab-2')) ?? '', /No snapshot yet/);
			await ui.screenshot('commands-back-up');
			// All typed: the filter, the tick, and yes.
			await ui.quickInput().fill('Lab-1');
			await ui.page.keyboard.press('ArrowDown');
			await ui.page.keyboard.press('Space');
			await ui.page.keyboard.press('Enter');
			await ui.statusBar('“Lab-1” is backed up').waitFor();
			assert.equal(await ui.notification().count(), 0);
		});

		it('compare two snapshots in a document', async () => {
			const { ui } = workbench;
			await ui.palette('Device Lab: Compare…');
			await ui.quickInputBox().getByPlaceholder('The first of two snapshots').waitFor();
			await ui.quickInput().fill('clean');
			await ui.page.keyboard.press('Enter');
			await ui.quickInputBox().getByPlaceholder('Compare “clean” with').waitFor();
			await ui.page.keyboard.press('Enter');
			const lines = ui.page.locator('.editor-instance .view-line');
			await lines
				.filter({ hasText: /files.differ/ })
				.first()
				.waitFor();
			await lines
				.filter({ hasText: /App.or.domain/ })
				.first()
				.waitFor();
			await ui.screenshot('commands-compare');
		});

		it('roll a phone back to its baseline after its modal, and prove it', async () => {
			const { ui } = workbench;
			await ui.palette('Device Lab: Roll Back to Baseline…');
			const modal = ui.modal('Roll back “Lab-1” to “clean”?');
			await modal.waitFor();
			const text = await modal.innerText();
			assert.match(text, /Device: “Lab-1” \(.+\)/);
			assert.match(text, /A safety snapshot is taken first/);
			assert.match(text, /Not in any backup: /);
			await ui.screenshot('commands-roll-back');
			await ui.pressModal('Roll back', 'Roll Back “Lab-1”');
			await ui.notification('“Lab-1” is back at “clean”. Verified').waitFor();
			await ui.screenshot('commands-rolled-back');
			await ui.clear();
		});

		it('do nothing when the modal is cancelled', async () => {
			const { ui } = workbench;
			await ui.palette('Device Lab: Roll Back to Baseline…');
			await ui.modal('Roll back “Lab-1”').waitFor();
			await ui.pressModal('Roll back', 'Cancel');
			// That the phone was checked may be shown a moment longer.
			await ui.notification('Checking').waitFor({ state: 'detached' });
			assert.equal(await ui.notification().count(), 0);
		});

		it('say why a phone cannot be rolled back, and look again', async () => {
			const { ui, lab } = workbench;
			await lab.devices[0]?.tell('set', 'findMy=true');
			await ui.palette('Device Lab: Roll Back to Baseline…');
			await ui.modal('“Lab-1” cannot be rolled back').waitFor();
			await ui.screenshot('commands-roll-back-refused');
			await lab.devices[0]?.tell('set', 'findMy=false');
			await ui.pressModal('cannot be rolled back', 'Check Again');
			await ui.modal('Roll back “Lab-1” to “clean”?').waitFor();
			await ui.pressModal('Roll back', 'Cancel');
		});

		it('find a wrong password before the phone is touched', async () => {
			const { ui, lab } = workbench;
			await ui.palette('Device Lab: Turn On Backup Encryption…');
			await ui.pickRows().filter({ hasText: 'Lab-2' }).first().waitFor();
			await ui.pick('Lab-2');
			await ui.quickInputBox().filter({ hasText: 'If you lose it' }).waitFor();
			await ui.screenshot('commands-new-password');
			// Not to be remembered, so that it is asked for below.
			await ui.quickInputBox().getByRole('button', { name: 'Do Not Remember It' }).click();
			await ui.answer('correct horse battery');
			await ui.quickInputBox().filter({ hasText: 'once more' }).waitFor();
			await ui.answer('correct horse battery');
			await ui.statusBar('Backups of “Lab-2” are encrypted from now on').waitFor();
			await ui.inlineAction(/^Device Lab-2, /, 'Back Up Now');
			await ui.statusBar('“Lab-2” is backed up').waitFor();
			const before = await lab.devices[1]?.fingerprint();
			await ui.inlineAction(/^Device Lab-2, /, /^Roll Back/);
			await ui.pickRows().filter({ hasText: 'encrypted' }).first().waitFor();
			await ui.page.keyboard.press('Enter');
			await ui.quickInputBox().filter({ hasText: 'The backup password' }).waitFor();
			await ui.answer('wrong');
			await ui.quickInputBox().filter({ hasText: 'This is not its password' }).waitFor();
			await ui.screenshot('commands-wrong-password');
			assert.equal(await lab.devices[1]?.fingerprint(), before);
			await ui.answer('correct horse battery');
			await ui.modal('Roll back “Lab-2”').waitFor();
			await ui.pressModal('Roll back', 'Roll Back Without Safety Snapshot');
			await ui.notification('“Lab-2” is back at').waitFor();
			await ui.clear();
		});

		it('show what a clean-up takes and keeps, and why', async () => {
			const { ui } = workbench;
			await ui.palette('Device Lab: Clean Up Snapshots…');
			await ui.pickRows().filter({ hasText: 'Change the rules' }).first().waitFor();
			const rows = (await ui.pickTexts()).join('\n');
			assert.match(rows, /^Free what deleted snapshots took.*no snapshot is deleted/m);
			assert.match(rows, /^clean.*Lab-1.*one of the last/m);
			await ui.screenshot('commands-clean-up');
			await ui.pick('Free what');
			await ui.notification('free again').waitFor();
			await ui.clear();
		});

		it('delete a snapshot after a modal that names it', async () => {
			const { ui } = workbench;
			await ui.palette('Device Lab: Delete Snapshot…');
			await ui.pickRows().filter({ hasText: 'Lab-1' }).first().waitFor();
			await ui.pick('Lab-1');
			await ui.pickRows().filter({ hasText: 'clean' }).first().waitFor();
			await ui.quickInput().fill('clean');
			await ui.page.keyboard.press('ArrowDown');
			await ui.page.keyboard.press('Space');
			await ui.page.keyboard.press('Enter');
			await ui.modal('Delete “clean” of “Lab-1” for good?').waitFor();
			await ui.screenshot('commands-delete');
			await ui.pressModal('Delete “clean”', 'Delete Snapshot');
			await ui.statusBar('The snapshot is deleted').waitFor();
		});

		it('check this computer', async () => {
			const { ui } = workbench;
			await ui.palette('Device Lab: Check This Computer');
			await ui.pickRows().filter({ hasText: 'Node' }).first().waitFor();
			await ui.screenshot('commands-check-computer');
			await ui.page.keyboard.press('Escape');
		});

		it('say why not of a phone that was unplugged', async () => {
			const { ui, lab } = workbench;
			await lab.devices[1]?.tell('unplug');
			await ui.treeItem(/^Device Lab-2, /).waitFor({ state: 'detached' });
			await ui.palette('Device Lab: Back Up All');
			await ui.statusBar('The attached device is backed up').waitFor();
		});
	},
);
