import type { Command } from '../context.ts';

/** Refresh: asks for all lists anew. They are kept fresh without it. */
export const refresh: Command = async (context) => {
	context.refreshViews();
	await context.lab.refresh();
};
