import * as vscode from 'vscode';
import type { SnapshotInfo } from '../../contract/index.ts';
import type { CommandTarget } from '../../contributions.ts';
import { quoted } from '../../views/index.ts';
import { chooseSnapshots, warn } from '../choose.ts';
import type { Command, CommandContext } from '../context.ts';
import { refusalOfRollback, rollBackEach } from './rollBackEach.ts';

/** Roll Back to Snapshot…: brings devices back to snapshots of their own. Of several devices each is asked about, one after the other. */
export const rollBack: Command = async (context, targets) => {
	const udids = [...new Set(targets.flatMap(({ udid, snapshot }) => (udid === undefined || snapshot !== undefined ? [] : [udid])))];
	const areDevices = udids.length > 1 && targets.every(({ snapshot }) => snapshot === undefined);
	await rollBackEach(context, areDevices ? await chooseOfEach(context, udids) : await choose(context, targets));
};

function choose(context: CommandContext, targets: readonly CommandTarget[], whose?: string): Promise<readonly SnapshotInfo[]> {
	return chooseSnapshots(context, targets, {
		title: whose === undefined ? vscode.l10n.t('Roll Back to Snapshot') : vscode.l10n.t('Roll Back {0}', whose),
		placeholder: vscode.l10n.t('The state to bring the device back to'),
		attachedOnly: true,
		deviceRefusal: (udid) => refusalOfRollback(context, udid),
	});
}

/** @throws CancellationError - one was not answered; then none is rolled back. */
async function chooseOfEach(context: CommandContext, udids: readonly string[]): Promise<readonly SnapshotInfo[]> {
	await context.lab.whenReady();
	warn(udids.flatMap((udid) => refusalOfRollback(context, udid) ?? []));
	const chosen: SnapshotInfo[] = [];
	for (const udid of udids.filter((each) => refusalOfRollback(context, each) === undefined)) {
		chosen.push(...(await choose(context, [{ udid }], quoted(context.lab.deviceName(udid)))));
	}
	return chosen;
}
