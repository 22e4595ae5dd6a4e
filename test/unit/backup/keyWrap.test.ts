import assert from 'node:assert/strict';
import fc from 'fast-check';
import { aesKeyUnwrap, aesKeyWrap } from '../../../src/backup/index.ts';
import { bytesOf, hexOf } from './builders.ts';

const KEK = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';

/** The vectors of RFC 3394 for a 256-bit key-encryption key: §4.3, §4.5, §4.6. */
const VECTORS = [
	['00112233445566778899aabbccddeeff', '64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7'],
	['00112233445566778899aabbccddeeff0001020304050607', 'a8f9bc1612c68b3ff6e6f4fbe30e71e4769c8b80a32cb8958cd5d17d6b254da1'],
	[
		'00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f',
		'28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21',
	],
] as const;

describe('AES key wrap', () => {
	for (const [key, wrapped] of VECTORS) {
		it(`agrees with RFC 3394 for a key of ${key.length / 2} bytes`, () => {
			assert.equal(hexOf(aesKeyWrap(bytesOf(KEK), bytesOf(key))), wrapped);
			assert.equal(hexOf(aesKeyUnwrap(bytesOf(KEK), bytesOf(wrapped)) ?? new Uint8Array()), key);
		});
	}

	it('returns nothing when any bit is wrong', () => {
		const wrapped = bytesOf(VECTORS[2][1]);
		for (let bit = 0; bit < wrapped.length * 8; bit++) {
			const changed = wrapped.slice();
			changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
			assert.equal(aesKeyUnwrap(bytesOf(KEK), changed), undefined);
		}
	});

	it('leaves its inputs alone', () => {
		const key = bytesOf(VECTORS[2][0]);
		const wrapped = aesKeyWrap(bytesOf(KEK), key);
		aesKeyUnwrap(bytesOf(KEK), wrapped);
		assert.equal(hexOf(key), VECTORS[2][0]);
		assert.equal(hexOf(wrapped), VECTORS[2][1]);
	});

	it('unwraps what it wrapped', () => {
		const key = fc.integer({ min: 2, max: 8 }).chain((blocks) => fc.uint8Array({ minLength: blocks * 8, maxLength: blocks * 8 }));
		fc.assert(
			fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), key, (kek, plain) => {
				assert.deepEqual(aesKeyUnwrap(kek, aesKeyWrap(kek, plain)), plain);
			}),
		);
	});

	it('refuses lengths that the algorithm has no answer for', () => {
		assert.throws(() => aesKeyWrap(new Uint8Array(16), new Uint8Array(32)), RangeError);
		assert.throws(() => aesKeyWrap(new Uint8Array(32), new Uint8Array(33)), RangeError);
		assert.throws(() => aesKeyUnwrap(new Uint8Array(32), new Uint8Array(8)), RangeError);
	});
});
