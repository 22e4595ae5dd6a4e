import * as vscode from 'vscode';
import { inline, jobText } from '../../views/index.ts';
import { confirm, note, whileAsking } from '../ask.ts';
import type { Command } from '../context.ts';

/** Stop Virtual Lab: unplugs all virtual iPhones at once. Their snapshots stay. */
export const stopVirtualLab: Command = async ({ virtualLab, lab }) => {
	const udids = new Set(virtualLab.lab?.devices.map(({ udid }) => udid));
	const jobs = lab.jobs.filter(({ udid }) => udid !== undefined && udids.has(udid));
	if (jobs.length > 0) {
		await confirm({
			message: vscode.l10n.t('Stop the virtual lab while its phones are at work?'),
			facts: jobs.map((job) => `• ${inline(job.deviceName ?? job.udid ?? '')} · ${jobText(job)}`),
			actions: [vscode.l10n.t('Stop Virtual Lab')],
		});
	}
	await whileAsking(vscode.l10n.t('Stopping the virtual iPhones…'), () => virtualLab.stop());
	note(vscode.l10n.t('The virtual lab is stopped. Snapshots of its phones stay.'));
};
