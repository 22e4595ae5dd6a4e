import * as vscode from 'vscode';
import { TASK_TYPE } from '../contract/index.ts';
import { registerAddRollback } from './launch/addRollback.ts';
import { LabTaskProvider } from './provider.ts';
import { registerValues } from './values.ts';
import type { TaskWorld } from './world.ts';

/** Registers the task type and the commands around tasks.json and launch.json. Starts nothing before the editor asks for tasks. */
export function registerTasks(world: TaskWorld): vscode.Disposable {
	return vscode.Disposable.from(
		vscode.tasks.registerTaskProvider(TASK_TYPE, new LabTaskProvider(world)),
		registerValues(world),
		registerAddRollback(world),
	);
}
