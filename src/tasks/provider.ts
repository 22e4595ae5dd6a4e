import * as vscode from 'vscode';
import { offeredTasks, TASK_SOURCE, TASK_TYPE } from '../contract/index.ts';
import { TaskTerminal } from './taskTerminal.ts';
import type { TaskWorld } from './world.ts';

/** A definition with the name that its task is offered under. */
interface NamedTask {
	readonly name: string;
	readonly definition: vscode.TaskDefinition;
}

/** Tasks for what is attached, and what runs those that people write. In a folder that is not trusted there are none. */
export class LabTaskProvider implements vscode.TaskProvider {
	readonly #world: TaskWorld;

	constructor(world: TaskWorld) {
		this.#world = world;
	}

	async provideTasks(token: vscode.CancellationToken): Promise<vscode.Task[]> {
		if (!vscode.workspace.isTrusted) {
			return [];
		}
		await Promise.race([this.#world.lab.whenReady(), cancelled(token)]);
		const baselines = await this.#world.names.baselines();
		return namedTasks(this.#world, baselines).map(({ name, definition }) =>
			labTask(definition, vscode.TaskScope.Workspace, name, this.#world),
		);
	}

	resolveTask(task: vscode.Task): vscode.Task | undefined {
		if (!vscode.workspace.isTrusted) {
			return undefined;
		}
		// The editor takes it only with the very definition that it asked with.
		return labTask(task.definition, task.scope ?? vscode.TaskScope.Workspace, task.name, this.#world);
	}
}

/** A task of ours, as the editor runs it. */
export function labTask(
	definition: vscode.TaskDefinition,
	scope: vscode.WorkspaceFolder | vscode.TaskScope,
	name: string,
	world: TaskWorld,
): vscode.Task {
	const folder = typeof scope === 'object' ? scope : vscode.workspace.workspaceFolders?.[0];
	// What comes back has its variables put in.
	const execution = new vscode.CustomExecution(async (resolved) => new TaskTerminal(resolved, world, folder));
	const task = new vscode.Task(definition, scope, name, TASK_SOURCE, execution, []);
	task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, panel: vscode.TaskPanelKind.Dedicated };
	return task;
}

/** The tasks that are there without being written. The engine's language features name them in the same words. */
function namedTasks({ lab }: Pick<TaskWorld, 'lab'>, baselines: readonly string[]): NamedTask[] {
	const attached = lab.devices.map(({ udid }) => ({
		udid,
		name: lab.deviceName(udid),
		states: lab.snapshots(udid).flatMap(({ kind, name }) => (kind === 'device' && name !== undefined ? [name] : [])),
	}));
	return offeredTasks(attached, baselines).map(({ device, shown, snapshot }) =>
		snapshot === undefined
			? { name: vscode.l10n.t('Back Up {0}', shown), definition: { type: TASK_TYPE, action: 'backup', device } }
			: {
					name: vscode.l10n.t('Roll Back {0} to {1}', shown, snapshot),
					definition: { type: TASK_TYPE, action: 'rollback', device, snapshot },
				},
	);
}

function cancelled(token: vscode.CancellationToken): Promise<void> {
	return new Promise((resolve) => {
		token.onCancellationRequested(() => resolve());
	});
}
