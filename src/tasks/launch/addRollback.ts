import * as vscode from 'vscode';
import { commandIds, type CommandTarget } from '../../contributions.ts';
import { factsText, quoted, reportOf, sentenceOf, unlinked, withoutIcons } from '../../views/index.ts';
import { wrongUse } from '../definition.ts';
import type { TaskWorld } from '../world.ts';
import { chooseSnapshot } from './chooseSnapshot.ts';
import { launchChoices, proposeRollback, type LaunchChoice } from './proposeRollback.ts';
import { Proposals, textOf, type ProposedFile } from './proposals.ts';

/** A launch configuration and the folder that it is in. */
interface Launch {
	readonly folder: vscode.WorkspaceFolder;
	readonly text: string;
	readonly choice: LaunchChoice;
}

/** Add Roll-back to Launch Configuration…: asks for snapshot and configuration, shows both files as they would be, and writes them on a yes. */
export function registerAddRollback(world: TaskWorld): vscode.Disposable {
	const proposals = new Proposals();
	const command = vscode.commands.registerCommand(commandIds.launchAddRollback, async (target?: CommandTarget) => {
		try {
			await addRollback(world, proposals, target ?? {});
		} catch (error) {
			if (!(error instanceof vscode.CancellationError)) {
				const { message, next } = sentenceOf(reportOf(error));
				void vscode.window.showErrorMessage(unlinked([message, next].filter((sentence) => sentence !== undefined).join(' ')));
			}
		}
	});
	return vscode.Disposable.from(command, proposals);
}

async function addRollback(world: TaskWorld, proposals: Proposals, target: CommandTarget): Promise<void> {
	const launch = await chooseLaunch();
	const snapshot = await chooseSnapshot(world, target, vscode.l10n.t('Add Roll-back to Launch Configuration'), ['device']);
	const device = nameOf(snapshot.udid, world);
	const shown = snapshot.name ?? snapshot.id.slice(0, 8);
	const rollback = {
		device,
		snapshot: snapshot.name ?? snapshot.id,
		label: vscode.l10n.t('Roll Back {0} to {1}', device, shown),
		sequenceLabel: vscode.l10n.t('Before {0}', launch.choice.name),
	};
	const tasksUri = vscode.Uri.joinPath(launch.folder.uri, '.vscode/tasks.json');
	const launchUri = vscode.Uri.joinPath(launch.folder.uri, '.vscode/launch.json');
	const tasksText = await textOf(tasksUri);
	const proposal = proposeRollback(tasksText, launch.text, launch.choice, rollback);
	if (proposal === undefined) {
		throw wrongUse(vscode.l10n.t('tasks.json is no JSON that can be edited. Put it right first.'));
	}
	const files: ProposedFile[] = [
		{ uri: tasksUri, before: tasksText, after: proposal.tasks },
		{ uri: launchUri, before: launch.text, after: proposal.launch },
	].filter(({ before, after }) => before !== after);
	if (files.length === 0) {
		void vscode.window.showInformationMessage(vscode.l10n.t('{0} waits for this roll-back already.', quoted(launch.choice.name)));
		return;
	}
	await proposals.show(files);
	const write = vscode.l10n.t('Write Changes');
	const question = vscode.l10n.t('Have {0} roll {1} back to {2} first?', quoted(launch.choice.name), quoted(device), quoted(shown));
	const answer = await vscode.window.showInformationMessage(unlinked(question), write, vscode.l10n.t('Discard'));
	const isWritten = answer === write && (await proposals.write(files));
	await proposals.close();
	if (isWritten) {
		await vscode.window.showTextDocument(launchUri);
	} else if (answer === write) {
		throw wrongUse(vscode.l10n.t('The files were changed meanwhile. Nothing was written.'));
	}
}

/** As tasks.json names a device: by its name where only one has it. */
function nameOf(udid: string, { lab }: TaskWorld): string {
	const name = lab.deviceName(udid);
	const known = new Set([...lab.devices.map((device) => device.udid), ...lab.allSnapshots().keys()]);
	return [...known].filter((each) => lab.deviceName(each).toLowerCase() === name.toLowerCase()).length === 1 ? name : udid;
}

async function chooseLaunch(): Promise<Launch> {
	const rows: (vscode.QuickPickItem & Launch)[] = [];
	const broken: string[] = [];
	for (const folder of vscode.workspace.workspaceFolders ?? []) {
		const text = await textOf(vscode.Uri.joinPath(folder.uri, '.vscode/launch.json'));
		const choices = text === undefined ? [] : launchChoices(text);
		if (text === undefined || choices === undefined) {
			if (choices === undefined) {
				broken.push(folder.name);
			}
			continue;
		}
		const description = (type: string): string => factsText([type, folder.name]);
		rows.push(
			...choices.map((choice) => ({
				label: withoutIcons(choice.name),
				description: description(choice.type),
				folder,
				text,
				choice,
			})),
		);
	}
	if (rows.length === 0 && broken.length > 0) {
		throw wrongUse(vscode.l10n.t('launch.json of {0} is no JSON that can be edited. Put it right first.', broken.join(', ')));
	}
	if (rows.length === 0) {
		throw wrongUse(vscode.l10n.t('There is no launch.json with a configuration in this window.'));
	}
	const title = vscode.l10n.t('Add Roll-back to Launch Configuration');
	const picked = await vscode.window.showQuickPick(rows, { title, placeHolder: vscode.l10n.t('The configuration that is to wait for it') });
	if (picked === undefined) {
		throw new vscode.CancellationError();
	}
	return picked;
}
