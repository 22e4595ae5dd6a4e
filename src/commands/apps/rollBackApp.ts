import * as vscode from 'vscode';
import { commandIds, type CommandTarget } from '../../contributions.ts';
import { chooseSnapshots } from '../choose.ts';
import type { Command, CommandContext } from '../context.ts';
import { refusalOfRollback, rollBackEach } from '../snapshots/rollBackEach.ts';
import type { SnapshotInfo } from '../../contract/index.ts';
import { bundleIdOf } from './chooseApp.ts';

/** Roll Back App…: brings the data of one app back, and leaves everything else on the device as it is. */
export const rollBackApp: Command = async (context, targets) => {
	const snapshots = await chooseAppSnapshots(context, targets, {
		title: vscode.l10n.t('Roll Back App'),
		placeholder: vscode.l10n.t('The state to bring the app back to'),
		attachedOnly: true,
		deviceRefusal: (udid) => refusalOfRollback(context, udid),
	});
	await rollBackEach(context, snapshots);
};

/** The snapshots of apps that a command acts on: those of the rows, or what a person chooses among those of the app, or of the device's apps. */
export function chooseAppSnapshots(
	context: CommandContext,
	targets: readonly CommandTarget[],
	choice: {
		readonly title: string;
		readonly placeholder: string;
		readonly attachedOnly?: boolean;
		deviceRefusal?(udid: string): string | undefined;
	},
): Promise<readonly SnapshotInfo[]> {
	const ofRow = targets[0]?.snapshot === undefined ? bundleIdOf(context, targets[0]) : undefined;
	return chooseSnapshots(context, targets, {
		...choice,
		filter: ({ app }) => app !== undefined && (ofRow === undefined || app.bundleId === ofRow),
		none: {
			message:
				ofRow === undefined ? vscode.l10n.t('There is no snapshot of an app yet.') : vscode.l10n.t('There is no snapshot of this app yet.'),
			action: { title: vscode.l10n.t('Take App Snapshot…'), command: commandIds.takeAppSnapshot },
		},
		refusal: ({ kind }) => (kind === 'app' ? undefined : vscode.l10n.t('It is a snapshot of the whole device, not of an app.')),
	});
}
