import assert from 'node:assert/strict';
import '../../support/fakeVscode.ts';
import { commandIds } from '../../../src/contributions.ts';
import { device, snapshot } from '../../support/fakeLab.ts';
import { TaskBench } from '../../support/taskBench.ts';
import { editor } from '../../support/vscodeState.ts';

const { registerTasks } = await import('../../../src/tasks/index.ts');

describe('values for launch configurations', () => {
	let bench: TaskBench;
	let registered: { dispose(): void };
	const value = (name: keyof typeof commandIds, args?: unknown): Promise<unknown> =>
		Promise.resolve(editor.commands.get(commandIds[name])?.(args));

	beforeEach(() => {
		bench = new TaskBench();
		bench.lab.change({ devices: [device(), device({ udid: 'b', name: 'Lab-4' })] });
		bench.lab.store([snapshot({ id: '1234567890ab', isHead: true }), snapshot({ name: 'clean' })]);
		registered = registerTasks(bench.world);
	});

	afterEach(() => registered.dispose());

	it('are the UDID of the device that is named, was chosen last, or is chosen now', async () => {
		editor.choose = () => ['Lab-4'];
		assert.equal(await value('valueUdid', { device: 'lab-3' }), device().udid);
		assert.equal(await value('valueUdid'), 'b');
		assert.equal(await value('valueUdid', { type: 'lldb', request: 'launch', device: 'iPhone 15' }), 'b');
		assert.equal(editor.lists.length, 1);
	});

	it('are the UDID of the only device that is attached, whatever lies in a drawer', async () => {
		bench.lab.change({ devices: [device()] });
		bench.lab.store([snapshot({ udid: 'drawer', name: 'clean' })]);
		assert.equal(await value('valueUdid'), device().udid);
		assert.equal(editor.lists.length, 0);
	});

	it('are nothing when the question is closed', async () => {
		assert.equal(await value('valueUdid'), undefined);
		assert.equal(await value('valueSnapshotId', { device: 'Lab-3' }), undefined);
	});

	it('are the id of a snapshot', async () => {
		bench.engine.on('snapshots/find', () => snapshot());
		assert.equal(await value('valueSnapshotId', { device: 'Lab-3', snapshot: 'clean' }), snapshot().id);
		editor.choose = () => ['clean'];
		assert.equal(await value('valueSnapshotId', { device: 'Lab-3' }), snapshot().id);
	});

	it('are the state that the device stands at', async () => {
		assert.equal(await value('valueState', { device: 'Lab-3' }), '12345678');
		bench.lab.store([snapshot({ name: 'clean', isHead: true })]);
		assert.equal(await value('valueState', { device: 'Lab-3' }), 'clean');
		assert.equal(await value('valueState', { device: 'Lab-4' }), 'unknown');
	});

	it('are the short hash of the commit, and a sentence where there is none', async () => {
		bench.engine.on('workspace/facts', () => ({ commit: '0123456789abcdef', dirty: false }));
		assert.equal(await value('valueCommit'), '0123456');
		bench.engine.on('workspace/facts', () => ({}));
		await assert.rejects(value('valueCommit'), /in no git work tree/);
	});
});
