import type { ContentsHealth, ImportOutcome, LocalBackup, LocalBackupList } from '../contract/index.ts';
import { showable } from './escape.ts';
import { formatBytes, formatCount, formatTime } from './format.ts';
import { healthWords } from './healthText.ts';
import { snapshotDocument, snapshotLabel } from './snapshotText.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';

/** A backup as a document: the device under the name that lists of other things have it under too. */
export function backupDocument(backup: LocalBackup): Record<string, unknown> {
	const { path, udid, ...rest } = backup;
	return { path, device: udid, udid, ...rest };
}

/** The table of backups, in the order given. @param health - of those that were judged, by path. */
export function backupLines({ backups }: LocalBackupList, style: Style, health?: ReadonlyMap<string, ContentsHealth>): string[] {
	if (backups.length === 0) {
		return [];
	}
	const rows = backups.map((backup) => [
		style.bold(showable(backup.deviceName ?? backup.udid ?? '?')),
		backup.date === undefined ? '' : formatTime(backup.date),
		backup.sizeBytes === undefined ? '' : formatBytes(backup.sizeBytes),
		showable(backup.iosVersion ?? ''),
		[stateOf(backup, style, health?.get(backup.path)), backup.encrypted === true ? 'encrypted' : '']
			.filter((part) => part !== '')
			.join(', '),
		showable(backup.path),
	]);
	const [heading = '', ...lines] = renderTable(['DEVICE', 'ENDED', 'SIZE', 'IOS', 'STATE', 'FOLDER'], rows);
	return [style.dim(heading), ...lines];
}

function stateOf({ finished, problem }: LocalBackup, style: Style, health: ContentsHealth | undefined): string {
	if (health !== undefined) {
		const words = healthWords(health);
		return health.restorable === undefined ? words : health.restorable ? style.green(words) : style.red(words);
	}
	switch (problem?.code) {
		case 'BACKUP_DAMAGED':
			return style.red('damaged');
		case 'BACKUP_UNSUPPORTED':
			return style.yellow('too old');
		case undefined:
			return finished ? 'finished' : style.yellow('unfinished');
		default:
			return style.yellow('unfinished');
	}
}

/** What became of a backup that was to be taken over, as a document. */
export function importDocument({ snapshot, udid, ...rest }: ImportOutcome): Record<string, unknown> {
	return { ...rest, device: udid, snapshot: snapshot === undefined ? undefined : snapshotDocument(snapshot) };
}

/** A line for each backup: taken over, already there, or why not. */
export function importLines(outcomes: readonly ImportOutcome[], style: Style): string[] {
	return outcomes.map(({ outcome, path, deviceName, udid, snapshot, problem }) => {
		const device = showable(deviceName ?? udid ?? path);
		if (snapshot === undefined) {
			const where = deviceName === undefined && udid === undefined ? '' : ` (${showable(path)})`;
			return `${style.red('✗')} ${style.bold(`Not imported: ${device}`)}${where}: ${showable(problem?.message ?? 'unknown')}`;
		}
		return outcome === 'imported'
			? `${style.green('✓')} ${style.bold(`Imported ${snapshotLabel(snapshot)}`)}: ${device}, ${formatBytes(snapshot.sizeBytes)} in ${formatCount(snapshot.fileCount, 'file')}`
			: `${style.dim('=')} Already there: ${snapshotLabel(snapshot)}, ${device}`;
	});
}
