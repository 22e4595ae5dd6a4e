import assert from 'node:assert/strict';
import type { DeviceInfo, DeviceList, LabProblem } from '../../../src/contract/index.ts';
import { deviceCard } from '../../../src/cli/commands/device.ts';
import { deviceChanges } from '../../../src/cli/deviceChanges.ts';
import { deviceLines } from '../../../src/cli/deviceList.ts';
import { createStyle } from '../../../src/cli/style.ts';
import { textWidth } from '../../../src/cli/textWidth.ts';
import { device, fakeEngine } from './fakeEngine.ts';
import { FakeIo } from './fakeIo.ts';

const plain = createStyle(false);
const problem: LabProblem = { code: 'MUX_UNAVAILABLE', message: 'No muxer answers at 127.0.0.1:1.', details: { address: '127.0.0.1:1' } };
const stranger = device({
	udid: 'b'.repeat(40),
	name: undefined,
	trust: 'not-paired',
	locked: true,
	encryption: 'unknown',
	transport: 'network',
	transports: ['network'],
	activity: 'backing up',
});

describe('The list of devices', () => {
	it('is a table where there is room', () => {
		assert.deepEqual(deviceLines([stranger, device()], plain, 200), [
			'NAME           MODEL          IOS   OVER   BATTERY        SPACE                   TRUST                    ENCRYPTED  DOING       UDID',
			"Anna's iPhone  iPhone 15 Pro  17.5  USB    82 % charging  37.2 GB of 128 GB free  trusted                  off                    00008120-0000FACE00000001",
			`–              iPhone 15 Pro  17.5  Wi-Fi  82 % charging  37.2 GB of 128 GB free  not trusted yet, locked             backing up  ${'b'.repeat(40)}`,
		]);
	});

	it('leaves columns out before it does not fit', () => {
		const headings = (width: number): string | undefined => deviceLines([device()], plain, width)[0];
		assert.doesNotMatch(headings(110) ?? '', /SPACE/);
		assert.match(headings(110) ?? '', /BATTERY.*ENCRYPTED.*UDID$/);
		assert.equal(headings(90), 'NAME           MODEL          IOS   OVER  TRUST    UDID');
	});

	it('takes a few lines a device on a narrow terminal', () => {
		const lines = deviceLines([device()], plain, 70);
		assert.deepEqual(lines, [
			"Anna's iPhone · iPhone 15 Pro, iOS 17.5 · USB · trusted",
			'  00008120-0000FACE00000001 · battery 82 % charging',
			'  37.2 GB of 128 GB free',
		]);
		assert.ok(lines.every((line) => textWidth(line) <= 70));
	});

	it('shows one that does not answer as what it is', async () => {
		const hung = device({ udid: 'c'.repeat(40), name: 'Lab-2', answer: 'none', iosVersion: undefined, batteryPercent: undefined });
		assert.match(deviceLines([hung], plain, 200)[1] ?? '', /^Lab-2 .* does not answer /);
		assert.equal(deviceLines([hung], plain, 40).at(-1), '  does not answer');
		const [line] = deviceChanges(
			{ devices: [hung], problems: [] },
			{ devices: [device({ ...hung, answer: 'awaited' })], problems: [] },
			plain,
		);
		assert.match(line ?? '', /no answer yet$/);
		const io = new FakeIo();
		assert.equal(await fakeEngine({ device: () => hung }).run(io, 'device', 'Lab-2'), 0);
		assert.match(io.stdout, /Now +does not answer/);
		assert.match(io.stderr, /^It does not answer\. Unlock it, or unplug it/);
	});

	it('does not make up a product type', () => {
		const card = deviceCard(device({ model: 'iPhone 13', productType: undefined }), plain);
		assert.ok(
			card.some((line) => /Model +iPhone 13$/.test(line)),
			card.join('\n'),
		);
	});

	it('tells no devices from no muxer', async () => {
		const none = new FakeIo();
		assert.equal(await fakeEngine({ listDevices: () => ({ devices: [], problems: [] }) }).run(none, 'devices'), 0);
		assert.equal(none.stdout, '');
		assert.match(none.stderr, /No devices are attached.*Trust.*doctor/s);
		const away = new FakeIo();
		assert.equal(await fakeEngine({ listDevices: () => ({ devices: [], problems: [problem] }) }).run(away, 'devices'), 3);
		assert.match(away.stderr, /does not answer at 127\.0\.0\.1:1/);
		const half = new FakeIo();
		const cli = fakeEngine({ listDevices: () => ({ devices: [], problems: [problem] }) });
		assert.equal(await cli.run(half, 'devices', '--usbmux', '127.0.0.1:1', '--usbmux', '127.0.0.1:2', '--json'), 0);
		assert.deepEqual(half.document, { schemaVersion: 1, devices: [], problems: [problem] });
	});

	it('says nothing beside the data when it shall be quiet', async () => {
		const io = new FakeIo();
		await fakeEngine({ listDevices: () => ({ devices: [], problems: [] }) }).run(io, 'devices', '--quiet');
		assert.deepEqual([io.stdout, io.stderr], ['', '']);
	});
});

