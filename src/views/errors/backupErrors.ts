import * as vscode from 'vscode';
import type { FailureFacts, Sentence, SentenceOf } from './facts.ts';

/** What an error that the phone's own backup program ended with means for the person in front of it, by `details.reason`. */
const REASONS: Readonly<Record<string, SentenceOf>> = {
	'device-locked': ({ device }) => ({
		message: vscode.l10n.t('The passcode was not entered on {0} in time, or it was locked again.', device),
		next: vscode.l10n.t('Try again, stay with the phone, and enter the passcode when its screen asks for it.'),
	}),
	'wrong-password': ({ subject }) => ({
		message: vscode.l10n.t('{0} did not take the backup password.', subject),
		next: vscode.l10n.t(
			'It is the password that was set when encryption was turned on. Nobody can recover it; on the phone, Settings › General › Transfer or Reset › Reset All Settings takes it off for future backups.',
		),
	}),
	'find-my-on': ({ device }) => ({
		message: vscode.l10n.t('Find My is on, and {0} takes no restore while it is.', device),
		next: vscode.l10n.t('On the phone: Settings › your name › Find My › Find My iPhone, turn it off, then try again.'),
	}),
	'setup-unfinished': ({ subject }) => ({
		message: vscode.l10n.t('{0} has not been set up yet.', subject),
		next: vscode.l10n.t('Finish the setup on its screen (“Hello”), then try again.'),
	}),
	'host-full': () => ({
		message: vscode.l10n.t('The device found too little free space on this computer.'),
		next: vscode.l10n.t('Free some space, clean up snapshots, or keep snapshots on another disk.'),
	}),
	'device-full': ({ device }) => ({
		message: vscode.l10n.t('There is not enough free space on {0}.', device),
		next: vscode.l10n.t('Free some space there, or restore to a larger device.'),
	}),
	'backup-invalid': ({ subject }) => ({
		message: vscode.l10n.t('{0} does not accept the backup: it is incomplete or damaged.', subject),
		next: vscode.l10n.t('Use another snapshot. Verifying this one shows what is damaged.'),
	}),
	'restart-device': ({ subject }) => ({
		message: vscode.l10n.t('{0} still holds a leftover of an earlier backup or restore that was cut off.', subject),
		next: vscode.l10n.t('Restart the phone, then try again.'),
	}),
	'files-unreadable': ({ subject }) => ({
		message: vscode.l10n.t('{0} could not read or send some of its files.', subject),
		next: vscode.l10n.t('Unlock it, leave it unlocked, and try again. If that does not help, restart it.'),
	}),
	managed: ({ subject }) => ({
		message: vscode.l10n.t('{0} is managed, and its organisation does not allow this.', subject),
		next: vscode.l10n.t('Only whoever manages the device can change that.'),
	}),
};

/** What happened and what to do, for an error that the device's backup program reported. */
export function backupErrorSentence(known: FailureFacts): Sentence {
	const { reason } = known.report.details;
	const of = typeof reason === 'string' && Object.hasOwn(REASONS, reason) ? REASONS[reason] : undefined;
	return (
		of?.(known) ?? {
			message: vscode.l10n.t('{0} ended with an error of its own.', known.subject),
			next: vscode.l10n.t('Unlock it, restart it if need be, and try again.'),
		}
	);
}
