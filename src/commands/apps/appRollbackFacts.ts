import * as vscode from 'vscode';
import type { AppGap, AppRollbackPlan, PreflightFinding } from '../../contract/index.ts';
import { formatBytes, formatNumber, formatTime, inline, quoted, snapshotPhrase } from '../../views/index.ts';
import { findingText } from '../snapshots/rollbackFacts.ts';

/** What is known beside the plan. */
interface AppRollbackFacts {
	readonly plan: AppRollbackPlan;
	/** The device's name. */
	readonly device: string;
	readonly safety: boolean;
	/** Milliseconds since 1970. */
	readonly nowMs: number;
}

/** Paths that are shown; the rest is counted. */
const MAX_PATHS = 5;

/** What a person reads before they say yes: what is written and removed, what is lost, what does not come back, and what speaks against it. */
export function appRollbackFacts({ plan, device, safety, nowMs }: AppRollbackFacts): string[] {
	const { snapshot, app, paths } = plan;
	const warnings = plan.findings
		.filter(({ severity }) => severity === 'warning')
		.map((finding) => `⚠ ${warningText(finding, plan) ?? findingText(finding, device)}`);
	const more = plan.writeFiles + plan.removeItems - MAX_PATHS;
	return [
		vscode.l10n.t('Device: {0} ({1})', quoted(device), plan.udid),
		vscode.l10n.t(
			'App: {0}',
			[app.name, app.bundleId, app.version].flatMap((part) => (part === undefined ? [] : inline(part))).join(' · '),
		),
		vscode.l10n.t(
			'Snapshot: {0}',
			[snapshotPhrase(snapshot, nowMs), formatTime(snapshot.takenAt), formatBytes(snapshot.sizeBytes)].join(' · '),
		),
		...(snapshot.note === undefined ? [] : [vscode.l10n.t('Note: {0}', inline(snapshot.note, 200))]),
		'',
		changesText(plan),
		...paths.slice(0, MAX_PATHS).map((path) => `   ${inline(path, 120)}`),
		...(more > 0 ? [vscode.l10n.t('   … and {0} more', formatNumber(more))] : []),
		'',
		lossText(plan, safety),
		vscode.l10n.t('Not part of it: {0}.', plan.gaps.map(gapText).join(', ')),
		vscode.l10n.t('Everything else on the device stays as it is, and it does not restart.'),
		...(warnings.length === 0 ? [] : ['', ...warnings]),
	];
}

function changesText({ writeFiles, writeBytes, removeItems, sameFiles }: AppRollbackPlan): string {
	return writeFiles + removeItems === 0
		? vscode.l10n.t('All {0} files are as they were: nothing is written.', formatNumber(sameFiles))
		: vscode.l10n.t(
				'Files written: {0} ({1}), removed because they came since: {2}, left as they are: {3}.',
				formatNumber(writeFiles),
				formatBytes(writeBytes),
				formatNumber(removeItems),
				formatNumber(sameFiles),
			);
}

function lossText({ isKept }: AppRollbackPlan, safety: boolean): string {
	if (isKept) {
		return vscode.l10n.t('What the app has now is in a snapshot: nothing is lost.');
	}
	return safety
		? vscode.l10n.t('What the app has now is kept in a safety snapshot first, so that you can come back to it.')
		: vscode.l10n.t('What the app has now is in no snapshot: what is replaced is lost.');
}

function gapText(gap: AppGap): string {
	const texts: Record<AppGap, () => string> = {
		keychain: () => vscode.l10n.t('keychain items'),
		permissions: () => vscode.l10n.t('permissions'),
		groups: () => vscode.l10n.t('data that is shared in app groups'),
		attributes: () => vscode.l10n.t('file protection of files that are written anew'),
	};
	return texts[gap]();
}

/** Warnings about the app have their sentences here. */
function warningText({ code }: PreflightFinding, { app, snapshot }: AppRollbackPlan): string | undefined {
	const name = quoted(app.name ?? app.bundleId);
	switch (code) {
		case 'APP_RUNNING':
			return vscode.l10n.t('{0} is running. You are asked to close it on the device, which is waited for.', name);
		case 'APP_ACTIVITY_UNKNOWN':
			return vscode.l10n.t('The device does not say whether {0} runs. Close it first: it would write over what is put back.', name);
		case 'OTHER_BUILD':
			return vscode.l10n.t(
				'The data is of {0} {1}; {2} is installed now.',
				name,
				inline(snapshot.app?.version ?? '?'),
				inline(app.version ?? '?'),
			);
		case 'OTHER_DEVICE':
			return vscode.l10n.t('The data is of another device.');
		default:
			return undefined;
	}
}
