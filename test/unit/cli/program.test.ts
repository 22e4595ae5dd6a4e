import assert from 'node:assert/strict';
import { DeviceError } from '../../../src/device/index.ts';
import { AbortError } from '../../../src/base/index.ts';
import { runCommandLine } from '../../../src/cli/program.ts';
import { device, fakeEngine } from './fakeEngine.ts';
import { FakeIo } from './fakeIo.ts';

const engine = () => fakeEngine({ listDevices: () => ({ devices: [device()], problems: [] }) });

async function fails(argv: string[], code: string, exit: number, io = new FakeIo()): Promise<string> {
	const cli = engine();
	assert.equal(await cli.run(io, ...argv), exit, argv.join(' '));
	assert.equal((io.document['error'] as { code: string }).code, code);
	assert.equal(io.document['schemaVersion'], 1);
	return io.stderr;
}

describe('Command line', () => {
	it('takes global options before and after the command', async () => {
		for (const argv of [
			['--json', '--usbmux', '127.0.0.1:1', '--usbmux=/b.sock', 'devices'],
			['devices', '--json', '--usbmux', '127.0.0.1:1', '--usbmux', '/b.sock'],
			['--usbmux', '127.0.0.1:1', 'devices', '--usbmux', '/b.sock', '--json'],
		]) {
			const io = new FakeIo();
			const cli = engine();
			assert.equal(await cli.run(io, ...argv), 0);
			assert.deepEqual(cli.muxers, [['127.0.0.1:1', '/b.sock']]);
			assert.deepEqual(io.document, { schemaVersion: 1, devices: [device()], problems: [] });
		}
	});

	it('answers wrong use with 2, a sentence, and with --json a document', async () => {
		for (const argv of [
			['nonsense'],
			['device', 'nonsense', 'too-many'],
			['devices', '--nonsense'],
			['backup', 'x'],
			['rollback', 'x'],
			['retention', 'preview'],
			['diff', 'x', 'y', 'z', '--files', '0'],
			['delete', 'x'],
			['name', 'x', 'y', 'z', '--remove'],
			['verify', '--sample', '0'],
			['encryption', 'x', 'sideways'],
			['devices', '--progress', 'loud'],
			['virtual'],
			['virtual', 'nonsense'],
			['virtual', 'start', '--listen', '127.0.0.1:0', '--devices', '0'],
			[],
		]) {
			assert.notEqual(await fails([...argv, '--json'], 'WRONG_USE', 2), '');
		}
		const io = new FakeIo();
		assert.equal(await engine().run(io, 'devcies'), 2);
		assert.equal(io.stdout, '');
		assert.match(io.stderr, /^devicelab: Unknown command “devcies”\. Did you mean `devices`\? See `devicelab --help`\.$/m);
	});

	it('says what does not fit and where it is explained, in words of its own', async () => {
		for (const [argv, sentence] of [
			[['encryption', 'Lab-1', 'maybe'], '“maybe” is no action: it is one of status, on, off, change. See `devicelab encryption --help`.'],
			[
				['devices', '--progress', 'fast'],
				'“fast” does not fit --progress <kind>: it is one of auto, json. See `devicelab devices --help`.',
			],
			[['virtual', 'start'], 'Required option “--listen <address>” not specified. See `devicelab virtual start --help`.'],
			[['device'], 'Missing required argument “device”. See `devicelab device --help`.'],
			[['devices', '--speed=fast'], 'Unknown option “--speed”. See `devicelab devices --help`.'],
		] as const) {
			const io = new FakeIo();
			assert.equal(await engine().run(io, ...argv), 2);
			assert.equal(io.stderr, `devicelab: ${sentence}\n`);
		}
	});

	it('takes an address that cannot be read for wrong use', async () => {
		const io = new FakeIo();
		const unreadable = await runCommandLine(['devices', '--usbmux', 'nonsense'], io, () => {
			throw new DeviceError('MUX_UNAVAILABLE', '"nonsense" is no address of a muxer.');
		});
		assert.equal(unreadable, 2);
		assert.match(io.stderr, /"nonsense" is no address/);
	});

	it('refuses passwords as arguments and never repeats them', async () => {
		for (const argv of [
			['encryption', 'x', 'on', '--password', 'S3cret!'],
			['encryption', 'x', 'on', '--password=S3cret!'],
			['--new-password', 'S3cret!', 'encryption', 'x', 'change'],
			['encryption', 'x', 'on', 'S3cret!'],
			['encryption', 'x', 'on', '--passwd=S3cret!'],
			['encryption', 'x', 'on', '-p', 'S3cret!'],
		]) {
			const io = new FakeIo();
			const stderr = await fails([...argv, '--json'], 'WRONG_USE', 2, io);
			assert.doesNotMatch(stderr + io.stdout, /S3cret/, argv.join(' '));
		}
		assert.match(await fails(['encryption', 'x', 'on', '--password', 'y', '--json'], 'WRONG_USE', 2), /DEVICELAB_PASSWORD/);
	});

	it('helps on standard output, for every command with an example or more', async () => {
		const commands = [
			'devices',
			'device',
			'pair',
			'unpair',
			'snapshots',
			'snapshot',
			'rollback',
			'show',
			'name',
			'note',
			'pin',
			'unpin',
			'delete',
			'diff',
			'export',
			'import',
			'retention',
			'verify',
			'repair',
			'prune',
			'backup',
			'restore',
			'encryption',
			'icloud',
			'doctor',
			'demo',
			'virtual start',
			'virtual tell',
			'completion',
		];
		for (const command of commands) {
			const io = new FakeIo();
			assert.equal(await engine().run(io, ...command.split(' '), '--help'), 0);
			assert.match(io.stdout, /^Usage: devicelab /);
			assert.match(io.stdout, /--usbmux/);
			assert.match(io.stdout, /Examples:|Install it:/, command);
			assert.doesNotMatch(io.stdout, /--password/);
			assert.equal(io.stderr, '');
		}
		const io = new FakeIo();
		assert.equal(await engine().run(io, 'help'), 0);
		for (const command of commands) {
			assert.ok(io.stdout.includes(`  ${command.split(' ')[0]}`), command);
		}
		assert.doesNotMatch(io.stdout, /__complete/);
	});

	it('shows its help on standard error when no command is given', async () => {
		const io = new FakeIo();
		assert.equal(await engine().run(io), 2);
		assert.equal(io.stdout, '');
		assert.match(io.stderr, /Usage: devicelab/);
	});

	it('tells its version', async () => {
		const io = new FakeIo();
		assert.equal(await engine().run(io, '--version'), 0);
		assert.match(io.stdout, /^\d+\.\d+\.\d+\n$/);
	});

	it('tells failures in sentences, and as a document', async () => {
		const lost = () =>
			fakeEngine({ backUp: () => Promise.reject(new DeviceError('CONNECTION_LOST', 'The stream ended.', { details: { phase: 'x' } })) });
		const io = new FakeIo();
		assert.equal(await lost().run(io, 'backup', 'Anna', '--to', '/x', '--json'), 5);
		assert.deepEqual(Object.keys(io.document['error'] as object), ['code', 'message', 'details', 'what', 'dataSafety', 'next']);
		assert.match(io.stderr, /The connection to “Anna's iPhone” was lost/);
		assert.match(io.stderr, /Your data The device is as it was\. The last finished backup/);
		const lines = new FakeIo();
		await lost().run(lines, 'backup', 'Anna', '--to', '/x', '--progress', 'json');
		assert.equal(lines.stdout, '');
		const objects = lines.stderr
			.trimEnd()
			.split('\n')
			.map((line) => JSON.parse(line) as { type: string });
		assert.deepEqual(
			objects.map(({ type }) => type),
			['note', 'error'],
		);
	});

	it('cancels at the first Ctrl-C and stops hard at the second', async () => {
		const io = new FakeIo();
		const clock = io.clock as unknown as { advance(ms: number): void };
		const cli = fakeEngine({
			backUp: (_: never, run: { signal: AbortSignal }) =>
				new Promise((_resolve, reject) => {
					run.signal.addEventListener('abort', () => {
						clock.advance(20);
						io.send('SIGINT');
						assert.deepEqual(io.exits, [], 'the same key press delivered twice');
						clock.advance(1000);
						io.send('SIGTERM');
						reject(new AbortError());
					});
					io.send('SIGINT');
				}),
		});
		assert.equal(await cli.run(io, 'backup', 'Anna', '--to', '/x'), 7);
		assert.match(io.stderr, /Cancelling… \(once more to stop hard\)\nCancelled\.\n {2}Your data/);
		assert.deepEqual(io.exits, [143]);
		assert.equal(io.followers, 0);
	});

	it('colours only where a terminal shows colours', async () => {
		// eslint-disable-next-line no-control-regex
		const colours = /\u001b\[/;
		const check = async (options: ConstructorParameters<typeof FakeIo>[0], argv: string[], coloured: boolean): Promise<void> => {
			const io = new FakeIo(options);
			await engine().run(io, 'devices', ...argv);
			assert.equal(colours.test(io.stdout), coloured);
		};
		await check({ tty: true, environment: { NO_COLOR: '' } }, [], true);
		await check({ tty: true, environment: { NO_COLOR: '1' } }, [], false);
		await check({ tty: true, environment: { NO_COLOR: '', TERM: 'dumb' } }, [], false);
		await check({ tty: true, environment: { NO_COLOR: '' } }, ['--no-color'], false);
		await check({ tty: false, environment: { NO_COLOR: '' } }, [], false);
	});
});
