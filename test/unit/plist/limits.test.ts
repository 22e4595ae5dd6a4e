import assert from 'node:assert/strict';
import {
	encodeBinaryPlist,
	encodeXmlPlist,
	MAX_DEPTH,
	parsePlist,
	PlistError,
	PlistUid,
	type PlistErrorCode,
	type PlistValue,
} from '../../../src/plist/index.ts';
import { hex, rawBinary, referenceBomb, smallLimits, utf8, xml } from './builders.ts';

function throwsCode(code: PlistErrorCode, action: () => unknown, details: Record<string, unknown> = {}): void {
	assert.throws(action, (error: unknown) => {
		assert.ok(PlistError.is(error, code), String(error));
		for (const [key, value] of Object.entries(details)) {
			assert.deepEqual(error.details[key], value);
		}
		return true;
	});
}

function nested(depth: number): PlistValue {
	let value: PlistValue = 'core';
	for (let i = 0; i < depth; i++) {
		value = i % 2 === 0 ? [value] : { key: value };
	}
	return value;
}

const encoders = { binary: encodeBinaryPlist, XML: encodeXmlPlist };

describe('property list limits', () => {
	it('rejects what is neither form', () => {
		for (const bytes of [new Uint8Array(0), utf8('{ a = b; }'), utf8('bplist1500000'), utf8('   '), new Uint8Array(100)]) {
			throwsCode('UNKNOWN_FORMAT', () => parsePlist(bytes), { sizeBytes: bytes.length });
		}
	});

	for (const [form, encode] of Object.entries(encoders)) {
		it(`bounds the size, ${form}`, () => {
			throwsCode('LIMIT_EXCEEDED', () => parsePlist(encode('x'.repeat(5000)), smallLimits), { limit: 'maxBytes' });
		});

		it(`bounds the depth, ${form}`, () => {
			assert.doesNotThrow(() => parsePlist(encode(nested(8)), smallLimits));
			throwsCode('LIMIT_EXCEEDED', () => parsePlist(encode(nested(9)), smallLimits), { limit: 'maxDepth' });
		});

		it(`bounds the number of values, ${form}`, () => {
			assert.doesNotThrow(() => parsePlist(encode(Array.from({ length: 49 }, (_, i) => i)), smallLimits));
			throwsCode('LIMIT_EXCEEDED', () => parsePlist(encode(Array.from({ length: 50 }, (_, i) => i)), smallLimits), { limit: 'maxObjects' });
		});

		it(`writes just as deep as it reads, ${form}`, () => {
			assert.deepEqual(JSON.stringify(parsePlist(encode(nested(MAX_DEPTH)))), JSON.stringify(nested(MAX_DEPTH)));
			throwsCode('LIMIT_EXCEEDED', () => encode(nested(MAX_DEPTH + 1)), { limit: 'maxDepth' });
		});

		it(`refuses a value that contains itself, ${form}`, () => {
			const cycle: PlistValue[] = [];
			cycle.push(cycle, cycle);
			throwsCode('LIMIT_EXCEEDED', () => encode(cycle), { limit: 'maxDepth' });
		});

		it(`refuses a value that is shared exponentially often, ${form}`, function () {
			this.timeout(20_000);
			let value: PlistValue = [];
			for (let i = 0; i < 60; i++) {
				value = [value, value];
			}
			throwsCode('LIMIT_EXCEEDED', () => encode(value));
		});

		it(`refuses what property lists do not have, ${form}, and says where`, () => {
			const strangers: unknown[] = [
				undefined,
				null,
				Symbol('s'),
				() => 0,
				new Map(),
				new Date(NaN),
				2n ** 127n,
				-(2n ** 127n) - 1n,
				new PlistUid(-1),
				new PlistUid(1.5),
			];
			for (const stranger of strangers) {
				throwsCode('NOT_ENCODABLE', () => encode({ a: [1, stranger as PlistValue] }), { path: ['a', '1'] });
			}
			throwsCode('NOT_ENCODABLE', () => encode(new Array<PlistValue>(1)), { path: ['0'] });
		});
	}

	it('stops hostile depth with an error of its own', () => {
		throwsCode('LIMIT_EXCEEDED', () => parsePlist(xml('<array>'.repeat(200_000)), { maxDepth: Number.MAX_SAFE_INTEGER }), {
			limit: 'maxDepth',
		});
		const arrays = Array.from({ length: 5000 }, (_, i) => hex(`a1 ${(i + 1).toString(16).padStart(4, '0')}`));
		throwsCode('LIMIT_EXCEEDED', () => parsePlist(rawBinary({ objects: [...arrays, hex('09')], refSize: 2, offsetSize: 2 })), {
			limit: 'maxDepth',
		});
	});

	it('counts the depth of a shared array wherever it stands', () => {
		// 1 is three deep; 0 refers to it directly and from five levels down.
		const objects = [
			hex('a2 01 04'),
			hex('a1 02'),
			hex('a1 03'),
			hex('a0'),
			hex('a1 05'),
			hex('a1 06'),
			hex('a1 07'),
			hex('a1 08'),
			hex('a1 01'),
		];
		assert.doesNotThrow(() => parsePlist(rawBinary({ objects }), { maxDepth: 9 }));
		throwsCode('LIMIT_EXCEEDED', () => parsePlist(rawBinary({ objects }), { maxDepth: 8 }), { limit: 'maxDepth' });
	});

	it('stops a reference bomb at once', () => {
		for (const levels of [30, 53, 200]) {
			throwsCode('LIMIT_EXCEEDED', () => parsePlist(referenceBomb(levels)), { limit: 'maxObjects' });
		}
		assert.equal((parsePlist(referenceBomb(10)) as PlistValue[]).length, 2);
	});

	it('falls back to the default for a limit given as undefined', () => {
		throwsCode('LIMIT_EXCEEDED', () => parsePlist(referenceBomb(53), { maxObjects: undefined }));
	});
});
