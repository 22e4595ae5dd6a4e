import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describeWorkbench } from '../../../support/editor/useWorkbench.ts';
import { ipa } from '../../../support/packages.ts';

const PROBE = 'com.example.lab-probe';
const folder = path.join(tmpdir(), `devicelab-builds-${process.pid}`);

describeWorkbench(
	'Apps',
	{
		lab: { devices: 1, settings: { passcode: 'none' } },
		folder,
		prepare: async ({ lab }) => {
			mkdirSync(folder, { recursive: true });
			writeFileSync(path.join(folder, 'Probe.ipa'), ipa({ bundleId: PROBE, version: '9.0', build: '90' }));
			await lab.devices[0]?.tell('use-app', PROBE, '--files', '6', '--bytes', '60000', '--seed', 'before');
		},
	},
	(workbench) => {
		after(() => rmSync(folder, { recursive: true, force: true }));

		it('stand below their phone with what they are, and offer what iOS allows', async () => {
			const { ui } = workbench;
			await ui.openView('Device Lab');
			await ui.expand(/^Device Lab-1, /);
			await ui.expand(/^Apps of this device/);
			// Once sizes are known the rows are in their order for good.
			await ui.treeItem(/^App Lab Probe, version .* It takes .* Signed for development/).waitFor();
			const menu = await ui.contextMenuTexts(/^App Lab Probe, /);
			assert.deepEqual(menu, ['Take App Snapshot…', 'Uninstall App…']);
			await ui.screenshot('apps-tree');
		});

		it('are kept by a snapshot from their row, which then stands below them', async () => {
			const { ui } = workbench;
			await ui.inlineAction(/^App Lab Probe, /, /^Take App Snapshot/);
			await ui.quickInputBox().filter({ hasText: 'People and tests find the snapshot' }).waitFor();
			await ui.answer('signed in');
			await ui.statusBar('The data of “Lab Probe” on “Lab-1” is kept').waitFor();
			await ui.expand(/^App Lab Probe, /);
			await ui.treeItem(/^Snapshot signed in of .* It holds the data of the app Lab Probe only\. The app stands here\./).waitFor();
		});

		it('are kept before a build goes on, and the build is installed', async () => {
			const { ui, lab } = workbench;
			await lab.devices[0]?.tell('use-app', PROBE, '--files', '6', '--bytes', '60000', '--seed', 'after');
			await ui.palette('Device Lab: Back Up, Then Install Dev Build…');
			await ui.pickRows().filter({ hasText: 'Lab-1' }).first().waitFor();
			await ui.page.keyboard.press('Enter');
			await ui.pickRows().filter({ hasText: 'Probe.ipa' }).first().waitFor();
			await ui.pick('Probe.ipa');
			await ui.pickRows().filter({ hasText: 'The Data of' }).first().waitFor();
			await ui.screenshot('apps-what-to-keep');
			await ui.pick('The Data of');
			await ui.statusBar('9.0 (90) is installed on “Lab-1”').waitFor();
			await ui.treeItem(/^App Fresh App, version 9\.0 \(90\)\..* 2 snapshots of it\./).waitFor();
			await ui.screenshot('apps-installed');
		});

		it('are brought back after a modal with the facts, and proved', async () => {
			const { ui, lab } = workbench;
			const before = await lab.devices[0]?.fingerprint();
			await ui.inlineAction(/^App Fresh App, /, /^Roll Back App/);
			await ui.pickRows().filter({ hasText: 'signed in' }).first().waitFor();
			await ui.pick('signed in');
			const modal = ui.modal('Roll back the data of “Fresh App” on “Lab-1” to “signed in”?');
			await modal.waitFor();
			const text = await modal.innerText();
			assert.match(text, /Files written: 6 /);
			assert.match(text, /Not part of it: keychain items, permissions/);
			await ui.screenshot('apps-roll-back');
			await ui.pressModal('Roll back the data', 'Roll Back “Fresh App”');
			await ui.notification('is back at “signed in”. Files written: 6').waitFor();
			assert.notEqual(await lab.devices[0]?.fingerprint(), before);
			await ui.screenshot('apps-rolled-back');
			await ui.clear();
		});

		it('stay when the modal of Uninstall is cancelled', async () => {
			const { ui } = workbench;
			await ui.contextMenu(/^App Fresh App, /, 'Uninstall App…');
			await ui.modal('Uninstall “Fresh App” from “Lab-1”?').waitFor();
			await ui.screenshot('apps-uninstall');
			await ui.pressModal('Uninstall', 'Cancel');
			await ui.treeItem(/^App Fresh App, /).waitFor();
		});
	},
);
