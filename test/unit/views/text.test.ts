import assert from 'node:assert/strict';
import fc from 'fast-check';
import { inline, markdown, plainText, quoted, unlinked, withoutIcons } from '../../../src/views/text.ts';

describe('text from outside', () => {
	it('is one line that shows nothing but itself', () => {
		const check = (input: string, expected: string): void => assert.equal(plainText(input), expected);
		check('Lab-3', 'Lab-3');
		check('Lab\n3\r\n\tx', 'Lab 3 x');
		check('\u001b[31mred\u0000', '[31mred');
		check('a\u202egnp.exe', 'agnp.exe');
		check('  Anna’s iPhone ', 'Anna’s iPhone');
		check('</script><img src=x>', '</script><img src=x>');
	});

	it('is cut to what can be read, between characters', () => {
		assert.equal(plainText('x'.repeat(10_240)), `${'x'.repeat(80)}…`);
		assert.equal(plainText('😀'.repeat(90)), `${'😀'.repeat(80)}…`);
		assert.equal(plainText('\u202e'.repeat(10_240)), '');
	});

	it('does not pull its neighbours along when it is written from right to left', () => {
		assert.equal(quoted('האייפון'), '“\u2068האייפון\u2069”');
		assert.equal(inline('Lab-3'), 'Lab-3');
	});

	it('is no link in a message and no icon in a label', () => {
		assert.doesNotMatch(unlinked('[x](command:evil)'), /\]\(/);
		assert.equal(withoutIcons('$(alert) x'), '\\$(alert) x');
	});

	it('holds no character that Markdown or HTML gives a meaning, whatever it is', () => {
		fc.assert(
			fc.property(fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 }), (units) => {
				assert.match(markdown(String.fromCharCode(...units)), /^([^!-/:-@[-`{-~]|&#\d+;)*$/);
			}),
		);
	});

	it('reads as itself when Markdown is drawn', () => {
		const drawn = (text: string): string => text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
		for (const name of ['[x](command:evil)', '</script><img src=x>', '**bold** `code` $(alert) https://example.com']) {
			assert.equal(drawn(markdown(name)), name);
		}
	});
});
