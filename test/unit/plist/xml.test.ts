import assert from 'node:assert/strict';
import { encodeXmlPlist, parsePlist, PlistError, PlistReal, PlistUid, type PlistValue } from '../../../src/plist/index.ts';
import { utf8, xml } from './builders.ts';

describe('XML property list, reading', () => {
	const bodies: [string, string, PlistValue][] = [
		['a string', '<string>abc</string>', 'abc'],
		['white space in a string as it is', '<string> a\r\n\tb </string>', ' a\r\n\tb '],
		['an empty string, both ways', '<array><string/><string></string></array>', ['', '']],
		['named entities', '<string>&lt;&gt;&amp;&quot;&apos;</string>', '<>&"\''],
		['an escaped entity once', '<string>&amp;lt;</string>', '&lt;'],
		['character references', '<string>&#65;&#x42;&#x1F4F1;&#13;</string>', 'AB📱\r'],
		['CDATA', '<string>a<![CDATA[<b> &amp; ]]]>c</string>', 'a<b> &amp; ]c'],
		['comments inside text', '<string>a<!-- > -->b<?x y?>c</string>', 'abc'],
		['comments between elements', '<!-- a --><array><!----><true/><?pi ?></array><!-- b -->', [true]],
		['control characters that some writers leave raw', '<string>a\u0001b</string>', 'a\u0001b'],
		['integers', '<array><integer>0</integer><integer>-13</integer><integer> +7\n</integer><integer>-0</integer></array>', [0, -13, 7, 0]],
		[
			'hexadecimal integers',
			'<array><integer>0x1F</integer><integer>-0xff</integer><integer>0xFFFFFFFFFFFFFFF3</integer></array>',
			[31, -255, 2n ** 64n - 13n],
		],
		[
			'integers around 2^53',
			'<array><integer>9007199254740991</integer><integer>9007199254740992</integer></array>',
			[2 ** 53 - 1, 2n ** 53n],
		],
		['the unsigned form of -13', '<integer>18446744073709551603</integer>', 2n ** 64n - 13n],
		['reals', '<array><real>2.0</real><real>-1e3</real><real>.5</real><real>1.</real><real>7</real></array>', [2, -1000, 0.5, 1, 7]],
		[
			'special reals',
			'<array><real>nan</real><real>inf</real><real>-infinity</real><real>+INF</real></array>',
			[NaN, Infinity, -Infinity, Infinity],
		],
		['booleans, both ways', '<array><true/><false/><true></true><false ></false></array>', [true, false, true, false]],
		['a date', '<date>2024-02-29T12:34:56Z</date>', new Date(Date.UTC(2024, 1, 29, 12, 34, 56))],
		['a date in year 1', '<date>0001-01-01T00:00:00Z</date>', new Date('0001-01-01T00:00:00Z')],
		['a date with a fraction and no zone', '<date>2024-02-29T12:34:56.789</date>', new Date(Date.UTC(2024, 1, 29, 12, 34, 56, 789))],
		['data with white space', '<data>\n\tAQ ID\r\n\tBA==\n</data>', Uint8Array.of(1, 2, 3, 4)],
		['data without padding', '<data>AQIDBA</data>', Uint8Array.of(1, 2, 3, 4)],
		['empty data, both ways', '<array><data/><data> </data></array>', [new Uint8Array(0), new Uint8Array(0)]],
		['empty containers, both ways', '<array><array/><array></array></array>', [[], []]],
		['a UID', '<dict><key>CF$UID</key><integer>3</integer></dict>', new PlistUid(3)],
	];
	for (const [name, body, expected] of bodies) {
		it(`reads ${name}`, () => {
			assert.deepEqual(parsePlist(xml(body)), expected);
		});
	}

	it('keeps the order of keys, takes the last of equal ones and gives dictionaries no prototype', () => {
		const parsed = parsePlist(
			xml('<dict><key>z</key><true/><key>__proto__</key><dict/><key>a &amp; b</key><true/><key>z</key><false/><key/><true/></dict>'),
		) as Record<string, PlistValue>;
		assert.equal(Object.getPrototypeOf(parsed), null);
		assert.deepEqual(Object.keys(parsed), ['z', '__proto__', 'a & b', '']);
		assert.equal(parsed['z'], false);
	});

	it('takes a dictionary with CF$UID and more, or with a real, for a dictionary', () => {
		const more = parsePlist(xml('<dict><key>CF$UID</key><integer>3</integer><key>a</key><true/></dict>'));
		const real = parsePlist(xml('<dict><key>CF$UID</key><real>3.0</real></dict>'));
		assert.deepEqual([{ ...(more as object) }, { ...(real as object) }], [{ CF$UID: 3, a: true }, { CF$UID: 3 }]);
	});

	const doctype = '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">';
	const documents: [string, Uint8Array][] = [
		['without <plist>', utf8('<true/>')],
		['with a byte order mark', utf8('\ufeff<?xml version="1.0"?><plist><true/></plist>')],
		['in UTF-16, little-endian', new Uint8Array(Buffer.from('\ufeff<plist><true/></plist>', 'utf16le'))],
		['in UTF-16, big-endian', new Uint8Array(Buffer.from('\ufeff<plist><true/></plist>', 'utf16le').swap16())],
		['after white space', utf8(' \r\n\t<plist><true/></plist>')],
		['with a document type', utf8(`<?xml version="1.0"?>\n${doctype}\n<plist version="1.0"><true/></plist>`)],
		['with an internal subset', utf8('<!DOCTYPE plist [<!ENTITY a "]>"><!-- > \' --><!ELEMENT b (c)>]><plist><true/></plist>')],
		['with attributes that hold a >', utf8('<plist version="1>0" x=\'>\'><true a="/"/></plist>')],
		['with white space inside tags', utf8('<plist ><true /></plist\n>')],
		['followed by white space, comments and NUL padding', utf8('<plist><true/></plist>\n<!-- end -->\n\0\0')],
	];
	for (const [name, bytes] of documents) {
		it(`reads a document ${name}`, () => {
			assert.equal(parsePlist(bytes), true);
		});
	}

	const broken: [string, string][] = [
		['no value', '<plist></plist>'],
		['an empty <plist/>', '<plist/>'],
		['two values', '<plist><true/><true/></plist>'],
		['something after the end', '<plist><true/></plist><plist/>'],
		['an unknown element', '<plist><set/></plist>'],
		['a wrong closing tag', '<plist><array></dict></plist>'],
		['an unclosed string', '<plist><string>abc'],
		['an element inside a string', '<plist><string>a<b/></string></plist>'],
		['text between elements', '<plist><array>x</array></plist>'],
		['a key without a value', '<plist><dict><key>a</key></dict></plist>'],
		['a value without a key', '<plist><dict><true/></dict></plist>'],
		['a defined entity, which is not expanded', '<!DOCTYPE plist [<!ENTITY a "b">]><plist><string>&a;</string></plist>'],
		[
			'an external entity, which is not fetched',
			'<!DOCTYPE plist [<!ENTITY a SYSTEM "file:///etc/passwd">]><plist><string>&a;</string></plist>',
		],
		['an ampersand alone', '<plist><string>a & b</string></plist>'],
		['a reference to NUL', '<plist><string>&#0;</string></plist>'],
		['a reference to half a surrogate pair', '<plist><string>&#xD800;</string></plist>'],
		['a reference beyond Unicode', '<plist><string>&#x110000;</string></plist>'],
		['an entity named like a property of objects', '<plist><string>&constructor;</string></plist>'],
		['an empty integer', '<plist><integer/></plist>'],
		['an integer with a fraction', '<plist><integer>1.5</integer></plist>'],
		['an integer beyond 128 bits', `<plist><integer>${2n ** 127n}</integer></plist>`],
		['an integer of 100,000 digits', `<plist><integer>${'9'.repeat(100_000)}</integer></plist>`],
		['a real of a million digits', `<plist><real>${'9'.repeat(1_000_000)}x</real></plist>`],
		['a real with a comma', '<plist><real>1,5</real></plist>'],
		['a date that is none', '<plist><date>2024-13-01T00:00:00Z</date></plist>'],
		['data that is not base64', '<plist><data>AQ*D</data></plist>'],
		['data after its padding', '<plist><data>AQ==AQ==</data></plist>'],
		['data with half a byte', '<plist><data>AQIDB</data></plist>'],
		['a comment that does not end', '<plist><!-- <true/></plist>'],
		['CDATA that does not end', '<plist><string><![CDATA[x</string></plist>'],
		['a document type that does not end', '<!DOCTYPE plist [ <plist><true/></plist>'],
		['a tag that does not end', '<plist><true'],
		['an attribute that does not end', '<plist a="><true/></plist>'],
		['a lone <', '<'],
	];
	for (const [name, text] of broken) {
		it(`rejects ${name}`, () => {
			assert.throws(
				() => parsePlist(utf8(text)),
				(error: unknown) => PlistError.is(error, 'MALFORMED') && typeof error.offset === 'number',
			);
		});
	}

	it('rejects bytes that are not UTF-8', () => {
		assert.throws(
			() => parsePlist(Buffer.from('<plist><string>\xe9</string></plist>', 'latin1')),
			(error: unknown) => PlistError.is(error, 'MALFORMED'),
		);
	});

	it('says where a document is broken', () => {
		assert.throws(() => parsePlist(utf8('<plist>\n<array>\n<oops/></array></plist>')), { code: 'MALFORMED', offset: 16 });
	});
});

