import * as vscode from 'vscode';
import { snapshotPhrase } from '../../views/index.ts';
import { note } from '../ask.ts';
import { chooseSnapshots } from '../choose.ts';
import type { Command } from '../context.ts';
import { runEach } from '../run.ts';

/** Pin Snapshot: clean-up never takes it. */
export const pinSnapshot: Command = setPinned(true);

/** Unpin Snapshot: leaves it to the rules of clean-up again. */
export const unpinSnapshot: Command = setPinned(false);

function setPinned(pinned: boolean): Command {
	return async (context, targets) => {
		const snapshots = await chooseSnapshots(context, targets, {
			title: pinned ? vscode.l10n.t('Pin Snapshot') : vscode.l10n.t('Unpin Snapshot'),
			many: true,
			filter: (snapshot) => snapshot.pinned !== pinned,
			none: { message: pinned ? vscode.l10n.t('All snapshots are pinned already.') : vscode.l10n.t('No snapshot is pinned.') },
		});
		const { done } = await runEach(context, snapshots, ({ udid, id }) =>
			context.client.request('snapshots/setPinned', { udid, snapshot: id, pinned }),
		);
		const [only] = done;
		if (only !== undefined) {
			note(pinnedText(pinned, done.length, snapshotPhrase(only.item, context.now())));
		}
	};
}

function pinnedText(pinned: boolean, count: number, phrase: string): string {
	if (count > 1) {
		return pinned ? vscode.l10n.t('{0} snapshots are pinned.', count) : vscode.l10n.t('{0} snapshots are no longer pinned.', count);
	}
	return pinned ? vscode.l10n.t('Pinned: {0}', phrase) : vscode.l10n.t('No longer pinned: {0}', phrase);
}
