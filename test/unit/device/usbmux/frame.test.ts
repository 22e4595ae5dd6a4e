import assert from 'node:assert/strict';
import {
	defaultMuxAddress,
	formatMuxAddress,
	parseMuxAddress,
	resolveMuxAddresses,
	type MuxAddress,
} from '../../../../src/device/usbmux/address.ts';
import { decodeMuxHeader, encodeMuxPacket, swapPort } from '../../../../src/device/usbmux/frame.ts';
import {
	canonicalUdid,
	connectRequest,
	deletePairRecordRequest,
	listDevicesRequest,
	listenRequest,
	readBuid,
	readBuidRequest,
	readDeviceList,
	readMuxEvent,
	readPairRecordData,
	readPairRecordRequest,
	readResult,
	savePairRecordRequest,
} from '../../../../src/device/usbmux/messages.ts';
import { parsePlist, type PlistValue } from '../../../../src/plist/index.ts';
import { throwsWith } from '../../../support/deviceError.ts';
import { deviceFixture } from '../fixtures.ts';

/** The packets in a stream of bytes. */
function packets(bytes: Buffer): { tag: number; body: PlistValue }[] {
	const found = [];
	for (let offset = 0; offset < bytes.length;) {
		const { lengthBytes, version, message, tag } = decodeMuxHeader(bytes.subarray(offset));
		assert.deepEqual([version, message], [1, 8]);
		found.push({ tag, body: parsePlist(bytes.subarray(offset + 16, offset + lengthBytes)) });
		offset += lengthBytes;
	}
	return found;
}

describe('Muxer address', () => {
	const forms: [string, MuxAddress, string][] = [
		['UNIX:/run/usbmuxd', { kind: 'unix', path: '/run/usbmuxd' }, '/run/usbmuxd'],
		['unix:/run/a b', { kind: 'unix', path: '/run/a b' }, '/run/a b'],
		['/var/run/usbmuxd', { kind: 'unix', path: '/var/run/usbmuxd' }, '/var/run/usbmuxd'],
		['/odd:27015', { kind: 'unix', path: '/odd:27015' }, '/odd:27015'],
		['127.0.0.1:27015', { kind: 'tcp', host: '127.0.0.1', port: 27015 }, '127.0.0.1:27015'],
		['lab-host.local:1', { kind: 'tcp', host: 'lab-host.local', port: 1 }, 'lab-host.local:1'],
		['[::1]:65535', { kind: 'tcp', host: '::1', port: 65535 }, '[::1]:65535'],
	];
	for (const [text, address, written] of forms) {
		it(`reads ${text}`, () => {
			assert.deepEqual(parseMuxAddress(text), address);
			assert.equal(formatMuxAddress(address), written);
			assert.deepEqual(parseMuxAddress(written), address);
		});
	}

	for (const text of [
		'',
		'usbmuxd',
		'127.0.0.1',
		'127.0.0.1:',
		':27015',
		'127.0.0.1:0',
		'127.0.0.1:65536',
		'::1:27015',
		'UNIX:',
		'host:1x',
		'[::1]',
	]) {
		it(`refuses "${text}"`, () => {
			assert.deepEqual(throwsWith(() => parseMuxAddress(text), 'MUX_UNAVAILABLE').details, { address: text });
		});
	}

	it('comes from what was asked for, else the environment, else the system', () => {
		const environment = { USBMUXD_SOCKET_ADDRESS: '127.0.0.1:5' };
		assert.deepEqual(resolveMuxAddresses(['/a', 'h:1'], environment).map(formatMuxAddress), ['/a', 'h:1']);
		assert.deepEqual(resolveMuxAddresses([], environment).map(formatMuxAddress), ['127.0.0.1:5']);
		assert.deepEqual(resolveMuxAddresses([], { USBMUXD_SOCKET_ADDRESS: '' }), [defaultMuxAddress()]);
		assert.deepEqual(resolveMuxAddresses([], {}), [defaultMuxAddress()]);
		assert.deepEqual(
			(['linux', 'darwin', 'win32'] as const).map((platform) => formatMuxAddress(defaultMuxAddress(platform))),
			['/var/run/usbmuxd', '/var/run/usbmuxd', '127.0.0.1:27015'],
		);
	});
});

