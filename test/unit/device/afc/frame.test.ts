import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AFC_HEADER_BYTES, decodeAfcHeader, encodeAfcHeader, encodeAfcPacket } from '../../../../src/device/afc/frame.ts';

const bound = 1000;

/** A header of 40 bytes in hexadecimal, written from the published layout. */
function header(entire: string, own: string, number: string, operation: string): Uint8Array {
	return Buffer.from(`434641364c504141${entire}${own}${number}${operation}`, 'hex');
}

const zero = '0000000000000000';
const len40 = '2800000000000000';
const len48 = '3000000000000000';

describe('AFC frame', () => {
	it('writes the published layout', () => {
		assert.deepEqual(
			Buffer.from(encodeAfcHeader(0x10, 3n, 8, 0x1234)).toString('hex'),
			Buffer.from(header('6412000000000000', len48, '0300000000000000', '1000000000000000')).toString('hex'),
		);
	});

	it('reads the published layout', () => {
		assert.deepEqual(decodeAfcHeader(header(len48, len40, '0700000000000000', '0200000000000000'), bound), {
			entireBytes: 48,
			thisBytes: 40,
			packetNumber: 7n,
			operation: 2,
		});
	});

	it('reads what it writes', () => {
		const sizes = fc.nat({ max: 400 });
		fc.assert(
			fc.property(
				fc.nat({ max: 0xffff_ffff }),
				fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
				sizes,
				sizes,
				(operation, packetNumber, own, payload) => {
					const expected = { entireBytes: 40 + own + payload, thisBytes: 40 + own, packetNumber, operation };
					assert.deepEqual(decodeAfcHeader(encodeAfcHeader(operation, packetNumber, own, payload), bound), expected);
				},
			),
		);
	});

	it('does not copy a payload', () => {
		const payload = Uint8Array.of(1, 2, 3);
		const chunks = encodeAfcPacket(0x10, 1n, new Uint8Array(8), payload);
		assert.equal(chunks.length, 2);
		assert.equal(chunks[0]?.length, 48);
		assert.equal(chunks[1], payload);
	});

	it('has no second chunk without a payload', () => {
		assert.equal(encodeAfcPacket(0x10, 1n, new Uint8Array(8), new Uint8Array(0)).length, 1);
	});

	it('reads an operation that exists nowhere as none', () => {
		assert.equal(decodeAfcHeader(header(len40, len40, zero, 'ffffffffffffffff'), bound)?.operation, 0);
	});

	const broken: [string, Uint8Array][] = [
		['a wrong magic', Buffer.concat([Buffer.from('CFA6LPAB'), header(len40, len40, zero, zero).subarray(8)])],
		['too few bytes', header(len40, len40, zero, zero).subarray(0, AFC_HEADER_BYTES - 1)],
		['an entire length below the header', header('2700000000000000', '2700000000000000', zero, zero)],
		['a this length below the header', header(len40, '2700000000000000', zero, zero)],
		['a this length beyond the entire one', header(len40, len48, zero, zero)],
		['a length above the bound', header('e903000000000000', len40, zero, zero)],
		['a length of 2^64 - 1', header('ffffffffffffffff', len40, zero, zero)],
	];
	for (const [what, bytes] of broken) {
		it(`refuses ${what}`, () => {
			assert.equal(decodeAfcHeader(bytes, bound), undefined);
		});
	}

	it('accepts a length at the bound', () => {
		assert.equal(decodeAfcHeader(header('e803000000000000', len40, zero, zero), bound)?.entireBytes, 1000);
	});
});
