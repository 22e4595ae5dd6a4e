import * as vscode from 'vscode';
import { quoted } from '../../views/index.ts';
import { note } from '../ask.ts';
import { chooseDevices } from '../choose.ts';
import type { Command } from '../context.ts';

/** Copy UDID: of one device, or of several on a line each. Rows of devices that are not attached have theirs too. */
export const copyUdid: Command = async (context, targets) => {
	const named = [...new Set(targets.flatMap(({ udid }) => udid ?? []))];
	const udids =
		named.length > 0 ? named : (await chooseDevices(context, [], { title: vscode.l10n.t('Copy UDID') })).map(({ udid }) => udid);
	await vscode.env.clipboard.writeText(udids.join('\n'));
	note(vscode.l10n.t('Copied: UDID of {0}', udids.map((udid) => quoted(context.lab.deviceName(udid))).join(', ')));
};
