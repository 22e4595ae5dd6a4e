import * as vscode from 'vscode';
import type { LabTask, SnapshotInfo } from '../../contract/index.ts';
import { reportOf, sentenceOf } from '../../views/index.ts';
import type { TaskRun } from '../world.ts';

/**
 * Deletes what tasks took of the same device or app before, where the task says how many of these stay. What has a name or is pinned is never
 * counted, nor is the state that the device or the app stands at. What cannot be deleted stays, and fails no task: the next one tries again.
 */
export async function thinOut({ keep }: LabTask, taken: SnapshotInfo, { world, report, token }: TaskRun): Promise<void> {
	if (keep === undefined) {
		return;
	}
	try {
		const { snapshots } = await world.client.request('snapshots/list', { udid: taken.udid }, token);
		const counted = snapshots.filter((snapshot) => isAlike(snapshot, taken) && snapshot.name === undefined && !snapshot.pinned);
		const going = counted.slice(keep).filter(({ id, isHead }) => id !== taken.id && !isHead);
		if (going.length > 0) {
			await world.client.request('snapshots/delete', { udid: taken.udid, snapshots: going.map(({ id }) => id) }, token);
			report.line(vscode.l10n.t('Older snapshots of tasks that were deleted: {0}. The newest {1} stay.', going.length, keep));
		}
	} catch (error) {
		if (error instanceof vscode.CancellationError) {
			throw error;
		}
		report.line(vscode.l10n.t('Older snapshots were not deleted: {0}', sentenceOf(reportOf(error)).message));
	}
}

function isAlike(snapshot: SnapshotInfo, { kind, app, trigger, note }: SnapshotInfo): boolean {
	const isOfSame = snapshot.kind === kind && snapshot.app?.bundleId === app?.bundleId && snapshot.trigger === trigger;
	// What is taken for safety says before what: of an app that was removed since, it is all that there is.
	return isOfSame && (trigger !== 'safety' || snapshot.note === note);
}
