import * as vscode from 'vscode';
import { TASK_TYPE } from '../contract/index.ts';
import { quoted } from '../views/index.ts';
import { wrongUse } from './definition.ts';
import type { TaskEnd } from './world.ts';

/**
 * Runs a task of this window by its label, as a person would. The editor lends out only tasks that do something themselves, not those that
 * merely name others.
 * @throws LabFailure `WRONG_USE` - there is no such task, or it is one of ours, which could run itself.
 */
export async function runNamedTask(label: string, token: vscode.CancellationToken): Promise<TaskEnd> {
	const tasks = await vscode.tasks.fetchTasks();
	const task = tasks.find(({ name }) => name === label) ?? tasks.find(({ name, source }) => `${source}: ${name}` === label);
	if (task === undefined) {
		throw wrongUse(vscode.l10n.t('There is no task {0} with a command of its own.', quoted(label)));
	}
	if (task.definition.type === TASK_TYPE) {
		throw wrongUse(vscode.l10n.t('{0} is a task of Device Lab itself: name one of another type.', quoted(label)));
	}
	return runToEnd(task, token);
}

/** Runs a task and waits until it has ended; it is ended when the token is cancelled. */
export async function runToEnd(task: vscode.Task, token: vscode.CancellationToken): Promise<TaskEnd> {
	const listening: vscode.Disposable[] = [];
	const codes = new Map<vscode.TaskExecution, number | undefined>();
	let ended: (() => void) | undefined;
	const over = new Set<vscode.TaskExecution>();
	// It may have ended before the editor has said that it began.
	listening.push(
		vscode.tasks.onDidEndTaskProcess(({ execution, exitCode }) => codes.set(execution, exitCode)),
		vscode.tasks.onDidEndTask(({ execution }) => {
			over.add(execution);
			ended?.();
		}),
	);
	try {
		const execution = await vscode.tasks.executeTask(task);
		listening.push(token.onCancellationRequested(() => execution.terminate()));
		if (token.isCancellationRequested) {
			execution.terminate();
		}
		await new Promise<void>((resolve) => {
			ended = () => (over.has(execution) ? resolve() : undefined);
			ended();
		});
		return { exitCode: codes.get(execution) };
	} finally {
		listening.forEach((each) => void each.dispose());
	}
}
