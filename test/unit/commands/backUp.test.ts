import assert from 'node:assert/strict';
import { editor } from '../../support/fakeVscode.ts';
import { CommandBench } from '../../support/commandBench.ts';
import { device, job, snapshot } from '../../support/fakeLab.ts';

const { registerCommands } = await import('../../../src/commands/index.ts');
const { LabFailure } = await import('../../../src/client/index.ts');

const first = device({ udid: 'udid-1', name: 'Lab-1' });
const second = device({ udid: 'udid-2', name: 'Lab-2' });
const stranger = device({ udid: 'udid-3', name: 'Lab-3', trust: 'not-paired' });

describe('Back Up Now', () => {
	let bench: CommandBench;
	beforeEach(() => {
		bench = new CommandBench(registerCommands);
		bench.engine.on('snapshots/take', ({ udid }: { udid: string }) => snapshot({ udid }));
		bench.lab.change({ devices: [first, second, stranger] });
	});
	afterEach(() => bench.dispose());

	it('takes a snapshot of the device of its row, and asks nothing', async () => {
		await bench.run('backUp', { udid: 'udid-1' });
		assert.deepEqual(bench.engine.params('snapshots/take'), [{ udid: 'udid-1', trigger: 'manual' }]);
		assert.deepEqual(editor.lists, []);
		assert.deepEqual(bench.messages, []);
		assert.match(editor.statusMessages[0] ?? '', /“Lab-1” is backed up: 3\.1 GB, of which 12\.0 MB are new/);
	});

	it('takes one of each selected row', async () => {
		await bench.run('backUp', { udid: 'udid-1' }, [{ udid: 'udid-1' }, { udid: 'udid-2' }]);
		assert.deepEqual(bench.engine.params('snapshots/take'), [
			{ udid: 'udid-1', trigger: 'manual' },
			{ udid: 'udid-2', trigger: 'manual' },
		]);
	});

	it('takes the row that it was called on when that is not among the selected ones', async () => {
		await bench.run('backUp', { udid: 'udid-1' }, [{ udid: 'udid-2' }]);
		assert.deepEqual(bench.engine.params('snapshots/take'), [{ udid: 'udid-1', trigger: 'manual' }]);
	});

	it('asks from the palette, with facts, and with the reason where it is not possible', async () => {
		bench.lab.store([snapshot({ udid: 'udid-1', name: 'clean' })], 'udid-1');
		editor.choose = () => ['Lab-2'];
		await bench.run('backUp');
		assert.deepEqual(
			editor.lists[0]?.rows.map(({ label, description, detail }) => [label, description, detail]),
			[
				['Lab-1', 'iPhone 15 Pro · iOS 17.5.1 · USB', 'Last snapshot 2 hours ago: clean'],
				['Lab-2', 'iPhone 15 Pro · iOS 17.5.1 · USB', 'No snapshot yet'],
				['Not possible now', undefined, undefined],
				['Lab-3', 'iPhone 15 Pro · iOS 17.5.1 · USB', '$(circle-slash) “Lab-3” is not paired with this computer. Pair it first.'],
			],
		);
		assert.deepEqual(bench.engine.params('snapshots/take'), [{ udid: 'udid-2', trigger: 'manual' }]);
	});

	it('tells phones of one name apart by the ends of their UDIDs', async () => {
		bench.lab.change({
			devices: ['udid-1', 'udid-2', 'udid-3'].map((udid) => device({ udid, name: udid === 'udid-3' ? 'Lab-3' : 'iPhone' })),
		});
		await bench.run('backUp');
		assert.deepEqual(
			editor.lists[0]?.rows.map(({ label, description }) => [label, description?.split(' · ').at(-1)]),
			[
				['iPhone', '…udid-1'],
				['iPhone', '…udid-2'],
				['Lab-3', 'USB'],
			],
		);
	});

	it('offers what was used last first, and ticked', async () => {
		await bench.run('backUp', { udid: 'udid-2' });
		await bench.run('backUp');
		assert.deepEqual(
			editor.lists[0]?.rows.map(({ label, picked }) => [label, picked]),
			[
				['Lab-2', true],
				['Lab-1', undefined],
				['Not possible now', undefined],
				['Lab-3', undefined],
			],
		);
	});

	it('says nothing when the choice is closed', async () => {
		await bench.run('backUp');
		assert.deepEqual([bench.messages, bench.engine.asked, editor.statusMessages], [[], [], []]);
	});

	it('says why not: not attached, not paired, busy here, busy elsewhere', async () => {
		bench.lab.store([snapshot({ udid: 'gone', deviceName: 'Lab-9' })], 'gone');
		bench.lab.change({
			jobs: [job({ udid: 'udid-1' })],
			leases: [{ kind: 'backup', udid: 'udid-2', holder: 'devicelab (process 812)', own: false, since: '2026-01-02T03:00:00Z' }],
		});
		for (const udid of ['gone', 'udid-3', 'udid-1', 'udid-2']) {
			await bench.run('backUp', { udid });
		}
		assert.deepEqual(bench.messages, [
			'“Lab-9” is not attached. Plug it in and unlock it.',
			'“Lab-3” is not paired with this computer. Pair it first.',
			'“Lab-1” is busy. Wait for it, or cancel what it does.',
			'“Lab-2” is in use by devicelab (process 812).',
		]);
		assert.deepEqual(bench.engine.asked, []);
	});

	it('offers a name afterwards to those who want good news', async () => {
		editor.settings.set('deviceLab.notifications', 'all');
		editor.answer = () => 'Name It…';
		await bench.run('backUp', { udid: 'udid-1' });
		assert.deepEqual(editor.executed, [['deviceLab.snapshot.name', { udid: 'udid-1', snapshot: '1a2b3c4d5e6f' }]]);
	});

	it('leaves a failure to the view of jobs, which has shown it when the job ended', async () => {
		const error = { code: 'CONNECTION_LOST', message: 'gone', details: {} } as const;
		bench.engine.on('snapshots/take', ({ udid }: { udid: string }) => {
			bench.lab.end({ job: job({ udid }), outcome: 'failed', error });
			throw new LabFailure(error);
		});
		await bench.run('backUp', { udid: 'udid-1' });
		assert.deepEqual(bench.messages, []);
	});

	it('shows a refusal that came before there was a job', async () => {
		bench.engine.on('snapshots/take', () => {
			throw new LabFailure({ code: 'DEVICE_BUSY', message: 'busy', details: {} });
		});
		await bench.run('backUp', { udid: 'udid-1' });
		assert.equal(bench.messages.length, 1);
		assert.match(bench.messages[0] ?? '', /busy/);
	});

	it('offers to check the computer when nothing is attached', async () => {
		bench.lab.change({ devices: [] });
		bench.engine.on('computer/check', () => []);
		editor.answer = () => 'Check This Computer';
		await bench.run('backUp');
		assert.deepEqual(bench.messages, ['No iPhone or iPad is attached.']);
		assert.deepEqual(editor.executed, [['deviceLab.checkComputer']]);
	});
});

describe('Back Up All', () => {
	let bench: CommandBench;
	beforeEach(() => (bench = new CommandBench(registerCommands)));
	afterEach(() => bench.dispose());

	it('goes on when one fails, and tells the sum', async () => {
		bench.lab.change({ devices: [first, second, stranger] });
		bench.engine.on('snapshots/take', ({ udid }: { udid: string }) => {
			if (udid === 'udid-1') {
				bench.lab.end({ job: job({ udid }), outcome: 'failed' });
				throw new Error('link lost');
			}
			return snapshot({ udid });
		});
		await bench.run('backUpAll');
		assert.deepEqual(bench.messages, [
			'1 of 3 attached devices are backed up. Failed: “Lab-1”. “Lab-3” is not paired with this computer. Pair it first.',
		]);
	});

	it('says it in the status bar alone when all went well', async () => {
		bench.lab.change({ devices: [first, second] });
		bench.engine.on('snapshots/take', ({ udid }: { udid: string }) => snapshot({ udid }));
		await bench.run('backUpAll');
		assert.deepEqual([bench.messages, editor.statusMessages], [[], ['$(check) All 2 attached devices are backed up.']]);
	});
});
