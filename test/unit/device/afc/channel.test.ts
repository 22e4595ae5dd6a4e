import assert from 'node:assert/strict';
import { DeviceError, type DeviceErrorCode } from '../../../../src/device/errors.ts';
import { AfcChannel } from '../../../../src/device/afc/channel.ts';
import { connectionPair } from '../../../support/connectionPair.ts';
import { AfcPeer, packet, u64 } from './afcPeer.ts';

function open(replyTimeoutMs = 5000): { channel: AfcChannel; peer: AfcPeer } {
	const { connection, peer } = connectionPair();
	return { channel: new AfcChannel(connection, replyTimeoutMs), peer: new AfcPeer(peer) };
}

function rejectsWith(promise: Promise<unknown>, code: DeviceErrorCode): Promise<void> {
	return assert.rejects(promise, (error) => DeviceError.is(error, code));
}

const info = (path: string) => ({ operation: 'info', path }) as const;

describe('AFC channel', () => {
	it('sends requests at once, numbered from 1, without waiting for replies', async () => {
		const { channel, peer } = open();
		const replies = ['/a', '/b', '/c'].map((path) => channel.request(info(path)));
		const requests = await peer.requests(3);
		assert.deepEqual(
			requests.map(({ packetNumber, body }) => [packetNumber, body.toString()]),
			[
				[1, '/a\0'],
				[2, '/b\0'],
				[3, '/c\0'],
			],
		);
		requests.forEach((request) => peer.data(request, `info of ${request.packetNumber}`));
		assert.deepEqual(
			(await Promise.all(replies)).map((reply) => reply.kind === 'data' && Buffer.from(reply.data).toString()),
			['info of 1', 'info of 2', 'info of 3'],
		);
	});

	it('gives each reply to its request by number, in whatever order they come', async () => {
		const { channel, peer } = open();
		const replies = ['/a', '/b', '/c'].map((path) => channel.request(info(path)));
		const requests = await peer.requests(3);
		[2, 0, 1].forEach((index) => peer.status(requests[index]!, 100 + index));
		assert.deepEqual(await Promise.all(replies), [
			{ kind: 'status', status: 100 },
			{ kind: 'status', status: 101 },
			{ kind: 'status', status: 102 },
		]);
	});

	it('reads replies that are split at any byte', async () => {
		const reply = packet(2, 1, Buffer.alloc(0), Buffer.from('abc'));
		for (let split = 1; split < reply.length; split++) {
			const { channel, peer } = open();
			const waiting = channel.request(info('/a'));
			await peer.next();
			peer.raw(reply.subarray(0, split));
			await new Promise(setImmediate);
			peer.raw(reply.subarray(split));
			const answer = await waiting;
			assert.equal(answer.kind === 'data' && Buffer.from(answer.data).toString(), 'abc');
		}
	});

	it('reads two replies from one chunk, and data that is counted as parameters', async () => {
		const { channel, peer } = open();
		const waiting = [channel.request(info('/a')), channel.request(info('/b'))];
		await peer.requests(2);
		peer.raw(Buffer.concat([packet(2, 1, Buffer.from('abc')), packet(1, 2, u64(8))]));
		assert.deepEqual(await Promise.all(waiting), [
			{ kind: 'data', data: Buffer.from('abc') },
			{ kind: 'status', status: 8 },
		]);
	});

	const broken: [string, Buffer][] = [
		['a bad magic', Buffer.alloc(40)],
		['a length that no reply has', Buffer.concat([Buffer.from('CFA6LPAA'), u64(2 ** 40), u64(40), u64(1), u64(2)])],
		['a reply to nothing', packet(1, 7, u64(0))],
		['an operation that is no reply', packet(0x0d, 1, u64(0))],
		['a status without a code', packet(1, 1, Buffer.alloc(0))],
	];
	for (const [what, bytes] of broken) {
		it(`ends the connection and rejects every waiter on ${what}`, async () => {
			const { channel, peer } = open();
			const waiting = [channel.request(info('/a')), channel.request(info('/b'))];
			await peer.requests(2);
			peer.raw(bytes);
			await Promise.all(waiting.map((promise) => rejectsWith(promise, 'PROTOCOL_VIOLATION')));
			await rejectsWith(channel.request(info('/c')), 'PROTOCOL_VIOLATION');
			assert.equal(await peer.next(), undefined);
		});
	}

	it('rejects every waiter when the device goes away, in the middle of a reply too', async () => {
		for (const bytes of [Buffer.alloc(0), packet(1, 1, u64(0)).subarray(0, 20), packet(1, 1, u64(0)).subarray(0, 44)]) {
			const { channel, peer } = open();
			const waiting = [channel.request(info('/a')), channel.request(info('/b'))];
			await peer.requests(2);
			peer.raw(bytes);
			peer.end();
			await Promise.all(waiting.map((promise) => rejectsWith(promise, 'CONNECTION_LOST')));
		}
	});

	it('rejects every waiter when the device stays silent', async () => {
		const { channel, peer } = open(5);
		const waiting = [channel.request(info('/a')), channel.request(info('/b'))];
		await Promise.all(waiting.map((promise) => rejectsWith(promise, 'TIMED_OUT')));
		await peer.requests(2);
		assert.equal(await peer.next(), undefined);
	});

	it('rejects every waiter when it is closed, and every later request', async () => {
		const { channel, peer } = open();
		const waiting = channel.request(info('/a'));
		await peer.next();
		channel.close();
		await rejectsWith(waiting, 'CONNECTION_LOST');
		await rejectsWith(channel.request(info('/b')), 'CONNECTION_LOST');
	});

	it('gives up one request on a signal and keeps the others in step', async () => {
		const { channel, peer } = open();
		const abort = new AbortController();
		const late: unknown[] = [];
		const given = channel.request({ operation: 'open', path: '/a', mode: 'read' }, { signal: abort.signal }, (reply) => late.push(reply));
		const kept = channel.request(info('/b'));
		const requests = await peer.requests(2);
		abort.abort();
		await assert.rejects(given, { name: 'AbortError' });
		peer.handle(requests[0]!, 9);
		peer.status(requests[1]!, 8);
		assert.deepEqual(await kept, { kind: 'status', status: 8 });
		assert.deepEqual(late, [{ kind: 'handle', handle: 9n }]);
	});

	it('sends nothing for a signal that has fired already', async () => {
		const { channel, peer } = open();
		await assert.rejects(channel.request(info('/a'), { signal: AbortSignal.abort() }), { name: 'AbortError' });
		channel.close();
		assert.equal(await peer.next(), undefined);
	});

	it('is idle between requests and takes up reading again', async () => {
		const { channel, peer } = open();
		for (let round = 1; round <= 3; round++) {
			const waiting = channel.request(info('/a'));
			const request = await peer.next();
			assert.equal(request?.packetNumber, round);
			peer.status(request, round);
			assert.deepEqual(await waiting, { kind: 'status', status: round });
		}
	});
});
