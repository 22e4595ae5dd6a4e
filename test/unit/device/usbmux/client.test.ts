import assert from 'node:assert/strict';
import { AbortError } from '../../../../src/base/index.ts';
import { parseMuxAddress } from '../../../../src/device/usbmux/address.ts';
import { MuxClient } from '../../../../src/device/usbmux/client.ts';
import type { MuxEvent } from '../../../../src/device/usbmux/messages.ts';
import { rejectsWith } from '../../../support/deviceError.ts';
import { eventually } from '../../../support/eventually.ts';
import { FakeMux, muxDeviceList, muxEntry, muxHeader, muxPacket, muxResult, type MuxRequest } from '../../../support/fakeMux.ts';
import { deviceFixture } from '../fixtures.ts';

describe('MuxClient', () => {
	let mux: FakeMux;
	let client: MuxClient;

	beforeEach(async () => {
		mux = await FakeMux.start();
		client = new MuxClient(mux.address);
	});

	afterEach(() => mux.stop());

	const answer = (inner: string): void => {
		mux.handle = (request) => request.reply(inner);
	};
	const raw = (bytes: (request: MuxRequest) => Uint8Array): void => {
		mux.handle = (request) => void request.socket.write(bytes(request));
	};

	it('lists devices over a connection of its own, which it closes', async () => {
		answer(muxDeviceList(muxEntry(3, 'AAAA'), muxEntry(4, 'BBBB', 'Network')));
		assert.deepEqual(await client.listDevices(), [
			{ muxDeviceId: 3, udid: 'AAAA', transport: 'usb' },
			{ muxDeviceId: 4, udid: 'BBBB', transport: 'network' },
		]);
		const [request] = mux.requests;
		assert.deepEqual([request?.version, request?.message, request?.body['MessageType']], [1, 8, 'ListDevices']);
		await eventually('the end of the connection', () => mux.connections === 0);
	});

	it('reads answers in pieces of one byte', async () => {
		const bytes = deviceFixture('mux-device-list.xml.bin');
		mux.handle = ({ socket }) => {
			socket.setNoDelay(true);
			const drip = (offset: number): void => {
				if (offset < bytes.length) {
					socket.write(bytes.subarray(offset, offset + 1), () => drip(offset + 1));
				}
			};
			drip(0);
		};
		assert.equal((await client.listDevices()).length, 3);
	});

	it('connects to a port, and keeps what the device says right behind the answer', async () => {
		raw(({ tag }) => Buffer.concat([muxPacket(tag, muxResult(0)), Buffer.from('hello')]));
		const connection = await client.connect(3, 62078);
		assert.deepEqual([mux.requests[0]?.body['DeviceID'], mux.requests[0]?.body['PortNumber']], [3, 32498]);
		assert.equal(Buffer.from(await connection.read(5)).toString(), 'hello');
		connection.close();
	});

	const refusals: [number, Parameters<typeof rejectsWith>[1], Record<string, unknown>][] = [
		[2, 'DEVICE_NOT_FOUND', {}],
		[3, 'CONNECTION_REFUSED', { port: 1234 }],
		[1, 'MUX_REFUSED', { muxResult: 1 }],
		[6, 'MUX_REFUSED', { muxResult: 6 }],
	];
	for (const [number, code, details] of refusals) {
		it(`reports result ${number} of a connect as ${code}`, async () => {
			answer(muxResult(number));
			assert.deepEqual((await rejectsWith(client.connect(3, 1234), code)).details, details);
			await eventually('the end of the connection', () => mux.connections === 0);
		});
	}

	it('reads, saves and deletes pair records', async () => {
		answer('<key>PairRecordData</key><data>AQID</data>');
		assert.deepEqual(Buffer.from((await client.readPairRecord('U')) ?? []), Buffer.from([1, 2, 3]));
		answer(muxResult(2));
		assert.equal(await client.readPairRecord('U'), undefined, 'ENOENT');
		await client.deletePairRecord('U');
		answer(muxResult(0));
		await client.savePairRecord('U', Uint8Array.of(1, 2, 3), 7);
		await client.deletePairRecord('U');
		const save = mux.requests.find(({ body }) => body['MessageType'] === 'SavePairRecord');
		assert.deepEqual(
			[save?.body['PairRecordID'], Buffer.from(save?.body['PairRecordData'] as Uint8Array), save?.body['DeviceID']],
			['U', Buffer.from([1, 2, 3]), 7],
		);
		answer(muxResult(22));
		assert.deepEqual((await rejectsWith(client.readPairRecord('U'), 'MUX_REFUSED')).details, { muxResult: 22 });
		await rejectsWith(client.savePairRecord('U', Uint8Array.of(1), undefined), 'MUX_REFUSED');
		await rejectsWith(client.deletePairRecord('U'), 'MUX_REFUSED');
	});

	it('reads the identity of the host, where there is one', async () => {
		answer('<key>BUID</key><string>THE-BUID</string>');
		assert.equal(await client.readBuid(), 'THE-BUID');
		answer(muxResult(1));
		assert.equal(await client.readBuid(), undefined);
	});

	const broken: [string, (request: MuxRequest) => Uint8Array][] = [
		['an answer to another request', ({ tag }) => muxPacket(tag + 1, muxDeviceList())],
		['the binary protocol', ({ tag }) => Buffer.concat([muxHeader(20, tag, 0, 1), Buffer.from([6, 0, 0, 0])])],
		['an oversized packet', ({ tag }) => muxHeader(0xffffffff, tag)],
		['a packet without a body', ({ tag }) => muxHeader(16, tag)],
		['a length below the header', ({ tag }) => muxHeader(3, tag)],
		['a body that is no property list', ({ tag }) => Buffer.concat([muxHeader(20, tag), Buffer.from('oops')])],
		['something else altogether', () => Buffer.from('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')],
	];
	for (const [what, bytes] of broken) {
		it(`ends the connection at ${what}`, async () => {
			raw(bytes);
			await rejectsWith(client.listDevices(), 'PROTOCOL_VIOLATION');
			await eventually('the end of the connection', () => mux.connections === 0);
		});
	}

	it('reports an answer that is cut off', async () => {
		mux.handle = ({ socket, tag }) => void socket.end(muxPacket(tag, muxDeviceList()).subarray(0, -3));
		await rejectsWith(client.listDevices(), 'CONNECTION_LOST');
	});

	it('reports a muxer that does not answer', async () => {
		await rejectsWith(client.listDevices({ timeoutMs: 20 }), 'TIMED_OUT');
	});

	it('tells that there is no muxer, and why', async () => {
		await mux.stop();
		const { port } = new URL(`http://127.0.0.1:${(client.address as { port: number }).port}`);
		const gone = await rejectsWith(client.listDevices(), 'MUX_UNAVAILABLE');
		assert.deepEqual(gone.details, { address: `127.0.0.1:${port}`, reason: 'ECONNREFUSED' });
		const missing = await rejectsWith(new MuxClient(parseMuxAddress('/nowhere/usbmuxd')).listDevices(), 'MUX_UNAVAILABLE');
		assert.deepEqual(missing.details, { address: '/nowhere/usbmuxd', reason: 'ENOENT' });
		mux = await FakeMux.start();
	});

	it('stops when it is told to, before, during and after connecting', async () => {
		await assert.rejects(client.listDevices({ signal: AbortSignal.abort() }), AbortError);
		const connecting = new AbortController();
		const early = client.listDevices({ signal: connecting.signal });
		connecting.abort();
		await assert.rejects(early, AbortError);
		const waiting = new AbortController();
		const late = client.listDevices({ signal: waiting.signal });
		await eventually('the request', () => mux.requests.length > 0);
		waiting.abort();
		await assert.rejects(late, AbortError);
		await eventually('the end of the connections', () => mux.connections === 0);
	});

	it('listens until it is told to stop', async () => {
		const events: MuxEvent[] = [];
		const stop = new AbortController();
		let isListening = false;
		raw(() => deviceFixture('mux-listen.bin'));
		const listening = client.listen(
			(event) => events.push(event),
			stop.signal,
			() => (isListening = true),
		);
		await eventually('the events', () => events.length === 3);
		assert.deepEqual([isListening, events.map(({ kind }) => kind)], [true, ['attached', 'paired', 'detached']]);
		stop.abort();
		await listening;
	});

	it('reports that a muxer refuses to be listened to, or goes away', async () => {
		answer(muxResult(1));
		await rejectsWith(
			client.listen(() => {}, new AbortController().signal),
			'MUX_REFUSED',
		);
		mux.handle = ({ socket, tag }) => void socket.end(muxPacket(tag, muxResult(0)));
		await rejectsWith(
			client.listen(() => {}, new AbortController().signal),
			'CONNECTION_LOST',
		);
	});
});
