import assert from 'node:assert/strict';
import { expandHome } from '../../../src/engine/index.ts';
import fc from 'fast-check';
import { deviceWords } from '../../../src/cli/deviceErrors.ts';
import { escaped, quoted, showable, toJson } from '../../../src/cli/escape.ts';
import { formatBytes, formatDuration, formatPart, formatRemaining, formatTime } from '../../../src/cli/format.ts';
import { renderCard, renderTable } from '../../../src/cli/table.ts';
import { fit, padEnd, textWidth } from '../../../src/cli/textWidth.ts';

// eslint-disable-next-line no-control-regex
const OBEYED = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

describe('Text from outside on a terminal', () => {
	it('shows controls instead of obeying them', () => {
		assert.equal(showable('a\u001b[2Jb\n\u009bc'), 'a\\u001b[2Jb\\u000a\\u009bc');
		assert.equal(showable('abc\u202egpj.exe'), 'abc\\u202egpj.exe');
		assert.equal(quoted('Anna’s iPhone 📱'), '“Anna’s iPhone 📱”');
	});

	it('never lets any of them through', () => {
		fc.assert(
			fc.property(
				fc.string({ unit: 'binary' }),
				(text) => !OBEYED.test(showable(text)) && !OBEYED.test(escaped(text)) && !OBEYED.test(toJson({ text })),
			),
		);
	});

	it('stays the same value in JSON', () => {
		fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => assert.deepEqual(JSON.parse(toJson({ text }, true)), { text })));
	});

	it('is cut where it would fill the screen', () => {
		assert.equal(showable('x'.repeat(5000)).length, 601);
		assert.equal(escaped('x'.repeat(5000)).length, 5000);
	});

	it('keeps the words and the number of the device', () => {
		const check = (details: Record<string, unknown>, expected: string | undefined): void => assert.equal(deviceWords(details), expected);
		check({}, undefined);
		check({ errorCode: 208 }, 'error 208');
		check({ errorCode: 208, deviceText: 'Device locked (MBErrorDomain/208)' }, 'Device locked (MBErrorDomain/208)');
		check({ errorCode: 1, deviceText: 'Multi status' }, 'Multi status (error 1)');
		check({ deviceError: 'SessionActive' }, 'SessionActive');
	});
});

describe('Sizes and times', () => {
	it('are written as people read them', () => {
		const sizes: [number, string][] = [
			[0, '0 bytes'],
			[1, '1 byte'],
			[999, '999 bytes'],
			[1000, '1.0 KB'],
			[999_499, '999 KB'],
			[999_500, '1.0 MB'],
			[3.14e9, '3.1 GB'],
			[99.95e9, '100 GB'],
			[128e9, '128 GB'],
		];
		assert.deepEqual(
			sizes.map(([bytes]) => formatBytes(bytes)),
			sizes.map(([, text]) => text),
		);
		assert.equal(formatPart(3.1e9, 9e9), '3.1 of ~9.0 GB');
		assert.equal(formatPart(812e6, 9e9), '812 MB of ~9.0 GB');
		assert.deepEqual([800, 42_000, 59_700, 185_000, 3_720_000].map(formatDuration), [
			'0.8 s',
			'42 s',
			'1 min 00 s',
			'3 min 05 s',
			'1 h 02 min',
		]);
		assert.deepEqual([5000, 100_000, 9_000_000].map(formatRemaining), ['less than a minute left', 'about 2 min left', 'about 2.5 h left']);
		assert.equal(formatTime('nonsense'), 'nonsense');
		assert.match(formatTime('2026-01-02T03:04:05Z'), /^2026-01-0[123] \d\d:\d\d$/);
	});
});

describe('Tables', () => {
	it('align by what is seen, and leave empty columns out', () => {
		assert.deepEqual(
			renderTable(
				['NAME', 'NONE', 'UDID'],
				[
					['日本', '', '1'],
					['\u001b[1mAnna\u001b[22m', '', '22'],
				],
			),
			['NAME  UDID', '日本  1', '\u001b[1mAnna\u001b[22m  22'],
		);
		assert.deepEqual(
			renderCard(
				[
					['Model', 'X'],
					['Trust', undefined],
					['OS', '17'],
				],
				(label) => label,
			),
			['  Model  X', '  OS     17'],
		);
	});

	it('measure and cut text by columns', () => {
		assert.deepEqual(['abc', '日本', '📱', 'e\u0301'].map(textWidth), [3, 4, 2, 1]);
		assert.equal(padEnd('日', 4), '日  ');
		assert.deepEqual([fit('abcdef', 6), fit('abcdef', 4), fit('日本語', 4), fit('ab', 0)], ['abcdef', 'abc…', '日…', '']);
	});
});

describe('A folder as typed', () => {
	it('may begin with the home folder', () => {
		const environment = { HOME: '/home/anna' };
		assert.deepEqual(
			['~', '~/x', '/~/x', '~bob/x', 'x'].map((path) => expandHome(path, environment)),
			['/home/anna', '/home/anna/x', '/~/x', '~bob/x', 'x'],
		);
	});
});
