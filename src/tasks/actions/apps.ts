import * as vscode from 'vscode';
import { EXIT, type AppInfo, type AppSnapshotResult, type LabTask } from '../../contract/index.ts';
import { formatBytes, inline, quoted } from '../../views/index.ts';
import { runWatched } from '../watchedJob.ts';
import type { TaskRun } from '../world.ts';
import { nameOf, type Action } from './action.ts';
import { thinOut } from './thinOut.ts';

/** `install`: an .ipa file or an .app folder; the data of an app that is there stays. */
export const install: Action = async (task, udid, run) => {
	const { world, report } = run;
	const file = task.file ?? '';
	report.line(vscode.l10n.t('Installing {0} on {1}', quoted(file), nameOf(udid, run)));
	const { app, before } = await runWatched(run, { method: 'apps/install', kind: 'install', udid, params: { udid, file } }, task);
	const was = versionText(before ?? {});
	report.line(
		was === ''
			? vscode.l10n.t('{0} is installed: {1}.', quoted(app.name ?? app.bundleId), versionText(app))
			: vscode.l10n.t('{0} is installed: {1}, before {2}. Its data stayed.', quoted(app.name ?? app.bundleId), versionText(app), was),
	);
	world.recent.used(udid);
	return EXIT.done;
};

/** `appSnapshot`: the data of one app, in seconds and without the passcode. */
export const appSnapshot: Action = async (task, udid, run) => {
	run.report.line(vscode.l10n.t('Keeping the data of {0} on {1}', inline(task.bundleId ?? ''), nameOf(udid, run)));
	const result = await takeAppSnapshot(task, udid, run, { trigger: 'task' });
	await thinOut(task, result.snapshot, run);
	run.world.recent.used(udid);
	return EXIT.done;
};

/** Takes the data of the task's app, and tells what came of it. */
export async function takeAppSnapshot(
	task: LabTask,
	udid: string,
	run: TaskRun,
	more: { readonly trigger: string; readonly note?: string },
): Promise<AppSnapshotResult> {
	const { name, bundleId = '', ifUnchanged } = task;
	const params = { udid, bundleId, ...(name === undefined ? {} : { name }), onlyIfChanged: ifUnchanged === 'skip', ...more };
	const result = await runWatched(run, { method: 'apps/snapshot', kind: 'app-snapshot', udid, params }, task);
	const { report } = run;
	const id = result.snapshot.id.slice(0, 8);
	report.line(
		result.unchanged
			? vscode.l10n.t('Nothing changed since snapshot {0}: none was taken.', id)
			: vscode.l10n.t('Its data is kept: {0}, of which {1} were read. Snapshot {2}.', ...sizes(result), id),
	);
	if (result.activity === 'running') {
		report.line(`  ${vscode.l10n.t('The app ran meanwhile: it may have been in the middle of something.')}`);
	}
	if (result.unsteady.length > 0) {
		report.line(`  ${vscode.l10n.t('Files that changed while they were read: {0}.', result.unsteady.length)}`);
	}
	return result;
}

function sizes({ snapshot, readBytes }: AppSnapshotResult): [string, string] {
	return [formatBytes(snapshot.sizeBytes), formatBytes(readBytes)];
}

function versionText({ version, build }: Pick<AppInfo, 'version' | 'build'>): string {
	return inline([version, build === undefined ? undefined : `(${build})`].filter((part) => part !== undefined).join(' '));
}
