import * as vscode from 'vscode';
import { quoted } from '../../views/index.ts';
import { confirm, note } from '../ask.ts';
import { chooseDevices } from '../choose.ts';
import type { Command } from '../context.ts';
import { deviceHasPassword, presentPasswords } from '../passwords/presentPassword.ts';
import { refusalOfWork } from '../refusals.ts';
import { runEach, runJob } from '../run.ts';

/** Turn Off Backup Encryption…: says what later backups will lack, and asks for the present password of each device. */
export const turnOffEncryption: Command = async (context, targets) => {
	const { lab } = context;
	const title = vscode.l10n.t('Turn Off Backup Encryption');
	const devices = await chooseDevices(context, targets, {
		title,
		refusal: (each) =>
			each.encryption === 'off'
				? vscode.l10n.t('Backups of {0} are not encrypted.', quoted(lab.deviceName(each.udid)))
				: refusalOfWork(lab, each),
	});
	await confirm({
		message: vscode.l10n.t('Turn off backup encryption of {0}?', devices.map(({ udid }) => quoted(lab.deviceName(udid))).join(', ')),
		facts: [
			vscode.l10n.t(
				'Later backups leave out saved passwords, Health, Wi-Fi settings, call and website history, and can be read by anybody who has them.',
			),
			vscode.l10n.t('Snapshots that are encrypted stay so, with the password that they have.'),
		],
		actions: [vscode.l10n.t('Turn Off Encryption')],
	});
	await runEach(context, await presentPasswords(context, devices, title), async ({ udid, oldPassword }) => {
		await runJob(context, 'encryption/change', { udid, oldPassword });
		await deviceHasPassword(context, udid, undefined);
		note(vscode.l10n.t('Backups of {0} are not encrypted from now on.', quoted(lab.deviceName(udid))));
	});
};
