import type { WorkbenchOptions, InstalledWorkbench } from '../test/support/editor/useWorkbench.ts';
import { makeHistory, trialLabOptions } from './trialLab.ts';

/** One picture of the README. */
export interface Scene {
	/** The file's name, without ending. */
	readonly name: string;
	/** What the workbench is started with. */
	readonly options: WorkbenchOptions;
	/** Brings the window to what is shown; the picture is taken when it returns. */
	readonly play: (workbench: InstalledWorkbench) => Promise<void>;
}

/** Wide enough for what rows say. */
const SIDE_BAR_PX = 520;

const withHistory: WorkbenchOptions = {
	lab: trialLabOptions,
	prepare: ({ lab, devicelab }) => makeHistory(lab, devicelab),
};

/** A device that was rolled back once and went on from there. */
const withBranches: WorkbenchOptions = {
	lab: trialLabOptions,
	prepare: async ({ lab, devicelab }) => {
		await makeHistory(lab, devicelab);
		const [device] = lab.devices;
		await device?.tell('touch', '--files', '12', '--seed', 'cart');
		await devicelab('snapshot', 'Lab-1', '--note', 'Cart with three things in it.');
		await devicelab('rollback', 'Lab-1', 'logged-in', '--yes');
		await device?.tell('touch', '--files', '9', '--seed', 'checkout');
		await devicelab('snapshot', 'Lab-1', '--name', 'checkout-v2');
		await devicelab('pin', 'Lab-1', 'checkout-v2');
		await device?.tell('touch', '--files', '4', '--seed', 'payment');
		await devicelab('snapshot', 'Lab-1');
		await devicelab('verify', 'Lab-1');
	},
};

async function openTimeline({ ui }: InstalledWorkbench): Promise<void> {
	await ui.openView('Device Lab');
	await ui.expand(/Lab-1/);
	await ui.contextMenu(/Lab-1/, 'Open Timeline');
	await ui
		.webview()
		.getByRole('treeitem', { name: /^logged-in/ })
		.click();
	await ui
		.webview()
		.getByText(/files? differ/)
		.waitFor();
}

/** Every picture that `npm run screenshots` takes. A new one is an entry here. */
export const scenes: readonly Scene[] = [
	{
		name: 'devices',
		options: withHistory,
		play: async ({ ui }) => {
			await ui.openView('Device Lab');
			await ui.widenSideBar(SIDE_BAR_PX);
			await ui.treeItem(/Lab-1/).waitFor();
			await ui.expand(/Lab-1/);
			await ui.treeItem(/logged-in/).waitFor();
		},
	},
	{
		name: 'devices-light',
		options: { ...withHistory, theme: 'light' },
		play: async ({ ui }) => {
			await ui.openView('Device Lab');
			await ui.widenSideBar(SIDE_BAR_PX);
			await ui.treeItem(/Lab-1/).waitFor();
			await ui.expand(/Lab-1/);
			await ui.treeItem(/logged-in/).waitFor();
		},
	},
	{ name: 'timeline', options: withBranches, play: openTimeline },
	{
		name: 'roll-back',
		options: withBranches,
		play: async (workbench) => {
			await openTimeline(workbench);
			const { ui } = workbench;
			await ui.webview().getByRole('button', { name: 'Roll Back…' }).click();
			await ui.modal(/logged-in/).waitFor();
		},
	},
	{
		name: 'commands',
		options: withHistory,
		play: async ({ ui }) => {
			await ui.openView('Device Lab');
			await ui.widenSideBar(SIDE_BAR_PX);
			await ui.openPalette('Device Lab: ');
			await ui.pickRows().first().waitFor();
		},
	},
];
