import * as vscode from 'vscode';
import { EXIT } from '../../contract/index.ts';
import { formatBytes, quoted } from '../../views/index.ts';
import { runWatched } from '../watchedJob.ts';
import { nameOf, type Action } from './action.ts';
import { thinOut } from './thinOut.ts';

/** `backup`: a snapshot of the whole device. */
export const backUp: Action = async (task, udid, run) => {
	const { world, report } = run;
	report.line(
		task.name === undefined
			? vscode.l10n.t('Backing up {0}', nameOf(udid, run))
			: vscode.l10n.t('Backing up {0} as {1}', nameOf(udid, run), quoted(task.name)),
	);
	const params = { udid, trigger: 'task', ...(task.name === undefined ? {} : { name: task.name }) };
	const snapshot = await runWatched(run, { method: 'snapshots/take', kind: 'snapshot', udid, params }, task);
	report.line(
		vscode.l10n.t(
			'{0} is backed up: {1}, of which {2} are new. Snapshot {3}.',
			nameOf(udid, run),
			formatBytes(snapshot.sizeBytes),
			formatBytes(snapshot.addedBytes),
			snapshot.id.slice(0, 8),
		),
	);
	await thinOut(task, snapshot, run);
	world.recent.used(udid);
	return EXIT.done;
};
