import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
	encodeBinaryPlist,
	encodeXmlPlist,
	parsePlist,
	PlistError,
	PlistReal,
	PlistUid,
	type PlistDict,
} from '../../../src/plist/index.ts';

const sample: PlistDict = {
	text: 'Library/SMS & more',
	unicode: 'Café 📱',
	list: [1, -1, 70_000, 2n ** 63n, 1.5, new PlistReal(2), true, false, new Date(86_400_000)],
	data: Uint8Array.from({ length: 40 }, (_, i) => i * 5),
	uid: new PlistUid(3),
	deep: { deeper: [{}, [], { key: 'a string that is longer than fifteen characters' }] },
};
const documents = { binary: encodeBinaryPlist(sample), XML: encodeXmlPlist(sample) };

/** Small limits for values: a mutation may make a document large, which is right but slow. */
const limits = { maxObjects: 10_000 };

function parsesOrFailsCleanly(bytes: Uint8Array): void {
	try {
		parsePlist(bytes, limits);
	} catch (error) {
		assert.ok(error instanceof PlistError, `${String(error)} for ${Buffer.from(bytes).toString('hex')}`);
	}
}

for (const [form, document] of Object.entries(documents)) {
	describe(`hostile property list, ${form}`, () => {
		it('rejects the document cut at every byte', () => {
			const end = form === 'XML' ? document.length - 1 : document.length;
			for (let length = 0; length < end; length++) {
				assert.throws(
					() => parsePlist(document.subarray(0, length)),
					(error: unknown) => error instanceof PlistError,
					`${length} bytes`,
				);
			}
		});

		it('ends cleanly with every byte changed', () => {
			for (let at = 0; at < document.length; at++) {
				for (const value of [0x00, 0x0f, 0x3c, 0x7f, 0x80, 0xa5, 0xd5, 0xff, (document[at] ?? 0) ^ 1]) {
					const changed = document.slice();
					changed[at] = value;
					parsesOrFailsCleanly(changed);
				}
			}
		});

		it('ends cleanly with parts moved, repeated and overwritten', () => {
			const position = fc.nat(document.length);
			const edit = fc.record({ from: position, to: position, length: fc.nat(64), noise: fc.uint8Array({ maxLength: 8 }) });
			fc.assert(
				fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), (edits) => {
					let bytes = document.slice();
					for (const { from, to, length, noise } of edits) {
						bytes = new Uint8Array(Buffer.concat([bytes.subarray(0, to), noise, bytes.subarray(from, from + length), bytes.subarray(to)]));
					}
					parsesOrFailsCleanly(bytes);
				}),
				{ numRuns: 1000 },
			);
		});
	});
}

describe('hostile property list, noise', () => {
	it('ends cleanly on any object area with a sound trailer', () => {
		const area = fc.uint8Array({ minLength: 1, maxLength: 80 });
		fc.assert(
			fc.property(
				area,
				fc.array(fc.nat(90), { minLength: 1, maxLength: 12 }),
				fc.integer({ min: 1, max: 3 }),
				(objects, offsets, refSize) => {
					const trailer = Buffer.alloc(32);
					trailer[6] = 1;
					trailer[7] = refSize;
					trailer.writeUInt32BE(offsets.length, 12);
					trailer.writeUInt32BE(8 + objects.length, 28);
					parsesOrFailsCleanly(Buffer.concat([Buffer.from('bplist00'), objects, Uint8Array.from(offsets), trailer]));
				},
			),
			{ numRuns: 3000 },
		);
	});

	it('ends cleanly on any sequence of XML fragments', () => {
		const fragment = fc.constantFrom(
			...[
				'<plist>',
				'</plist>',
				'<dict>',
				'</dict>',
				'<array>',
				'</array>',
				'<key>',
				'</key>',
				'<string>',
				'</string>',
				'<string/>',
				'<integer>',
			],
			...[
				'</integer>',
				'<real>',
				'</real>',
				'<date>',
				'</date>',
				'<data>',
				'</data>',
				'<true/>',
				'<false',
				'>',
				'<',
				'/',
				'&',
				'&amp;',
				'&#x',
				';',
			],
			...[
				'<!--',
				'-->',
				'<![CDATA[',
				']]>',
				'<!DOCTYPE',
				'[',
				']',
				'<?',
				'?>',
				'"',
				"'",
				' ',
				'\0',
				'1',
				'-',
				'e',
				'0x',
				'AQ==',
				'2024-01-01T00:00:00Z',
			],
		);
		fc.assert(
			fc.property(fc.array(fragment, { maxLength: 40 }), (parts) => parsesOrFailsCleanly(Buffer.from(`<plist>${parts.join('')}`))),
			{ numRuns: 3000 },
		);
	});
});