describe('Muxer frame', () => {
	it('is four little-endian fields and XML', () => {
		const packet = Buffer.from(encodeMuxPacket(7, { MessageType: 'ListDevices' }));
		assert.deepEqual(decodeMuxHeader(packet), { lengthBytes: packet.length, version: 1, message: 8, tag: 7 });
		assert.deepEqual([...packet.subarray(4, 16)], [1, 0, 0, 0, 8, 0, 0, 0, 7, 0, 0, 0]);
		assert.match(packet.subarray(16).toString(), /^<\?xml/);
	});

	it('reads the largest numbers as they stand', () => {
		assert.deepEqual(decodeMuxHeader(Buffer.alloc(16, 0xff)), {
			lengthBytes: 2 ** 32 - 1,
			version: 2 ** 32 - 1,
			message: 2 ** 32 - 1,
			tag: 2 ** 32 - 1,
		});
	});

	it('swaps the bytes of a port', () => {
		// 62078 as 32498 is what libusbmuxd sends, measured.
		const table: [number, number][] = [
			[62078, 32498],
			[1, 256],
			[0, 0],
			[65535, 65535],
			[0x1234, 0x3412],
		];
		for (const [port, swapped] of table) {
			assert.deepEqual([swapPort(port), swapPort(swapped)], [swapped, port]);
		}
	});

	it("is what Debian's idevice_id sends, but for the names", () => {
		const [theirs] = packets(deviceFixture('idevice_id-list.requests.bin'));
		const own = packets(Buffer.from(encodeMuxPacket(1, listDevicesRequest())))[0];
		assert.deepEqual(Object.keys(own?.body as object).sort(), Object.keys(theirs?.body as object).sort());
		assert.equal((theirs?.body as Record<string, unknown>)['MessageType'], 'ListDevices');
	});

	it("carries the same Connect as Debian's tools", () => {
		const bytes = deviceFixture('idevicepair-pair.requests.bin');
		const theirs = packets(bytes.subarray(0, bytes.readUInt32LE(0)))[0]?.body as Record<string, unknown>;
		const own = connectRequest(Number(theirs['DeviceID']), 62078);
		assert.deepEqual({ ...own, ClientVersionString: '', ProgName: '' }, { ...theirs, ClientVersionString: '', ProgName: '' });
	});

	it("carries the same SavePairRecord as Debian's tools", () => {
		const theirs = packets(deviceFixture('idevicepair-save.requests.bin'))[0]?.body as Record<string, unknown>;
		const own = savePairRecordRequest(
			String(theirs['PairRecordID']),
			theirs['PairRecordData'] as Uint8Array,
			theirs['DeviceID'] as number | undefined,
		);
		assert.deepEqual({ ...own, ClientVersionString: '', ProgName: '' }, { ...theirs, ClientVersionString: '', ProgName: '' });
	});
});

