import assert from 'node:assert/strict';
import { editor } from '../../support/fakeVscode.ts';
import { CommandBench, subject } from '../../support/commandBench.ts';
import { device, snapshot } from '../../support/fakeLab.ts';

const { registerCommands } = await import('../../../src/commands/index.ts');
const { passwordHint } = await import('../../../src/commands/passwords/newPassword.ts');

const UDID = 'udid-3';

describe('commands on devices', () => {
	let bench: CommandBench;
	beforeEach(() => {
		bench = new CommandBench(registerCommands);
		bench.lab.change({ devices: [device({ udid: UDID, encryption: 'off' })] });
		bench.engine.on('encryption/change', () => ({ encryption: 'on', required: 'off' }));
		bench.engine.on('snapshots/checkPassword', ({ password }: { password: string }) => ({ correct: password === 'present' }));
	});
	afterEach(() => bench.dispose());

	it('turn on encryption with a password that was typed twice, and remember it', async () => {
		const typed = ['', 'long enough words', 'other', 'long enough words'];
		editor.type = () => typed.shift();
		await bench.run('turnOnEncryption', { udid: UDID });
		assert.deepEqual(
			editor.inputs.map(({ password, refusal }) => [password, refusal]),
			[
				[true, undefined],
				[true, 'It must not be empty.'],
				[true, undefined],
				[true, 'This differs from what you typed before.'],
			],
		);
		assert.match(editor.inputs[0]?.prompt ?? '', /If you lose it, nobody can open the backups/);
		assert.deepEqual(bench.engine.params('encryption/change'), [{ udid: UDID, newPassword: 'long enough words' }]);
		assert.deepEqual([...bench.passwords.kept], [[subject(UDID), 'long enough words']]);
	});

	it('never say a secret in a log or a message', async () => {
		editor.type = () => 'a secret of mine';
		bench.engine.on('encryption/change', () => {
			throw new Error('broken');
		});
		await bench.run('turnOnEncryption', { udid: UDID });
		assert.doesNotMatch([...bench.messages, ...bench.logged, ...editor.statusMessages].join(), /a secret of mine/);
		assert.equal(bench.messages.length, 1);
	});

	it('say why encryption cannot be turned on or off', async () => {
		await bench.run('turnOffEncryption', { udid: UDID });
		await bench.run('changePassword', { udid: UDID });
		bench.lab.change({ devices: [device({ udid: UDID })] });
		await bench.run('turnOnEncryption', { udid: UDID });
		assert.deepEqual(bench.messages, [
			'Backups of “Lab-3” are not encrypted.',
			'Backups of “Lab-3” are not encrypted. Turn encryption on first.',
			'Backups of “Lab-3” are encrypted already.',
		]);
	});

	it('change the password: tried on the newest snapshot first, and earlier snapshots keep theirs', async () => {
		bench.lab.change({ devices: [device({ udid: UDID })] });
		bench.lab.store([snapshot({ id: 'new', udid: UDID }), snapshot({ id: 'own', udid: UDID })], UDID);
		bench.passwords.kept.set(subject(UDID), 'present').set(subject(UDID, 'own'), 'older');
		editor.type = () => 'a new password';
		await bench.run('changePassword', { udid: UDID });
		assert.deepEqual(bench.engine.params('encryption/change'), [{ udid: UDID, oldPassword: 'present', newPassword: 'a new password' }]);
		assert.deepEqual(
			[...bench.passwords.kept].sort(),
			[
				[subject(UDID), 'a new password'],
				[subject(UDID, 'new'), 'present'],
				[subject(UDID, 'own'), 'older'],
			].sort(),
		);
	});

	it('try a doubtful password on the device when it is entered again', async () => {
		bench.lab.change({ devices: [device({ udid: UDID })] });
		bench.lab.store([snapshot({ udid: UDID })], UDID);
		editor.answer = ({ actions }) => actions.find((action) => action === 'Turn Off Encryption');
		editor.type = () => 'changed since';
		await bench.run('turnOffEncryption', { udid: UDID });
		assert.match(editor.inputs[1]?.refusal ?? '', /press Enter once more to try it on the device/);
		assert.deepEqual(bench.engine.params('encryption/change'), [{ udid: UDID, oldPassword: 'changed since' }]);
	});

	it('change or turn off encryption of several rows, with the present password of each', async () => {
		const udids = ['u4', UDID];
		bench.lab.change({ devices: [device({ udid: UDID }), device({ udid: 'u4', name: 'Lab-4' })] });
		const rows = udids.map((udid) => ({ udid }));
		const typed = ['present of 4', 'present of 3', 'a new password', 'a new password'];
		editor.type = () => typed.shift();
		await bench.run('changePassword', rows[0], [...rows].reverse());
		assert.deepEqual(
			editor.inputs.map(({ prompt }) => /“.+”/.exec(prompt ?? '')?.[0]),
			['“Lab-4”', '“Lab-3”', '“Lab-4”, “Lab-3”', undefined],
		);
		assert.deepEqual(bench.engine.params('encryption/change'), [
			{ udid: 'u4', oldPassword: 'present of 4', newPassword: 'a new password' },
			{ udid: UDID, oldPassword: 'present of 3', newPassword: 'a new password' },
		]);
		bench.passwords.kept.clear();
		bench.engine.asked.length = 0;
		editor.messages = [];
		editor.answer = ({ actions }) => actions[0];
		editor.type = () => 'a new password';
		await bench.run('turnOffEncryption', rows[0], rows);
		assert.equal(editor.messages[0]?.text, 'Turn off backup encryption of “Lab-4”, “Lab-3”?');
		assert.deepEqual(
			bench.engine.params('encryption/change'),
			udids.map((udid) => ({ udid, oldPassword: 'a new password' })),
		);
	});

	it('pair what is not paired, and say so of what is', async () => {
		bench.engine.on('devices/pair', () => device({ udid: 'u4', name: 'Lab-4' }));
		bench.lab.change({ devices: [device({ udid: UDID }), device({ udid: 'u4', name: undefined, trust: 'not-paired' })] });
		await bench.run('pair', { udid: UDID });
		await bench.run('pair', { udid: 'u4' });
		assert.deepEqual(bench.messages, ['“Lab-3” is paired already.']);
		assert.deepEqual(editor.statusMessages, ['$(check) “Lab-4” is paired with this computer.']);
	});

	it('forget a device after a yes', async () => {
		bench.engine.on('devices/forget', () => null);
		await bench.run('forget', { udid: UDID });
		assert.deepEqual(bench.engine.asked, []);
		editor.answer = ({ actions }) => actions.find((action) => action === 'Forget “Lab-3”');
		await bench.run('forget', { udid: UDID });
		assert.deepEqual(bench.engine.params('devices/forget'), [{ udid: UDID }]);
	});

	it('turn iCloud Backup on at once, and off after a yes', async () => {
		bench.engine.on('cloudBackup/set', ({ enabled }: { enabled: boolean }) => ({ cloudBackup: enabled ? 'on' : 'unknown' }));
		await bench.run('turnOnCloudBackup', { udid: UDID });
		await bench.run('turnOffCloudBackup', { udid: UDID });
		assert.deepEqual(bench.engine.params('cloudBackup/set'), [{ udid: UDID, enabled: true }]);
		editor.answer = ({ actions }) => actions[0];
		await bench.run('turnOffCloudBackup', { udid: UDID });
		assert.deepEqual(editor.statusMessages, [
			'$(check) iCloud Backup of “Lab-3” is on.',
			'$(check) “Lab-3” took the order, and does not say whether iCloud Backup is on.',
		]);
	});
});

describe('the hint at a new password', () => {
	const cases: [string, RegExp | undefined][] = [
		['', undefined],
		['aaaaaaaaaaaaaa', /^Weak: it repeats/],
		['1234567890123', /^Weak: whoever/],
		['short1', /^Weak: whoever/],
		['eight-ch', /^Fair/],
		['correct horse battery', /^Good/],
	];
	for (const [password, expected] of cases) {
		it(`says ${expected?.source ?? 'nothing'} of ${JSON.stringify(password)}`, () => {
			const hint = passwordHint(password);
			assert.equal(expected === undefined ? hint === undefined : expected.test(hint ?? ''), true, hint);
		});
	}
});

describe('registered commands', () => {
	it('are all that the package has but those of timeline and tasks, and go with what registered them', async () => {
		const { commandIds } = await import('../../../src/contributions.ts');
		const bench = new CommandBench(registerCommands);
		const own = Object.values(commandIds).filter((id) => !/^deviceLab\.(timeline|value|launch)\./.test(id));
		assert.deepEqual([...editor.commands.keys()].sort(), own.sort());
		bench.dispose();
		assert.deepEqual([editor.commands.size, editor.held], [0, 0]);
	});
});
