import assert from 'node:assert/strict';
import { encodeBinaryPlist, parsePlist, PlistError, PlistReal, PlistUid, type PlistValue } from '../../../src/plist/index.ts';
import { bigEndian, hex, rawBinary, type RawDocument } from './builders.ts';

/** The value of a document with just this object. */
function parseObject(text: string): PlistValue {
	return parsePlist(rawBinary({ objects: [hex(text)] }));
}

function rejects(document: RawDocument, offset: number): void {
	assert.throws(
		() => parsePlist(rawBinary(document)),
		(error: unknown) => {
			assert.ok(PlistError.is(error, 'MALFORMED'), String(error));
			assert.equal(error.offset, offset);
			return true;
		},
	);
}

describe('binary property list, reading', () => {
	const objects: [string, string, PlistValue][] = [
		['false', '08', false],
		['true', '09', true],
		['a 1-byte integer, unsigned', '10 ff', 255],
		['a 2-byte integer, unsigned', '11 ffff', 65_535],
		['a 4-byte integer, unsigned', '12 ffffffff', 4_294_967_295],
		['an 8-byte integer, signed', '13 fffffffffffffff3', -13],
		['an 8-byte integer beyond 2^53', '13 7fffffffffffffff', 2n ** 63n - 1n],
		['a 16-byte integer with an unsigned 64-bit value', '14 0000000000000000 fffffffffffffff3', 2n ** 64n - 13n],
		['a negative 16-byte integer', '14 ffffffffffffffff fffffffffffffff3', -13],
		['a 32-bit real', '22 3fc00000', 1.5],
		['a 64-bit real', '23 3ff8000000000000', 1.5],
		['a real that is not a number', '23 7ff8000000000000', NaN],
		['a date', '33 41b0000000000000', new Date(Date.UTC(2001, 0, 1) + 2 ** 28 * 1000)],
		['a date before 2001', '33 c1cd27e440000000', new Date(0)],
		['data', '43 010203', Uint8Array.of(1, 2, 3)],
		['data with a 1-byte count', '4f 10 02 0102', Uint8Array.of(1, 2)],
		['data with an 8-byte count', '4f 13 0000000000000002 0102', Uint8Array.of(1, 2)],
		['ASCII', '53 616263', 'abc'],
		['UTF-8 in the place of ASCII', '55 436166 c3a9', 'Café'],
		['UTF-16', '62 00e9 0041', 'éA'],
		['UTF-16 with a surrogate pair', '62 d83d dcf1', '📱'],
		['UTF-16 with half a pair', '61 d83d', '\ud83d'],
		['an empty string', '50', ''],
		['a 1-byte UID', '80 07', new PlistUid(7)],
		['a 2-byte UID', '81 0107', new PlistUid(263)],
		['a 3-byte UID', '82 010000', new PlistUid(65_536)],
		['a 4-byte UID', '83 ffffffff', new PlistUid(4_294_967_295)],
		['an empty array', 'a0', []],
		['an empty set', 'c0', []],
	];
	for (const [name, bytes, expected] of objects) {
		it(`reads ${name}`, () => {
			assert.deepEqual(parseObject(bytes), expected);
		});
	}

	it('reads arrays and both kinds of sets as arrays', () => {
		for (const marker of ['a2', 'b2', 'c2']) {
			assert.deepEqual(parsePlist(rawBinary({ objects: [hex(`${marker} 01 02`), hex('1005'), hex('51 61')] })), [5, 'a']);
		}
	});

	it('reads offsets and references of every size from 1 to 8', () => {
		for (let offsetSize = 1; offsetSize <= 8; offsetSize++) {
			for (let refSize = 1; refSize <= 8; refSize++) {
				const dict = new Uint8Array([0xd1, ...bigEndian(1, refSize), ...bigEndian(2, refSize)]);
				const parsed = parsePlist(rawBinary({ objects: [dict, hex('51 61'), hex('09')], offsetSize, refSize }));
				assert.deepEqual({ ...(parsed as object) }, { a: true }, `${offsetSize}, ${refSize}`);
			}
		}
	});

	it('reads a document whose top object is not the first', () => {
		assert.equal(parsePlist(rawBinary({ objects: [hex('08'), hex('51 61')], topObject: 1 })), 'a');
	});

	it('reads an object once, however often it is referred to', () => {
		const [first, second] = parsePlist(rawBinary({ objects: [hex('a2 01 01'), hex('a0')] })) as PlistValue[];
		assert.equal(first, second);
	});

	it('gives dictionaries no prototype', () => {
		const parsed = parsePlist(rawBinary({ objects: [hex('d1 01 02'), new Uint8Array([0x59, ...Buffer.from('__proto__')]), hex('d0')] }));
		assert.equal(Object.getPrototypeOf(parsed), null);
		assert.deepEqual(Object.keys(parsed as object), ['__proto__']);
	});

	it('copies data out of a Buffer, which may be used again', () => {
		const bytes = Buffer.from(encodeBinaryPlist(Uint8Array.of(1, 2, 3)));
		const data = parsePlist(bytes) as Uint8Array;
		bytes.fill(0xff);
		assert.deepEqual(data, Uint8Array.of(1, 2, 3));
		assert.equal(data.buffer.byteLength, 3);
	});

	const broken: [string, RawDocument, number][] = [
		['null, which property lists do not have', { objects: [hex('00')] }, 8],
		['an unknown marker', { objects: [hex('f0')] }, 8],
		['an integer of 32 bytes', { objects: [hex(`15 ${'00'.repeat(32)}`)] }, 8],
		['an integer that runs into the offset table', { objects: [hex('13 00')] }, 8],
		['a string that runs into the offset table', { objects: [hex('55 61')] }, 8],
		['a count near 2^64', { objects: [hex('4f 13 ffffffffffffffff')] }, 8],
		['a count that is no integer', { objects: [hex('5f 51 61')] }, 9],
		['a count that is cut off', { objects: [hex('5f')] }, 9],
		['a reference to nothing', { objects: [hex('a1 01')] }, 9],
		['an array in itself', { objects: [hex('a1 00')] }, 9],
		['a dictionary in itself', { objects: [hex('d1 01 02'), hex('51 61'), hex('a1 00')] }, 14],
		['a key that is a number', { objects: [hex('d1 01 01'), hex('1001')] }, 9],
		['text that is neither ASCII nor UTF-8', { objects: [hex('51 ff')] }, 9],
		['a date that is not a number', { objects: [hex('33 7ff8000000000000')] }, 8],
		['a date beyond what Date holds', { objects: [hex('33 7fe0000000000000')] }, 8],
		['a UID beyond 2^53', { objects: [hex('87 ffffffffffffffff')] }, 8],
		['an offset into the header', { objects: [hex('09')], offsets: [3] }, 9],
		['an offset into the offset table', { objects: [hex('09')], offsets: [9] }, 9],
		['offsets of 0 bytes', { objects: [hex('09')], offsetSize: 0 }, 15],
		['offsets of 9 bytes', { objects: [hex('09')], offsets: [], offsetSize: 9 }, 15],
		['references of 0 bytes', { objects: [hex('09')], refSize: 0 }, 17],
		['a top object outside the table', { objects: [hex('09')], topObject: 1 }, 26],
		['no objects', { objects: [], objectCount: 0n }, 24],
		['more objects than the table holds', { objects: [hex('09')], objectCount: 2n }, 34],
		['2^64-1 objects', { objects: [hex('09')], objectCount: 2n ** 64n - 1n }, 34],
		['an offset table beyond the end', { objects: [hex('09')], tableOffset: 2n ** 63n }, 34],
		[
			'objects that overlap',
			{ objects: [hex('a3 01 02 03'), hex('4f 1018'), new Uint8Array(0x18)], offsets: [8, 12, 12, 12], objectCount: 4n },
			12,
		],
	];
	for (const [name, document, offset] of broken) {
		it(`rejects ${name}`, () => {
			rejects(document, offset);
		});
	}
});

