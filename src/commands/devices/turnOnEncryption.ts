import * as vscode from 'vscode';
import { quoted } from '../../views/index.ts';
import { note } from '../ask.ts';
import { chooseDevices } from '../choose.ts';
import type { Command } from '../context.ts';
import { askNewPassword } from '../passwords/newPassword.ts';
import { deviceHasPassword } from '../passwords/presentPassword.ts';
import { refusalOfWork } from '../refusals.ts';
import { runEach, runJob } from '../run.ts';

/** Turn On Backup Encryption…: with one new password for all chosen devices. */
export const turnOnEncryption: Command = async (context, targets) => {
	const { lab } = context;
	const title = vscode.l10n.t('Turn On Backup Encryption');
	const devices = await chooseDevices(context, targets, {
		title,
		placeholder: vscode.l10n.t('Encrypted backups also hold saved passwords, Health, Wi-Fi settings, call and website history'),
		refusal: (device) =>
			device.encryption === 'on'
				? vscode.l10n.t('Backups of {0} are encrypted already.', quoted(lab.deviceName(device.udid)))
				: refusalOfWork(lab, device),
	});
	const { value, remember } = await askNewPassword(title, devices.map(({ udid }) => quoted(lab.deviceName(udid))).join(', '));
	await runEach(context, devices, async ({ udid }) => {
		await runJob(context, 'encryption/change', { udid, newPassword: value });
		await deviceHasPassword(context, udid, remember ? value : undefined);
		note(vscode.l10n.t('Backups of {0} are encrypted from now on.', quoted(lab.deviceName(udid))));
	});
};
