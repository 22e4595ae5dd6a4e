import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DeviceError } from '../../../../src/device/errors.ts';
import { AFC_OPERATION } from '../../../../src/device/afc/frame.ts';
import {
	decodeAfcReply,
	decodeAfcRequest,
	encodeAfcReply,
	encodeAfcRequest,
	msToNs,
	nsToMs,
	type AfcReply,
	type AfcRequest,
} from '../../../../src/device/afc/messages.ts';
import { u64 } from './afcPeer.ts';

const none = new Uint8Array(0);

function check(request: AfcRequest, operation: number, parameters: Uint8Array, payload?: Uint8Array): void {
	const body = encodeAfcRequest(request);
	assert.equal(body.operation, operation);
	assert.equal(Buffer.from(body.parameters).toString('hex'), Buffer.from(parameters).toString('hex'));
	assert.deepEqual(body.payload, payload);
	assert.deepEqual(decodeAfcRequest(operation, parameters, payload ?? none), request);
}

const z = (path: string): Buffer => Buffer.from(`${path}\0`);

describe('AFC requests', () => {
	// Lengths as idevicebackup2 1.3.0 was seen to send them: this length is 40 more than the parameters.
	it('opens the lock file in 36 bytes of parameters', () => {
		const parameters = Buffer.concat([u64(2), z('/com.apple.itunes.lock_sync')]);
		check({ operation: 'open', mode: 'readWrite', path: '/com.apple.itunes.lock_sync' }, 0x0d, parameters);
		assert.equal(40 + parameters.length, 76);
	});

	it('locks and unlocks in 16 bytes of parameters', () => {
		check({ operation: 'lock', handle: 1n, lock: 'exclusive' }, 0x1b, Buffer.concat([u64(1), u64(6)]));
		check({ operation: 'lock', handle: 1n, lock: 'unlock' }, 0x1b, Buffer.concat([u64(1), u64(12)]));
		check({ operation: 'lock', handle: 9n, lock: 'shared' }, 0x1b, Buffer.concat([u64(9), u64(5)]));
	});

	it('writes with the data as payload', () => {
		check({ operation: 'write', handle: 5n, payload: Buffer.from('abc') }, 0x10, u64(5), Buffer.from('abc'));
	});

	it('lays out every other request as published', () => {
		check({ operation: 'list', path: '/' }, 0x03, z('/'));
		check({ operation: 'truncate', sizeBytes: 10, path: '/a' }, 0x07, Buffer.concat([u64(10), z('/a')]));
		check({ operation: 'remove', path: '/a' }, 0x08, z('/a'));
		check({ operation: 'makeDirectory', path: '/ä' }, 0x09, Buffer.from('2fc3a400', 'hex'));
		check({ operation: 'info', path: '/a' }, 0x0a, z('/a'));
		check({ operation: 'deviceInfo' }, 0x0b, none);
		check({ operation: 'open', mode: 'appendRead', path: '/a' }, 0x0d, Buffer.concat([u64(6), z('/a')]));
		check({ operation: 'read', handle: 7n, maxBytes: 65536 }, 0x0f, Buffer.concat([u64(7), u64(65536)]));
		check({ operation: 'seek', handle: 7n, origin: 'end', offset: -1 }, 0x11, Buffer.concat([u64(7), u64(2), u64(2n ** 64n - 1n)]));
		check({ operation: 'tell', handle: 7n }, 0x12, u64(7));
		check({ operation: 'close', handle: 7n }, 0x14, u64(7));
		check({ operation: 'setSize', handle: 7n, sizeBytes: 3 }, 0x15, Buffer.concat([u64(7), u64(3)]));
		check({ operation: 'rename', from: '/a', to: '/b' }, 0x18, Buffer.from('/a\0/b\0'));
		check({ operation: 'link', type: 'symbolic', target: 't', path: '/l' }, 0x1c, Buffer.concat([u64(2), Buffer.from('t\0/l\0')]));
		check({ operation: 'setTime', timeMs: 1500, path: '/a' }, 0x1e, Buffer.concat([u64(1_500_000_000), z('/a')]));
		check({ operation: 'removeAll', path: '/a' }, 0x22, z('/a'));
	});

	it('keeps any path but one with NUL', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'grapheme' }), (path) => {
				fc.pre(!path.includes('\0'));
				const { operation, parameters } = encodeAfcRequest({ operation: 'rename', from: path, to: `\ufeff${path}` });
				assert.deepEqual(decodeAfcRequest(operation, parameters, none), { operation: 'rename', from: path, to: `\ufeff${path}` });
			}),
		);
		assert.throws(
			() => encodeAfcRequest({ operation: 'remove', path: '/a\0b' }),
			(error) => DeviceError.is(error, 'UNSAFE_PATH'),
		);
	});

	it('reads a last path without NUL', () => {
		assert.deepEqual(decodeAfcRequest(0x0a, Buffer.from('/a'), none), { operation: 'info', path: '/a' });
	});

	it('takes the data of a write from behind the handle when a client counts it as parameters', () => {
		const request = decodeAfcRequest(0x10, Buffer.concat([u64(5), Buffer.from('abc')]), none);
		assert.deepEqual(request, { operation: 'write', handle: 5n, payload: Buffer.from('abc') });
	});

	it('names the status for an operation that does not exist', () => {
		for (const operation of [0, 0x01, 0x02, 0x04, 0x0e, 0x99, 0xffff_ffff]) {
			assert.deepEqual(decodeAfcRequest(operation, u64(1), none), { operation: 'invalid', status: 6 });
		}
	});

	it('names the status for parameters that are short or mean nothing', () => {
		const invalid: [number, Uint8Array][] = [
			[0x0d, Buffer.concat([u64(7), z('/a')])],
			[0x0d, u64(1)],
			[0x0d, u64(1).subarray(1)],
			[0x03, none],
			[0x18, z('/a')],
			[0x1b, Buffer.concat([u64(1), u64(2)])],
			[0x0f, Buffer.concat([u64(1), u64(2n ** 60n)])],
		];
		for (const [operation, parameters] of invalid) {
			assert.deepEqual(decodeAfcRequest(operation, parameters, none), { operation: 'invalid', status: 7 });
		}
	});

	it('never throws, whatever comes', () => {
		fc.assert(
			fc.property(fc.constantFrom(...Object.values(AFC_OPERATION)), fc.uint8Array({ maxLength: 60 }), (operation, bytes) => {
				assert.equal(typeof decodeAfcRequest(operation, bytes, none).operation, 'string');
			}),
		);
	});
});

