import * as vscode from 'vscode';
import type { SnapshotInfo } from '../../contract/index.ts';
import { formatTime, formatNumber, formatBytes, quoted, snapshotPhrase } from '../../views/index.ts';
import { confirm, note } from '../ask.ts';
import { chooseSnapshots } from '../choose.ts';
import type { Command, CommandContext } from '../context.ts';
import { runEach } from '../run.ts';

/** How many are named before it is asked; the rest are counted. */
const MAX_NAMED = 12;

/** Delete Snapshot…: forgets snapshots for good, after they were named with what depends on them. */
export const deleteSnapshot: Command = async (context, targets) => {
	const snapshots = await chooseSnapshots(context, targets, {
		title: vscode.l10n.t('Delete Snapshot'),
		placeholder: vscode.l10n.t('The snapshots to delete for good'),
		many: true,
	});
	const [only, ...others] = snapshots;
	if (only === undefined) {
		return;
	}
	await confirm({
		message:
			others.length === 0
				? vscode.l10n.t('Delete {0} of {1} for good?', snapshotPhrase(only, context.now()), quoted(context.lab.deviceName(only.udid)))
				: vscode.l10n.t('Delete {0} snapshots for good?', formatNumber(snapshots.length)),
		facts: deletionFacts(context, snapshots),
		actions: [
			others.length === 0 ? vscode.l10n.t('Delete Snapshot') : vscode.l10n.t('Delete {0} Snapshots', formatNumber(snapshots.length)),
		],
	});
	const udids = [...new Set(snapshots.map(({ udid }) => udid))];
	const { done } = await runEach(context, udids, (udid) =>
		// What was shown is what is deleted: by their ids.
		context.client.request('snapshots/delete', { udid, snapshots: snapshots.filter((each) => each.udid === udid).map(({ id }) => id) }),
	);
	const deleted = done.flatMap(({ result }) => result);
	await Promise.all(deleted.map(({ udid, id }) => context.passwords.forget({ udid, snapshot: id })));
	if (deleted.length > 0) {
		note(deleted.length === 1 ? vscode.l10n.t('The snapshot is deleted.') : vscode.l10n.t('{0} snapshots are deleted.', deleted.length));
	}
};

/** Each snapshot on a line, and what else goes or stays with them. */
export function deletionFacts({ lab, now }: CommandContext, snapshots: readonly SnapshotInfo[]): string[] {
	const isSeveralDevices = new Set(snapshots.map(({ udid }) => udid)).size > 1;
	const lines = snapshots
		.slice(0, MAX_NAMED)
		.map((snapshot) =>
			[
				`• ${snapshotPhrase(snapshot, now())}`,
				isSeveralDevices ? quoted(lab.deviceName(snapshot.udid)) : undefined,
				formatTime(snapshot.takenAt),
				formatBytes(snapshot.sizeBytes),
				snapshot.pinned ? vscode.l10n.t('pinned') : undefined,
			]
				.filter((fact) => fact !== undefined)
				.join(' · '),
		);
	const rest = snapshots.length - lines.length;
	const heads = snapshots.filter(({ isHead }) => isHead);
	return [
		...lines,
		...(rest === 0 ? [] : [vscode.l10n.t('… and {0} more', formatNumber(rest))]),
		'',
		...(heads.length === 0
			? []
			: [vscode.l10n.t('The device stands at a snapshot that goes: its next backup has nothing to build on and sends everything.')]),
		...(snapshots.some(({ pinned, name }) => pinned || name !== undefined)
			? [
					snapshots.length === 1
						? vscode.l10n.t('It has a name or is pinned. Tests that roll back to it will fail.')
						: vscode.l10n.t('Named and pinned snapshots are among them. Tests that roll back to them will fail.'),
				]
			: []),
		vscode.l10n.t('Other snapshots that share content with them stay whole. The space comes back with Clean Up Snapshots….'),
		vscode.l10n.t('This cannot be undone.'),
	];
}
