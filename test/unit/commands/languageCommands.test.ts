import assert from 'node:assert/strict';
import { editor } from '../../support/fakeVscode.ts';
import type * as vscode from 'vscode';
import { LANGUAGE_COMMANDS } from '../../../src/contract/index.ts';
import { device, FakeLab, snapshot } from '../../support/fakeLab.ts';

const { registerLanguageCommands } = await import('../../../src/commands/index.ts');
const { RecentDevices } = await import('../../../src/views/index.ts');

describe('What quick fixes and code lenses run', () => {
	let asked: string[];
	let mapped: string[];
	let registered: vscode.Disposable;
	beforeEach(() => {
		editor.reset();
		asked = [];
		mapped = [];
		const lab = new FakeLab();
		lab.change({ devices: [device({ udid: 'udid-1', name: 'Lab-1' }), device({ udid: 'udid-2', name: 'Lab-2' })] });
		lab.store([snapshot({ udid: 'udid-1', id: 'a1b2c3d4', name: 'clean' })], 'udid-1');
		registered = registerLanguageCommands({
			lab,
			log: { error: () => {} } as unknown as vscode.LogOutputChannel,
			recent: new RecentDevices(),
			names: { map: async (name, udid) => void mapped.push(`${name}: ${udid}`) },
			snapshotPassword: async ({ id }) => {
				asked.push(id);
				return 'secret';
			},
			now: () => 0,
		});
	});
	afterEach(() => void registered.dispose());

	const run = async (id: string, argument: unknown): Promise<void> => {
		const command: ((argument: unknown) => unknown) | undefined = editor.commands.get(id);
		await command?.(argument);
	};

	it('asks for the password of a snapshot', async () => {
		await run(LANGUAGE_COMMANDS.enterPassword, { udid: 'udid-1', snapshot: 'a1b2c3d4' });
		await run(LANGUAGE_COMMANDS.enterPassword, { udid: 'udid-1', snapshot: 'gone' });
		await run(LANGUAGE_COMMANDS.enterPassword, undefined);
		assert.deepEqual(asked, ['a1b2c3d4']);
	});

	it('asks which phone stands for a name of the lab file, and remembers it', async () => {
		editor.choose = () => ['Lab-2'];
		await run(LANGUAGE_COMMANDS.choosePhone, { name: 'payments' });
		await run(LANGUAGE_COMMANDS.choosePhone, { name: 1 });
		assert.deepEqual(mapped, ['payments: udid-2']);
		editor.choose = () => [];
		await run(LANGUAGE_COMMANDS.choosePhone, { name: 'small' });
		assert.deepEqual(mapped.length, 1);
	});
});
