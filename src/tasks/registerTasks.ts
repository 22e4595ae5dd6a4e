import * as vscode from 'vscode';
import { TASK_TYPE } from '../contract/index.ts';
import { LabTaskProvider } from './provider.ts';
import type { TaskWorld } from './world.ts';

/** Registers the task type. Starts nothing before the editor asks for tasks. */
export function registerTasks(world: TaskWorld): vscode.Disposable {
	return vscode.tasks.registerTaskProvider(TASK_TYPE, new LabTaskProvider(world));
}
