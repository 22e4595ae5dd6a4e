import * as vscode from 'vscode';

/** In how many places a device differs behind a roll-back: `It differs in 2 places: Documents/a, Documents/b`. */
export function differenceSentence(count: number, places: string): string {
	return count === 1 ? vscode.l10n.t('It differs in 1 place: {0}', places) : vscode.l10n.t('It differs in {0} places: {1}', count, places);
}
