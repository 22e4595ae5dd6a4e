import assert from 'node:assert/strict';
import { describeWorkbench } from '../../../support/editor/useWorkbench.ts';

describeWorkbench('The walkthrough', { lab: { devices: 1 } }, (workbench) => {
	const tick = (step: string) => workbench.ui.page.locator(`[role=checkbox][data-done-step-id$="#${step}"]`).first();
	const isDone = (step: string): Promise<void> => tick(step).and(workbench.ui.page.locator('[aria-checked=true]')).waitFor();

	it('ticks each step that was done, in the ways in which people do it', async () => {
		const { ui } = workbench;
		await ui.palette('Welcome: Open Walkthrough...');
		await ui.pick(/Bring iPhones back/);
		await tick('rollBack').and(ui.page.locator('[aria-checked=false]')).waitFor();
		// Single asterisks mean nothing to the editor there.
		assert.deepEqual(
			(await ui.page.locator('.getting-started-step').allTextContents()).filter((text) => text.includes('*')),
			[],
		);
		await ui.screenshot('walkthrough');
		await ui.openView('Device Lab');
		await isDone('look');
		await ui.treeItem(/^Device Lab-1, /).waitFor();
		await isDone('attach');
		await ui.inlineAction(/^Device Lab-1, /, 'Back Up Now');
		await ui.statusBar('“Lab-1” is backed up').waitFor();
		await isDone('backUp');
		await ui.contextMenu(/^Snapshot of /, 'Name Snapshot…');
		await ui.answer('clean');
		await ui.treeItem(/^Snapshot clean of /).waitFor();
		await isDone('name');
		await ui.inlineAction(/^Snapshot clean of /, /^Roll Back/);
		await ui.pressModal('Roll back “Lab-1” to “clean”?', 'Cancel');
		await isDone('rollBack');
		await ui.screenshot('walkthrough-done');
	});
});
