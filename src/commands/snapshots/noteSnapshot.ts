import * as vscode from 'vscode';
import { askText } from '../ask.ts';
import { chooseSnapshots } from '../choose.ts';
import type { Command } from '../context.ts';
import { runEach } from '../run.ts';

/** Edit Note…: writes a line about a snapshot, or the same one about several, or with nothing takes it away. */
export const noteSnapshot: Command = async (context, targets) => {
	const title = vscode.l10n.t('Edit Note');
	const snapshots = await chooseSnapshots(context, targets, { title });
	const notes = new Set(snapshots.map(({ note = '' }) => note));
	const prompt =
		snapshots.length === 1
			? vscode.l10n.t('What is worth knowing about this snapshot. Leave it empty to take the note away.')
			: vscode.l10n.t('What is worth knowing about these {0} snapshots. It takes the place of the note of each.', snapshots.length);
	const [common = ''] = notes.size === 1 ? notes : [];
	const text = (await askText({ title, prompt, value: common })).trim();
	await runEach(context, snapshots, ({ udid, id }) =>
		context.client.request('snapshots/setNote', { udid, snapshot: id, ...(text === '' ? {} : { note: text }) }),
	);
};
