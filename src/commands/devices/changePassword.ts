import * as vscode from 'vscode';
import { quoted } from '../../views/index.ts';
import { note } from '../ask.ts';
import { chooseDevice } from '../choose.ts';
import type { Command } from '../context.ts';
import { askNewPassword } from '../passwords/newPassword.ts';
import { deviceHasPassword, presentPassword } from '../passwords/presentPassword.ts';
import { refusalOfWork } from '../refusals.ts';
import { runJob } from '../run.ts';

/** Change Backup Password…: asks for the present one and, twice, for the new one. Snapshots keep the password that they were taken with. */
export const changePassword: Command = async (context, targets) => {
	const { lab } = context;
	const title = vscode.l10n.t('Change Backup Password');
	const device = await chooseDevice(context, targets, {
		title,
		refusal: (each) =>
			each.encryption === 'off'
				? vscode.l10n.t('Backups of {0} are not encrypted. Turn encryption on first.', quoted(lab.deviceName(each.udid)))
				: refusalOfWork(lab, each),
	});
	const { udid } = device;
	const name = quoted(lab.deviceName(udid));
	const oldPassword = await presentPassword(context, device, title);
	const { value, remember } = await askNewPassword(title, name);
	await runJob(context, 'encryption/change', { udid, oldPassword, newPassword: value });
	await deviceHasPassword(context, udid, remember ? value : undefined);
	note(vscode.l10n.t('The backup password of {0} is changed. Earlier snapshots keep the one that they were taken with.', name));
};
