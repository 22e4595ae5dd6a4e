import assert from 'node:assert/strict';
import { checkComputer } from '../../../src/engine/doctor/doctor.ts';
import type { DoctorHost, MuxerSight } from '../../../src/engine/doctor/host.ts';

const answering: MuxerSight = { answers: true, devices: 2 };
const refused = (reason: string): MuxerSight => ({ answers: false, reason, text: reason });

function host(overrides: Partial<DoctorHost> = {}): DoctorHost {
	return {
		platform: 'linux',
		environment: {},
		home: '/home/anna',
		nodeVersion: '24.1.0',
		askMuxer: async () => answering,
		findProgram: async (name) => `/usr/sbin/${name}`,
		output: async () => 'usbmuxd 1.1.1\n',
		isRunning: async () => false,
		look: async (file) => (file.startsWith('/usr/lib/') || file === '/run/systemd/system' ? 'there' : 'absent'),
		list: async () => 'absent',
		read: async () => undefined,
		freeBytes: async () => 500e9,
		...overrides,
	};
}

/** `id: status` of each check, and all texts. */
async function examine(overrides: Partial<DoctorHost>, muxers: string[] = []): Promise<{ states: string[]; text: string }> {
	const checks = await checkComputer({ muxers, host: host(overrides) });
	assert.ok(
		checks.every(({ status, remedy }) => status === 'ok' || remedy !== undefined),
		'what is not in order has a remedy',
	);
	assert.equal(new Set(checks.map(({ id }) => id)).size, checks.length, 'ids are unique');
	return {
		states: checks.map(({ id, status }) => `${id}: ${status}`),
		text: checks.map(({ finding, remedy }) => `${finding} ${remedy ?? ''}`).join('\n'),
	};
}

