import * as vscode from 'vscode';
import { snapshotPhrase } from '../../views/index.ts';
import { note } from '../ask.ts';
import { chooseSnapshots } from '../choose.ts';
import type { Command } from '../context.ts';

/** Copy Snapshot ID: of one snapshot, or of several on a line each. */
export const copySnapshotId: Command = async (context, targets) => {
	const snapshots = await chooseSnapshots(context, targets, { title: vscode.l10n.t('Copy Snapshot ID') });
	await vscode.env.clipboard.writeText(snapshots.map(({ id }) => id).join('\n'));
	note(vscode.l10n.t('Copied: ID of {0}', snapshots.map((snapshot) => snapshotPhrase(snapshot, context.now())).join(', ')));
};