describe('AFC replies', () => {
	const replies: [AfcReply, number, Uint8Array][] = [
		[{ kind: 'status', status: 8 }, 0x01, u64(8)],
		[{ kind: 'data', data: Buffer.from('abc') }, 0x02, Buffer.from('abc')],
		[{ kind: 'data', data: none }, 0x02, none],
		[{ kind: 'handle', handle: 2n ** 64n - 1n }, 0x0e, u64(2n ** 64n - 1n)],
		[{ kind: 'position', position: 12 }, 0x13, u64(12)],
	];
	for (const [reply, operation, bytes] of replies) {
		it(`${reply.kind} of ${bytes.length} bytes is laid out as published`, () => {
			const body = encodeAfcReply(reply);
			assert.equal(body.operation, operation);
			assert.deepEqual(Buffer.concat([body.parameters, body.payload ?? none]), Buffer.from(bytes));
			assert.deepEqual(decodeAfcReply(operation, bytes), reply);
		});
	}

	it('are refused when short, too large or none', () => {
		assert.equal(decodeAfcReply(0x01, u64(0).subarray(1)), undefined);
		assert.equal(decodeAfcReply(0x0e, none), undefined);
		assert.equal(decodeAfcReply(0x01, u64(2n ** 63n)), undefined);
		assert.equal(decodeAfcReply(0x0d, u64(1)), undefined);
	});
});

describe('AFC times', () => {
	it('are whole milliseconds of nanoseconds, before 1970 too', () => {
		assert.equal(nsToMs(1_700_000_000_123_456_789n), 1_700_000_000_123);
		assert.equal(msToNs(1_700_000_000_123.9), 1_700_000_000_123_000_000n);
		assert.equal(nsToMs(msToNs(-1500)), -1500);
	});
});
