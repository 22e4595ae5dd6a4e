import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SelectionError } from '../../../../src/snapshots/select/errors.ts';
import { isNamePattern, matchingPattern } from '../../../../src/snapshots/select/namePattern.ts';
import { checkNewName, checkSnapshotName } from '../../../../src/snapshots/select/names.ts';

function why(name: string): unknown {
	try {
		checkSnapshotName(name);
		return undefined;
	} catch (error) {
		assert.ok(SelectionError.is(error, 'NAME_INVALID'), String(error));
		return error.details['why'];
	}
}

describe('The name of a snapshot', () => {
	it('is what people call things', () => {
		for (const name of [
			'clean',
			'After login',
			'v1.2.3+45',
			'iOS-17.4 (fresh)',
			'größe',
			'最初の状態',
			'user@example',
			'#12'.slice(1),
			'cafe',
			'Beef',
			'a',
			'12',
			'x'.repeat(64),
		]) {
			assert.equal(checkSnapshotName(name), name.normalize('NFC'));
		}
		assert.equal(checkSnapshotName('gro\u0308\u00dfe'), 'gr\u00f6\u00dfe', 'one spelling is kept');
	});

	it('is refused with a reason', () => {
		const table: [string, string][] = [
			['', 'empty'],
			['x'.repeat(65), 'length'],
			['a/b', 'character'],
			['a\\b', 'character'],
			['a:b', 'character'],
			['a,b', 'character'],
			['a~1', 'character'],
			['a*', 'character'],
			['a\nb', 'character'],
			['a\u202eb', 'character'],
			['a\u200bb', 'character'],
			['a\u00a0b', 'character'],
			['\ud800', 'character'],
			['-rf', 'start'],
			['.hidden', 'start'],
			[' a', 'start'],
			['\u0301a', 'start'],
			['a ', 'end'],
			['a.', 'end'],
			['a  b', 'end'],
			['HEAD', 'reserved'],
			['Latest', 'reserved'],
			['baseline', 'reserved'],
			['1709', 'id'],
			['12ab', 'id'],
			['deadbeef', 'id'],
		];
		assert.deepEqual(
			table.map(([name]) => [name, why(name)]),
			table,
		);
		assert.throws(() => checkSnapshotName('a\u202eb'), /U\+202E/);
		assert.throws(() => checkSnapshotName('a/b'), /contains "\/"/);
	});

	it('is unique on its device in any case', () => {
		const snapshots = [{ id: '1', name: 'Größe' }, { id: '2' }];
		assert.throws(
			() => checkNewName('GRÖSSE'.replace('SS', 'ß'), snapshots),
			(error) => SelectionError.is(error, 'NAME_TAKEN') && error.details['snapshot'] === '1',
		);
		assert.equal(checkNewName('GRÖßE', snapshots, '1'), 'GRÖßE');
		assert.equal(checkNewName('other', snapshots), 'other');
	});
});

describe('A pattern of names', () => {
	it('matches whole names in any case', () => {
		const check = (name: string, pattern: string, expected: boolean): void =>
			assert.equal(matchingPattern(name, [pattern]) !== undefined, expected, `${name} ${pattern}`);
		check('clean-login', 'clean-*', true);
		check('CLEAN-', 'clean-*', true);
		check('unclean-x', 'clean-*', false);
		check('clean', 'clea?', true);
		check('clean', 'clean?', false);
		check('abcabc', '*bc', true);
		check('abcabd', '*b?', true);
		check('', '*', true);
		check('a.b', 'a?b', true);
		check('axb', 'a.b', false);
		check('gro\u0308ße', 'gr?ße', true);
		check('𝒜b', '?b', true);
		assert.equal(matchingPattern('b', ['a', 'b', '*']), 'b');
	});

	it('agrees with a regular expression, and takes no long time', () => {
		const text = fc.array(fc.constantFrom('a', 'b', '.'), { maxLength: 12 }).map((list) => list.join(''));
		const pattern = fc.array(fc.constantFrom('a', 'b', '.', '*', '?'), { maxLength: 8 }).map((list) => list.join(''));
		fc.assert(
			fc.property(text, pattern, (name, wild) => {
				const expression = new RegExp(`^${wild.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
				assert.equal(matchingPattern(name, [wild]) !== undefined, expression.test(name));
			}),
		);
		assert.equal(matchingPattern('a'.repeat(64), ['*a'.repeat(31) + 'b']), undefined);
	});

	it('is made of what names are made of', () => {
		assert.ok(isNamePattern('clean-* (?)'));
		for (const text of ['', ' a', 'a,b', 'a=b', '[a]', '*'.repeat(65), 'a\nb']) {
			assert.ok(!isNamePattern(text), text);
		}
	});
});
