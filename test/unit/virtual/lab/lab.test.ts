import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
	formatAddress,
	parseListenAddress,
	startLab,
	tellLab,
	VirtualError,
	type LabOptions,
	type RunningLab,
} from '../../../../src/virtual/index.ts';
import { describeWith, requirePlatform } from '../../../support/requirements.ts';
import { useTempFolder } from '../../../support/tempFolder.ts';
import { readRecord } from '../rawClient.ts';

describe('virtual lab', () => {
	const temp = useTempFolder();
	const running: RunningLab[] = [];
	const start = async (options: Partial<LabOptions> = {}): Promise<RunningLab> => {
		const lab = await startLab({ listen: '127.0.0.1:0', profile: 'files:3x10', settings: { rebootMs: 10 }, ...options });
		running.push(lab);
		return lab;
	};
	const tell = async (lab: RunningLab, device: string, verb: string, ...args: string[]): Promise<string[]> => {
		const lines: string[] = [];
		await tellLab(lab.address, device, verb, args, (line) => lines.push(line));
		return lines;
	};
	const refuses = (code: VirtualError['code'], act: () => Promise<unknown>): Promise<void> =>
		assert.rejects(act, (error) => VirtualError.is(error, code));
	afterEach(async () => {
		await Promise.all(running.splice(0).map((lab) => lab.stop()));
	});

	it('makes the same devices from the same seed, and others from another', async () => {
		const five = { devices: 5, unpaired: true };
		const [one, two, other] = [
			await start({ ...five, seed: 'a' }),
			await start({ ...five, seed: 'a' }),
			await start({ ...five, seed: 'b' }),
		];
		assert.deepEqual(one.devices, two.devices);
		assert.equal(new Set([...one.devices, ...other.devices].map(({ udid }) => udid)).size, 10);
		assert.deepEqual(await tell(one, 'Lab-1', 'fingerprint', '--list'), await tell(two, 'Lab-1', 'fingerprint', '--list'));
		for (const { udid, iosVersion } of one.devices) {
			assert.match(udid, /^([0-9A-F]{8}-0000FACE[0-9A-F]{8}|feedface[0-9a-f]{32})$/);
			assert.ok(Number.parseInt(iosVersion, 10) >= 16);
		}
	});

	it('finds a device by UDID, by its beginning without dash or case, and by name', async () => {
		const lab = await start({ devices: 2 });
		const udid = lab.devices[1]?.udid ?? '';
		for (const text of [udid, udid.slice(0, 12).toLowerCase(), udid.replace('-', '').slice(0, 14), 'Lab-2']) {
			assert.equal((JSON.parse((await tell(lab, text, 'state'))[0] ?? '') as { udid: string }).udid, udid);
		}
		await refuses('UNKNOWN_DEVICE', () => tell(lab, 'Lab', 'state'));
		await refuses('UNKNOWN_DEVICE', () => tell(lab, '', 'state'));
		await refuses('AMBIGUOUS_DEVICE', () => tell(lab, '000081', 'state'));
	});

	it('refuses orders that make no sense, and carries out none of their parts', async () => {
		const lab = await start();
		await refuses('UNKNOWN_VERB', () => tell(lab, 'Lab-1', 'dance'));
		await refuses('UNKNOWN_SETTING', () => tell(lab, 'Lab-1', 'set', 'findMy=on', 'nonsense=1'));
		await refuses('BAD_ARGUMENT', () => tell(lab, 'Lab-1', 'set', 'findMy=perhaps'));
		await refuses('BAD_ARGUMENT', () => tell(lab, 'Lab-1', 'set', 'batteryPercent=101'));
		await refuses('BAD_ARGUMENT', () => tell(lab, 'Lab-1', 'set', 'iosVersion=new'));
		await refuses('BAD_ARGUMENT', () => tell(lab, 'Lab-1', 'set'));
		await refuses('BAD_ARGUMENT', () => tell(lab, 'Lab-1', 'touch', '--files', 'many'));
		await refuses('BAD_ARGUMENT', () => tell(lab, 'Lab-1', 'touch', '--nonsense', '1'));
		await refuses('BAD_ARGUMENT', () => tell(lab, 'Lab-1', 'fingerprint', '--lots'));
		await refuses('UNKNOWN_FAULT', () => tell(lab, 'Lab-1', 'fault', 'nonsense'));
		const state = JSON.parse((await tell(lab, 'Lab-1', 'state'))[0] ?? '') as { settings: { findMy: boolean } };
		assert.equal(state.settings.findMy, false);
	});

	it('takes sizes with a unit', async () => {
		const lab = await start();
		await tell(lab, 'Lab-1', 'set', 'freeBytes=2G', 'dpic=1000', 'battery=5');
		const { settings } = JSON.parse((await tell(lab, 'Lab-1', 'state'))[0] ?? '') as { settings: Record<string, unknown> };
		assert.deepEqual([settings['freeBytes'], settings['dpic'], settings['batteryPercent']], [2 * 1024 ** 3, 1000, 5]);
	});

	it('lists a fingerprint of many files', async () => {
		const lab = await start({ profile: 'files:1700x1' });
		const lines = await tell(lab, 'Lab-1', 'fingerprint', '--list');
		assert.ok(lines.length > 1700);
		assert.equal(lines.at(-1), (await tell(lab, 'Lab-1', 'fingerprint'))[0]);
	});

	it('leaves nothing behind without a state folder', async () => {
		const folders = (): string[] => readdirSync(tmpdir()).filter((name) => /^devicelab-[A-Za-z0-9]{6}$/.test(name));
		const before = new Set(folders());
		const lab = await start();
		const own = folders().filter((name) => !before.has(name));
		assert.ok(own.length >= 1);
		await lab.stop();
		// Other labs of this computer come and go meanwhile; this one's folder is among those that were new.
		assert.ok(own.some((name) => !folders().includes(name)));
	});

	it('keeps everything in a state folder', async () => {
		const state = join(temp.path, 'state');
		const first = await start({ state, seed: 'kept', devices: 2 });
		const udid = first.devices[0]?.udid ?? '';
		await tell(first, 'Lab-1', 'set', 'name=Kept', 'findMy=on', 'iosVersion=17.4');
		await tell(first, 'Kept', 'touch', '--files', '2');
		const fingerprint = await tell(first, 'Kept', 'fingerprint');
		const record = await readRecord(first.address, udid);
		await first.stop();
		assert.equal(statSync(join(state, 'keys', 'root.pem')).mode & 0o077, 0);

		const second = await start({ state });
		assert.deepEqual(second.devices[0], { udid, name: 'Kept', model: 'iPhone 15 Pro', iosVersion: '17.4' });
		assert.equal(second.devices.length, 2);
		assert.deepEqual(await tell(second, 'Kept', 'fingerprint'), fingerprint);
		assert.deepEqual(await readRecord(second.address, udid), record);
		const described = JSON.parse((await tell(second, 'Kept', 'state'))[0] ?? '') as { settings: { findMy: boolean }; pairedHosts: number };
		assert.deepEqual([described.settings.findMy, described.pairedHosts], [true, 1]);
		await second.stop();
		await refuses('STATE_UNUSABLE', () => start({ state, seed: 'other' }));
	});

	it('starts unpaired when told to', async () => {
		const lab = await start({ unpaired: true });
		await assert.rejects(readRecord(lab.address, lab.devices[0]?.udid ?? ''));
		await tell(lab, 'Lab-1', 'set', 'paired=yes');
		assert.ok((await readRecord(lab.address, lab.devices[0]?.udid ?? '')).hostId);
	});

	it('says what is wrong with an address', async () => {
		const lab = await start();
		await refuses('ADDRESS_IN_USE', () => startLab({ listen: lab.address, profile: 'files:1x1' }));
		await refuses('BAD_ADDRESS', () => startLab({ listen: '0.0.0.0:0' }));
		await refuses('BAD_ADDRESS', () => startLab({ listen: 'nonsense' }));
		await refuses('BAD_ARGUMENT', () => startLab({ listen: '127.0.0.1:0', profile: 'huge' }));
		await refuses('BAD_ARGUMENT', () => startLab({ listen: '127.0.0.1:0', devices: 0 }));
	});

	it('reads and writes addresses', () => {
		const check = (text: string, expected: string): void => assert.equal(formatAddress(parseListenAddress(text)), expected);
		check('127.0.0.1:27015', '127.0.0.1:27015');
		check('27015', '127.0.0.1:27015');
		check('[::1]:1', '[::1]:1');
		check('UNIX:/tmp/x.sock', '/tmp/x.sock');
		check('./x.sock', './x.sock');
	});

	it('tells that there is no lab, or another muxer', async () => {
		const server = await new Promise<Server>((resolve) => {
			const made: Server = createServer((socket) => {
				socket.on('error', () => {
					// The client hangs up when it has seen enough.
				});
				socket.resume();
				socket.write('HTTP/1.1 400 Bad Request\r\n\r\n');
			}).listen(0, '127.0.0.1', () => resolve(made));
		});
		const { port } = server.address() as { port: number };
		await refuses('NO_LAB', () => tellLab(`127.0.0.1:${port}`, 'x', 'state'));
		await new Promise((resolve) => server.close(resolve));
		await refuses('NO_LAB', () => tellLab(`127.0.0.1:${port}`, 'x', 'state'));
	});
});

describeWith(requirePlatform('linux', 'darwin'), 'virtual lab on a socket file', () => {
	const temp = useTempFolder();

	it('listens there, and takes the place of one that nobody serves', async () => {
		const listen = join(temp.path, 'mux.sock');
		const first = await startLab({ listen, profile: 'files:1x1' });
		await assert.rejects(startLab({ listen, profile: 'files:1x1' }), (error) => VirtualError.is(error, 'ADDRESS_IN_USE'));
		await tellLab(`UNIX:${listen}`, 'Lab-1', 'state');
		await first.stop();
		assert.deepEqual(readdirSync(temp.path), []);
	});
});
