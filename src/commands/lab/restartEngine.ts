import * as vscode from 'vscode';
import { inline, jobText } from '../../views/index.ts';
import { confirm, note, whileAsking } from '../ask.ts';
import type { Command } from '../context.ts';

/** Restart Engine: ends the engine's process and starts it with the settings of now. Jobs that run would end with it, which is asked first. */
export const restartEngine: Command = async ({ client, lab }) => {
	if (lab.jobs.length > 0) {
		await confirm({
			message: vscode.l10n.t('Restart the engine and cancel what it does?'),
			facts: lab.jobs.map((job) => `• ${job.deviceName === undefined ? '' : `${inline(job.deviceName)} · `}${jobText(job)}`),
			actions: [vscode.l10n.t('Restart Engine')],
		});
	}
	await whileAsking(vscode.l10n.t('Restarting the engine…'), () => client.restart());
	note(vscode.l10n.t('The engine runs.'));
};
