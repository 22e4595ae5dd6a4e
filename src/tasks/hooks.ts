import * as vscode from 'vscode';
import { EXIT, type LabHook, type LabTask, type TaskAction } from '../contract/index.ts';
import { quoted } from '../views/index.ts';
import type { TaskRun } from './world.ts';

const HOOKS: Readonly<Partial<Record<TaskAction, readonly [before: LabHook, after: LabHook]>>> = {
	backup: ['beforeBackup', 'afterBackup'],
	appSnapshot: ['beforeBackup', 'afterBackup'],
	rollback: ['beforeRollback', 'afterRollback'],
	appRollback: ['beforeRollback', 'afterRollback'],
	install: ['beforeInstall', 'afterInstall'],
};

/**
 * Does a task's work between the tasks that the lab file names for it. One that fails before it has nothing be done, and one that fails behind it
 * has the task fail: with its exit code.
 * @throws LabFailure `WRONG_USE` - the lab file cannot be used, or names a task that cannot be run; CancellationError.
 */
export async function withHooks(task: LabTask, udids: readonly string[], run: TaskRun, work: () => Promise<number>): Promise<number> {
	const [before, after] = (task.hooks ? HOOKS[task.action] : undefined) ?? [];
	// A roll-back that stands aside leaves everything as it is.
	if (before === undefined || after === undefined || udids.every((udid) => run.world.debugging.heldAt(udid) !== undefined)) {
		return work();
	}
	return (await runHook(before, run)) || (await work()) || (await runHook(after, run));
}

async function runHook(when: LabHook, { world, report, token }: TaskRun): Promise<number> {
	const label = await world.names.hook(when);
	if (label === undefined) {
		return EXIT.done;
	}
	report.line(vscode.l10n.t('Running {0}: the lab file has it as “{1}”.', quoted(label), when));
	const { exitCode } = await world.runTask(label, token);
	if (token.isCancellationRequested) {
		throw new vscode.CancellationError();
	}
	if (exitCode !== EXIT.done) {
		report.line(vscode.l10n.t('{0} failed, so this task does.', quoted(label)));
	}
	return exitCode ?? EXIT.cancelled;
}
