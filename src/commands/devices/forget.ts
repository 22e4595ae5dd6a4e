import * as vscode from 'vscode';
import { quoted } from '../../views/index.ts';
import { confirm, note } from '../ask.ts';
import { chooseDevices } from '../choose.ts';
import type { Command } from '../context.ts';
import { refusalOfBusy } from '../refusals.ts';
import { runEach } from '../run.ts';

/** Forget Device…: ends the trust on both sides. Snapshots stay. */
export const forget: Command = async (context, targets) => {
	const { lab, client } = context;
	const devices = await chooseDevices(context, targets, {
		title: vscode.l10n.t('Forget Device'),
		placeholder: vscode.l10n.t('The device that is no longer to trust this computer'),
		refusal: ({ udid, trust }) =>
			trust === 'not-paired'
				? vscode.l10n.t('{0} is not paired with this computer.', quoted(lab.deviceName(udid)))
				: refusalOfBusy(lab, udid),
	});
	const names = devices.map(({ udid }) => quoted(lab.deviceName(udid))).join(', ');
	await confirm({
		message: vscode.l10n.t('Forget {0}?', names),
		facts: [
			vscode.l10n.t('The trust between this computer and the device ends on both sides. Other programs here lose it too.'),
			vscode.l10n.t('Its snapshots stay. To use it again, unlock it, tap Trust and enter its passcode.'),
		],
		actions: [vscode.l10n.t('Forget {0}', names)],
	});
	await runEach(context, devices, async ({ udid }) => {
		await client.request('devices/forget', { udid });
		note(vscode.l10n.t('{0} is forgotten.', quoted(lab.deviceName(udid))));
	});
};
