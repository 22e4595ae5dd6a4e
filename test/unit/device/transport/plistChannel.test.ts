import assert from 'node:assert/strict';
import { MiB } from '../../../../src/base/index.ts';
import { encodePlistFrame, MAX_PLIST_FRAME_BYTES, readPlistFrameLength } from '../../../../src/device/transport/frame.ts';
import { PlistChannel } from '../../../../src/device/transport/plistChannel.ts';
import { connectionPair } from '../../../support/connectionPair.ts';
import { rejectsWith } from '../../../support/deviceError.ts';
import { settled } from '../../../support/eventually.ts';
import { deviceFixture } from '../fixtures.ts';

function channelPair() {
	const { connection, peer } = connectionPair();
	return { connection, peer, channel: new PlistChannel(connection) };
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const xml = (inner: string): Buffer => framed(Buffer.from(`<plist version="1.0">${inner}</plist>`));
const framed = (body: Buffer): Buffer => {
	const length = Buffer.alloc(4);
	length.writeUInt32BE(body.length);
	return Buffer.concat([length, body]);
};

describe('Plist frame', () => {
	it('is a big-endian length that does not count itself, and the list', () => {
		const frame = encodePlistFrame({ a: 1 });
		assert.equal(readPlistFrameLength(frame), frame.length - 4);
		assert.match(Buffer.from(frame.subarray(4)).toString(), /^<\?xml/);
		assert.equal(Buffer.from(encodePlistFrame({ a: 1 }, 'binary').subarray(4, 12)).toString(), 'bplist00');
		assert.equal(readPlistFrameLength(Uint8Array.of(1, 2, 3, 4)), 0x01020304);
	});
});

describe('PlistChannel', () => {
	for (const format of ['xml', 'binary'] as const) {
		it(`reads the opening of a device in ${format} at every split point`, async () => {
			const bytes = deviceFixture(`devicelink-opening.${format}.bin`);
			for (let split = 1; split < bytes.length; split++) {
				const { channel, peer } = channelPair();
				peer.write(bytes.subarray(0, split));
				peer.write(bytes.subarray(split));
				assert.deepEqual(plain([await channel.receive(), await channel.receive(), await channel.receive()]), [
					['DLMessageVersionExchange', 400, 0],
					['DLMessageDeviceReady'],
					['DLMessageProcessMessage', { MessageName: 'Response', ErrorCode: 0, ProtocolVersion: 2.1 }],
				]);
			}
		});

		it(`sends and reads back ${format}`, async () => {
			const { channel, peer } = channelPair();
			peer.pipe(peer);
			const value = { Text: 'ä', Number: -13, Data: Uint8Array.of(0, 255), List: [true, false] };
			await channel.send(value, format);
			assert.deepEqual({ ...((await channel.receive()) as object) }, value);
		});
	}

	const broken: [string, Buffer][] = [
		['a length of zero', Buffer.alloc(4)],
		['a length above the bound', Buffer.from([0x04, 0, 0, 1])],
		['the largest length', Buffer.from([0xff, 0xff, 0xff, 0xff])],
		['text that is no property list', framed(Buffer.from('GET / HTTP/1.1\r\n'))],
		['a cut XML list', framed(Buffer.from('<plist><dict><key>a</key>'))],
		['a cut binary list', framed(Buffer.from('bplist00'))],
	];
	for (const [what, bytes] of broken) {
		it(`ends the connection at ${what}`, async () => {
			const { channel, connection, peer } = channelPair();
			peer.write(bytes);
			await rejectsWith(channel.receive(), 'PROTOCOL_VIOLATION');
			assert.equal(connection.isClosed, true);
			await rejectsWith(channel.receive(), 'CONNECTION_LOST');
		});
	}

	it('allocates nothing for a length that it refuses', async () => {
		const { channel, peer } = channelPair();
		const before = process.memoryUsage().arrayBuffers;
		peer.write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
		await rejectsWith(channel.receive(), 'PROTOCOL_VIOLATION');
		assert.ok(process.memoryUsage().arrayBuffers - before < 16 * MiB);
		assert.equal(MAX_PLIST_FRAME_BYTES, 64 * MiB);
	});

	it('reports a message that is cut off', async () => {
		const { channel, peer } = channelPair();
		peer.end(xml('<string>abc</string>').subarray(0, -5));
		await rejectsWith(channel.receive(), 'CONNECTION_LOST');
	});

	it('gives the answer to a request', async () => {
		const { channel, peer } = channelPair();
		const waiting = channel.request({ Request: 'QueryType' });
		await settled();
		assert.match(String(peer.read()), /QueryType/);
		peer.write(xml('<string>yes</string>'));
		assert.equal(await waiting, 'yes');
	});

	it('closes when the wait for an answer is given up, so that a late one is not taken for the next', async () => {
		const cancelled = channelPair();
		const stop = new AbortController();
		const waiting = cancelled.channel.request({}, { signal: stop.signal });
		await settled();
		stop.abort();
		await assert.rejects(waiting, { name: 'AbortError' });
		assert.equal(cancelled.connection.isClosed, true);

		const late = channelPair();
		await rejectsWith(late.channel.request({}, { timeoutMs: 5 }), 'TIMED_OUT');
		assert.equal(late.connection.isClosed, true);
	});
});
