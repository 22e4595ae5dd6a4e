import assert from 'node:assert/strict';
import { AfcClient } from '../../../../src/device/afc/client.ts';
import { isAfcDenied, isAfcNotFound, isAfcWouldBlock } from '../../../../src/device/afc/errors.ts';
import { DeviceError } from '../../../../src/device/errors.ts';
import { connectionPair } from '../../../support/connectionPair.ts';
import { AfcPeer, u64, type WireRequest } from './afcPeer.ts';

function open(): { client: AfcClient; peer: AfcPeer } {
	const { connection, peer } = connectionPair();
	return { client: new AfcClient(connection), peer: new AfcPeer(peer) };
}

/** Runs one call against one answer. */
async function call<T>(run: (client: AfcClient) => Promise<T>, answer: (peer: AfcPeer, request: WireRequest) => void): Promise<T> {
	const { client, peer } = open();
	const result = run(client);
	const request = await peer.next();
	assert.ok(request);
	answer(peer, request);
	return result;
}

describe('AFC client', () => {
	it('sends what idevicebackup2 was measured to send around a sync lock', async () => {
		const { client, peer } = open();
		const lengths: number[][] = [];
		const serving = (async () => {
			for (let request = await peer.next(); request !== undefined; request = await peer.next()) {
				lengths.push([request.operation, request.thisBytes, request.entireBytes]);
				if (request.operation === 0x0d) {
					peer.handle(request, 1);
				} else {
					peer.status(request, 0);
				}
			}
		})();
		const handle = await client.open('/com.apple.itunes.lock_sync', 'readWrite');
		await client.lock(handle, 'exclusive');
		await client.write(handle, Buffer.alloc(100));
		await client.lock(handle, 'unlock');
		await client.closeFile(handle);
		client.close();
		await serving;
		assert.deepEqual(lengths, [
			[0x0d, 76, 76],
			[0x1b, 56, 56],
			[0x10, 48, 148],
			[0x1b, 56, 56],
			[0x14, 48, 48],
		]);
	});

	it('tells why the device refused', async () => {
		const refused = call(
			(client) => client.info('/missing'),
			(peer, request) => peer.status(request, 8),
		);
		await assert.rejects(refused, (error) => {
			assert.ok(DeviceError.is(error, 'AFC_ERROR'));
			assert.deepEqual(error.details, { status: 8, operation: 'info', path: '/missing' });
			assert.equal(error.message, 'The device answered "object not found" to: info /missing.');
			return true;
		});
	});

	it('has a name for every status that callers act on', async () => {
		const failure = async (run: (client: AfcClient) => Promise<unknown>, status: number): Promise<unknown> => {
			try {
				return await call(run, (peer, request) => peer.status(request, status));
			} catch (error) {
				return error;
			}
		};
		const ofInfo = (status: number): Promise<unknown> => failure((client) => client.info('/x'), status);
		const ofRead = (status: number): Promise<unknown> => failure((client) => client.read(1n, 10), status);
		assert.deepEqual(
			[isAfcNotFound(await ofInfo(8)), isAfcNotFound(await ofInfo(4)), isAfcNotFound(await ofInfo(10))],
			[true, true, false],
		);
		assert.deepEqual([isAfcNotFound(await ofRead(8)), isAfcNotFound(await ofRead(4))], [true, false]);
		assert.equal(isAfcDenied(await ofInfo(10)), true);
		assert.equal(isAfcWouldBlock(await failure((client) => client.lock(1n, 'exclusive'), 19)), true);
		assert.equal(isAfcNotFound(new Error('x')), false);
	});

	it('takes success and end of data for no data', async () => {
		for (const status of [0, 14]) {
			const data = await call(
				(client) => client.read(1n, 10),
				(peer, request) => peer.status(request, status),
			);
			assert.equal(data.length, 0);
		}
	});

	it('asks for 8 MiB at a time at most', async () => {
		await call(
			(client) => client.read(1n, 2 ** 30),
			(peer, request) => {
				assert.deepEqual(request.body.subarray(8), u64(8 * 2 ** 20));
				peer.data(request, 'x');
			},
		);
	});

	it('reads the position of a file', async () => {
		const position = await call(
			(client) => client.tell(3n),
			(peer, request) => {
				assert.equal(request.operation, 0x12);
				peer.raw(Buffer.concat([Buffer.from('CFA6LPAA'), u64(48), u64(48), u64(1), u64(0x13), u64(77)]));
			},
		);
		assert.equal(position, 77);
	});

	const violations: [string, (client: AfcClient) => Promise<unknown>, (peer: AfcPeer, request: WireRequest) => void][] = [
		['more data than was asked for', (client) => client.read(1n, 2), (peer, request) => peer.data(request, 'abc')],
		['a handle of 0', (client) => client.open('/a', 'read'), (peer, request) => peer.handle(request, 0)],
		['success instead of a handle', (client) => client.open('/a', 'read'), (peer, request) => peer.status(request, 0)],
		['data instead of a status', (client) => client.remove('/a'), (peer, request) => peer.data(request, '')],
		['a name with a slash', (client) => client.list('/'), (peer, request) => peer.data(request, '.\0..\0../../etc\0')],
		['a size that is no number', (client) => client.info('/'), (peer, request) => peer.data(request, 'st_size\0many\0')],
		['free space that is no number', (client) => client.deviceInfo(), (peer, request) => peer.data(request, 'FSFreeBytes\0many\0')],
	];
	for (const [what, run, answer] of violations) {
		it(`ends the connection on ${what}`, async () => {
			const { client, peer } = open();
			const result = run(client);
			answer(peer, (await peer.next()) as WireRequest);
			await assert.rejects(result, (error) => DeviceError.is(error, 'PROTOCOL_VIOLATION'));
			assert.equal(await peer.next(), undefined);
		});
	}

	it('closes a file that was opened after its caller had given up', async () => {
		const { client, peer } = open();
		const abort = new AbortController();
		const opening = client.open('/a', 'read', { signal: abort.signal });
		const request = (await peer.next()) as WireRequest;
		abort.abort();
		await assert.rejects(opening, { name: 'AbortError' });
		peer.handle(request, 5);
		const closing = (await peer.next()) as WireRequest;
		assert.equal(closing.operation, 0x14);
		assert.deepEqual(closing.body, u64(5));
	});
});
