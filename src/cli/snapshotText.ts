import type { SnapshotInfo } from '../contract/index.ts';
import { quoted, showable } from './escape.ts';
import { formatBytes, formatCount, formatTime } from './format.ts';
import type { Style } from './style.ts';
import { renderCard, renderTable } from './table.ts';

const SHORT_ID_LENGTH = 8;
const SHORT_COMMIT_LENGTH = 8;

/** The document of a snapshot: its facts, and its UDID under the name that lists of other things have it under too. */
export function snapshotDocument(snapshot: SnapshotInfo): Record<string, unknown> {
	const { id, name, parent, udid } = snapshot;
	const document: Record<string, unknown> = { id, name, parent, device: udid, udid };
	return Object.assign(document, snapshot);
}

/** As much of an id as people need to tell snapshots apart. */
export function shortId(id: string): string {
	return showable(id.slice(0, SHORT_ID_LENGTH));
}

/** The snapshot in a sentence: `“clean” (1a2b3c4d)`, `1a2b3c4d of 2026-11-22 06:02`. */
export function snapshotLabel(snapshot: SnapshotInfo): string {
	const id = shortId(snapshot.id);
	return snapshot.name === undefined ? `${id} of ${formatTime(snapshot.takenAt)}` : `${quoted(snapshot.name)} (${id})`;
}

/** What stands out about a snapshot, in words: `damaged, head, pinned, safety, encrypted`. */
export function marksOf(snapshot: SnapshotInfo, style: Style): string {
	return [
		snapshot.damagedAt === undefined ? undefined : style.red('damaged'),
		snapshot.isHead ? style.green('head') : undefined,
		snapshot.pinned ? style.yellow('pinned') : undefined,
		snapshot.kind === 'app' ? 'app' : undefined,
		snapshot.trigger === 'manual' ? undefined : showable(snapshot.trigger),
		snapshot.encrypted ? 'encrypted' : undefined,
	]
		.filter((mark) => mark !== undefined)
		.join(', ');
}

/** The table of snapshots, in the order given; the device's column only where there are several. */
export function snapshotLines(snapshots: readonly SnapshotInfo[], style: Style): string[] {
	if (snapshots.length === 0) {
		return [];
	}
	const known = new Map(snapshots.map((snapshot) => [snapshot.id, snapshot]));
	const several = new Set(snapshots.map(({ udid }) => udid)).size > 1;
	const rows = snapshots.map((snapshot) => [
		several ? showable(snapshot.deviceName ?? snapshot.udid) : '',
		snapshot.name === undefined ? '' : style.bold(showable(snapshot.name)),
		formatTime(snapshot.takenAt),
		shortId(snapshot.id),
		marksOf(snapshot, style),
		parentText(snapshot, known),
		formatBytes(snapshot.sizeBytes),
		formatBytes(snapshot.addedBytes),
		showable(snapshot.iosVersion ?? ''),
		commitText(snapshot),
	]);
	const [heading = '', ...lines] = renderTable(HEADINGS, rows);
	return [style.dim(heading), ...lines];
}

const HEADINGS = ['DEVICE', 'NAME', 'TAKEN', 'ID', 'MARKS', 'PARENT', 'SIZE', 'OWN', 'IOS', 'COMMIT'];

function parentText(snapshot: SnapshotInfo, known: ReadonlyMap<string, SnapshotInfo>): string {
	if (snapshot.parent === undefined) {
		return '';
	}
	return showable(known.get(snapshot.parent)?.name ?? shortId(snapshot.parent));
}

/** `1a2b3c4d main`, with a `+` where there were changes besides. */
export function commitText({ git }: SnapshotInfo): string {
	if (git?.commit === undefined) {
		return '';
	}
	const commit = `${git.commit.slice(0, SHORT_COMMIT_LENGTH)}${git.dirty === true ? '+' : ''}`;
	return showable(git.branch === undefined ? commit : `${commit} ${git.branch}`);
}

/** What a snapshot takes: everything in it, and what it added to the store. */
export function sizeText(snapshot: SnapshotInfo): string {
	return `${formatBytes(snapshot.sizeBytes)} in ${formatCount(snapshot.fileCount, 'file')}, of which ${formatBytes(snapshot.addedBytes)} were new to the store`;
}

/** Whose data the snapshot of an app holds: `Probe 1.0 (7), com.example.probe`. */
function appText({ app }: SnapshotInfo): string | undefined {
	if (app === undefined) {
		return undefined;
	}
	const { name, version, build, bundleId } = app;
	const title = [name, version, build === undefined ? undefined : `(${build})`].filter((part) => part !== undefined).join(' ');
	return showable(title === '' ? bundleId : `${title}, ${bundleId}`);
}

function verdictText({ damagedAt, verifiedAt }: SnapshotInfo): string {
	if (damagedAt !== undefined) {
		return `damage was found on ${formatTime(damagedAt)}; \`devicelab verify\` names it`;
	}
	return verifiedAt === undefined ? 'not yet' : `whole on ${formatTime(verifiedAt)}`;
}

/** Everything about one snapshot. */
export function snapshotCard(snapshot: SnapshotInfo, style: Style): string[] {
	const device = [
		snapshot.deviceName === undefined ? undefined : quoted(snapshot.deviceName),
		snapshot.model,
		snapshot.iosVersion === undefined ? undefined : `iOS ${snapshot.iosVersion}`,
	].filter((part) => part !== undefined);
	return [
		style.bold(snapshot.name === undefined ? `Snapshot of ${formatTime(snapshot.takenAt)}` : showable(snapshot.name)),
		...renderCard(
			[
				['Id', showable(snapshot.id)],
				['Taken', formatTime(snapshot.takenAt)],
				['Note', snapshot.note === undefined ? undefined : showable(snapshot.note)],
				['Marks', marksOf(snapshot, style)],
				['Device', device.map(showable).join(', ')],
				['UDID', showable(snapshot.udid)],
				['Parent', snapshot.parent === undefined ? 'none: a history begins here' : showable(snapshot.parent)],
				['Size', sizeText(snapshot)],
				['App', appText(snapshot)],
				['Encrypted', snapshot.encrypted ? 'yes' : 'no'],
				['Verified', verdictText(snapshot)],
				['Commit', commitText(snapshot)],
				['Build', snapshot.git?.build === undefined ? undefined : showable(snapshot.git.build)],
			],
			(label) => style.dim(label),
		),
	];
}
