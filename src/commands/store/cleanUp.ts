import * as vscode from 'vscode';
import type { RetentionPreviewInfo, SnapshotRef } from '../../contract/index.ts';
import { settingIds } from '../../contributions.ts';
import { formatBytes, formatNumber, formatTime, inline, quoted, withoutIcons } from '../../views/index.ts';
import { confirm, tell, whileAsking } from '../ask.ts';
import type { Command, CommandContext } from '../context.ts';
import { runJob } from '../run.ts';
import { retentionPolicy } from '../settings.ts';
import { reasonsText } from './retentionReasons.ts';

type Decision = RetentionPreviewInfo['decisions'][number];

/** How many are named before it is asked; the list before has all. */
const MAX_NAMED = 12;

/**
 * Clean Up Snapshots…: shows what the rules of the settings, or of the lab file, would delete and keep, and why, and how much that frees; then asks; then deletes
 * exactly what was shown.
 */
export const cleanUp: Command = async (context, targets) => {
	const { client } = context;
	const udid = targets[0]?.udid;
	const scope = udid === undefined ? {} : { udid };
	const policy = retentionPolicy(await context.labRules?.());
	const preview = await whileAsking(vscode.l10n.t('Looking at what can be cleaned up…'), (token) =>
		client.request('retention/preview', { ...scope, policy }, token),
	);
	if (preview.decisions.length === 0) {
		tell(vscode.l10n.t('There are no snapshots to clean up.'));
		return;
	}
	const going = preview.decisions.filter(({ keep }) => !keep);
	const answer = await showPreview(context, preview, going, policy);
	if (answer === 'settings') {
		await vscode.commands.executeCommand('workbench.action.openSettings', settingIds.retentionPolicy);
	} else if (answer === 'delete') {
		await confirmDeletion(context, going, preview.freedBytes);
		const forget: SnapshotRef[] = going.map((decision) => ({ udid: decision.udid, snapshot: decision.snapshot }));
		await apply(context, { ...scope, policy, forget });
	} else {
		const { freedBytes } = await runJob(context, 'store/prune', {});
		tell(freedText(0, freedBytes, 0));
	}
};

type Answer = 'delete' | 'free' | 'settings';

interface PreviewRow extends vscode.QuickPickItem {
	readonly answer?: Answer;
}

/** The whole preview as a list to read, the actions on top of it. @throws CancellationError */
async function showPreview(
	context: CommandContext,
	{ decisions, freedBytes }: RetentionPreviewInfo,
	going: readonly Decision[],
	policy: string,
): Promise<Answer> {
	const separator = (label: string): PreviewRow => ({ label, kind: vscode.QuickPickItemKind.Separator });
	const kept = decisions.filter(({ keep }) => keep);
	const action: PreviewRow =
		going.length > 0
			? {
					label: vscode.l10n.t('Delete {0} snapshots…', formatNumber(going.length)),
					iconPath: new vscode.ThemeIcon('trash'),
					description: vscode.l10n.t('frees {0}', formatBytes(freedBytes)),
					answer: 'delete',
				}
			: {
					label: vscode.l10n.t('Free what deleted snapshots took'),
					iconPath: new vscode.ThemeIcon('trash'),
					description: vscode.l10n.t('no snapshot is deleted'),
					answer: 'free',
				};
	const rows: PreviewRow[] = [
		action,
		{
			label: vscode.l10n.t('Change the rules…'),
			iconPath: new vscode.ThemeIcon('settings'),
			description: withoutIcons(policy),
			answer: 'settings',
		},
		separator(vscode.l10n.t('Goes: {0}', formatNumber(going.length))),
		...going.map((decision) => decisionRow(context, decision)),
		separator(vscode.l10n.t('Stays: {0}', formatNumber(kept.length))),
		...kept.map((decision) => decisionRow(context, decision)),
	];
	const chosen = await vscode.window.showQuickPick(rows, {
		title: vscode.l10n.t('Clean Up Snapshots'),
		placeHolder: vscode.l10n.t(
			'{0} go, {1} stay. Nothing is deleted before you say so.',
			formatNumber(going.length),
			formatNumber(kept.length),
		),
		matchOnDescription: true,
		matchOnDetail: true,
		ignoreFocusOut: true,
	});
	if (chosen?.answer === undefined) {
		throw new vscode.CancellationError();
	}
	return chosen.answer;
}

function decisionRow({ lab }: CommandContext, { udid, name, takenAt, keep, reasons }: Decision): PreviewRow {
	const time = formatTime(takenAt);
	return {
		label: withoutIcons(name === undefined ? time : inline(name)),
		iconPath: new vscode.ThemeIcon(keep ? 'check' : 'trash'),
		description: withoutIcons(
			[name === undefined ? undefined : time, inline(lab.deviceName(udid))].filter((fact) => fact !== undefined).join(' · '),
		),
		detail: withoutIcons(reasonsText(reasons)),
	};
}

async function confirmDeletion({ lab }: CommandContext, going: readonly Decision[], freedBytes: number): Promise<void> {
	const named = going
		.slice(0, MAX_NAMED)
		.map(({ udid, name, takenAt }) =>
			[
				'• ' + (name === undefined ? formatTime(takenAt) : quoted(name)),
				name === undefined ? undefined : formatTime(takenAt),
				inline(lab.deviceName(udid)),
			]
				.filter((fact) => fact !== undefined)
				.join(' · '),
		);
	const rest = going.length - named.length;
	await confirm({
		message:
			going.length === 1
				? vscode.l10n.t('Delete 1 snapshot for good?')
				: vscode.l10n.t('Delete {0} snapshots for good?', formatNumber(going.length)),
		facts: [
			...named,
			...(rest === 0 ? [] : [vscode.l10n.t('… and {0} more', formatNumber(rest))]),
			'',
			vscode.l10n.t('This frees {0}. It cannot be undone.', formatBytes(freedBytes)),
		],
		actions: [going.length === 1 ? vscode.l10n.t('Delete 1 Snapshot') : vscode.l10n.t('Delete {0} Snapshots', formatNumber(going.length))],
	});
}

async function apply(
	context: CommandContext,
	params: { readonly udid?: string; readonly policy: string; readonly forget: readonly SnapshotRef[] },
): Promise<void> {
	const { forgotten, freedBytes, waitingBytes } = await runJob(context, 'retention/apply', params);
	await Promise.all(forgotten.map((ref) => context.passwords.forget(ref)));
	const missed = params.forget.length - forgotten.length;
	tell(
		[
			freedText(forgotten.length, freedBytes, waitingBytes),
			missed === 0 ? undefined : vscode.l10n.t('{0} stay after all: something changed since they were shown.', formatNumber(missed)),
		]
			.filter((sentence) => sentence !== undefined)
			.join(' '),
	);
}

function freedText(forgotten: number, freedBytes: number, waitingBytes: number): string {
	const done =
		forgotten === 0
			? vscode.l10n.t('{0} are free again.', formatBytes(freedBytes))
			: vscode.l10n.t('{0} snapshots are deleted, {1} are free again.', formatNumber(forgotten), formatBytes(freedBytes));
	return waitingBytes === 0
		? done
		: `${done} ${vscode.l10n.t('{0} more come back with the next clean-up: somebody may still read them.', formatBytes(waitingBytes))}`;
}
