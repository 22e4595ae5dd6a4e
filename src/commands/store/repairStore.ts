import * as vscode from 'vscode';
import { commandIds } from '../../contributions.ts';
import { quoted } from '../../views/index.ts';
import { confirm, tell } from '../ask.ts';
import type { Command } from '../context.ts';
import { runJob } from '../run.ts';

/** Repair Snapshot Store…: makes anew what can be made from what is there, and puts damaged parts aside. */
export const repairStore: Command = async (context) => {
	await confirm({
		message: vscode.l10n.t('Repair the snapshot store?'),
		facts: [
			vscode.l10n.t(
				'The index and the places where devices stand are made anew from what is there. What is readable in damaged parts is kept.',
			),
			vscode.l10n.t(
				'Content that is lost stays lost: snapshots that need it keep their damage, and the next backup brings what the device still has.',
			),
			vscode.l10n.t('All of the store is read, and no backup can run meanwhile.'),
		],
		actions: [vscode.l10n.t('Repair')],
	});
	const { damagedPacks, headsSet } = await runJob(context, 'store/repair', {});
	const sentences = [
		damagedPacks === 0 ? vscode.l10n.t('The store is in order.') : vscode.l10n.t('{0} damaged parts were put aside.', damagedPacks),
		headsSet.length === 0
			? undefined
			: vscode.l10n.t(
					'It was found anew where these devices stand: {0}.',
					headsSet.map((udid) => quoted(context.lab.deviceName(udid))).join(', '),
				),
	];
	const verify = vscode.l10n.t('Verify All Snapshots');
	tell(
		sentences.filter((sentence) => sentence !== undefined).join(' '),
		damagedPacks === 0 ? {} : { [verify]: () => vscode.commands.executeCommand(commandIds.verifyStore) },
	);
};
