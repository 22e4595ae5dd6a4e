import assert from 'node:assert/strict';
import { askLine } from '../../../src/cli/prompt.ts';
import { device, fakeEngine } from './fakeEngine.ts';
import { FakeIo } from './fakeIo.ts';

const UDID = device().udid;

function cli() {
	return fakeEngine({
		encryptionStatus: () => ({ encryption: 'off', required: 'unknown' }),
		changeEncryption: (request: { newPassword?: string }) => ({
			encryption: request.newPassword === undefined ? 'off' : 'on',
			required: 'off',
		}),
	});
}

async function change(io: FakeIo, action: string, exit = 0): Promise<unknown> {
	const engine = cli();
	assert.equal(await engine.run(io, 'encryption', 'Anna', action), exit);
	assert.doesNotMatch(io.stdout + io.stderr, /0ld|n3w/, 'no password is shown');
	return engine.calls.find(({ name }) => name === 'changeEncryption')?.request;
}

describe('Passwords', () => {
	it('come from the environment', async () => {
		const environment = { DEVICELAB_PASSWORD: '0ld', DEVICELAB_NEW_PASSWORD: 'n3w' };
		assert.deepEqual(await change(new FakeIo({ environment }), 'change'), { device: UDID, oldPassword: '0ld', newPassword: 'n3w' });
		assert.deepEqual(await change(new FakeIo({ environment }), 'off'), { device: UDID, oldPassword: '0ld', newPassword: undefined });
		assert.deepEqual(await change(new FakeIo({ environment }), 'on'), { device: UDID, oldPassword: undefined, newPassword: 'n3w' });
		assert.deepEqual(await change(new FakeIo({ environment: { DEVICELAB_PASSWORD: 'n3w' } }), 'on'), {
			device: UDID,
			oldPassword: undefined,
			newPassword: 'n3w',
		});
	});

	it('are asked for on a terminal, new ones twice', async () => {
		const io = new FakeIo({ tty: true, answers: ['0ld\r', 'n3w\r', 'n3w\r'] });
		assert.deepEqual(await change(io, 'change'), { device: UDID, oldPassword: '0ld', newPassword: 'n3w' });
		assert.match(io.stderr, /Present backup password of .*: \nNew backup password for .*: \nOnce more: \n/);
		const differing = new FakeIo({ tty: true, answers: ['\r', 'n3w\r', 'n3W\r', 'n3w\r', 'n3w\r'] });
		assert.deepEqual(await change(differing, 'on'), { device: UDID, oldPassword: undefined, newPassword: 'n3w' });
		assert.match(differing.stderr, /must not be empty.*were different/s);
	});

	it('are never waited for where nobody can type', async () => {
		assert.equal(await change(new FakeIo(), 'on', 4), undefined);
		assert.equal(await change(new FakeIo({ environment: { DEVICELAB_PASSWORD: '0ld' } }), 'change', 4), undefined);
	});

	it('are given up with Ctrl-C', async () => {
		assert.equal(await change(new FakeIo({ tty: true, answers: ['n3\u0003'] }), 'on', 7), undefined);
	});
});

describe('A question', () => {
	const ask = async (keys: string, hidden: boolean): Promise<[string, string]> => {
		const io = new FakeIo({ tty: true, answers: [keys] });
		return [await askLine(io, '? ', { hidden, signal: new AbortController().signal, interrupt() {} }), io.stderr];
	};

	it('takes the keys that edit a line', async () => {
		assert.deepEqual(await ask('abc\u007f\bd\r', false), ['ad', '? abc\b \b\b \bd\n']);
		assert.deepEqual(await ask('abc\u0015x\n', true), ['x', '? \n']);
		assert.deepEqual(await ask('\u001b[200~päss wörd📱\u001b[201~\u001b[A\u001bOP\t\r', true), ['päss wörd📱', '? \n']);
	});

	it('ends with the signal', async () => {
		const stop = new AbortController();
		const io = new FakeIo({ tty: true });
		const answer = askLine(io, '? ', { hidden: true, signal: stop.signal, interrupt() {} });
		stop.abort();
		await assert.rejects(answer, { name: 'AbortError' });
		await assert.rejects(askLine(io, '? ', { hidden: true, signal: stop.signal, interrupt() {} }), { name: 'AbortError' });
	});
});