describe('XML property list, writing', () => {
	function bodyOf(value: PlistValue): string {
		const text = Buffer.from(encodeXmlPlist(value)).toString();
		return text.slice(text.indexOf('<plist version="1.0">\n') + '<plist version="1.0">\n'.length, -'\n</plist>\n'.length);
	}

	const values: [string, PlistValue, string][] = [
		[
			'whole numbers as integers',
			[1, -13, 0, -0],
			'<array>\n\t<integer>1</integer>\n\t<integer>-13</integer>\n\t<integer>0</integer>\n\t<integer>0</integer>\n</array>',
		],
		['64-bit integers', 2n ** 64n - 13n, '<integer>18446744073709551603</integer>'],
		['fractions as reals', 1.5, '<real>1.5</real>'],
		['a whole real with its point', new PlistReal(2), '<real>2.0</real>'],
		['minus zero as a real', new PlistReal(-0), '<real>-0.0</real>'],
		['a large real with its exponent', 1e21, '<real>1e+21</real>'],
		[
			'special reals',
			[NaN, Infinity, -Infinity],
			'<array>\n\t<real>nan</real>\n\t<real>+infinity</real>\n\t<real>-infinity</real>\n</array>',
		],
		['markup and carriage returns escaped', 'a<&>"\'\r\n\t', '<string>a&lt;&amp;&gt;"\'&#13;\n\t</string>'],
		['keys escaped', { '<&>': true }, '<dict>\n\t<key>&lt;&amp;&gt;</key>\n\t<true/>\n</dict>'],
		['empty containers', { a: [], b: {} }, '<dict>\n\t<key>a</key>\n\t<array/>\n\t<key>b</key>\n\t<dict/>\n</dict>'],
		['dates to the second', new Date(Date.UTC(2024, 1, 29, 12, 34, 56, 789)), '<date>2024-02-29T12:34:56Z</date>'],
		['dates in year 1', new Date('0001-01-01T00:00:00Z'), '<date>0001-01-01T00:00:00Z</date>'],
		['data', { a: Uint8Array.of(1, 2, 3, 4) }, '<dict>\n\t<key>a</key>\n\t<data>\n\tAQIDBA==\n\t</data>\n</dict>'],
		['a UID', new PlistUid(3), '<dict>\n\t<key>CF$UID</key>\n\t<integer>3</integer>\n</dict>'],
	];
	for (const [name, value, expected] of values) {
		it(`writes ${name}`, () => {
			assert.equal(bodyOf(value), expected);
		});
	}

	it('starts and ends the document as Apple does', () => {
		assert.equal(
			Buffer.from(encodeXmlPlist(true)).toString(),
			'<?xml version="1.0" encoding="UTF-8"?>\n' +
				'<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n' +
				'<plist version="1.0">\n<true/>\n</plist>\n',
		);
	});

	it('writes texts of a million characters', () => {
		const text = 'é<📱'.repeat(300_000);
		assert.ok(parsePlist(encodeXmlPlist(text)) === text);
		assert.throws(
			() => encodeXmlPlist('&'.repeat(2 ** 28)),
			(error: unknown) => PlistError.is(error, 'LIMIT_EXCEEDED'),
		);
	});

	for (const [name, text] of [
		['a control character', 'a\u0001'],
		['NUL', '\0'],
		['half a surrogate pair', 'a\ud83d'],
		['U+FFFE', '\ufffe'],
	] as const) {
		it(`refuses ${name}, in values and in keys`, () => {
			for (const value of [{ a: [text] }, { [text]: true }]) {
				assert.throws(
					() => encodeXmlPlist(value),
					(error: unknown) => PlistError.is(error, 'NOT_ENCODABLE'),
				);
			}
		});
	}
});
