import assert from 'node:assert/strict';
import * as vscode from 'vscode';

const LIMIT_MS = 120_000;
const READ_LIMIT_MS = 30_000;

/** Resolves with the exit code of a task, when it has ended. */
async function runToEnd(task: vscode.Task): Promise<number | undefined> {
	const ended = new Promise<number | undefined>((resolve) => {
		const listening = vscode.tasks.onDidEndTaskProcess(({ execution, exitCode }) => {
			if (execution.task.name === task.name) {
				listening.dispose();
				resolve(exitCode);
			}
		});
	});
	await vscode.tasks.executeTask(task);
	return ended;
}

async function offered(): Promise<readonly vscode.Task[]> {
	return vscode.tasks.fetchTasks({ type: 'deviceLab' });
}

describe('Tasks in the extension host', function () {
	this.timeout(LIMIT_MS);
	const [folder] = vscode.workspace.workspaceFolders ?? [];
	const file = (name: string): vscode.Uri => vscode.Uri.joinPath(folder?.uri ?? vscode.Uri.file('/'), '.vscode', name);
	const write = (name: string, value: unknown): Thenable<void> =>
		vscode.workspace.fs.writeFile(file(name), new TextEncoder().encode(JSON.stringify(value)));
	let device: string;

	before(async () => {
		await vscode.extensions.getExtension('ios-device-lab.ios-device-lab')?.activate();
		const tasks = await offered();
		const first = tasks.find(({ definition }) => definition['action'] === 'backup');
		assert.ok(first !== undefined, `a backup of an attached device is offered: ${tasks.length} tasks`);
		device = String(first.definition['device']);
		const rollback = (snapshot: string): object => ({ type: 'deviceLab', action: 'rollback', device, snapshot, safety: false });
		await write('tasks.json', {
			version: '2.0.0',
			tasks: [
				{ label: 'name it', type: 'deviceLab', action: 'backup', device, name: 'clean' },
				{ label: 'clean', ...rollback('clean') },
				{ label: 'no such state', ...rollback('nowhere') },
			],
		});
	});

	after(async () => {
		await vscode.workspace.fs.delete(vscode.Uri.joinPath(file('tasks.json'), '..'), { recursive: true });
	});

	/** The editor reads the file a moment after it was written. */
	const written = async (name: string): Promise<vscode.Task> => {
		for (const endAt = Date.now() + READ_LIMIT_MS; ;) {
			const tasks = await offered();
			const task = tasks.find((each) => each.name === name);
			if (task !== undefined) {
				return task;
			}
			assert.ok(Date.now() < endAt, `${name} is in tasks.json, beside ${tasks.map((each) => each.name).join(', ')}`);
			await new Promise((resolve) => setTimeout(resolve, 200));
		}
	};

	it('back a device up, and offer the roll-back to what they named', async () => {
		assert.equal(await runToEnd(await written('name it')), 0);
		assert.ok((await offered()).some(({ definition }) => definition['action'] === 'rollback' && definition['snapshot'] === 'clean'));
	});

	it('roll a device back, and end with the code of what went wrong', async () => {
		assert.equal(await runToEnd(await written('clean')), 0);
		assert.equal(await runToEnd(await written('no such state')), 2);
	});
});
