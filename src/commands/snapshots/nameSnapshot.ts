import * as vscode from 'vscode';
import { LabFailure } from '../../client/index.ts';
import type { SnapshotInfo } from '../../contract/index.ts';
import { literalText, quoted, sentenceOf, snapshotPhrase, unlinked } from '../../views/index.ts';
import { askText, note, tell } from '../ask.ts';
import { chooseSnapshots } from '../choose.ts';
import type { Command, CommandContext } from '../context.ts';

/**
 * Name Snapshot…: gives a name, another one, or with nothing takes it away. A name that cannot be is asked for again. Snapshots of several devices
 * get the same one, so that all of these can be brought back to it at once.
 */
export const nameSnapshot: Command = async (context, targets) => {
	const title = vscode.l10n.t('Name Snapshot');
	const snapshots = await chooseSnapshots(context, targets, { title });
	if (snapshots.some(({ udid }, index) => snapshots.findIndex((each) => each.udid === udid) !== index)) {
		tell(vscode.l10n.t('A device has each name once: select one snapshot of each device to give them the same one.'));
		return;
	}
	let value = snapshots[0]?.name ?? '';
	let prompt = promptOf(snapshots.length);
	for (;;) {
		const validateInput = (text: string): string | undefined => firstOf(snapshots, (snapshot) => takenBy(context, snapshot, text));
		value = await askText({ title, prompt, value, validateInput });
		try {
			const renamed = [];
			for (const snapshot of snapshots) {
				renamed.push(await rename(context, snapshot, value.trim()));
			}
			note(nowNamed(context, renamed));
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

function promptOf(count: number): string {
	return count === 1
		? vscode.l10n.t('People and tests find the snapshot by its name. Leave it empty to take the name away.')
		: vscode.l10n.t('All {0} snapshots get this name, each on its device. Leave it empty to take their names away.', count);
}

function nowNamed({ now }: CommandContext, [renamed, ...others]: readonly SnapshotInfo[]): string {
	if (renamed?.name === undefined) {
		return others.length === 0
			? vscode.l10n.t('The snapshot has no name any more.')
			: vscode.l10n.t('{0} snapshots have no name any more.', others.length + 1);
	}
	return others.length === 0
		? vscode.l10n.t('The snapshot is now {0}.', snapshotPhrase(renamed, now()))
		: vscode.l10n.t('{0} snapshots are now {1}.', others.length + 1, quoted(renamed.name));
}

function firstOf<T>(items: readonly T[], of: (item: T) => string | undefined): string | undefined {
	return items.map(of).find((found) => found !== undefined);
}

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
