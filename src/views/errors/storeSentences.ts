import * as vscode from 'vscode';
import { plainText } from '../text.ts';
import { holderText, spaceText, type FailureFacts, type SentenceOf } from './facts.ts';

/** Codes about backups on this computer and about the snapshot store. */
type StoreCode =
	| 'NOT_A_BACKUP'
	| 'BACKUP_UNFINISHED'
	| 'BACKUP_DAMAGED'
	| 'BACKUP_UNSUPPORTED'
	| 'PASSWORD_REQUIRED'
	| 'WRONG_PASSWORD'
	| 'HOST_FULL'
	| 'FOLDER_UNUSABLE'
	| 'STORE_UNUSABLE'
	| 'STORE_DAMAGED'
	| 'STORE_NEWER'
	| 'STORE_BUSY'
	| 'SNAPSHOT_NOT_FOUND'
	| 'SNAPSHOT_AMBIGUOUS'
	| 'NAME_TAKEN'
	| 'NAME_UNUSABLE';

/** Where it is about a name or an id, the store's own message says which. */
const own = ({ report }: FailureFacts): string => plainText(report.message, 400);

/** Sentences for them. */
export const storeSentences: Readonly<Record<StoreCode, SentenceOf>> = {
	NOT_A_BACKUP: ({ folder }) => ({
		message:
			folder === undefined ? vscode.l10n.t('There is no backup in this folder.') : vscode.l10n.t('There is no backup in {0}.', folder),
		next: vscode.l10n.t('Choose the folder that is called like the device (its UDID), or the one that it lies in.'),
	}),
	BACKUP_UNFINISHED: () => ({
		message: vscode.l10n.t('The backup was never finished, so it cannot be used.'),
		next: vscode.l10n.t('Back the device up again: an unfinished backup is never built upon.'),
	}),
	BACKUP_DAMAGED: () => ({
		message: vscode.l10n.t('This is not a whole backup: a part of it is damaged or missing.'),
		next: vscode.l10n.t('Use another one. For a new backup, restart the device and try again.'),
	}),
	BACKUP_UNSUPPORTED: () => ({
		message: vscode.l10n.t('The backup has a format that Device Lab does not read.'),
		next: vscode.l10n.t('Backups of iOS 10 and later can be used.'),
	}),
	PASSWORD_REQUIRED: () => ({
		message: vscode.l10n.t('This needs the backup password.'),
		next: vscode.l10n.t('Try again and enter it.'),
	}),
	WRONG_PASSWORD: () => ({
		message: vscode.l10n.t('That is not the password of this backup.'),
		next: vscode.l10n.t(
			'It is the password that was set when encryption was turned on, perhaps long ago or on another computer. Nobody can recover it; Reset All Settings on the phone takes it off for later backups.',
		),
	}),
	HOST_FULL: (known) => ({
		message: `${vscode.l10n.t('There is not enough free space on this computer.')}${spaceText(known)}`,
		next: vscode.l10n.t('Free some space, clean up snapshots, or keep snapshots on another disk.'),
	}),
	FOLDER_UNUSABLE: ({ folder, report }) => {
		if (report.details['reason'] === 'privacy') {
			return {
				message: vscode.l10n.t('macOS keeps the folder {0} from this program.', folder ?? ''),
				next: vscode.l10n.t(
					'System Settings › Privacy & Security › Full Disk Access: allow Visual Studio Code, quit it, and start it again.',
				),
			};
		}
		return {
			message:
				folder === undefined
					? vscode.l10n.t('A folder that this needs cannot be used.')
					: vscode.l10n.t('The folder {0} cannot be used.', folder),
			next: vscode.l10n.t('Check that its disk or share is there, that it can be read and written, and that no file has its name.'),
		};
	},
	STORE_UNUSABLE: () => ({
		message: vscode.l10n.t('The folder of the snapshots cannot be used.'),
		next: vscode.l10n.t('Check that its disk or share is there and can be written, or choose another folder in the settings.'),
	}),
	STORE_DAMAGED: () => ({
		message: vscode.l10n.t('A part of the snapshots is damaged.'),
		next: vscode.l10n.t('Verify all snapshots to see which ones it touches, then repair the store. All others can be used.'),
	}),
	STORE_NEWER: () => ({
		message: vscode.l10n.t('The snapshots were written by a newer version of Device Lab.'),
		next: vscode.l10n.t('Update this extension; until then choose another folder in the settings.'),
	}),
	STORE_BUSY: (known) => ({
		message: vscode.l10n.t('Another program is working on the snapshots{0}.', holderText(known)),
		next: vscode.l10n.t('Wait for it to finish, and try again.'),
	}),
	SNAPSHOT_NOT_FOUND: (known) => ({
		message: own(known),
		next: vscode.l10n.t('It may have been deleted in another window. The Devices view shows what there is.'),
	}),
	SNAPSHOT_AMBIGUOUS: (known) => ({ message: own(known), next: vscode.l10n.t('Choose one in the Devices view.') }),
	NAME_TAKEN: (known) => ({
		message: own(known),
		next: vscode.l10n.t('Choose another name, or take it from the other snapshot first.'),
	}),
	NAME_UNUSABLE: (known) => ({
		message: own(known),
		next: vscode.l10n.t('A name is up to 64 letters, digits, spaces and . _ - + @ # ( ), and begins with a letter or digit.'),
	}),
};
