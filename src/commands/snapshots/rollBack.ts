import * as vscode from 'vscode';
import type { SnapshotInfo } from '../../contract/index.ts';
import { chooseSnapshots } from '../choose.ts';
import type { Command, CommandContext } from '../context.ts';
import { notAttached, refusalOfWork } from '../refusals.ts';
import { runEach } from '../run.ts';
import { confirmRollback, runRollback } from './rollBackTo.ts';

/** Roll Back to Snapshot…: brings devices back to snapshots of their own. Each is confirmed with its facts; then all run at once. */
export const rollBack: Command = async (context, targets) => {
	const snapshots = await chooseSnapshots(context, targets, {
		title: vscode.l10n.t('Roll Back to Snapshot'),
		placeholder: vscode.l10n.t('The state to bring the device back to'),
		attachedOnly: true,
		deviceRefusal: (udid) => refusalOfRollback(context, udid),
	});
	await rollBackEach(context, snapshots);
};

/** Roll Back to Baseline…: the same among the snapshots that have names. The only one there is is not asked for. */
export const rollBackToBaseline: Command = async (context, targets) => {
	const snapshots = await chooseSnapshots(context, targets, {
		title: vscode.l10n.t('Roll Back to Baseline'),
		placeholder: vscode.l10n.t('The named state to bring the device back to'),
		attachedOnly: true,
		takeOnly: true,
		filter: ({ name }) => name !== undefined,
		deviceRefusal: (udid) => refusalOfRollback(context, udid),
	});
	await rollBackEach(context, snapshots);
};

/** Why a device cannot be rolled back now, in a sentence; undefined when it can. */
export function refusalOfRollback({ lab }: CommandContext, udid: string): string | undefined {
	const device = lab.device(udid);
	return device === undefined ? notAttached(lab, udid) : refusalOfWork(lab, device);
}

/** A device goes to one state only: of several of its snapshots the one that was named first counts. */
async function rollBackEach(context: CommandContext, snapshots: readonly SnapshotInfo[]): Promise<void> {
	const targets = snapshots.filter((snapshot, index) => snapshots.findIndex(({ udid }) => udid === snapshot.udid) === index);
	const confirmed = [];
	for (const snapshot of targets) {
		confirmed.push(await confirmRollback(context, { snapshot, udid: snapshot.udid }));
	}
	await runEach(context, confirmed, (params) => runRollback(context, params));
}
