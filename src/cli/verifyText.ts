import type { SnapshotInfo } from '../contract/index.ts';
import { showable } from './escape.ts';
import { formatBytes, formatCount } from './format.ts';
import type { EngineApi } from './session.ts';
import { shortId, snapshotLabel } from './snapshotText.ts';
import type { Style } from './style.ts';

/** What the engine found when it checked snapshots. */
export type VerifyReport = Awaited<ReturnType<EngineApi['library']['verify']>>;

/** Files that are named of one snapshot; the document has more. */
const MAX_PATHS = 10;

/** Whether nothing is damaged. */
export function isWhole(report: VerifyReport): boolean {
	return [report.missingBlobs, report.damagedBlobs, report.damagedPacks, report.unreadable, report.damagedSnapshots].every(
		({ length }) => length === 0,
	);
}

/** The report, with what people call the snapshots that are damaged. */
export function verifyDocument(report: VerifyReport, snapshots: readonly SnapshotInfo[]): Record<string, unknown> {
	const known = new Map(snapshots.map((snapshot) => [snapshot.id, snapshot]));
	return {
		whole: isWhole(report),
		...report,
		unreadable: report.unreadable.map(({ udid, ...rest }) => ({ device: udid, ...rest })),
		damagedSnapshots: report.damagedSnapshots.map(({ udid, id, ...rest }) => ({
			id,
			name: known.get(id)?.name,
			device: udid,
			deviceName: known.get(id)?.deviceName,
			...rest,
		})),
	};
}

/** The verdict, and under it each snapshot that damage touches with the first of its files. */
export function verifyLines(report: VerifyReport, snapshots: readonly SnapshotInfo[], style: Style): string[] {
	const checked = `${formatCount(report.checkedSnapshots, 'snapshot')}, ${formatBytes(report.checkedBytes)} read`;
	if (isWhole(report)) {
		return [`${style.green('✓')} ${style.bold('No damage')}: ${checked}`];
	}
	const known = new Map(snapshots.map((snapshot) => [snapshot.id, snapshot]));
	return [
		`${style.red('✗')} ${style.bold('Damage found')}: ${checked}`,
		...report.unreadable.map(({ udid, id }) => `  ${shortId(id)} of ${showable(udid)} cannot be read at all.`),
		...report.damagedSnapshots.flatMap((damaged) => {
			const snapshot = known.get(damaged.id);
			const label = snapshot === undefined ? shortId(damaged.id) : snapshotLabel(snapshot);
			const extent = damaged.isListingDamaged
				? 'its list of files, and perhaps files that are not named'
				: formatCount(damaged.damagedFiles, 'file');
			const more = damaged.damagedFiles > MAX_PATHS ? ['    … (more of them: --json)'] : [];
			return [
				`  ${label} of ${showable(snapshot?.deviceName ?? damaged.udid)}: ${extent}`,
				...damaged.paths.slice(0, MAX_PATHS).map((path) => `    ${showable(path)}`),
				...more,
			];
		}),
		...(report.unreadable.length + report.damagedSnapshots.length === 0 ? ['  No snapshot is touched by it.'] : []),
	];
}