describe('Muxer messages', () => {
	it('name what they are about', () => {
		const table: [Record<string, unknown>, Record<string, unknown>][] = [
			[listenRequest(), { MessageType: 'Listen' }],
			[readBuidRequest(), { MessageType: 'ReadBUID' }],
			[readPairRecordRequest('U'), { MessageType: 'ReadPairRecord', PairRecordID: 'U' }],
			[deletePairRecordRequest('U'), { MessageType: 'DeletePairRecord', PairRecordID: 'U' }],
			[
				savePairRecordRequest('U', Uint8Array.of(1), undefined),
				{ MessageType: 'SavePairRecord', PairRecordID: 'U', PairRecordData: Uint8Array.of(1) },
			],
		];
		for (const [{ ClientVersionString: _client, ProgName: _program, kLibUSBMuxVersion: version, ...rest }, expected] of table) {
			assert.deepEqual([rest, version], [expected, 3]);
		}
	});

	for (const form of ['xml', 'binary']) {
		it(`read a list of devices made by plistlib, ${form}`, () => {
			const [packet] = packets(deviceFixture(`mux-device-list.${form}.bin`));
			assert.deepEqual(readDeviceList(packet?.body as PlistValue), [
				{ muxDeviceId: 3, udid: '00008030-001A2B3C4D5E6F70', transport: 'usb' },
				{ muxDeviceId: 4, udid: '1d0a2b5f7c9e4a6b8d0f1a2b3c4d5e6f70819203', transport: 'usb' },
				{ muxDeviceId: 9, udid: '00008030-001A2B3C4D5E6F70', transport: 'network' },
			]);
		});
	}

	it('read what a listener hears, made by plistlib', () => {
		const [result, ...events] = packets(deviceFixture('mux-listen.bin'));
		assert.equal(readResult(result?.body as PlistValue), 0);
		assert.deepEqual(
			events.map(({ tag, body }) => [tag, readMuxEvent(body)]),
			[
				[0, { kind: 'attached', entry: { muxDeviceId: 3, udid: '00008030-001A2B3C4D5E6F70', transport: 'usb' } }],
				[0, { kind: 'paired', muxDeviceId: 3 }],
				[0, undefined],
				[0, { kind: 'detached', muxDeviceId: 3 }],
			],
		);
	});

	it('leave out a device that cannot be read, and keep the others', () => {
		const good = { DeviceID: 1, Properties: { SerialNumber: 'a' } };
		const odd: PlistValue[] = [
			{},
			'x',
			{ DeviceID: 2 },
			{ DeviceID: 3, Properties: {} },
			{ DeviceID: 4, Properties: { SerialNumber: '' } },
			{ DeviceID: 'x', Properties: { SerialNumber: 'b' } },
		];
		assert.deepEqual(readDeviceList({ DeviceList: [...odd, good] }), [{ muxDeviceId: 1, udid: 'a', transport: 'usb' }]);
		assert.deepEqual(
			readDeviceList({ DeviceList: [{ Properties: { DeviceID: 5, SerialNumber: 'c' } }] }).map((entry) => entry.muxDeviceId),
			[5],
		);
	});

	it('refuse what is no list', () => {
		for (const answer of [{}, [], 'x', 5, { DeviceList: {} }] as PlistValue[]) {
			throwsWith(() => readDeviceList(answer), 'PROTOCOL_VIOLATION');
		}
	});

	it('read nothing out of the wrong shape', () => {
		assert.deepEqual([readResult([]), readResult({}), readResult({ MessageType: 'Result' })], [undefined, undefined, -1]);
		assert.deepEqual([readBuid('x'), readBuid({ BUID: 1 }), readBuid({ BUID: 'B' })], [undefined, undefined, 'B']);
		assert.deepEqual([readPairRecordData({ PairRecordData: 'text' }), readPairRecordData(1)], [undefined, undefined]);
		assert.deepEqual(
			[[], { MessageType: 'Detached' }, { MessageType: 'Attached' }, { DeviceID: 1 }].map((event) => readMuxEvent(event as PlistValue)),
			[undefined, undefined, undefined, undefined],
		);
	});

	it('give UDIDs as lockdown does', () => {
		const old = '1d0a2b5f7c9e4a6b8d0f1a2b3c4d5e6f70819203';
		const table: [string, string][] = [
			['00008030001A2B3C4D5E6F70', '00008030-001A2B3C4D5E6F70'],
			['00008030-001A2B3C4D5E6F70', '00008030-001A2B3C4D5E6F70'],
			[old, old],
			['00008030001A2B3C4D5E6F7Z', '00008030001A2B3C4D5E6F7Z'],
		];
		for (const [serialNumber, udid] of table) {
			assert.equal(canonicalUdid(serialNumber), udid);
		}
	});
});
