import * as vscode from 'vscode';
import { errorText } from '../../base/index.ts';
import { viewIds } from '../../contributions.ts';
import { unlinked } from '../../views/index.ts';
import { note, whileAsking } from '../ask.ts';
import type { Command } from '../context.ts';

/** Start Virtual Lab: virtual iPhones, for trying everything with no phone at hand. They end with the window. */
export const startVirtualLab: Command = async ({ virtualLab, log }) => {
	try {
		const { devices } = await whileAsking(vscode.l10n.t('Starting virtual iPhones…'), () => virtualLab.start());
		note(vscode.l10n.t('{0} virtual iPhones are attached.', devices.length));
	} catch (error) {
		// It is a program of its own, whose sentence says more than a code could.
		log.error(errorText(error));
		const showLog = vscode.l10n.t('Show Log');
		const message = vscode.l10n.t('The virtual lab did not start. {0}', errorText(error));
		void vscode.window.showErrorMessage(unlinked(message), showLog).then((answer) => answer === showLog && log.show());
		return;
	}
	await vscode.commands.executeCommand(`${viewIds.devices}.focus`);
};
