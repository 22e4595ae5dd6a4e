import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { webviewBarriers } from '../../../support/editor/accessibility.ts';
import { eventually } from '../../../support/eventually.ts';
import { describeWorkbench } from '../../../support/editor/useWorkbench.ts';

/** What a key does is seen within this time, a check before a roll-back included. */
const OUTCOME_MS = 8000;

const store = path.join(tmpdir(), `devicelab-timeline-${process.pid}`);
/** Packs with what only `logged-in` and what came from it hold. */
const ownPacks: string[] = [];

function packs(): string[] {
	const entries = readdirSync(path.join(store, 'packs'), { recursive: true, withFileTypes: true });
	return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}

describeWorkbench(
	'The timeline in the workbench',
	{
		lab: { devices: 2 },
		env: { DEVICELAB_STORE: store },
		prepare: async ({ lab, devicelab }) => {
			const touch = (seed: string): Promise<unknown> => lab.devices[0]?.tell('touch', '--files', '5', '--seed', seed) ?? Promise.resolve();
			await devicelab('snapshot', 'Lab-1', '--name', 'fresh');
			await touch('a');
			const before = new Set(packs());
			await devicelab('snapshot', 'Lab-1', '--name', 'logged-in');
			ownPacks.push(...packs().filter((file) => !before.has(file)));
			await touch('b');
			await devicelab('snapshot', 'Lab-1');
		},
	},
	(workbench) => {
		after(() => rmSync(store, { recursive: true, force: true }));

		const page = () => workbench.ui.webview();
		const row = (name: RegExp) => page().getByRole('treeitem', { name });

		/** Presses a key until what it leads to is there: the editor learns a moment later that the keyboard is in the rows. */
		const press = async (key: string, outcome: Locator): Promise<void> => {
			await eventually(`what ${key} leads to`, async () => {
				await workbench.ui.page.keyboard.press(key);
				return outcome.waitFor({ timeout: OUTCOME_MS }).then(
					() => true,
					() => false,
				);
			});
		};

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

		it('marks, compares, pins, deletes and rolls back by single keys, after the same questions', async () => {
			const { ui } = workbench;
			await row(/^golden/).click();
			await press('Space', row(/^golden.*marked/));
			await row(/^logged-in/).click();
			await press('c', page().getByRole('region', { name: /^Comparison of golden and logged-in/ }));
			await ui.screenshot('timeline-compare');
			await page().getByRole('button', { name: 'Leave comparison' }).click();
			await row(/^golden/).click();
			await press('p', row(/^golden.*pinned/));
			await press('r', ui.modal(/golden/));
			await ui.pressModal(/golden/, 'Cancel');
			await row(/^logged-in/).click();
			await press('Delete', ui.modal('Delete “logged-in” of “Lab-1” for good?'));
			await ui.pressModal('Delete', 'Cancel');
			await row(/^logged-in/).click();
			await press('h', row(/^Now/).and(page().locator(':focus')));
		});

		it('has one panel for a device, which another one takes the place of', async () => {
			const { ui } = workbench;
			const tabs = ui.page.getByRole('tab', { name: /: Timeline/ });
			await page().getByRole('combobox', { name: 'Device' }).selectOption({ label: 'Lab-2' });
			await tabs.filter({ hasText: 'Lab-2: Timeline' }).waitFor();
			await page().getByText('No snapshots yet.').waitFor();
			await ui.screenshot('timeline-empty');
			await ui.contextMenu(/Lab-1/, 'Open Timeline');
			await row(/^golden/).waitFor();
			await ui.contextMenu(/Lab-1/, 'Open Timeline');
			assert.equal(await tabs.filter({ hasText: 'Lab-1: Timeline' }).count(), 1);
			assert.equal(await tabs.filter({ hasText: 'Lab-2: Timeline' }).count(), 1);
			await ui.palette('View: Close Other Editors in Group');
			await tabs.filter({ hasText: 'Lab-2: Timeline' }).waitFor({ state: 'detached' });
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

		it('takes a snapshot with N', async () => {
			await workbench.lab.devices[0]?.tell('set', 'passcode=delay:3000');
			await row(/^golden/).click();
			await press('n', row(/Taking a snapshot, waits for the passcode/));
			await eventually('five snapshots', async () => (await row(/device snapshot/).count()) === 5);
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

		it('shows damage that was found, says what cannot be done with it, and leaves the rest as it is', async () => {
			const { ui } = workbench;
			for (const file of ownPacks) {
				const bytes = readFileSync(file);
				chmodSync(file, 0o600);
				writeFileSync(file, bytes.fill(0xff, 200, bytes.length - 200));
			}
			await row(/^logged-in/).click();
			await page().getByRole('button', { name: 'Verify' }).click();
			await row(/^logged-in.*damaged/).waitFor();
			await page().getByText('Damage was found on').waitFor();
			await page().getByText('Roll Back, Restore onto Another Device, Export: This snapshot is damaged.').waitFor();
			assert.equal(await page().getByRole('button', { name: 'Roll Back…' }).getAttribute('aria-disabled'), 'true');
			await ui.screenshot('timeline-damaged');
			assert.deepEqual(await webviewBarriers(ui), []);
			await row(/^golden(?!.*damaged)/).click();
			await page().getByText('Damage was found on').waitFor({ state: 'detached' });
		});
	},
);
