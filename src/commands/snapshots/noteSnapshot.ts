import * as vscode from 'vscode';
import { askText } from '../ask.ts';
import { chooseSnapshot } from '../choose.ts';
import type { Command } from '../context.ts';

/** Edit Note…: writes a line about a snapshot, or with nothing takes it away. */
export const noteSnapshot: Command = async (context, targets) => {
	const title = vscode.l10n.t('Edit Note');
	const { udid, id, note } = await chooseSnapshot(context, targets, { title });
	const prompt = vscode.l10n.t('What is worth knowing about this snapshot. Leave it empty to take the note away.');
	const text = (await askText({ title, prompt, value: note ?? '' })).trim();
	await context.client.request('snapshots/setNote', { udid, snapshot: id, ...(text === '' ? {} : { note: text }) });
};
