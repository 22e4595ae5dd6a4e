import * as vscode from 'vscode';
import type { RowsDiff, SnapshotDiff, SnapshotInfo } from '../../contract/index.ts';
import type { CommandTarget } from '../../contributions.ts';
import { inline, pickSnapshotOr, quoted, snapshotPhrase, snapshotTitle } from '../../views/index.ts';
import { tell, whileAsking } from '../ask.ts';
import { chooseSnapshots, warn } from '../choose.ts';
import type { Command, CommandContext } from '../context.ts';
import { opens, snapshotPassword } from '../passwords/snapshotPassword.ts';
import { notAttached, refusalOfWork } from '../refusals.ts';
import { diffLines } from '../reports/diffLines.ts';
import { rowsLines } from '../reports/rowsLines.ts';
import { isCancellation, runJob } from '../run.ts';

/** Files that are named; all are counted. */
const MAX_FILES = 5000;

/** What a snapshot is compared with: another one, or the device, or the app on it, as it is now. */
type Other = SnapshotInfo | 'now';

/**
 * Compare…: what differs between two snapshots of one device, or between one and now, by app or domain, by file and by rows of databases, in a
 * document to read. Now is known by a backup only, which is taken for it.
 */
export const compareSnapshots: Command = async (context, targets) => {
	const pair = await choosePair(context, targets);
	if (pair === undefined) {
		return;
	}
	const { first, other } = pair;
	if (first.app !== undefined) {
		await compareApp(context, first, first.app.bundleId, other);
		return;
	}
	const title = vscode.l10n.t('Compare Snapshots');
	// A wrong password is found before anybody stands at the phone.
	const known = other === 'now' ? await snapshotPassword(context, first, title) : undefined;
	const second = other === 'now' ? await takeNow(context, first.udid) : other;
	const [before, after] = first.takenAt <= second.takenAt ? [first, second] : [second, first];
	// Names of files are in the manifest, which an encrypted snapshot locks. Without the password only counts and sizes can be told.
	const password = after.encrypted ? await passwordOf(context, after, known, title) : undefined;
	const beforePassword = before.encrypted ? await passwordOf(context, before, known ?? password, title) : undefined;
	await compareDevice(context, before, after, {
		...(password === undefined ? {} : { password }),
		...(beforePassword === undefined ? {} : { beforePassword }),
	});
};

/** Mostly two snapshots of one device have one password: it is tried before anybody is asked. */
async function passwordOf(context: CommandContext, snapshot: SnapshotInfo, likely: string | undefined, title: string) {
	return likely !== undefined && (await opens(context, snapshot, likely)) ? likely : snapshotPassword(context, snapshot, title);
}

async function compareDevice(
	context: CommandContext,
	before: SnapshotInfo,
	after: SnapshotInfo,
	passwords: { readonly password?: string; readonly beforePassword?: string },
): Promise<void> {
	const { lab, client, log, documents, now } = context;
	const params = { udid: before.udid, before: before.id, after: after.id, ...passwords };
	const device = quoted(lab.deviceName(before.udid));
	const comparing = vscode.l10n.t('Comparing two snapshots of {0}…', device);
	const diff = await whileAsking(comparing, (token) => client.request('snapshots/diff', { ...params, maxFiles: MAX_FILES }, token));
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
	const heading = [vscode.l10n.t('{0}: from {1} to {2}', device, from ?? '', to ?? ''), ''];
	const lines = (rows?: RowsDiff): string[] => [...heading, ...diffLines(diff, rows === undefined ? [] : rowsLines(rows, diff.groups))];
	await documents.show(name, lines());
	// Databases are read for this, which takes a while: what is known is there to read meanwhile, also when this is cancelled or fails.
	const counting = vscode.l10n.t('Counting the rows of databases that changed…');
	try {
		documents.update(name, lines(await whileAsking(counting, (token) => client.request('contents/diffRows', params, token))));
	} catch (error) {
		if (!isCancellation(error)) {
			log.warn('The rows of databases could not be compared.');
			throw error;
		}
	}
}

