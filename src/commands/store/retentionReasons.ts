import * as vscode from 'vscode';
import { inline } from '../../views/index.ts';

/** Why a snapshot stays or goes, in words, each reason once. A code that is newer than this extension stands for itself. */
export function reasonsText(reasons: readonly string[]): string {
	const words = texts();
	return [...new Set(reasons)].map((code) => words[code] ?? inline(code)).join(', ');
}

function texts(): Readonly<Record<string, string | undefined>> {
	return {
		pinned: vscode.l10n.t('pinned'),
		head: vscode.l10n.t('the device stands here'),
		inUse: vscode.l10n.t('a job needs it'),
		noRules: vscode.l10n.t('no rule counts'),
		newest: vscode.l10n.t('the newest'),
		newestSound: vscode.l10n.t('the newest without damage'),
		newestVerified: vscode.l10n.t('the newest that was verified'),
		baseline: vscode.l10n.t('baseline'),
		oldest: vscode.l10n.t('the oldest of a young history'),
		safety: vscode.l10n.t('safety snapshot'),
		damaged: vscode.l10n.t('damaged: for you to decide'),
		future: vscode.l10n.t('its time lies ahead of this clock'),
		undated: vscode.l10n.t('its time is unknown'),
		superseded: vscode.l10n.t('a newer one stands for its time'),
		beyondCount: vscode.l10n.t('beyond the number that the rules keep'),
		safetyExpired: vscode.l10n.t('safety snapshot whose time is over'),
		last: vscode.l10n.t('one of the last'),
		hourly: vscode.l10n.t('of its hour'),
		daily: vscode.l10n.t('of its day'),
		weekly: vscode.l10n.t('of its week'),
		monthly: vscode.l10n.t('of its month'),
		yearly: vscode.l10n.t('of its year'),
	};
}
