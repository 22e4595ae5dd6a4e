import assert from 'node:assert/strict';
import {
	getArray,
	getBoolean,
	getData,
	getDate,
	getDict,
	getInteger,
	getNumber,
	getString,
	getValue,
	isDict,
	PlistReal,
	PlistUid,
	type PlistDict,
} from '../../../src/plist/index.ts';

const dict: PlistDict = {
	string: 'text',
	number: 1.5,
	integer: 7,
	big: 2n ** 63n,
	real: new PlistReal(2),
	boolean: false,
	data: Uint8Array.of(1),
	dict: { a: 1 },
	array: [1],
	date: new Date(0),
	uid: new PlistUid(1),
};

const getters: [string, (container: unknown, key: string) => unknown, Record<string, unknown>][] = [
	['getString', getString, { string: 'text' }],
	['getNumber', getNumber, { number: 1.5, integer: 7, real: 2 }],
	['getInteger', getInteger, { integer: 7, big: 2n ** 63n }],
	['getBoolean', getBoolean, { boolean: false }],
	['getData', getData, { data: Uint8Array.of(1) }],
	['getDict', getDict, { dict: { a: 1 } }],
	['getArray', getArray, { array: [1] }],
	['getDate', getDate, { date: new Date(0) }],
	['getValue', getValue, dict],
];

describe('property list guards', () => {
	for (const [name, get, expected] of getters) {
		it(`${name} gives its own type and nothing else`, () => {
			const found = Object.keys(dict).flatMap((key) => (get(dict, key) === undefined ? [] : [[key, get(dict, key)]]));
			assert.deepEqual(Object.fromEntries(found), expected);
		});

		it(`${name} gives undefined for absent keys, inherited ones, and what is no dictionary`, () => {
			assert.deepEqual(
				[
					get(dict, 'absent'),
					get({}, 'toString'),
					get({}, '__proto__'),
					get(undefined, 'a'),
					get(null, 'a'),
					get('text', 'length'),
					get([1], '0'),
				],
				Array.from({ length: 7 }, () => undefined),
			);
		});
	}

	it('isDict tells dictionaries from all other values', () => {
		const dicts = Object.keys(dict).filter((key) => isDict(dict[key]));
		assert.deepEqual(dicts, ['dict']);
		assert.deepEqual([isDict(Object.create(null)), isDict(null), isDict(undefined)], [true, false, false]);
	});
});
