import * as vscode from 'vscode';
import { askSecret, type Secret } from './askSecret.ts';

/** From here on a password outlasts whoever tries all of them at home, given Apple's key derivation. */
const SHORT_LENGTH = 8;
const SAFE_LENGTH = 12;

/**
 * Asks for a new backup password, twice. @param title - the command that asks. @param whose - the devices, in quotation marks.
 * @throws CancellationError
 */
export async function askNewPassword(title: string, whose: string): Promise<Secret> {
	const first = await askSecret({
		title,
		prompt: vscode.l10n.t(
			'A new backup password for {0}. If you lose it, nobody can open the backups that it locks: not Apple, and not this extension.',
			whose,
		),
		step: 1,
		totalSteps: 2,
		offersToRemember: true,
		hint: passwordHint,
		check: (value) => (value === '' ? vscode.l10n.t('It must not be empty.') : undefined),
	});
	await askSecret({
		title,
		prompt: vscode.l10n.t('The new backup password once more.'),
		step: 2,
		totalSteps: 2,
		check: (value) => (value === first.value ? undefined : vscode.l10n.t('This differs from what you typed before.')),
	});
	return first;
}

/** How strong a password is, in a sentence for whoever types it; undefined while there is none. */
export function passwordHint(password: string): string | undefined {
	const length = Array.from(password).length;
	if (length === 0) {
		return undefined;
	}
	if (new Set(password).size < Math.min(length, 4)) {
		return vscode.l10n.t('Weak: it repeats itself.');
	}
	if (length < SHORT_LENGTH || /^\d+$/.test(password)) {
		return vscode.l10n.t('Weak: whoever has the backup finds it by trying.');
	}
	return length < SAFE_LENGTH
		? vscode.l10n.t('Fair: {0} characters or more are better.', SAFE_LENGTH)
		: vscode.l10n.t('Good, if it is written nowhere near the backups.');
}
