import { eventually } from '../../../support/eventually.ts';
import { describeWorkbench } from '../../../support/editor/useWorkbench.ts';

describeWorkbench(
	'The timeline in the workbench',
	{
		lab: { devices: 2 },
		prepare: async ({ lab, devicelab }) => {
			const touch = (seed: string): Promise<unknown> => lab.devices[0]?.tell('touch', '--files', '5', '--seed', seed) ?? Promise.resolve();
			await devicelab('snapshot', 'Lab-1', '--name', 'fresh');
			await touch('a');
			await devicelab('snapshot', 'Lab-1', '--name', 'logged-in');
			await touch('b');
			await devicelab('snapshot', 'Lab-1');
		},
	},
	(workbench) => {
		const page = () => workbench.ui.webview();
		const row = (name: RegExp) => page().getByRole('treeitem', { name });

		it('opens from the tree, and shows where the device stands', async () => {
			const { ui } = workbench;
			await ui.openView('Device Lab');
			await ui.contextMenu(/Lab-1/, 'Open Timeline');
			await row(/^Now, from/).waitFor();
			await row(/^fresh/).waitFor();
			await row(/^logged-in/).click();
			await page().getByText('Changed since the one before').waitFor();
			await page()
				.getByText(/files? differ/)
				.waitFor();
			await ui.screenshot('timeline');
		});

		it('moves by keyboard, and names a snapshot with F2', async () => {
			const { ui } = workbench;
			await row(/^logged-in/).click();
			await ui.page.keyboard.press('ArrowLeft');
			await row(/^fresh/)
				.and(page().locator(':focus'))
				.waitFor();
			await ui.page.keyboard.press('F2');
			await ui.answer('golden');
			await row(/^golden/).waitFor();
		});

		it('follows a backup that runs', async () => {
			const { ui } = workbench;
			await workbench.lab.devices[0]?.tell('set', 'passcode=delay:3000');
			await page().getByRole('button', { name: 'Snapshot Now' }).click();
			await row(/Taking a snapshot, waits for the passcode/).waitFor();
			await ui.screenshot('timeline-passcode');
			await eventually('four snapshots', async () => (await row(/device snapshot/).count()) === 4);
			await workbench.lab.devices[0]?.tell('set', 'passcode=none');
		});

		it('rolls back, after the editor has asked, and shows the branch', async () => {
			const { ui } = workbench;
			await row(/^golden/).click();
			await page().getByRole('button', { name: 'Roll Back…' }).click();
			await ui.modal(/golden/).waitFor();
			await ui.screenshot('timeline-roll-back');
			await ui.pressModal(/golden/, /^Roll Back “/);
			await row(/^Now, from golden/).waitFor({ timeout: 90_000 });
			await row(/safety/).waitFor();
			await ui.screenshot('timeline-rolled-back');
		});

		it('comes back with its details after the window was reloaded', async () => {
			await page()
				.getByRole('region', { name: /^Details of/ })
				.waitFor();
			await workbench.reload();
			await row(/^Now, from golden/).waitFor();
			// Which snapshot's details they are depends on when the editor saved last; the page itself is tested for that.
			await page()
				.getByRole('region', { name: /^Details of/ })
				.waitFor();
		});

		it('can be read when the device is gone, and says why it cannot roll back', async () => {
			await workbench.lab.devices[0]?.tell('unplug');
			await page().getByText('Lab-1 is not attached.', { exact: false }).first().waitFor();
			await workbench.ui.screenshot('timeline-offline');
			await workbench.lab.devices[0]?.tell('plug');
			await page().getByText('Lab-1 is not attached.', { exact: false }).first().waitFor({ state: 'detached' });
		});
	},
);
