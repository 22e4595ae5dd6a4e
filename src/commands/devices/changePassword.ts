import * as vscode from 'vscode';
import { quoted } from '../../views/index.ts';
import { note } from '../ask.ts';
import { chooseDevices } from '../choose.ts';
import type { Command } from '../context.ts';
import { askNewPassword } from '../passwords/newPassword.ts';
import { deviceHasPassword, presentPasswords } from '../passwords/presentPassword.ts';
import { refusalOfWork } from '../refusals.ts';
import { runEach, runJob } from '../run.ts';

/**
 * Change Backup Password…: asks for the present one of each device and, twice, for one new one. Snapshots keep the password that they were taken
 * with.
 */
export const changePassword: Command = async (context, targets) => {
	const { lab } = context;
	const title = vscode.l10n.t('Change Backup Password');
	const devices = await chooseDevices(context, targets, {
		title,
		refusal: (each) =>
			each.encryption === 'off'
				? vscode.l10n.t('Backups of {0} are not encrypted. Turn encryption on first.', quoted(lab.deviceName(each.udid)))
				: refusalOfWork(lab, each),
	});
	const present = await presentPasswords(context, devices, title);
	const { value, remember } = await askNewPassword(title, devices.map(({ udid }) => quoted(lab.deviceName(udid))).join(', '));
	await runEach(context, present, async ({ udid, oldPassword }) => {
		await runJob(context, 'encryption/change', { udid, oldPassword, newPassword: value });
		await deviceHasPassword(context, udid, remember ? value : undefined);
		const name = quoted(lab.deviceName(udid));
		note(vscode.l10n.t('The backup password of {0} is changed. Earlier snapshots keep the one that they were taken with.', name));
	});
};
