import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import '../../support/fakeVscode.ts';
import { PASSCODE_ANSWERS, TASK_ACTIONS, TASK_TYPE, UNCHANGED_ANSWERS } from '../../../src/contract/index.ts';
import { device, snapshot } from '../../support/fakeLab.ts';
import { TaskBench } from '../../support/taskBench.ts';
import { editor } from '../../support/vscodeState.ts';

const { registerTasks } = await import('../../../src/tasks/index.ts');
const { TerminalOutput } = await import('../../../src/tasks/terminalOutput.ts');

interface Provided {
	readonly name: string;
	readonly definition: Readonly<Record<string, unknown>>;
	readonly execution: { callback(definition: unknown): Promise<Terminal> };
}

interface Terminal {
	onDidWrite(listener: (text: string) => void): void;
	onDidClose(listener: (code: number) => void): void;
	open(dimensions: undefined): void;
	close(): void;
}

interface Provider {
	provideTasks(token: unknown): Promise<Provided[]>;
	resolveTask(task: unknown): Provided | undefined;
}

interface TaskSchema {
	readonly type: string;
	readonly properties: Readonly<Record<string, { readonly enum?: readonly string[] }>>;
}

const token = { isCancellationRequested: false, onCancellationRequested: () => {} };

describe('tasks in the editor', () => {
	let bench: TaskBench;
	let provider: Provider;
	let registered: { dispose(): void };

	beforeEach(() => {
		bench = new TaskBench();
		bench.lab.change({ devices: [device(), device({ udid: 'b', name: 'Lab-4' }), device({ udid: 'c', name: 'lab-4' })] });
		bench.lab.store([snapshot({ name: 'clean' }), snapshot({ id: 'app', name: 'cart', kind: 'app' }), snapshot({ id: 'other' })]);
		registered = registerTasks(bench.world);
		provider = editor.taskProviders.get('deviceLab') as Provider;
	});

	afterEach(() => {
		registered.dispose();
		assert.equal(editor.held, 0);
	});

	it('are offered for what is attached, by name where it is the only one', async () => {
		assert.deepEqual(
			(await provider.provideTasks(token)).map(({ name, definition }) => [name, definition]),
			[
				['Back Up Lab-3', { type: 'deviceLab', action: 'backup', device: 'Lab-3' }],
				['Roll Back Lab-3 to clean', { type: 'deviceLab', action: 'rollback', device: 'Lab-3', snapshot: 'clean' }],
				['Back Up Lab-4 (b)', { type: 'deviceLab', action: 'backup', device: 'b' }],
				['Back Up lab-4 (c)', { type: 'deviceLab', action: 'backup', device: 'c' }],
			],
		);
	});

	it('are offered for the baselines of the lab file only, where it names some', async () => {
		bench.baselines = ['fresh'];
		const names = (await provider.provideTasks(token)).map(({ name }) => name);
		assert.ok(!names.some((name) => name.startsWith('Roll Back')), names.join());
	});

	it('keep the definition that people wrote, and run what the editor made of it', async () => {
		const definition = { type: 'deviceLab', action: '${input:action}' };
		const task = provider.resolveTask({ definition, name: 'mine', scope: 2 });
		assert.equal(task?.definition, definition);
		bench.engine.on('snapshots/take', () => snapshot());
		const terminal = await task?.execution.callback({ ...definition, action: 'backup', device: 'Lab-3' });
		let text = '';
		terminal?.onDidWrite((part) => (text += part));
		const code = await new Promise((resolve) => {
			terminal?.onDidClose(resolve);
			terminal?.open(undefined);
		});
		assert.equal(code, 0);
		assert.match(text, /^Backing up “Lab-3”\r\n/);
	});

	it('are none in a folder that is not trusted', async () => {
		editor.trusted = false;
		assert.deepEqual(await provider.provideTasks(token), []);
		assert.equal(provider.resolveTask({ definition: { type: 'deviceLab', action: 'backup' }, name: 'mine', scope: 2 }), undefined);
	});

	it('have a schema with the same words as the code', () => {
		const manifest = JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../../../package.json'), 'utf8')) as {
			contributes: { taskDefinitions: readonly TaskSchema[] };
		};
		const [schema] = manifest.contributes.taskDefinitions;
		assert.equal(schema?.type, TASK_TYPE);
		const words = (name: string): readonly string[] | undefined => schema?.properties[name]?.enum;
		assert.deepEqual(
			[words('action'), words('onPasscodeNeeded'), words('ifUnchanged')],
			[[...TASK_ACTIONS], [...PASSCODE_ANSWERS], [...UNCHANGED_ANSWERS]],
		);
	});
});

describe('the terminal of a task', () => {
	it('writes one progress line below the lines that stay, and nothing that a terminal would obey', () => {
		let text = '';
		const output = new TerminalOutput((part) => (text += part));
		output.columns = 20;
		output.progress('transferring 3.1 of ~9.0 GB');
		output.line('a\u001b[2Jb\r\nc');
		output.progress(undefined);
		assert.equal(text, '\r\u001b[K  transferring 3.1 \r\u001b[Ka [2Jb c\r\n  transferring 3.1 \r\u001b[K');
	});
});
