import assert from 'node:assert/strict';
import { encodeBinaryPlist, type PlistDict } from '../../../../src/plist/index.ts';
import { useLab } from '../../../support/virtualLab.ts';
import { dict, muxPacket, RawMux } from '../rawClient.ts';

/** What libusbmuxd 2.0.2 sends for `idevice_id -l`. */
const RECORDED_LIST_DEVICES = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>ClientVersionString</key>
	<string>libusbmuxd 2.0.2</string>
	<key>MessageType</key>
	<string>ListDevices</string>
	<key>ProgName</key>
	<string>idevice_id</string>
	<key>kLibUSBMuxVersion</key>
	<integer>3</integer>
</dict>
</plist>
`;

describe('virtual muxer', () => {
	const lab = useLab({ profile: 'files:1x1' });
	const open: RawMux[] = [];
	const connect = async (): Promise<RawMux> => {
		const mux = await RawMux.open(lab.address);
		open.push(mux);
		return mux;
	};
	afterEach(() => open.splice(0).forEach((mux) => mux.close()));

	it('answers a recorded request, also when it comes byte by byte', async () => {
		const mux = await connect();
		for (const byte of muxPacket(7, Buffer.from(RECORDED_LIST_DEVICES))) {
			mux.write(Uint8Array.of(byte));
			await new Promise(setImmediate);
		}
		const answer = await mux.receive();
		assert.deepEqual([answer.version, answer.tag, 'MessageType' in answer.body], [1, 7, false]);
		const [entry] = answer.body['DeviceList'] as [Record<string, unknown>];
		const properties = dict(entry['Properties'] as never);
		assert.deepEqual(
			[entry['MessageType'], properties['ConnectionType'], properties['SerialNumber'], properties['DeviceID']],
			['Attached', 'USB', lab.udid, entry['DeviceID']],
		);
	});

	it('takes binary property lists and several requests in one chunk', async () => {
		const mux = await connect();
		const body = Buffer.from(encodeBinaryPlist({ MessageType: 'ReadBUID' }));
		mux.write(Buffer.concat([muxPacket(1, body), muxPacket(2, body)]));
		const [first, second] = [await mux.receive(), await mux.receive()];
		assert.deepEqual([first.tag, second.tag], [1, 2]);
		assert.match(first.body['BUID'] as string, /^[0-9A-F-]{36}$/);
	});

	it('answers the binary protocol with result 6', async () => {
		const mux = await connect();
		mux.write(muxPacket(9, Buffer.alloc(0), 0, 3));
		const answer = await mux.read(20);
		assert.deepEqual(
			[0, 4, 8, 12, 16].map((offset) => answer.readUInt32LE(offset)),
			[20, 0, 1, 9, 6],
		);
	});

	it('refuses what it does not know, and goes on', async () => {
		const mux = await connect();
		const numbers: unknown[] = [];
		const messages: PlistDict[] = [
			{ MessageType: 'Nonsense' },
			{},
			{ MessageType: 'Connect', DeviceID: 999, PortNumber: 32498 },
			{ MessageType: 'Connect', DeviceID: 1, PortNumber: 1 },
			{ MessageType: 'Connect', DeviceID: 1 },
			{ MessageType: 'ReadPairRecord', PairRecordID: 'nobody' },
			{ MessageType: 'ReadPairRecord' },
			{ MessageType: 'SavePairRecord', PairRecordID: '../evil', PairRecordData: Uint8Array.of(1) },
			{ MessageType: 'DeletePairRecord', PairRecordID: 'nobody' },
		];
		for (const message of messages) {
			numbers.push((await mux.request(message))['Number']);
		}
		assert.deepEqual(numbers, [1, 1, 2, 3, 1, 2, 22, 22, 2]);
	});

	it('connects to lockdown by its port in network byte order', async () => {
		const mux = await connect();
		const answer = await mux.request({ MessageType: 'Connect', DeviceID: 1, PortNumber: 32498 });
		assert.equal(answer['Number'], 0);
	});

	it('ends the connection of a client that announces too much', async () => {
		const mux = await connect();
		mux.write(Buffer.from('ffffffff010000000800000001000000', 'hex'));
		await mux.over();
	});

	it('keeps pair records and tells listeners', async () => {
		const [listener, mux] = [await connect(), await connect()];
		assert.equal((await listener.request({ MessageType: 'Listen', ProgName: 'test' }))['Number'], 0);
		assert.equal((await listener.receive()).body['MessageType'], 'Attached');
		const list = (await mux.request({ MessageType: 'ListListeners' }))['ListenerList'] as Record<string, unknown>[];
		assert.deepEqual(
			list.map((one) => one['ProgName']),
			['test'],
		);

		const record = Uint8Array.of(1, 2, 3);
		await mux.request({ MessageType: 'SavePairRecord', PairRecordID: 'ABC-1', PairRecordData: record, DeviceID: 1 });
		const event = await listener.receive();
		assert.deepEqual([event.tag, event.body], [0, { MessageType: 'Paired', DeviceID: 1 }]);
		const read = await mux.request({ MessageType: 'ReadPairRecord', PairRecordID: 'ABC-1' });
		assert.deepEqual(new Uint8Array(read['PairRecordData'] as Uint8Array), record);
		assert.equal((await mux.request({ MessageType: 'DeletePairRecord', PairRecordID: 'ABC-1' }))['Number'], 0);
		assert.equal((await mux.request({ MessageType: 'ReadPairRecord', PairRecordID: 'ABC-1' }))['Number'], 2);
	});

	it('refuses requests on a connection that listens', async () => {
		const listener = await connect();
		await listener.request({ MessageType: 'Listen' });
		await listener.receive();
		assert.equal((await listener.request({ MessageType: 'ListDevices' }))['Number'], 1);
	});

	it('answers in pieces when told to', async () => {
		await lab.tell('fault', 'mux-split', '3');
		const mux = await connect();
		assert.ok(Array.isArray((await mux.request({ MessageType: 'ListDevices' }))['DeviceList']));
		await lab.tell('fault', 'clear');
	});

	it('drops every client when told to, and serves new ones', async () => {
		const mux = await connect();
		await lab.tell('fault', 'mux-drop');
		await mux.over();
		assert.ok((await (await connect()).request({ MessageType: 'ReadBUID' }))['BUID']);
	});
});

describe('virtual muxer, plugging', () => {
	const lab = useLab({ profile: 'files:1x1' });

	it('tells listeners of each coming and going, with a new number each time', async () => {
		const listener = await RawMux.open(lab.address);
		await listener.request({ MessageType: 'Listen' });
		await lab.tell('set', 'wifi=on');
		await lab.tell('unplug');
		await lab.tell('plug');
		const seen: string[] = [];
		while (seen.length < 6) {
			const { body } = await listener.receive();
			const properties = body['Properties'] as Record<string, string> | undefined;
			seen.push(`${body['MessageType'] as string} ${body['DeviceID'] as number} ${properties?.['ConnectionType'] ?? ''}`.trim());
		}
		assert.deepEqual(seen, ['Attached 1 USB', 'Attached 2 Network', 'Detached 1', 'Detached 2', 'Attached 3 USB', 'Attached 4 Network']);
		listener.close();
	});

	it('lists a Wi-Fi device with a socket address', async () => {
		await lab.tell('set', 'wifi=on');
		const mux = await RawMux.open(lab.address);
		const list = (await mux.request({ MessageType: 'ListDevices' }))['DeviceList'] as Record<string, Record<string, unknown>>[];
		const address = list.map((entry) => entry['Properties']?.['NetworkAddress']).find((one) => one !== undefined) as Uint8Array;
		assert.deepEqual([address.length, ...address.subarray(0, 8)], [128, 2, 0, 0, 0, 127, 0, 0, 1]);
		mux.close();
		await lab.tell('set', 'wifi=off');
	});

	it('cuts connections when the device is unplugged, and when it restarts', async () => {
		for (const verb of ['unplug', 'reboot']) {
			const mux = await RawMux.open(lab.address);
			const list = (await mux.request({ MessageType: 'ListDevices' }))['DeviceList'] as { DeviceID: number }[];
			const stream = await mux.connectTo(list[0]?.DeviceID ?? 0, 62078);
			await lab.tell(verb);
			await stream.over();
			await lab.tell('plug');
		}
	});
});
