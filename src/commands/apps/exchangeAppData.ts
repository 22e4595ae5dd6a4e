import * as vscode from 'vscode';
import type { AppExportResult, SnapshotInfo } from '../../contract/index.ts';
import { commandIds } from '../../contributions.ts';
import { formatBytes, formatNumber, inline, quoted, snapshotPhrase } from '../../views/index.ts';
import { chooseFolder, tell } from '../ask.ts';
import { chooseDevice } from '../choose.ts';
import type { Command, CommandContext } from '../context.ts';
import { revealActions } from '../reveal.ts';
import { runEach, runJob } from '../run.ts';
import { chooseAppSnapshots } from './rollBackApp.ts';

/** Export App Data…: writes snapshots of apps as .xcappdata packages, which Xcode puts onto devices and into test plans. */
export const exportAppData: Command = async (context, targets) => {
	const snapshots = await chooseAppSnapshots(context, targets, {
		title: vscode.l10n.t('Export App Data'),
		placeholder: vscode.l10n.t('The snapshot of an app to export'),
	});
	const folder = await chooseFolder(vscode.l10n.t('Folder for the exported app data'), vscode.l10n.t('Export Here'));
	if (folder !== undefined) {
		await runEach(context, snapshots, (snapshot) => exportApp(context, snapshot, folder));
	}
};

/** Writes a snapshot of an app into a folder, and tells. */
export async function exportApp(context: CommandContext, snapshot: SnapshotInfo, folder: string): Promise<void> {
	const { udid, id } = snapshot;
	const exported = await runJob(context, 'apps/export', { udid, snapshot: id, to: folder });
	const { path, sizeBytes, altered } = exported;
	const message = vscode.l10n.t('Exported {0}, {1}, to {2}', snapshotPhrase(snapshot, context.now()), formatBytes(sizeBytes), path);
	const remark =
		altered.length === 0
			? undefined
			: vscode.l10n.t('Files that got another name or were left out, as this computer cannot hold them: {0}', formatNumber(altered.length));
	tell([message, remark].filter((part) => part !== undefined).join('. '), {
		...(altered.length === 0 ? {} : { [vscode.l10n.t('Show Which')]: () => showAltered(context, exported) }),
		...revealActions(path),
	});
}

function showAltered({ documents }: CommandContext, { path, altered }: AppExportResult): Promise<void> | Thenable<void> {
	const lines = altered.map(
		(each) => `${inline(each.path, 1000)} → ${each.became === undefined ? vscode.l10n.t('(left out)') : inline(each.became, 1000)}`,
	);
	return documents.show(vscode.l10n.t('Exported App Data'), [inline(path, 1000), '', ...lines]);
}

/** Import App Data…: makes a snapshot of an .xcappdata package that Xcode, or an export, wrote. The package is only read. */
export const importAppData: Command = async (context, targets) => {
	const { lab } = context;
	const { udid } = await chooseDevice(context, targets, {
		title: vscode.l10n.t('Import App Data'),
		placeholder: vscode.l10n.t('The device on whose timeline the snapshot is to stand'),
	});
	const packages = await vscode.window.showOpenDialog({
		title: vscode.l10n.t('An .xcappdata package'),
		openLabel: vscode.l10n.t('Import'),
		// A folder; on macOS the dialog shows it as a file.
		canSelectFiles: true,
		canSelectFolders: true,
		canSelectMany: true,
	});
	await runEach(context, packages ?? [], async ({ fsPath }) => {
		const { id, app } = await runJob(context, 'apps/import', { udid, file: fsPath });
		const message = vscode.l10n.t(
			'The data of {0} is a snapshot of {1} now.',
			quoted(app?.name ?? app?.bundleId ?? ''),
			quoted(lab.deviceName(udid)),
		);
		tell(message, {
			[vscode.l10n.t('Name It…')]: () => vscode.commands.executeCommand(commandIds.nameSnapshot, { udid, snapshot: id }),
			[vscode.l10n.t('Roll Back App…')]: () => vscode.commands.executeCommand(commandIds.rollBackApp, { udid, snapshot: id }),
		});
	});
};
