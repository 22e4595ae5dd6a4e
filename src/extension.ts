import * as vscode from 'vscode';
import { commandIds } from './contributions.ts';

/**
 * Composition root of the editor side. Returns quickly and starts no process: the engine starts on first use.
 * The editor shows nothing when this throws, so a failure is reported here before it is passed on.
 */
export function activate(context: vscode.ExtensionContext): void {
	const log = vscode.window.createOutputChannel('iOS Device Lab', { log: true });
	context.subscriptions.push(log);
	try {
		context.subscriptions.push(vscode.commands.registerCommand(commandIds.showLog, () => log.show()));
		log.info(`iOS Device Lab ${versionOf(context)} is active.`);
	} catch (error) {
		log.error(error instanceof Error ? error : String(error));
		void vscode.window.showErrorMessage(vscode.l10n.t('iOS Device Lab could not start. Its log says why.'));
		log.show(true);
		throw error;
	}
}

function versionOf(context: vscode.ExtensionContext): string {
	const { version } = context.extension.packageJSON as { version: string };
	return version;
}
