import * as vscode from 'vscode';
import type { SnapshotCheck, SnapshotDamage } from '../../contract/index.ts';
import { formatBytes, formatNumber, formatTime, inline, quoted } from '../../views/index.ts';
import { groupName } from './diffLines.ts';

/** Documents have room for a long path. */
const MAX_PATH = 1000;
const SHORT_ID_LENGTH = 8;

/** What was read, in a sentence. */
export function checkedText({ checkedSnapshots, checkedBytes }: SnapshotCheck): string {
	return checkedSnapshots === 1
		? vscode.l10n.t('1 snapshot, {0} read.', formatBytes(checkedBytes))
		: vscode.l10n.t('{0} snapshots, {1} read.', formatNumber(checkedSnapshots), formatBytes(checkedBytes));
}

/** What damage touches, in a sentence. */
export function damageText(check: SnapshotCheck): string {
	const touched = check.damagedSnapshots.length + check.unreadable.length;
	const [only] = check.damagedSnapshots;
	if (touched === 0) {
		return vscode.l10n.t('Damage was found in the store. No snapshot is touched by it.');
	}
	if (touched === 1 && only !== undefined) {
		return vscode.l10n.t('Damage was found in {0}: {1}.', titleOf(only), extentOf(only));
	}
	return vscode.l10n.t('Damage was found. It touches {0} of {1} snapshots.', formatNumber(touched), formatNumber(check.checkedSnapshots));
}

/** All that a check found: each snapshot that damage touches, with its apps and files. */
export function checkLines(check: SnapshotCheck): string[] {
	return [
		damageText(check),
		checkedText(check),
		vscode.l10n.t('All other snapshots are whole and can be used.'),
		...check.unreadable.flatMap(({ id, udid, code, deviceName }) => [
			'',
			code === 'NEWER_FORMAT'
				? vscode.l10n.t('{0} of {1}: written by a newer version', shortId(id), quoted(deviceName ?? udid))
				: vscode.l10n.t('{0} of {1}: its record cannot be read', shortId(id), quoted(deviceName ?? udid)),
		]),
		...check.damagedSnapshots.flatMap((damage) => ['', ...damageLines(damage)]),
		...storeLines(check),
	];
}

function damageLines(damage: SnapshotDamage): string[] {
	const unnamed = damage.damagedFiles - damage.files.length;
	return [
		`${titleOf(damage)}: ${extentOf(damage)}`,
		...damage.groups.map(({ name, files }) => `  ${groupName(name)}: ${formatNumber(files)}`),
		...damage.files.map(
			({ domain, path }) => `    ${domain === undefined ? '' : `${inline(domain, MAX_PATH)}  `}${inline(path, MAX_PATH)}`,
		),
		...(unnamed <= 0 ? [] : [`    ${vscode.l10n.t('… and {0} more files.', formatNumber(unnamed))}`]),
	];
}

function titleOf({ id, udid, name, takenAt, deviceName }: SnapshotDamage): string {
	const what = name === undefined ? (takenAt === undefined ? shortId(id) : formatTime(takenAt)) : quoted(name);
	return vscode.l10n.t('{0} of {1}', what, quoted(deviceName ?? udid));
}

function extentOf({ isListingDamaged, damagedFiles }: SnapshotDamage): string {
	if (!isListingDamaged) {
		return damagedFiles === 1 ? vscode.l10n.t('1 file is damaged') : vscode.l10n.t('{0} files are damaged', formatNumber(damagedFiles));
	}
	return damagedFiles === 0
		? vscode.l10n.t('its list of files is damaged, so that none of them can be told')
		: vscode.l10n.t('its list of files is damaged, and {0} files', formatNumber(damagedFiles));
}

function storeLines({ missingBlobs, damagedBlobs, damagedPacks }: SnapshotCheck): string[] {
	return [
		'',
		vscode.l10n.t(
			'In the store: {0} contents missing, {1} damaged; {2} damaged packs.',
			formatNumber(missingBlobs.length),
			formatNumber(damagedBlobs.length),
			formatNumber(damagedPacks.length),
		),
		...damagedPacks.map((pack) => `  ${inline(pack, MAX_PATH)}`),
	];
}

function shortId(id: string): string {
	return inline(id.slice(0, SHORT_ID_LENGTH));
}
