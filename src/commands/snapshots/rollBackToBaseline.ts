import * as vscode from 'vscode';
import type { SnapshotInfo } from '../../contract/index.ts';
import { commandIds, type CommandTarget } from '../../contributions.ts';
import { factsText, inline, withoutIcons } from '../../views/index.ts';
import { tell } from '../ask.ts';
import { chooseSnapshots, warn } from '../choose.ts';
import type { Command, CommandContext } from '../context.ts';
import { refusalOfRollback, rollBackEach } from './rollBackEach.ts';

/** Roll Back to Baseline…: brings devices back to a snapshot with a name; several rows to the one that has the same name on each. */
export const rollBackToBaseline: Command = async (context, targets) => {
	const udids = [...new Set(targets.flatMap(({ udid, snapshot }) => (udid === undefined || snapshot !== undefined ? [] : [udid])))];
	const snapshots = udids.length > 1 ? await chooseShared(context, udids) : await chooseOwn(context, targets);
	await rollBackEach(context, snapshots);
};

function chooseOwn(context: CommandContext, targets: readonly CommandTarget[]): Promise<readonly SnapshotInfo[]> {
	return chooseSnapshots(context, targets, {
		title: vscode.l10n.t('Roll Back to Baseline'),
		placeholder: vscode.l10n.t('The named state to bring the device back to'),
		attachedOnly: true,
		takeOnly: true,
		filter: ({ name }) => name !== undefined,
		none: {
			message: vscode.l10n.t('No snapshot has a name yet. Name one to make it a baseline.'),
			action: { title: vscode.l10n.t('Name Snapshot…'), command: commandIds.nameSnapshot },
		},
		deviceRefusal: (udid) => refusalOfRollback(context, udid),
	});
}

/** Names in the order of how many of the devices have them. @throws CancellationError */
async function chooseShared(context: CommandContext, udids: readonly string[]): Promise<readonly SnapshotInfo[]> {
	const { lab } = context;
	await lab.whenReady();
	warn(udids.flatMap((udid) => refusalOfRollback(context, udid) ?? []));
	const possible = udids.filter((udid) => refusalOfRollback(context, udid) === undefined);
	const byName = new Map<string, SnapshotInfo[]>();
	for (const snapshot of possible.flatMap((udid) => lab.snapshots(udid))) {
		if (snapshot.name !== undefined) {
			byName.set(foldName(snapshot.name), [...(byName.get(foldName(snapshot.name)) ?? []), snapshot]);
		}
	}
	const rows = [...byName.values()]
		.sort((a, b) => b.length - a.length)
		.map((snapshots) => ({
			label: withoutIcons(inline(snapshots[0]?.name ?? '')),
			iconPath: new vscode.ThemeIcon('archive'),
			description:
				snapshots.length === possible.length
					? vscode.l10n.t('on all {0} devices', possible.length)
					: vscode.l10n.t('on {0} of {1} devices', snapshots.length, possible.length),
			detail: factsText(snapshots.map(({ udid }) => lab.deviceName(udid))),
			snapshots,
		}));
	if (rows.length === 0 && possible.length > 0) {
		tell(vscode.l10n.t('None of these devices has a snapshot with a name.'));
	}
	const chosen =
		rows.length === 0
			? undefined
			: await vscode.window.showQuickPick(rows, {
					title: vscode.l10n.t('Roll Back to Baseline'),
					placeHolder: vscode.l10n.t('The named state to bring the devices back to'),
				});
	return chosen?.snapshots ?? [];
}

/** Names are the same in any case, and in any spelling of an accented letter. */
function foldName(name: string): string {
	return name.normalize('NFC').toLowerCase();
}
