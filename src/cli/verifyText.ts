import type { DamagedFile, DamagedGroup, SnapshotCheck, SnapshotDamage } from '../contract/index.ts';
import { quoted, showable } from './escape.ts';
import { formatBytes, formatCount, formatTime } from './format.ts';
import { shortId } from './snapshotText.ts';
import type { Style } from './style.ts';

/** Files that are named of one snapshot; the document has more. */
const MAX_FILES = 10;

const MAX_GROUPS = 6;

/** The report as a document: devices by their UDIDs, and files also as they lie in the backup's folder. */
export function verifyDocument(report: SnapshotCheck): Record<string, unknown> {
	const { whole, unreadable, unreadableLabels = [], unreadableHeads = [], damagedSnapshots, ...counts } = report;
	const ofDevice = <T extends { readonly udid: string }>({ udid, ...rest }: T) => ({ device: udid, ...rest });
	return {
		whole,
		...counts,
		unreadable: unreadable.map(ofDevice),
		unreadableLabels: unreadableLabels.map(ofDevice),
		unreadableHeads: unreadableHeads.map(ofDevice),
		damagedSnapshots: damagedSnapshots.map(({ id, name, udid, files, ...rest }) => ({
			id,
			name,
			device: udid,
			...rest,
			files,
			paths: files.map(({ listed }) => listed),
		})),
	};
}

/** The verdict, and under it each snapshot that damage touches, with its apps and the first of its files. */
export function verifyLines(report: SnapshotCheck, style: Style): string[] {
	const checked = `${formatCount(report.checkedSnapshots, 'snapshot')}, ${formatBytes(report.checkedBytes)} read`;
	if (report.whole) {
		return [`${style.green('✓')} ${style.bold('No damage')}: ${checked}`];
	}
	const { unreadable, unreadableLabels = [], unreadableHeads = [], damagedSnapshots } = report;
	const sound = report.checkedSnapshots - damagedSnapshots.length;
	return [
		`${style.red('✗')} ${style.bold('Damage found')}: ${checked}`,
		...unreadable.map(
			({ udid, id, code, deviceName }) =>
				`  ${style.bold(shortId(id))} of ${showable(deviceName ?? udid)}: ${code === 'NEWER_FORMAT' ? 'written by a newer version' : 'its record is damaged or gone'}`,
		),
		...unreadableLabels.map(
			({ udid, id, deviceName, takenAt }) =>
				`  ${style.bold(shortId(id))} of ${showable(deviceName ?? udid)}${takenText(takenAt)}: its name, note and pin are damaged, its content is not; it stays as if pinned`,
		),
		...unreadableHeads.map(
			({ udid, deviceName }) =>
				`  ${style.bold(showable(deviceName ?? udid))}: the note of which snapshot it stands at is damaged; \`devicelab repair\` makes it anew`,
		),
		...damagedSnapshots.flatMap((damage) => damageLines(damage, style)),
		unreadable.length + damagedSnapshots.length === 0
			? unreadableLabels.length + unreadableHeads.length === 0
				? '  No snapshot is touched by it.'
				: 'What the snapshots hold is whole.'
			: sound === 0
				? 'No other snapshot was checked.'
				: `${formatCount(sound, 'other snapshot')} checked: not touched by it.`,
	];
}

function damageLines(damage: SnapshotDamage, style: Style): string[] {
	const id = shortId(damage.id);
	const label = damage.name === undefined ? id : `${quoted(damage.name)} (${id})`;
	const more = damage.damagedFiles - Math.min(MAX_FILES, damage.files.length);
	return [
		`  ${style.bold(label)} of ${showable(damage.deviceName ?? damage.udid)}${takenText(damage.takenAt)}: ${extentOf(damage)}`,
		...(damage.groups.length < 2 ? [] : [`    in ${groupsText(damage.groups)}`]),
		...damage.files.slice(0, MAX_FILES).map((file) => `    ${fileText(file)}`),
		...(more <= 0 ? [] : [style.dim(`    … and ${formatCount(more, 'more file')}${damage.files.length > MAX_FILES ? ' (--json)' : ''}`)]),
	];
}

function takenText(takenAt: string | undefined): string {
	return takenAt === undefined ? '' : `, taken ${formatTime(takenAt)}`;
}

function extentOf({ isListingDamaged, damagedFiles }: SnapshotDamage): string {
	const files = formatCount(damagedFiles, 'file');
	if (!isListingDamaged) {
		return `${files} damaged`;
	}
	return damagedFiles === 0
		? 'its list of files is damaged, so that none of them can be told'
		: `its list of files is damaged, and ${files}`;
}

function groupsText(groups: readonly DamagedGroup[]): string {
	const shown = groups.slice(0, MAX_GROUPS).map(({ name, files }) => `${groupName(name)} (${files.toLocaleString('en-US')})`);
	return [...shown, ...(groups.length > MAX_GROUPS ? ['…'] : [])].join(', ');
}

function groupName(name: string): string {
	return name === '?' ? 'unknown places' : name === 'backup' ? 'the backup’s own files' : showable(name);
}

/** `HomeDomain  Library/Notes/notes.sqlite`; what no manifest tells, as it lies in the backup's folder. */
function fileText({ domain, path }: DamagedFile): string {
	return domain === undefined ? showable(path) : `${showable(domain)}  ${showable(path)}`;
}
