import * as vscode from 'vscode';
import { quoted } from '../../views/index.ts';
import { note } from '../ask.ts';
import { chooseDevices } from '../choose.ts';
import type { Command } from '../context.ts';
import { refusalOfBusy } from '../refusals.ts';
import { runEach, runJob } from '../run.ts';

/** Pair…: has devices trust this computer. A person has to unlock each and tap Trust; a notification asks for it. */
export const pair: Command = async (context, targets) => {
	const { lab } = context;
	const devices = await chooseDevices(context, targets, {
		title: vscode.l10n.t('Pair'),
		placeholder: vscode.l10n.t('The devices that are to trust this computer'),
		many: lab.devices.length > 1,
		refusal: ({ udid, trust }) =>
			trust === 'paired' ? vscode.l10n.t('{0} is paired already.', quoted(lab.deviceName(udid))) : refusalOfBusy(lab, udid),
	});
	await runEach(context, devices, async ({ udid }) => {
		const { name } = await runJob(context, 'devices/pair', { udid });
		note(vscode.l10n.t('{0} is paired with this computer.', quoted(name ?? lab.deviceName(udid))));
	});
};
