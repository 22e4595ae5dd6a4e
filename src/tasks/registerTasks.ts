import * as vscode from 'vscode';
import { TASK_TYPE } from '../contract/index.ts';
import { registerAddRollback } from './launch/addRollback.ts';
import { DebugFromHere } from './launch/debugFromHere.ts';
import { LabTaskProvider, labTask } from './provider.ts';
import { runNamedTask } from './runNamedTask.ts';
import { registerValues } from './values.ts';
import type { TaskWorld } from './world.ts';

/** What tasks are given; the rest of their world they make themselves. */
export type TaskDeps = Omit<TaskWorld, 'debugging' | 'runTask'>;

/** Registers the task type and the commands around tasks.json and launch.json. Starts nothing before the editor asks for tasks. */
export function registerTasks(deps: TaskDeps): vscode.Disposable {
	const debugging: DebugFromHere = new DebugFromHere(deps, (definition, scope, name) => labTask(definition, scope, name, world));
	const world: TaskWorld = { ...deps, debugging, runTask: runNamedTask };
	return vscode.Disposable.from(
		debugging,
		vscode.tasks.registerTaskProvider(TASK_TYPE, new LabTaskProvider(world)),
		registerValues(world),
		registerAddRollback(world),
	);
}