/** Two snapshots of an app, or one and what is on the device now, which the device tells by itself. */
async function compareApp(context: CommandContext, first: SnapshotInfo, bundleId: string, other: Other): Promise<void> {
	const { lab, client, documents, now } = context;
	const { udid } = first;
	const isLater = other !== 'now' && other.takenAt < first.takenAt;
	const [before, after] = isLater ? [other, first] : [first, other];
	const app = inline(first.app?.name ?? bundleId);
	const params = { udid, bundleId, before: before.id, ...(after === 'now' ? {} : { after: after.id }), maxFiles: MAX_FILES };
	const diff: SnapshotDiff = await whileAsking(vscode.l10n.t('Comparing the data of {0}…', app), (token) =>
		client.request('apps/diff', params, token),
	);
	const nowText = vscode.l10n.t('now');
	const [from, to] = [before, after].map((side) => (side === 'now' ? nowText : snapshotPhrase(side, now())));
	if (diff.fileCount === 0) {
		tell(vscode.l10n.t('No file differs between {0} and {1}.', from ?? '', to ?? ''));
		return;
	}
	const [older, newer] = [before, after].map((side) => (side === 'now' ? nowText : snapshotTitle(side, now())));
	const name = vscode.l10n.t('{0} → {1} ({2})', older ?? '', newer ?? '', app);
	const device = quoted(lab.deviceName(udid));
	await documents.show(name, [vscode.l10n.t('{0} on {1}: from {2} to {3}', app, device, from ?? '', to ?? ''), '', ...diffLines(diff)]);
}

/** Takes a snapshot of the device as it is; most devices ask for their passcode. @throws CancellationError - it cannot be worked with now. */
async function takeNow(context: CommandContext, udid: string): Promise<SnapshotInfo> {
	const refusal = refusalOfNow(context, udid);
	if (refusal !== undefined) {
		warn([refusal]);
		throw new vscode.CancellationError();
	}
	return runJob(context, 'snapshots/take', { udid, trigger: 'compare' });
}

function refusalOfNow({ lab }: CommandContext, udid: string): string | undefined {
	const device = lab.device(udid);
	return device === undefined ? notAttached(lab, udid) : refusalOfWork(lab, device);
}

/** Two rows are compared as they are; to one the other is asked for, the one that it was made from first. */
async function choosePair(
	context: CommandContext,
	targets: readonly CommandTarget[],
): Promise<{ readonly first: SnapshotInfo; readonly other: Other } | undefined> {
	const title = vscode.l10n.t('Compare Snapshots');
	const [first, second, ...others] = await chooseSnapshots(context, targets, {
		title,
		placeholder: vscode.l10n.t('The first of two snapshots'),
	});
	if (first === undefined) {
		return undefined;
	}
	if (others.length > 0 || (second !== undefined && !areComparable(first, second))) {
		tell(vscode.l10n.t('Two snapshots of the same device, or of the same app on it, can be compared.'));
		return undefined;
	}
	if (second !== undefined) {
		return { first, other: second };
	}
	const other = targets.some(({ withNow }) => withNow === true) ? 'now' : await chooseOther(context, first, title);
	return other === undefined ? undefined : { first, other };
}

async function chooseOther(context: CommandContext, first: SnapshotInfo, title: string): Promise<Other | undefined> {
	const { lab, now } = context;
	const rest = lab.snapshots(first.udid).filter((snapshot) => snapshot.id !== first.id && areComparable(first, snapshot));
	const offered = [...rest.filter(({ id }) => id === first.parent), ...rest.filter(({ id }) => id !== first.parent)];
	const refusal = refusalOfNow(context, first.udid);
	const nowRow = {
		value: 'now' as const,
		label: vscode.l10n.t('Now'),
		iconPath: new vscode.ThemeIcon('circle-large-outline'),
		description: first.app === undefined ? vscode.l10n.t('takes a backup, which stays') : vscode.l10n.t('as the app is on the device'),
		...(refusal === undefined ? {} : { refusal, detail: refusal }),
	};
	const placeholder = vscode.l10n.t('Compare {0} with', snapshotPhrase(first, now()));
	return pickSnapshotOr([nowRow], offered, { title, placeholder, nowMs: now() });
}

function areComparable(a: SnapshotInfo, b: SnapshotInfo): boolean {
	return a.udid === b.udid && a.kind === b.kind && a.app?.bundleId === b.app?.bundleId;
}
