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
