import * as vscode from 'vscode';
import { chooseDevice, chooseSnapshot } from '../choose.ts';
import type { Command } from '../context.ts';
import { quoted, snapshotPhrase } from '../../views/index.ts';
import { refusalOfWork } from '../refusals.ts';
import { confirmOne } from './rollBackEach.ts';

/** Restore onto Another Device…: a snapshot of one device, attached or not, onto another one. */
export const restoreOntoOther: Command = async (context, targets) => {
	const { lab, now } = context;
	const title = vscode.l10n.t('Restore onto Another Device');
	const snapshot = await chooseSnapshot(context, targets, { title, placeholder: vscode.l10n.t('The snapshot to restore') });
	const device = await chooseDevice(context, [], {
		title,
		placeholder: vscode.l10n.t('The device that gets {0} of {1}', snapshotPhrase(snapshot, now()), quoted(lab.deviceName(snapshot.udid))),
		refusal: (each) =>
			each.udid === snapshot.udid
				? vscode.l10n.t('The snapshot is of this device. Use Roll Back to Snapshot… for it.')
				: refusalOfWork(lab, each),
	});
	const run = await confirmOne(context, { snapshot, udid: device.udid });
	await run();
};
