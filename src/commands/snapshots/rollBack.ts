import * as vscode from 'vscode';
import { chooseSnapshots } from '../choose.ts';
import type { Command } from '../context.ts';
import { refusalOfRollback, rollBackEach } from './rollBackEach.ts';

/** Roll Back to Snapshot…: brings devices back to snapshots of their own. */
export const rollBack: Command = async (context, targets) => {
	const snapshots = await chooseSnapshots(context, targets, {
		title: vscode.l10n.t('Roll Back to Snapshot'),
		placeholder: vscode.l10n.t('The state to bring the device back to'),
		attachedOnly: true,
		deviceRefusal: (udid) => refusalOfRollback(context, udid),
	});
	await rollBackEach(context, snapshots);
};