describe('binary property list, writing', () => {
	/** The bytes of the top object alone. */
	function objectOf(value: PlistValue): string {
		const bytes = encodeBinaryPlist(value);
		return Buffer.from(bytes.subarray(8, bytes.length - 32 - 1)).toString('hex');
	}

	const scalars: [string, PlistValue, string][] = [
		['0', 0, '1000'],
		['255', 255, '10ff'],
		['256', 256, '110100'],
		['65536', 65_536, '1200010000'],
		['2^32-1', 2 ** 32 - 1, '12ffffffff'],
		['2^32 with 8 bytes', 2 ** 32, '130000000100000000'],
		['-1 with 8 bytes', -1, '13ffffffffffffffff'],
		['a small bigint like the number', 5n, '1005'],
		['2^63-1', 2n ** 63n - 1n, '137fffffffffffffff'],
		['2^63 with 16 bytes', 2n ** 63n, '1400000000000000008000000000000000'],
		['2^64-13 with 16 bytes', 2n ** 64n - 13n, '140000000000000000fffffffffffffff3'],
		['-2^63-1 with 16 bytes', -(2n ** 63n) - 1n, '14ffffffffffffffff7fffffffffffffff'],
		['a fraction', 1.5, '233ff8000000000000'],
		['a whole real', new PlistReal(2), '234000000000000000'],
		['a number beyond 2^53 as a real', 2 ** 53, '234340000000000000'],
		['true', true, '09'],
		['false', false, '08'],
		['a date', new Date(0), '33c1cd27e440000000'],
		['data', Uint8Array.of(1, 2), '420102'],
		['ASCII', 'abc', '53616263'],
		['UTF-16', 'é', '6100e9'],
		['15 characters with a count', 'abcdefghijklmno', '5f100f6162636465666768696a6b6c6d6e6f'],
		['a UID', new PlistUid(300), '81012c'],
		['an empty array', [], 'a0'],
		['an empty dictionary', {}, 'd0'],
	];
	for (const [name, value, expected] of scalars) {
		it(`writes ${name}`, () => {
			assert.equal(objectOf(value), expected);
		});
	}

	it('writes a whole document as the format describes it', () => {
		const expected = rawBinary({ objects: [hex('d1 01 02'), hex('51 61'), hex('a2 03 01'), hex('1001')] });
		assert.deepEqual(encodeBinaryPlist({ a: [1, 'a'] }), expected);
	});

	it('writes equal scalars once, and tells kinds apart', () => {
		const date = new Date(5000);
		const value = [
			'a',
			'a',
			1,
			1,
			1n,
			new PlistReal(1),
			new PlistReal(1),
			true,
			true,
			new PlistUid(1),
			new PlistUid(1),
			date,
			new Date(5000),
		];
		const bytes = encodeBinaryPlist(value);
		assert.equal(Buffer.from(bytes).readBigUInt64BE(bytes.length - 24), 7n);
		assert.deepEqual(parsePlist(bytes), ['a', 'a', 1, 1, 1, 1, 1, true, true, new PlistUid(1), new PlistUid(1), date, date]);
	});

	it('keeps 0.0 and -0.0 apart', () => {
		const [zero, minusZero] = parsePlist(encodeBinaryPlist([new PlistReal(0), new PlistReal(-0)])) as number[];
		assert.ok(Object.is(zero, 0) && Object.is(minusZero, -0));
	});

	it('writes documents of more than 256 and of more than 65,536 objects', () => {
		for (const count of [254, 255, 256, 300, 65_534, 65_535, 65_536, 70_000]) {
			const value = Array.from({ length: count }, (_, i) => `value ${i}`);
			assert.deepEqual(parsePlist(encodeBinaryPlist(value)), value);
		}
	});
});
