import * as vscode from 'vscode';
import { usualRollbackChoices, type RestoreChoices } from '../../contract/index.ts';

/** Has a person change the options of a roll-back. @throws CancellationError - never: closing it leaves them as they were. */
export async function askChoices(choices: RestoreChoices): Promise<RestoreChoices> {
	const rows = Object.entries(texts()).map(([key, { label, detail }]) => ({
		label,
		detail,
		key: key as keyof RestoreChoices,
		picked: choices[key as keyof RestoreChoices],
	}));
	const picked = await vscode.window.showQuickPick(rows, {
		title: vscode.l10n.t('Options of the Roll-Back'),
		placeHolder: vscode.l10n.t('What is ticked is done'),
		canPickMany: true,
		ignoreFocusOut: true,
	});
	if (picked === undefined) {
		return choices;
	}
	const has = (key: keyof RestoreChoices): boolean => picked.some((row) => row.key === key);
	return {
		keepSettings: has('keepSettings'),
		systemFiles: has('systemFiles'),
		removeOthers: has('removeOthers'),
		keepCameraRoll: has('keepCameraRoll'),
		reboot: has('reboot'),
		copyFirst: has('copyFirst'),
		reinstallApps: has('reinstallApps'),
	};
}

/** The choices that are not the usual ones, as people read them; none when all are. */
export function unusualChoices(choices: RestoreChoices): string[] {
	const words = texts();
	return Object.keys(words).flatMap((key) => {
		const name = key as keyof RestoreChoices;
		if (choices[name] === usualRollbackChoices[name]) {
			return [];
		}
		return [choices[name] ? words[name].label : vscode.l10n.t('Not: {0}', words[name].label)];
	});
}

function texts(): Record<keyof RestoreChoices, { readonly label: string; readonly detail: string }> {
	return {
		keepSettings: {
			label: vscode.l10n.t('Keep current settings'),
			detail: vscode.l10n.t("The device's present settings stay instead of the snapshot's."),
		},
		systemFiles: { label: vscode.l10n.t('Restore system files'), detail: vscode.l10n.t('System domains are brought back too.') },
		removeOthers: {
			label: vscode.l10n.t('Remove what is not in the snapshot'),
			detail: vscode.l10n.t('Such as data of apps that the snapshot does not know.'),
		},
		keepCameraRoll: { label: vscode.l10n.t('Keep the camera roll'), detail: vscode.l10n.t('Photos and videos on the device stay.') },
		reboot: { label: vscode.l10n.t('Restart the device'), detail: vscode.l10n.t('Nothing of the snapshot appears before it restarts.') },
		copyFirst: {
			label: vscode.l10n.t('Copy to the device first'),
			detail: vscode.l10n.t('The device uses the snapshot when it has all of it. Needs twice the space there.'),
		},
		reinstallApps: {
			label: vscode.l10n.t('Download apps again'),
			detail: vscode.l10n.t('The device fetches the apps of the snapshot from the App Store.'),
		},
	};
}
