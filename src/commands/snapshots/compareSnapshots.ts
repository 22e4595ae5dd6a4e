import * as vscode from 'vscode';
import type { SnapshotInfo } from '../../contract/index.ts';
import type { CommandTarget } from '../../contributions.ts';
import { inline, pickSnapshots, quoted, snapshotPhrase, snapshotTitle } from '../../views/index.ts';
import { tell, whileAsking } from '../ask.ts';
import { chooseSnapshots } from '../choose.ts';
import type { Command, CommandContext } from '../context.ts';
import { snapshotPassword } from '../passwords/snapshotPassword.ts';
import { diffLines } from '../reports/diffLines.ts';

/** Files that are named; all are counted. */
const MAX_FILES = 5000;

/** Compare…: what differs between two snapshots of one device, by app or domain and by file, in a document to read. */
export const compareSnapshots: Command = async (context, targets) => {
	const pair = await choosePair(context, targets);
	if (pair === undefined) {
		return;
	}
	const { before, after } = pair;
	const { lab, client, documents, now } = context;
	const title = vscode.l10n.t('Compare Snapshots');
	// Names of files are in the manifest, which an encrypted snapshot locks. Without the password only counts and sizes can be told.
	const locked = [after, before].find(({ encrypted }) => encrypted);
	const password = locked === undefined ? undefined : await snapshotPassword(context, locked, title);
	const params = {
		udid: before.udid,
		before: before.id,
		after: after.id,
		maxFiles: MAX_FILES,
		...(password === undefined ? {} : { password }),
	};
	const device = quoted(lab.deviceName(before.udid));
	const diff = await whileAsking(vscode.l10n.t('Comparing two snapshots of {0}…', device), (token) =>
		client.request('snapshots/diff', params, token),
	);
	const [from, to] = [before, after].map((snapshot) => snapshotPhrase(snapshot, now()));
	if (diff.fileCount === 0) {
		tell(vscode.l10n.t('No file differs between {0} and {1}.', from ?? '', to ?? ''));
		return;
	}
	const name = vscode.l10n.t(
		'{0} → {1} ({2})',
		snapshotTitle(before, now()),
		snapshotTitle(after, now()),
		inline(lab.deviceName(before.udid)),
	);
	await documents.show(name, [vscode.l10n.t('{0}: from {1} to {2}', device, from ?? '', to ?? ''), '', ...diffLines(diff)]);
};

interface Pair {
	/** The older one. */
	readonly before: SnapshotInfo;
	readonly after: SnapshotInfo;
}

/** Two rows are compared as they are; to one the other is asked for, the one that it was made from first. */
async function choosePair(context: CommandContext, targets: readonly CommandTarget[]): Promise<Pair | undefined> {
	const { lab, now } = context;
	const title = vscode.l10n.t('Compare Snapshots');
	const [first, second, ...others] = await chooseSnapshots(context, targets, {
		title,
		placeholder: vscode.l10n.t('The first of two snapshots'),
	});
	if (first === undefined) {
		return undefined;
	}
	if (others.length > 0 || (second !== undefined && second.udid !== first.udid)) {
		tell(vscode.l10n.t('Two snapshots of the same device can be compared.'));
		return undefined;
	}
	if (second !== undefined) {
		return inOrder(first, second);
	}
	const rest = lab.snapshots(first.udid).filter(({ id }) => id !== first.id);
	if (rest.length === 0) {
		tell(vscode.l10n.t('{0} has no other snapshot to compare with.', quoted(lab.deviceName(first.udid))));
		return undefined;
	}
	const offered = [...rest.filter(({ id }) => id === first.parent), ...rest.filter(({ id }) => id !== first.parent)];
	const placeholder = vscode.l10n.t('Compare {0} with', snapshotPhrase(first, now()));
	const [chosen] = (await pickSnapshots(offered, { title, placeholder, nowMs: now() })) ?? [];
	return chosen === undefined ? undefined : inOrder(first, chosen);
}

function inOrder(a: SnapshotInfo, b: SnapshotInfo): Pair {
	return a.takenAt <= b.takenAt ? { before: a, after: b } : { before: b, after: a };
}
