import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseBuffer } from 'bplist-parser';
import * as plist from 'plist';
import {
	encodeBinaryPlist,
	encodeXmlPlist,
	parsePlist,
	PlistReal,
	PlistUid,
	type PlistDict,
	type PlistValue,
} from '../../../src/plist/index.ts';

function fixture(name: string): Uint8Array {
	return readFileSync(path.join(import.meta.dirname, '../../fixtures/plist', name));
}

function dict(entries: PlistDict): PlistDict {
	return Object.assign(Object.create(null) as PlistDict, entries);
}

// A computed `__proto__` is an ordinary key; a plain one in a literal would set the prototype.
const common: PlistDict = dict({
	ascii: 'Library/SMS/sms.db',
	latin: 'Café',
	emoji: '📱 phone',
	markup: 'a < b && c > "d"',
	lines: 'one\ntwo\tthree',
	empty: '',
	long: '0123456789'.repeat(30),
	['__proto__']: 'an ordinary key',
	constructor: 'another',
	integers: [
		0,
		1,
		127,
		128,
		255,
		256,
		65_535,
		65_536,
		2 ** 31,
		2 ** 32 - 1,
		2 ** 32,
		2 ** 53 - 1,
		2n ** 53n,
		2n ** 53n + 1n,
		2n ** 63n - 1n,
	],
	negative: [-1, -13, -128, -32_769, -(2 ** 31) - 1, -(2n ** 53n) - 1n, -(2n ** 63n)],
	reals: [0.5, -1.25, 1e-300, Number.MAX_VALUE, 2],
	dates: ['2001-01-01T00:00:00Z', '1970-01-01T00:00:00Z', '2024-02-29T12:34:56Z', '0001-01-01T00:00:00Z'].map((text) => new Date(text)),
	data: [new Uint8Array(0), Uint8Array.of(0), Uint8Array.of(0xff, 0xfe), Uint8Array.from({ length: 256 }, (_, i) => i)],
	booleans: [true, false],
	nested: [[], dict({}), [[dict({ deep: [dict({})] })]]],
	shared: ['same', 'same', dict({ same: 'same' })],
	fifteen: [...'abcdefghijklmno'],
});

const everything: PlistDict = dict({
	...common,
	['__proto__']: 'an ordinary key',
	unsigned: [2n ** 63n, 2n ** 64n - 13n, 2n ** 64n - 1n],
	special: [Infinity, -Infinity],
});

const archive: PlistDict = dict({
	$version: 100_000,
	$archiver: 'NSKeyedArchiver',
	$top: dict({ root: new PlistUid(1) }),
	$objects: ['$null', dict({ RelativePath: new PlistUid(2), $class: new PlistUid(300), Size: 42 }), 'Library/a.txt', new PlistUid(70_000)],
});

describe("other writers' property lists", () => {
	const files: [string, PlistValue][] = [
		['plistlib-types.xml.plist', everything],
		['plistlib-types.bin.plist', everything],
		['libplist-types.xml.plist', common],
		['libplist-types.bin.plist', common],
		['plistlib-archive.bin.plist', archive],
		['libplist-archive.xml.plist', archive],
	];
	for (const [name, expected] of files) {
		it(`reads ${name}`, () => {
			assert.deepEqual(parsePlist(fixture(name)), expected);
		});
	}

	it('reads the 3-byte offsets that libplist writes', () => {
		const bytes = gunzipSync(fixture('libplist-wide-offsets.bin.plist.gz'));
		assert.equal(bytes.at(-26), 3);
		assert.deepEqual(parsePlist(bytes), [new Uint8Array(66_000), 'after']);
	});
});

/** What the other readers can hold: no UID, no integer beyond 2^53, no `__proto__` key. */
const plain = {
	text: 'Café <&>',
	nested: { list: [1, 255, 256, 65_536, -1, 5_000_000_000, 0.5, true, false, ''], none: {}, empty: [] },
	long: 'x'.repeat(300),
	date: new Date('2024-02-29T12:34:56Z'),
};

describe("other readers' opinion of our property lists", () => {
	it('is the same in plist, for XML', () => {
		assert.deepEqual(plist.parse(Buffer.from(encodeXmlPlist(plain)).toString()), plain);
	});

	it('is the same in plist, for binary', () => {
		assert.deepEqual(plist.parseBinary(encodeBinaryPlist(plain)), plain);
	});

	it('is the same in bplist-parser', () => {
		assert.deepEqual(parseBuffer(Buffer.from(encodeBinaryPlist(plain))), [plain]);
	});

	it('is the same in bplist-parser for a UID and a whole real', () => {
		const [read] = parseBuffer<{ uid: { UID: number }; whole: number }>(
			Buffer.from(encodeBinaryPlist({ uid: new PlistUid(7), whole: new PlistReal(2) })),
		);
		assert.deepEqual([read?.uid.UID, read?.whole], [7, 2]);
	});

	it('is the same in plist for a document of 65,000 objects, its largest', () => {
		const many = Array.from({ length: 65_000 }, (_, i) => `value ${i}`);
		assert.deepEqual(plist.parseBinary(encodeBinaryPlist(many)), many);
	});
});

describe('documents that plist writes', () => {
	it('read back, as XML and as binary', () => {
		const expected = parsePlist(encodeBinaryPlist(plain));
		assert.deepEqual(parsePlist(Buffer.from(plist.build(plain))), expected);
		assert.deepEqual(parsePlist(plist.buildBinary(plain)), expected);
	});
});