describe('The doctor', () => {
	it('finds a Linux computer in order', async () => {
		const { states, text } = await examine({});
		assert.deepEqual(states, ['muxer: ok', 'usbmuxd: ok', 'udev: ok', 'node: ok', 'space: ok']);
		assert.match(text, /\/var\/run\/usbmuxd answers: 2 attached/);
		assert.match(text, /version 1\.1\.1/);
	});

	it('says how to get what Linux lacks', async () => {
		const missing = await examine({
			askMuxer: async () => refused('ENOENT'),
			findProgram: async () => undefined,
			look: async () => 'absent',
		});
		assert.deepEqual(missing.states, ['muxer: missing', 'usbmuxd: missing', 'node: ok', 'space: ok']);
		assert.match(missing.text, /apt install usbmuxd/);
		const stopped = await examine({ askMuxer: async () => refused('ECONNREFUSED') });
		assert.deepEqual(
			stopped.states.slice(0, 4),
			['muxer: warning', 'usbmuxd: ok', 'usbmuxd-service: warning', 'udev: ok'],
			'no phone is plugged in',
		);
		const bare = await examine({
			askMuxer: async () => refused('ECONNREFUSED'),
			look: async (file) => (file.includes('udev') ? 'there' : 'absent'),
		});
		assert.deepEqual(bare.states.slice(0, 3), ['muxer: missing', 'usbmuxd: ok', 'usbmuxd-service: missing'], 'nothing starts it');
		assert.match(stopped.text, /systemctl start usbmuxd/);
		const denied = await examine({ askMuxer: async () => refused('EACCES'), isRunning: async () => true, look: async () => 'absent' });
		assert.match(denied.text, /this account may not use it/);
		assert.ok(denied.states.includes('udev: missing'));
	});

	it('knows containers and WSL', async () => {
		const wsl = await examine({ read: async () => 'Linux version 5.15 (Microsoft@Microsoft.com)' });
		assert.ok(wsl.states.includes('usb: warning'));
		assert.match(wsl.text, /usbipd/);
		const container = await examine({ look: async (file) => (file === '/.dockerenv' ? 'there' : 'absent') });
		assert.match(container.text, /share the host's socket/);
	});

	it('looks only at the muxers that are named', async () => {
		const asked: string[] = [];
		const askMuxer: DoctorHost['askMuxer'] = async (address) => {
			asked.push(JSON.stringify(address));
			return refused('ECONNREFUSED');
		};
		const both = await examine({ askMuxer }, ['127.0.0.1:1', '/lab.sock']);
		assert.deepEqual(both.states, ['muxer: missing', 'muxer-2: missing', 'node: ok', 'space: ok']);
		assert.match(both.text, /correct --usbmux/);
		assert.equal(asked.length, 2);
		const configured = await examine({ askMuxer, environment: { USBMUXD_SOCKET_ADDRESS: '127.0.0.1:5' } });
		assert.match(configured.text, /127\.0\.0\.1:5 \(from USBMUXD_SOCKET_ADDRESS\)/);
		const nonsense = await examine({ environment: { USBMUXD_SOCKET_ADDRESS: 'nonsense' } });
		assert.equal(nonsense.states[0], 'muxer: missing');
		assert.match(nonsense.text, /Correct USBMUXD_SOCKET_ADDRESS/);
	});

	it('tells on a Mac that the system keeps the backups from it', async () => {
		const { states, text } = await examine({ platform: 'darwin', list: async () => 'denied' });
		assert.deepEqual(states, ['muxer: ok', 'node: ok', 'space: ok', 'apple-backups: warning']);
		assert.match(text, /Full Disk Access/);
		const readable = await examine({
			platform: 'darwin',
			list: async () => ['00008120-0000FACE00000001', 'a'.repeat(40), `${'a'.repeat(40)}-20250101-120000`, 'notes'],
		});
		assert.match(readable.text, /3 in \/home\/anna\/Library\/Application Support\/MobileSync\/Backup/);
		assert.match((await examine({ platform: 'darwin', askMuxer: async () => refused('ENOENT') })).text, /macOS has its muxer built in/);
	});

	it("knows both of Apple's programs on Windows", async () => {
		const windows = { platform: 'win32', environment: { APPDATA: 'C:\\Users\\anna\\AppData\\Roaming' }, home: 'C:\\Users\\anna' } as const;
		const none = await examine({ ...windows, output: async () => 'FAILED 1060', askMuxer: async () => refused('ECONNREFUSED') });
		assert.deepEqual(none.states, [
			'muxer: missing',
			'apple-service: missing',
			'node: ok',
			'space: ok',
			'apple-backups: ok',
			'apple-backups-2: ok',
		]);
		assert.match(none.text, /Microsoft Store/);
		const stopped = await examine({
			...windows,
			output: async () => 'SERVICE_NAME: x\n STATE : 1 STOPPED',
			askMuxer: async () => refused('ECONNREFUSED'),
		});
		assert.match(stopped.text, /net start "Apple Mobile Device Service"/);
		assert.ok((await examine({ ...windows, output: async () => undefined })).states.includes('apple-service: ok'));
	});

	it('warns of little space, an old Node, and passwords left in the environment', async () => {
		const { states } = await examine({ freeBytes: async () => 5e9, nodeVersion: '22.14.0', environment: { DEVICELAB_PASSWORD: 'x' } });
		assert.deepEqual(states.slice(-3), ['node: missing', 'space: warning', 'environment-password: warning']);
		assert.ok((await examine({ freeBytes: async () => undefined })).states.includes('space: warning'));
	});

	it('ends when it is cancelled', async () => {
		await assert.rejects(checkComputer({ muxers: [], host: host(), signal: AbortSignal.abort() }), { name: 'AbortError' });
	});

	it('looks at this computer without failing', async () => {
		const checks = await checkComputer({ muxers: ['127.0.0.1:1'] });
		assert.equal(checks[0]?.status, 'missing');
		assert.match(checks[0]?.finding ?? '', /ECONNREFUSED/);
	});
});
