import * as vscode from 'vscode';
import { EXIT, type ExitCode, type LabTask } from '../../contract/index.ts';
import { inline, quoted } from '../../views/index.ts';
import { runWatched } from '../watchedJob.ts';
import type { TaskRun } from '../world.ts';
import { nameOf, type Action } from './action.ts';
import { takeAppSnapshot } from './apps.ts';
import { thinOut } from './thinOut.ts';

/** Of the snapshots that are taken because a task failed. */
const TRIGGER = 'on-failure';

/**
 * `snapshotOnFailure`: runs another task and ends as that one does. When it fails, `keep` is called first; that nothing could be kept changes
 * nothing about how the task ended.
 * @throws LabFailure - the other task cannot be run; CancellationError - it was ended because this one was.
 */
export async function runWrapped(
	task: LabTask,
	{ world, report, token }: TaskRun,
	keep: (exitCode: number) => Promise<unknown>,
): Promise<number> {
	const name = quoted(task.task ?? '');
	report.line(vscode.l10n.t('Running {0}', name));
	const { exitCode } = await world.runTask(task.task ?? '', token);
	if (token.isCancellationRequested) {
		throw new vscode.CancellationError();
	}
	if (exitCode === undefined) {
		report.line(vscode.l10n.t('{0} was ended. Nothing is kept.', name));
		return EXIT.cancelled;
	}
	if (exitCode === EXIT.done) {
		report.line(vscode.l10n.t('{0} succeeded. Nothing is kept.', name));
		return EXIT.done;
	}
	report.line(vscode.l10n.t('{0} failed with exit code {1}.', name, exitCode));
	await keep(exitCode);
	return exitCode;
}

/** Keeps what a task that failed has left on a device: the data of one app, or all of it. */
export function keepFailure(exitCode: number): Action {
	return async (task, udid, run): Promise<ExitCode> => {
		const { world, report } = run;
		const note = vscode.l10n.t('“{0}” failed with exit code {1}.', inline(task.task ?? ''), exitCode);
		const snapshot = await (task.bundleId === undefined ? keepDevice(task, udid, run, note) : keepApp(task, udid, run, note));
		report.line(vscode.l10n.t('What {0} left is kept as snapshot {1}.', quoted(task.task ?? ''), snapshot.id.slice(0, 8)));
		await thinOut(task, snapshot, run);
		world.recent.used(udid);
		const launch = task.launch === undefined ? {} : { launch: task.launch };
		world.debugging.offer({ snapshot, task: task.task ?? '', ...launch });
		return EXIT.done;
	};
}

async function keepApp(task: LabTask, udid: string, run: TaskRun, note: string) {
	run.report.line(vscode.l10n.t('Keeping the data of {0} on {1}', inline(task.bundleId ?? ''), nameOf(udid, run)));
	// Also what is as it was belongs to this failure.
	const { snapshot } = await takeAppSnapshot({ ...task, ifUnchanged: 'run' }, udid, run, { trigger: TRIGGER, note });
	return snapshot;
}

async function keepDevice(task: LabTask, udid: string, run: TaskRun, note: string) {
	run.report.line(vscode.l10n.t('Backing up {0}', nameOf(udid, run)));
	const params = { udid, trigger: TRIGGER, note, ...(task.name === undefined ? {} : { name: task.name }) };
	return runWatched(run, { method: 'snapshots/take', kind: 'snapshot', udid, params }, task);
}