describe('Watching devices', () => {
	function watched(io: FakeIo, ...lists: DeviceList[]) {
		return fakeEngine({
			watchDevices: (listener: (list: DeviceList) => void) => {
				lists.forEach(listener);
				setImmediate(() => io.send('SIGINT'));
				return { dispose() {} };
			},
		});
	}

	it('gives one object a line with --json, each with the whole list, and ends well with Ctrl-C', async () => {
		const io = new FakeIo();
		const one = { devices: [device()], problems: [] };
		assert.equal(await watched(io, one, one, { devices: [], problems: [] }).run(io, 'devices', '--watch', '--json'), 0);
		assert.deepEqual(
			io.stdout
				.trimEnd()
				.split('\n')
				.map((line) => JSON.parse(line) as unknown),
			[
				{ schemaVersion: 1, ...one },
				{ schemaVersion: 1, devices: [], problems: [] },
			],
		);
		assert.equal(io.stderr, '');
	});

	it('ends when nobody reads any more', async () => {
		const io = new FakeIo();
		const cli = fakeEngine({
			watchDevices: () => {
				setImmediate(() => io.closed.abort());
				return { dispose() {} };
			},
		});
		assert.equal(await cli.run(io, 'devices', '--watch'), 0);
	});

	it('tells people what changed', () => {
		const list = (...devices: DeviceInfo[]): DeviceList => ({ devices, problems: [] });
		const check = (before: DeviceList | undefined, after: DeviceList, ...expected: string[]): void =>
			assert.deepEqual(deviceChanges(before, after, plain), expected);
		check(undefined, list(device()), "+ “Anna's iPhone” 00008120-0000FACE00000001  iPhone 15 Pro, iOS 17.5, USB, trusted");
		check(list(device()), list(device()));
		check(
			list(device()),
			list(device({ trust: 'stale', activity: 'backing up' })),
			"~ “Anna's iPhone” 00008120-0000FACE00000001  trust expired, backing up",
		);
		check(list(device()), list(), "- “Anna's iPhone” 00008120-0000FACE00000001  detached");
		check(list(), { devices: [], problems: [problem] }, '! No muxer answers at 127.0.0.1:1.');
	});
});

describe('A device in detail', () => {
	it('leaves out what the device keeps to itself, and shows controls in its name', () => {
		assert.deepEqual(
			deviceCard(
				{ ...stranger, name: 'evil\u001b[2J', findMy: 'unknown', batteryPercent: undefined, freeBytes: undefined, supervised: 'on' },
				plain,
			),
			[
				'evil\\u001b[2J',
				'  Model       iPhone 15 Pro (iPhone16,1)',
				'  System      iOS 17.5 (21F79)',
				`  UDID        ${'b'.repeat(40)}`,
				'  Attached    over Wi-Fi at 127.0.0.1:1',
				'  Trust       not trusted yet, locked',
				'  Supervised  yes',
				'  Now         backing up',
			],
		);
	});
});

describe('Pairing', () => {
	it('guides through the dialog, each state once', async () => {
		const io = new FakeIo();
		const cli = fakeEngine({
			pair: (_: never, options: { onState(state: string): void }) => {
				['locked', 'locked', 'waiting-for-trust', 'waiting-for-trust'].forEach((state) => options.onState(state));
				return device();
			},
		});
		assert.equal(await cli.run(io, 'pair', 'Anna'), 0);
		assert.match(io.stderr, /^“Anna's iPhone” is locked\. Unlock it.*\nLook at “Anna's iPhone”: unlock it, tap Trust.*\n$/);
		assert.equal(io.stdout, "“Anna's iPhone” trusts this computer.\n");
	});
});
