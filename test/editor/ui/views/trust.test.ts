import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describeWorkbench } from '../../../support/editor/useWorkbench.ts';

const folder = path.join(tmpdir(), `devicelab-trust-${process.pid}`);
/** Where the folder wants snapshots to go, which is nobody's choice but the user's. */
const theirStore = path.join(folder, 'their-store');

const files = {
	'settings.json': {
		'deviceLab.store.folder': theirStore,
		'deviceLab.usbmux.addresses': ['127.0.0.1:1'],
		'deviceLab.automaticBackups.mode': 'onAttach',
	},
	'tasks.json': {
		version: '2.0.0',
		tasks: [{ label: 'keep it', type: 'deviceLab', action: 'backup', device: 'Lab-1', name: 'by a task' }],
	},
	'device-lab.json': { devices: { Desk: { name: 'Lab-1' } }, retention: 'last=1' },
};

describeWorkbench(
	'A folder that is not trusted',
	{
		lab: { devices: 2 },
		folder,
		workspaceTrust: true,
		settings: { 'security.workspace.trust.startupPrompt': 'never' },
		prepare: async ({ devicelab }) => {
			mkdirSync(path.join(folder, '.vscode'), { recursive: true });
			for (const [name, content] of Object.entries(files)) {
				writeFileSync(path.join(folder, '.vscode', name), JSON.stringify(content));
			}
			await devicelab('snapshot', 'Lab-1', '--name', 'clean');
		},
	},
	(workbench) => {
		after(() => rmSync(folder, { recursive: true, force: true }));

		it('changes nothing about what is seen and done: devices, snapshots, backups', async () => {
			const { ui } = workbench;
			await ui.openView('Device Lab');
			await ui.expand(/^Device Lab-1, /);
			await ui.treeItem(/^Snapshot clean of /).waitFor();
			await ui.treeItem(/^Automatic backup: off/).waitFor();
			await ui.inlineAction(/^Device Lab-2, /, 'Back Up Now');
			await ui.statusBar('“Lab-2” is backed up').waitFor();
			await ui.screenshot('views-not-trusted');
			assert.equal(existsSync(theirStore), false);
		});

		it('has none of its tasks run before a person trusts it', async () => {
			const { ui } = workbench;
			await ui.palette('Tasks: Run Task');
			await ui.modal(/trust/i).waitFor();
			await ui.screenshot('views-not-trusted-task');
			await ui.pressModal(/trust/i, 'Cancel');
			assert.equal(await ui.treeItem(/^Snapshot by a task of /).count(), 0);
			assert.equal(await ui.notification('iOS Device Lab').count(), 0);
		});

		it('decides what it may once it is trusted, and never where snapshots and muxers are', async () => {
			const { ui } = workbench;
			await ui.palette('Tasks: Run Task');
			await ui.pressModal(/trust/i, /^Trust|^Yes/);
			await ui.treeItem(/^Automatic backup: on/).waitFor();
			await ui.treeItem(/^Snapshot clean of /).waitFor();
			await ui.page.keyboard.press('Escape');
			assert.equal(existsSync(theirStore), false);
		});
	},
);
