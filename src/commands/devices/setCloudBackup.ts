import * as vscode from 'vscode';
import { quoted } from '../../views/index.ts';
import { confirm, note } from '../ask.ts';
import { chooseDevices } from '../choose.ts';
import type { Command } from '../context.ts';
import { refusalOfWork } from '../refusals.ts';
import { runEach, runJob } from '../run.ts';

/** Turn On iCloud Backup. */
export const turnOnCloudBackup: Command = async (context, targets) => {
	const devices = await chooseDevices(context, targets, {
		title: vscode.l10n.t('Turn On iCloud Backup'),
		refusal: (device) => refusalOfWork(context.lab, device),
	});
	await runEach(context, devices, async ({ udid }) => {
		const { cloudBackup } = await runJob(context, 'cloudBackup/set', { udid, enabled: true });
		const name = quoted(context.lab.deviceName(udid));
		note(cloudBackup === 'on' ? vscode.l10n.t('iCloud Backup of {0} is on.', name) : saysNot(name));
	});
};

/** Turn Off iCloud Backup: asks first, since the backups that are there do not stay for good. */
export const turnOffCloudBackup: Command = async (context, targets) => {
	const { lab } = context;
	const devices = await chooseDevices(context, targets, {
		title: vscode.l10n.t('Turn Off iCloud Backup'),
		refusal: (device) => refusalOfWork(lab, device),
	});
	const names = devices.map(({ udid }) => quoted(lab.deviceName(udid))).join(', ');
	await confirm({
		message: vscode.l10n.t('Turn off iCloud Backup of {0}?', names),
		facts: [
			vscode.l10n.t('No new backups go to iCloud. Those that are there are deleted by Apple after a time.'),
			vscode.l10n.t('Snapshots on this computer are not touched.'),
		],
		actions: [vscode.l10n.t('Turn Off iCloud Backup')],
	});
	await runEach(context, devices, async ({ udid }) => {
		const { cloudBackup } = await runJob(context, 'cloudBackup/set', { udid, enabled: false });
		const name = quoted(lab.deviceName(udid));
		note(cloudBackup === 'off' ? vscode.l10n.t('iCloud Backup of {0} is off.', name) : saysNot(name));
	});
};

function saysNot(name: string): string {
	return vscode.l10n.t('{0} took the order, and does not say whether iCloud Backup is on.', name);
}
