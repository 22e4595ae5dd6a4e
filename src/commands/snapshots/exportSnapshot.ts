import * as vscode from 'vscode';
import type { SnapshotInfo } from '../../contract/index.ts';
import { formatBytes, snapshotPhrase } from '../../views/index.ts';
import { chooseFolder, tell } from '../ask.ts';
import { chooseSnapshots } from '../choose.ts';
import type { Command, CommandContext } from '../context.ts';
import { exportApp } from '../apps/exchangeAppData.ts';
import { revealActions } from '../reveal.ts';
import { runEach, runJob } from '../run.ts';

/** Export…: writes snapshots as backup folders that Finder and other programs read, and those of apps as packages for Xcode. */
export const exportSnapshot: Command = async (context, targets) => {
	const title = vscode.l10n.t('Export Snapshot');
	const snapshots = await chooseSnapshots(context, targets, { title, placeholder: vscode.l10n.t('The snapshot to export') });
	// A backup is a folder with the device's UDID as its name, so that of one device one fits into a folder.
	const ofDevices = snapshots.filter(({ kind }) => kind === 'device');
	const doubled = ofDevices.some(({ udid }, index) => ofDevices.findIndex((each) => each.udid === udid) !== index);
	if (doubled) {
		tell(vscode.l10n.t('Several snapshots of one device cannot go into one folder: export them one by one.'));
		return;
	}
	const folder = await chooseFolder(vscode.l10n.t('Folder for the exported backup'), vscode.l10n.t('Export Here'));
	if (folder !== undefined) {
		await runEach(context, snapshots, (snapshot) =>
			snapshot.kind === 'app' ? exportApp(context, snapshot, folder) : exportOne(context, snapshot, folder),
		);
	}
};

async function exportOne(context: CommandContext, snapshot: SnapshotInfo, folder: string): Promise<void> {
	const { udid, id } = snapshot;
	const { path, sizeBytes } = await runJob(context, 'snapshots/export', { udid, snapshot: id, folder });
	const message = vscode.l10n.t('Exported {0}, {1}, to {2}', snapshotPhrase(snapshot, context.now()), formatBytes(sizeBytes), path);
	tell(message, revealActions(path));
}
