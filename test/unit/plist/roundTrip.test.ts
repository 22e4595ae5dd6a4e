import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
	encodeBinaryPlist,
	encodeXmlPlist,
	parsePlist,
	PlistReal,
	PlistUid,
	type PlistDict,
	type PlistValue,
} from '../../../src/plist/index.ts';

// The characters that XML can carry, with those that need care more often than chance would have them.
const xmlCharacter = fc.oneof(
	fc.constantFrom(
		'<',
		'>',
		'&',
		'"',
		"'",
		'\r',
		'\n',
		'\t',
		' ',
		']]>',
		'&amp;',
		'\u007f',
		'\u0085',
		'\u2028',
		'\ufffd',
		'\ufeff',
		'é',
		'📱',
	),
	fc.string({ unit: 'grapheme', minLength: 1, maxLength: 4 }).filter((text) => !/(?![\t\n\r])[\p{Cc}\p{Cs}\ufffe\uffff]/u.test(text)),
);
const xmlText = fc.array(xmlCharacter, { maxLength: 20 }).map((parts) => parts.join(''));
// UTF-16 units of any kind: halves of pairs, NUL, control characters.
const anyText = fc.oneof(
	xmlText,
	fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
);

const integer = fc.oneof(
	fc.maxSafeInteger(),
	fc.bigInt({ min: -(2n ** 127n), max: 2n ** 127n - 1n }),
	fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }),
);
const real = fc.oneof(
	fc.double(),
	fc.double().map((value) => new PlistReal(value)),
	fc.integer().map((value) => new PlistReal(value)),
);
const uid = fc.integer({ min: 0, max: 0xffff_ffff }).map((value) => new PlistUid(value));

/** Any value whose texts come from `text` and whose dates are whole multiples of `dateStepMs`. */
function values(text: fc.Arbitrary<string>, dateStepMs: number): fc.Arbitrary<PlistValue> {
	const date = fc
		.integer({ min: Math.ceil(-6.2e13 / dateStepMs), max: Math.floor(2.5e14 / dateStepMs) })
		.map((steps) => new Date(steps * dateStepMs));
	const scalar = fc.oneof(text, integer, real, fc.boolean(), date, fc.uint8Array({ maxLength: 100 }), uid);
	const key = fc.oneof(text, fc.constantFrom('__proto__', 'constructor', 'toString', '0', 'CF$UID', ''));
	const { value } = fc.letrec<{ value: PlistValue }>((tie) => ({
		value: fc.oneof(
			{ maxDepth: 5, withCrossShrink: true },
			scalar,
			fc.array(tie('value'), { maxLength: 20 }),
			fc.array(fc.tuple(key, tie('value')), { maxLength: 20 }).map(dictOf),
		),
	}));
	return value;
}

function dictOf(entries: [string, PlistValue][]): PlistDict {
	const dict = Object.create(null) as PlistDict;
	for (const [key, value] of entries) {
		dict[key] = value;
	}
	return dict;
}

/** What a value reads as: integers folded to `number` where safe, reals as plain numbers, a lone CF$UID as the UID it means in XML. */
function readForm(value: PlistValue, form: 'binary' | 'xml'): PlistValue {
	if (typeof value === 'bigint') {
		return BigInt(Number(value)) === value && Number.isSafeInteger(Number(value)) ? Number(value) : value;
	}
	if (value instanceof PlistReal) {
		return value.value;
	}
	if (Array.isArray(value)) {
		return value.map((item) => readForm(item, form));
	}
	// A whole number loses the sign of zero, unless it is marked as a real.
	if (Object.is(value, -0)) {
		return 0;
	}
	if (typeof value !== 'object' || value instanceof Date || value instanceof Uint8Array || value instanceof PlistUid) {
		return value;
	}
	const dict = dictOf(Object.entries(value).map(([key, item]) => [key, readForm(item, form)]));
	const lone = Object.keys(dict).length === 1 ? dict['CF$UID'] : undefined;
	const isUid = form === 'xml' && typeof lone === 'number' && Number.isInteger(lone) && lone >= 0 && lone <= 0xffff_ffff;
	const isInteger = !(value['CF$UID'] instanceof PlistReal);
	return isUid && isInteger ? new PlistUid(lone) : dict;
}

describe('property list round trip', () => {
	it('gives back any value through the binary form, milliseconds and half surrogates included', () => {
		fc.assert(
			fc.property(values(anyText, 1), (value) => assert.deepEqual(parsePlist(encodeBinaryPlist(value)), readForm(value, 'binary'))),
			{ numRuns: 500 },
		);
	});

	it('gives back any value that XML can carry through the XML form', () => {
		fc.assert(
			fc.property(values(xmlText, 1000), (value) => assert.deepEqual(parsePlist(encodeXmlPlist(value)), readForm(value, 'xml'))),
			{ numRuns: 500 },
		);
	});

	it('gives the same value from both forms, and from one converted to the other', () => {
		fc.assert(
			fc.property(values(xmlText, 1000), (value) => {
				const fromXml = parsePlist(encodeXmlPlist(value));
				assert.deepEqual(parsePlist(encodeXmlPlist(parsePlist(encodeBinaryPlist(value)))), readForm(fromXml, 'xml'));
				assert.deepEqual(parsePlist(encodeBinaryPlist(fromXml)), readForm(fromXml, 'binary'));
			}),
			{ numRuns: 300 },
		);
	});

	it('keeps the order of keys', () => {
		const value = { zebra: 1, apple: 2, Mango: 3, '': 4 };
		for (const bytes of [encodeBinaryPlist(value), encodeXmlPlist(value)]) {
			assert.deepEqual(Object.keys(parsePlist(bytes) as PlistDict), ['zebra', 'apple', 'Mango', '']);
		}
	});

	it('writes the same bytes for the same value', () => {
		const value = { b: [1, 'x', new Date(0)], a: Uint8Array.of(1) };
		assert.deepEqual(encodeBinaryPlist(value), encodeBinaryPlist(structuredClone(value)));
		assert.deepEqual(encodeXmlPlist(value), encodeXmlPlist(structuredClone(value)));
	});
});
