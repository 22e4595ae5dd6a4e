import * as vscode from 'vscode';
import type { AutomaticMode } from '../../contract/index.ts';
import { settingIds } from '../../contributions.ts';
import type { Command } from '../context.ts';
import { automaticMode } from '../settings.ts';

type Choice = vscode.QuickPickItem & { readonly mode?: AutomaticMode | 'off' };

/** Automatic Backups…: turns them on and off, and leads to the settings of the rest. They hold for all devices. */
export const automaticBackups: Command = async () => {
	const now = automaticMode();
	const window = vscode.workspace.getConfiguration().get<string>(settingIds.automaticWindow) ?? '';
	const choice = (mode: AutomaticMode | 'off', icon: string, label: string, detail: string): Choice => ({
		mode,
		label: `$(${icon}) ${label}`,
		detail,
		...(mode === now ? { description: vscode.l10n.t('as it is now') } : {}),
	});
	const choices: Choice[] = [
		choice('off', 'circle-slash', vscode.l10n.t('Off'), vscode.l10n.t('Devices are backed up when they are asked for.')),
		choice('onAttach', 'plug', vscode.l10n.t('When Attached'), vscode.l10n.t('A device that is plugged in and has no young snapshot.')),
		choice('inWindow', 'calendar', vscode.l10n.t('In a Window of the Day'), vscode.l10n.t('Attached devices, at {0}.', window)),
		choice('both', 'history', vscode.l10n.t('Both'), vscode.l10n.t('When attached, and at {0}.', window)),
		{ label: '', kind: vscode.QuickPickItemKind.Separator },
		{ label: `$(gear) ${vscode.l10n.t('Settings…')}`, detail: vscode.l10n.t('Time of day, how often, battery, Wi-Fi.') },
	];
	const chosen = await vscode.window.showQuickPick(choices, {
		title: vscode.l10n.t('Automatic Backups'),
		placeHolder: vscode.l10n.t('When devices are backed up without being asked, while a window is open'),
	});
	if (chosen === undefined) {
		return;
	}
	if (chosen.mode === undefined) {
		await vscode.commands.executeCommand('workbench.action.openSettings', 'deviceLab.automaticBackups');
	} else if (chosen.mode !== now) {
		const settings = vscode.workspace.getConfiguration();
		const { workspaceValue } = settings.inspect(settingIds.automaticMode) ?? {};
		// What a workspace says is what counts in it.
		const target = workspaceValue === undefined ? vscode.ConfigurationTarget.Global : vscode.ConfigurationTarget.Workspace;
		await settings.update(settingIds.automaticMode, chosen.mode, target);
	}
};
