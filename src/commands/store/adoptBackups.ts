import * as vscode from 'vscode';
import { isErrorReport, type ImportOutcome, type LabProblem, type LocalBackup, type LocalBackupList } from '../../contract/index.ts';
import { factsText, formatBytes, formatTime, inline, iosText, pickMany, quoted, sentenceOf, withoutIcons } from '../../views/index.ts';
import { tell, whileAsking } from '../ask.ts';
import type { Command, CommandContext } from '../context.ts';
import { runEach, runJob } from '../run.ts';

/** Adopt Existing Backups…: makes snapshots of backups that Finder, iTunes and others keep. Their folders are only read. */
export const adoptBackups: Command = async (context, targets) => {
	const named = targets.flatMap(({ backupPath }) => backupPath ?? []);
	const folders = named.length > 0 ? named : await chooseFolders(context);
	// One at a time: they lie on one disk.
	const outcomes: ImportOutcome[] = [];
	for (const folder of folders) {
		const { done, cancelled } = await runEach(context, [folder], () => runJob(context, 'snapshots/import', { folder }));
		outcomes.push(...done.flatMap(({ result }) => result));
		if (cancelled.length > 0) {
			break;
		}
	}
	if (outcomes.length > 0) {
		tellAdopted(context, outcomes);
	}
};

interface BackupRow extends vscode.QuickPickItem {
	readonly backup?: LocalBackup;
	readonly isElsewhere?: boolean;
}

/** @throws CancellationError */
async function chooseFolders({ client, lab }: CommandContext): Promise<readonly string[]> {
	const list = await whileAsking(vscode.l10n.t('Looking for backups of Finder, iTunes and Apple Devices…'), (token) =>
		client.request('backups/list', {}, token),
	);
	const rows: BackupRow[] = [
		...list.backups.map((backup) => backupRow(backup, lab.allSnapshots())),
		...list.problems.map(problemRow),
		{ label: '', kind: vscode.QuickPickItemKind.Separator },
		{
			label: vscode.l10n.t('Choose a Folder…'),
			iconPath: new vscode.ThemeIcon('folder-opened'),
			detail: vscode.l10n.t('One backup, or a folder that holds several'),
			isElsewhere: true,
		},
	];
	const chosen = await pickMany(rows, { title: vscode.l10n.t('Adopt Existing Backups'), placeholder: placeholderOf(list) });
	const folders = (chosen ?? []).flatMap(({ backup }) => (backup?.problem === undefined ? (backup?.path ?? []) : []));
	const refused = (chosen ?? []).flatMap(({ backup }) => (backup?.problem === undefined ? [] : problemText(backup.problem)));
	if (refused.length > 0) {
		tell(refused.join(' '));
	}
	if (chosen?.some(({ isElsewhere }) => isElsewhere === true) === true) {
		folders.push(...(await askForFolder()));
	}
	return folders;
}

function placeholderOf({ backups }: LocalBackupList): string {
	return backups.length === 0
		? vscode.l10n.t('No backup is in the usual places of this computer')
		: vscode.l10n.t('The backups to adopt; they stay where they are');
}

async function askForFolder(): Promise<string[]> {
	const folders = await vscode.window.showOpenDialog({
		title: vscode.l10n.t('Folder of a backup, or of several'),
		openLabel: vscode.l10n.t('Adopt'),
		canSelectFiles: false,
		canSelectFolders: true,
		canSelectMany: true,
	});
	return (folders ?? []).map(({ fsPath }) => fsPath);
}

function backupRow(backup: LocalBackup, known: ReadonlyMap<string, unknown>): BackupRow {
	const { deviceName, udid, model, iosVersion, date, sizeBytes, encrypted, finished, problem, path } = backup;
	const isKnown = udid !== undefined && known.has(udid);
	return {
		backup,
		label: withoutIcons(inline(deviceName ?? udid ?? path)),
		iconPath: new vscode.ThemeIcon(encrypted === true ? 'lock' : 'archive'),
		description: factsText([
			date === undefined ? undefined : formatTime(date),
			sizeBytes === undefined ? undefined : formatBytes(sizeBytes),
			model,
			iosText(iosVersion),
			encrypted === undefined ? undefined : encrypted ? vscode.l10n.t('encrypted') : vscode.l10n.t('not encrypted'),
			finished ? undefined : vscode.l10n.t('not finished'),
			isKnown ? vscode.l10n.t('the device has snapshots') : undefined,
		]),
		detail: withoutIcons(problem === undefined ? inline(path, 300) : `⊘ ${problemText(problem)}`),
	};
}

function problemRow(problem: LabProblem): BackupRow {
	return {
		label: vscode.l10n.t('A place cannot be read'),
		iconPath: new vscode.ThemeIcon('warning'),
		detail: withoutIcons(problemText(problem)),
	};
}

/** What is the matter, and what helps. */
function problemText(problem: LabProblem): string {
	if (!isErrorReport(problem)) {
		return inline(problem.message, 400);
	}
	const { message, next } = sentenceOf(problem, { kind: 'import' });
	return [message, next].filter((sentence) => sentence !== undefined).join(' ');
}

function tellAdopted({ documents }: CommandContext, outcomes: readonly ImportOutcome[]): void {
	const count = (wanted: ImportOutcome['outcome']): number => outcomes.filter(({ outcome }) => outcome === wanted).length;
	const [imported, there, refused] = [count('imported'), count('already-there'), count('refused')];
	const sentences = [
		imported === 1
			? vscode.l10n.t('1 backup is a snapshot now.')
			: imported > 1
				? vscode.l10n.t('{0} backups are snapshots now.', imported)
				: undefined,
		there === 0 ? undefined : vscode.l10n.t('{0} are in the store already.', there),
		refused === 0 ? undefined : vscode.l10n.t('{0} cannot be adopted.', refused),
	];
	const show = (): Thenable<void> | Promise<void> => documents.show(vscode.l10n.t('Adopted Backups'), outcomes.flatMap(outcomeLines));
	tell(sentences.filter((sentence) => sentence !== undefined).join(' '), refused === 0 ? {} : { [vscode.l10n.t('Show Why')]: show });
}

function outcomeLines({ path, outcome, udid, deviceName, problem }: ImportOutcome): string[] {
	const words = {
		imported: vscode.l10n.t('adopted'),
		'already-there': vscode.l10n.t('in the store already'),
		refused: vscode.l10n.t('not adopted'),
	};
	const device = deviceName ?? udid;
	return [
		`${device === undefined ? '' : `${quoted(device)}: `}${words[outcome]}`,
		`  ${inline(path, 1000)}`,
		...(problem === undefined ? [] : [`  ${problemText(problem)}`]),
		'',
	];
}
