import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { hostileNames, watchIntruders } from '../../support/editor/intruders.ts';
import { editorProcesses } from '../../support/editor/processes.ts';
import { describeWorkbench } from '../../support/editor/useWorkbench.ts';
import type { Workbench } from '../../support/editor/workbench.ts';
import { eventually } from '../../support/eventually.ts';

const { markup, reordering, long, lines } = hostileNames;
const ENGINE_LIMIT_MIB = 400;
const ELSEWHERE_MS = 2000;

describeWorkbench(
	'A lab that is not easy',
	{
		lab: { devices: 4, profile: 'mix:60:1M' },
		prepare: async ({ lab, devicelab }) => {
			const names = [markup, reordering, long, lines];
			for (const [index, device] of lab.devices.entries()) {
				await device.tell('set', `name=${names[index] ?? ''}`);
			}
			const { udid = '' } = lab.devices[0] ?? {};
			await devicelab('snapshot', udid, '--name', 'clean', '--note', markup);
			await lab.devices[0]?.tell('touch', '--files', '5');
			await devicelab('snapshot', udid);
		},
	},
	(workbench) => {
		let intruders: readonly string[] = [];
		const device = (index: number) => {
			const found = workbench.lab.devices[index];
			assert.ok(found);
			return found;
		};
		const hostile = /^Device <\/script>/;
		before(() => {
			intruders = watchIntruders(workbench.ui.page);
		});
		afterEach(() => assert.deepEqual(intruders, []));

		it('shows hostile names as text in rows, choices and questions', async () => {
			const { ui } = workbench;
			await ui.openView('Device Lab');
			for (const row of [hostile, /^Device gnp\.exe \[x\]\(command:evil\)/, /^Device A{80}…/, /^Device .?Zoë 📱 new line שלום/]) {
				await ui.treeItem(row).waitFor();
			}
			await ui.palette('Device Lab: Turn On Backup Encryption…');
			await ui.pickRows().filter({ hasText: markup }).waitFor();
			assert.ok((await ui.pickTexts()).some((text) => text.startsWith('gnp.exe [x](command:evil) $(flame) **b**')));
			await ui.pick('gnp.exe');
			const prompt = ui.quickInputBox().filter({ hasText: 'If you lose it' });
			await prompt.waitFor();
			assert.match((await prompt.innerText()).replaceAll('\u2060', ''), /“gnp\.exe \[x\]\(command:evil\) \$\(flame\) \*\*b\*\*”/);
			assert.equal(await prompt.locator('.codicon-flame').count(), 0);
			await ui.page.keyboard.press('Escape');
			await ui.screenshot('hardships-names');
		});

		it('shows them as text in modals, documents and the timeline', async () => {
			const { ui } = workbench;
			await ui.inlineAction(hostile, /^Roll Back/);
			await ui.pick('clean');
			await ui.modal(`Roll back “${markup}” to “clean”?`).waitFor();
			await ui.modal(`Note: ${markup}`).waitFor();
			await ui.pressModal('Roll back', 'Cancel');

			await ui.contextMenu(hostile, 'Compare…');
			await ui.quickInputBox().getByPlaceholder('The first of two snapshots').waitFor();
			await ui.pick('clean');
			await ui.quickInputBox().getByPlaceholder('Compare “clean” with').waitFor();
			await ui.pick('the device stands here');
			await ui.page
				.locator('.view-line')
				.filter({ hasText: /files.differ/ })
				.first()
				.waitFor();

			await ui.contextMenu(hostile, 'Open Timeline');
			const page = ui.webview();
			await page.getByRole('treeitem', { name: /^clean/ }).click();
			await page.getByText(markup).first().waitFor();
			assert.equal(await page.locator('img').count(), 0);
			assert.doesNotMatch(await page.locator('body').innerText(), /\u202e|A{81}/);
			await ui.screenshot('hardships-names-timeline');
			await ui.palette('View: Close All Editors');
		});

		it('shows them as text where a person is called, and calls no longer than one is needed', async () => {
			const { ui } = workbench;
			await device(0).tell('set', 'passcode=never');
			await ui.inlineAction(hostile, 'Back Up Now');
			await ui.notification(`Enter the passcode on “${markup}”.`).waitFor();
			await ui.statusBar('Enter the passcode on “</script>').waitFor();
			await device(0).tell('set', 'passcode=none');
			await ui.inlineAction(hostile, 'Cancel');
			await ui.statusBar('cancelled').waitFor();
			await ui.notification('Enter the passcode').waitFor({ state: 'detached' });

			await device(1).tell('set', 'passcode=delay:4000');
			await ui.inlineAction(/^Device gnp/, 'Back Up Now');
			await ui.notification('Enter the passcode on').waitFor();
			assert.equal(await ui.notification().locator('a[href*="command:"]').count(), 0);
			await ui.notification('Enter the passcode').waitFor({ state: 'detached' });
			await ui.statusBar('is backed up').waitFor();
			await device(0).tell('set', 'name=Lab-1');
			await device(1).tell('set', 'name=Lab-2', 'passcode=none');
			await ui.viewAction('Devices', 'Refresh');
			await ui.treeItem(/^Device Lab-1, /).waitFor();
		});

		it('says in a message that a phone was unplugged in the middle, that nothing is lost, and backs it up when it is back', async () => {
			const { ui } = workbench;
			await device(0).tell('touch', '--files', '60', '--seed', 'unplugged');
			await device(0).tell('fault', 'unplug-at-byte', '200000');
			await ui.inlineAction(/^Device Lab-1, /, 'Back Up Now');
			const told = ui.notification('The connection to “Lab-1” was lost.');
			await told.waitFor();
			assert.match(await told.innerText(), /so are all snapshots\. The next backup takes over what had arrived\./);
			await ui.screenshot('hardships-unplugged');
			await device(0).tell('plug');
			await ui.clear();
			await ui.inlineAction(/^Device Lab-1, /, 'Back Up Now');
			await ui.statusBar('“Lab-1” is backed up').waitFor();
		});

		it('says that a job was interrupted when the engine is killed, and goes on with a new one', async () => {
			const { ui, server } = workbench;
			await device(0).tell('set', 'passcode=never');
			await ui.inlineAction(/^Device Lab-1, /, 'Back Up Now');
			await ui.treeItem(/Enter the passcode on “Lab-1”/).waitFor();
			const [engine] = await editorProcesses(server.home, 'dist/server.js');
			assert.ok(engine, 'the engine runs');
			process.kill(engine.pid, 'SIGKILL');
			await ui.notification('The engine of Device Lab ended unexpectedly.').waitFor();
			await ui.statusBar('Backup of “Lab-1”: interrupted').waitFor();
			await ui.notification('Enter the passcode').waitFor({ state: 'detached' });
			await ui.treeItem(/Enter the passcode/).waitFor({ state: 'detached' });
			await device(0).tell('set', 'passcode=none');
			await ui.clear();
			await ui.inlineAction(/^Device Lab-1, /, 'Back Up Now');
			await ui.statusBar('“Lab-1” is backed up').waitFor();
		});

		it('takes little memory', async () => {
			const { home } = workbench.server;
			const [engine] = await editorProcesses(home, 'dist/server.js');
			assert.ok(engine, 'the engine runs');
			const [host] = await editorProcesses(home, engine.parent);
			console.log(`      the engine takes ${engine.residentMiB} MiB, the extension host with all its extensions ${host?.residentMiB} MiB`);
			assert.ok(engine.residentMiB < ENGINE_LIMIT_MIB);
		});

		it('follows the setting of the store, without a reload', async () => {
			const { ui, server } = workbench;
			await ui.expand(/^Device Lab-1, /);
			await ui.treeItem(/^Snapshot clean of /).waitFor();
			const folder = path.join(server.home, 'another-store');
			mkdirSync(folder);
			workbench.changeSettings({ 'deviceLab.store.folder': folder });
			await ui.treeItem(/^Snapshot clean of /).waitFor({ state: 'detached' });
			await ui.treeItem(/^Device Lab-1, /).waitFor();
			workbench.changeSettings({});
			await ui.expand(/^Device Lab-1, /);
			await ui.treeItem(/^Snapshot clean of /).waitFor();
		});

		describe('seen from a second window', () => {
			let other: Workbench;
			before(async () => {
				other = await workbench.secondWindow();
				await other.openView('Device Lab');
				await other.expand(/^Device Lab-1, /);
				await other.treeItem(/^Snapshot clean of /).waitFor();
			});

			it('shows within two seconds what was changed in the first', async () => {
				const { ui } = workbench;
				const named = other.treeItem(/^Snapshot golden of /).waitFor();
				await ui.contextMenu(/^Snapshot clean of /, 'Name Snapshot…');
				await ui.answer('golden');
				await ui.treeItem(/^Snapshot golden of /).waitFor();
				const seenAt = Date.now();
				await named;
				assert.ok(Date.now() - seenAt < ELSEWHERE_MS, `${Date.now() - seenAt} ms after the first window`);
			});

			it('names who works on a phone, starts nothing on it, and offers no cancelling', async () => {
				const { ui, lab } = workbench;
				await device(0).tell('set', 'passcode=never');
				await ui.inlineAction(/^Device Lab-1, /, 'Back Up Now');
				await ui.treeItem(/Enter the passcode on “Lab-1”/).waitFor();
				await other.treeItem(/^Device Lab-1, .*being backed up by /).waitFor();
				await other.screenshot('hardships-second-window');
				const entries = await other.contextMenuTexts(/^Device Lab-1, /);
				assert.ok(entries.length > 0 && entries.every((text) => !/^(Cancel|Back Up|Roll Back)/.test(text)), entries.join());
				await other.palette('Device Lab: Back Up Now');
				await other.pickRows().filter({ hasText: 'Lab-1' }).filter({ hasText: 'in use by' }).waitFor();
				await other.quickInput().fill('Lab-1');
				await other.page.keyboard.press('ArrowDown');
				await other.page.keyboard.press('Space');
				await other.page.keyboard.press('Enter');
				await other.notification('“Lab-1” is in use by').waitFor();
				assert.equal(await other.notification('Enter the passcode').count(), 0);

				await ui.inlineAction(/^Device Lab-1, /, 'Cancel');
				await ui.statusBar('cancelled').waitFor();
				await other.treeItem(/being backed up by/).waitFor({ state: 'detached' });
				await lab.devices[0]?.tell('set', 'passcode=none');
				await eventually('an action', async () => (await other.contextMenuTexts(/^Device Lab-1, /)).includes('Back Up Now'));
			});
		});
	},
);
