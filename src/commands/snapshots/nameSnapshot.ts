import * as vscode from 'vscode';
import { LabFailure } from '../../client/index.ts';
import type { SnapshotInfo } from '../../contract/index.ts';
import { literalText, sentenceOf, snapshotPhrase, unlinked } from '../../views/index.ts';
import { askText, note } from '../ask.ts';
import { chooseSnapshot } from '../choose.ts';
import type { Command, CommandContext } from '../context.ts';

/** Name Snapshot…: gives a name, another one, or with nothing takes it away. A name that cannot be is asked for again. */
export const nameSnapshot: Command = async (context, targets) => {
	const title = vscode.l10n.t('Name Snapshot');
	const snapshot = await chooseSnapshot(context, targets, { title });
	let value = snapshot.name ?? '';
	let prompt = vscode.l10n.t('People and tests find the snapshot by its name. Leave it empty to take the name away.');
	for (;;) {
		value = await askText({ title, prompt, value, validateInput: (text) => takenBy(context, snapshot, text) });
		try {
			const renamed = await rename(context, snapshot, value.trim());
			note(
				renamed.name === undefined
					? vscode.l10n.t('The snapshot has no name any more.')
					: vscode.l10n.t('The snapshot is now {0}.', snapshotPhrase(renamed, context.now())),
			);
			return;
		} catch (error) {
			// What is wrong with a name is best said where it is typed.
			if (!(error instanceof LabFailure) || (error.report.code !== 'NAME_TAKEN' && error.report.code !== 'NAME_UNUSABLE')) {
				throw error;
			}
			const { message, next } = sentenceOf(error.report);
			prompt = literalText([message, next].filter((sentence) => sentence !== undefined).join(' '));
		}
	}
};

function rename({ client }: CommandContext, { udid, id }: SnapshotInfo, name: string): Promise<SnapshotInfo> {
	return client.request('snapshots/rename', { udid, snapshot: id, ...(name === '' ? {} : { name }) });
}

/** Said while it is typed, as far as it is known here; the engine has the last word. */
export function takenBy({ lab, now }: CommandContext, { udid, id }: Pick<SnapshotInfo, 'udid' | 'id'>, text: string): string | undefined {
	const wanted = text.trim().normalize('NFC').toLowerCase();
	const holder = lab.snapshots(udid).find((each) => each.id !== id && each.name?.normalize('NFC').toLowerCase() === wanted);
	return holder === undefined
		? undefined
		: unlinked(vscode.l10n.t('Another snapshot of this device has this name: {0}', snapshotPhrase({ takenAt: holder.takenAt }, now())));
}
