import * as vscode from 'vscode';
import { snapshotPhrase } from '../../views/index.ts';
import { chooseSnapshots } from '../choose.ts';
import type { Command } from '../context.ts';
import { runEach, runJob } from '../run.ts';
import { tellCheck } from '../store/tellCheck.ts';

/** Verify Snapshot: reads all of a snapshot and tells whether it is whole. */
export const verifySnapshot: Command = async (context, targets) => {
	const snapshots = await chooseSnapshots(context, targets, {
		title: vscode.l10n.t('Verify Snapshot'),
		placeholder: vscode.l10n.t('The snapshots to read and check'),
		many: true,
	});
	await runEach(context, snapshots, async (snapshot) => {
		const check = await runJob(context, 'snapshots/verify', { udid: snapshot.udid, snapshot: snapshot.id });
		tellCheck(context, check, vscode.l10n.t('{0} is whole.', snapshotPhrase(snapshot, context.now())));
	});
};
