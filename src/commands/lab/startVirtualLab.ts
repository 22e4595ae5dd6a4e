import * as vscode from 'vscode';
import { viewIds } from '../../contributions.ts';
import { note, whileAsking } from '../ask.ts';
import type { Command } from '../context.ts';

/** Start Virtual Lab: virtual iPhones, for trying everything with no phone at hand. They end with the window. */
export const startVirtualLab: Command = async ({ virtualLab }) => {
	const { devices } = await whileAsking(vscode.l10n.t('Starting virtual iPhones…'), () => virtualLab.start());
	note(vscode.l10n.t('{0} virtual iPhones are attached.', devices.length));
	await vscode.commands.executeCommand(`${viewIds.devices}.focus`);
};
