import assert from 'node:assert/strict';
import { posix } from 'node:path';
import fc from 'fast-check';
import { BackupError, globMatcher, safeFileName, SafeNames } from '../../../../src/backup/index.ts';

describe('Globs', () => {
	const cases: [pattern: string, place: string, expected: boolean][] = [
		['HomeDomain', 'HomeDomain', true],
		['HomeDomain', 'HomeDomain/Library/x', true],
		['HomeDomain', 'HomeDomain2/x', false],
		['HomeDomain/*', 'HomeDomain/a', true],
		['*/a', 'HomeDomain/a', true],
		['**/*.db', 'HomeDomain/Library/SMS/sms.db', true],
		['**/*.db', 'x.db', true],
		['HomeDomain/**/sms.db', 'HomeDomain/sms.db', true],
		['AppDomain-com.acme.*/**', 'AppDomain-com.acme.app/Documents/.hidden', true],
		['*.{heic,mov}', 'a.mov', true],
		['IMG_[0-9][!5].HEIC', 'IMG_14.HEIC', true],
		['IMG_[0-9][!5].HEIC', 'IMG_15.HEIC', false],
		['a?c', 'a/c', false],
		['[!x]b', '/b', false],
		['what\\*', 'what*', true],
		['what\\*', 'whatever', false],
		['a.b', 'axb', false],
		['*', 'two\nlines', true],
		['🎉?', '🎉🎂', true],
		['a/', 'a/b/c', true],
		['a/', 'a', false],
	];
	for (const [pattern, place, expected] of cases) {
		it(`${JSON.stringify(pattern)} ${expected ? 'means' : 'does not mean'} ${JSON.stringify(place)}`, () => {
			assert.equal(globMatcher(pattern)(place), expected);
		});
	}

	it('that are left open are refused', () => {
		for (const pattern of ['{a', 'a[b', '[z-a]', 'x'.repeat(5000)]) {
			assert.throws(
				() => globMatcher(pattern),
				(error) => BackupError.is(error, 'BAD_PATTERN'),
				pattern,
			);
		}
	});

	it('mean what they mean to Node', () => {
		const part = fc.constantFrom('a', 'b', '*', '?', '/', '**/', '.x', '[ab]');
		const letter = fc.constantFrom('a', 'b', '/', 'x');
		fc.assert(
			fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), fc.array(letter, { minLength: 1, maxLength: 6 }), (parts, letters) => {
				const [pattern, place] = [parts.join(''), letters.join('')];
				// Ours differ on purpose in these: a folder stands for what is below it, and empty components do not occur.
				fc.pre(!/\/\/|^\/|\/$|\*\*\*|[^/]\*\*|\*\*[^/]/.test(pattern) && !/\/\/|^\/|\/$/.test(place));
				const below = place.split('/').some((_, index, all) => posix.matchesGlob(all.slice(0, index + 1).join('/'), pattern));
				assert.equal(globMatcher(pattern)(place), below, `${pattern} ${place}`);
			}),
		);
	});
});

describe('Names for copies', () => {
	it('are good on every system', () => {
		for (const [name, safe] of [
			['readme.txt', 'readme.txt'],
			['CON', '_CON'],
			['aux.txt', '_aux.txt'],
			['con .txt', '_con .txt'],
			['LPT¹', '_LPT¹'],
			['clock$', '_clock$'],
			['console', 'console'],
			['a:b*c?.txt', 'a_b_c_.txt'],
			['..', '__'],
			['dot.', 'dot_'],
			['space ', 'space_'],
			['', '_'],
			['tab\tnul\0', 'tab_nul_'],
			['\u202egnp.exe', '_gnp.exe'],
			['back\\slash', 'back_slash'],
		] as const) {
			assert.equal(safeFileName(name), safe);
		}
		assert.ok(
			Buffer.byteLength(safeFileName(`${'é'.repeat(200)}.jpeg`)) <= 255 && safeFileName(`${'é'.repeat(200)}.jpeg`).endsWith('.jpeg'),
		);
	});

	it('stay inside and stay apart, whatever the phone calls its files', () => {
		fc.assert(
			fc.property(
				fc.array(fc.array(fc.string({ unit: 'binary', maxLength: 12 }), { minLength: 1, maxLength: 3 }), { maxLength: 30 }),
				(places) => {
					const names = new SafeNames();
					const given = places.map((place) => names.filePath(place));
					for (const path of given) {
						assert.ok(
							path
								.split('/')
								.every((component) => /^[^\0\\:*?"<>|]+$/.test(component) && !/^\.+$/.test(component) && !/[. ]$/.test(component)),
							path,
						);
					}
					assert.equal(new Set(given.map((path) => path.normalize('NFC').toLowerCase())).size, given.length);
				},
			),
		);
	});

	it('keep what only differs in case or in form apart, and folders together', () => {
		const names = new SafeNames();
		assert.deepEqual(
			[
				['d', 'a.txt'],
				['d', 'A.TXT'],
				['D', 'a.txt'],
				['d', 'Café'],
				['d', 'Cafe\u0301'],
			].map((place) => names.filePath(place)),
			['d/a.txt', 'd/A (2).TXT', 'D (2)/a.txt', 'd/Café', 'd/Cafe\u0301 (2)'],
		);
	});
});
