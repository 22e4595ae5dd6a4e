import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SelectionError, type SelectionErrorCode } from '../../../../src/snapshots/select/errors.ts';
import { resolveSnapshot, type SelectableSnapshot, type SelectionScope } from '../../../../src/snapshots/select/resolveSnapshot.ts';

const snapshots: SelectableSnapshot[] = [
	{ id: 'aaaa1111', takenAtMs: 1, name: 'Clean', pinned: true },
	{ id: 'aaaa2222', takenAtMs: 2, parent: 'aaaa1111', name: 'after login' },
	{ id: 'bbbb3333', takenAtMs: 3, parent: 'aaaa2222' },
	{ id: 'cccc4444', takenAtMs: 4, parent: 'aaaa1111', name: 'bbbb' },
	{ id: 'dddd5555', takenAtMs: 5, parent: 'eeee0000' },
];
const scope: SelectionScope<SelectableSnapshot> = { snapshots, head: 'bbbb3333' };

function check(selector: string, expected: string, within: SelectionScope<SelectableSnapshot> = scope): void {
	assert.equal(resolveSnapshot(selector, within).id, expected, selector);
}

function refusal(selector: string, within: SelectionScope<SelectableSnapshot> = scope): SelectionError {
	try {
		resolveSnapshot(selector, within);
	} catch (error) {
		assert.ok(SelectionError.is(error), String(error));
		return error;
	}
	assert.fail(`${selector} was found`);
}

function refuses(selector: string, code: SelectionErrorCode, why?: string, within: SelectionScope<SelectableSnapshot> = scope): void {
	const error = refusal(selector, within);
	assert.deepEqual([error.code, error.details['why']], [code, why], selector);
}

function candidates(error: SelectionError): string[] {
	return (error.details['candidates'] as { id: string }[]).map(({ id }) => id);
}

describe('A word for a snapshot', () => {
	it('is an id, a name, or the beginning of an id', () => {
		check('aaaa2222', 'aaaa2222');
		check('AAAA2222', 'aaaa2222');
		check(' clean ', 'aaaa1111');
		check('AFTER LOGIN', 'aaaa2222');
		check('aaaa1', 'aaaa1111');
		check('DDDD', 'dddd5555');
		check('bbbb', 'cccc4444');
		check('bbbb3', 'bbbb3333');
	});

	it('is one of the words with a meaning', () => {
		check('latest', 'dddd5555');
		check('Head', 'bbbb3333');
		check('parent', 'aaaa2222');
		check('baseline', 'aaaa1111');
		check('baseline', 'aaaa2222', { ...scope, baselines: ['after*'] });
		check('latest', 'b', { snapshots: ['a', 'b'].map((id) => ({ id, takenAtMs: 1 })) });
	});

	it('climbs to ancestors', () => {
		check('head~', 'aaaa2222');
		check('head^', 'aaaa2222');
		check('head~2', 'aaaa1111');
		check('head^^', 'aaaa1111');
		check('head^~1', 'aaaa1111');
		check('head~1^', 'aaaa1111');
		check('parent~1', 'aaaa1111');
		check('head~0', 'bbbb3333');
		check('bbbb~', 'aaaa1111');
		check('after login^', 'aaaa1111');
	});

	it('is refused with what might have been meant', () => {
		assert.deepEqual(candidates(refusal('aaaa')), ['aaaa2222', 'aaaa1111']);
		assert.equal(refusal('aaaa').code, 'SNAPSHOT_AMBIGUOUS');
		assert.deepEqual(candidates(refusal('claen')), ['aaaa1111']);
		assert.match(refusal('claen').message, /Did you mean "Clean"/);
		assert.match(refusal('lastest').message, /Did you mean "latest"/);
		assert.deepEqual(candidates(refusal('login')), ['aaaa2222']);
		assert.deepEqual(candidates(refusal('ddd')), ['dddd5555']);
		assert.match(refusal('ddd').message, /at least 4 characters/);
		refuses('nothing like it', 'SNAPSHOT_NOT_FOUND', 'unknown');
		const many = Array.from({ length: 30 }, (_, index) => ({ id: `ffff${String(index).padStart(4, '0')}`, takenAtMs: index }));
		const error = refusal('ffff', { snapshots: many });
		assert.deepEqual([candidates(error).length, error.details['count']], [10, 30]);
	});

	it('is refused where there is nothing above, or no head', () => {
		refuses('head~3', 'SNAPSHOT_NOT_FOUND', 'noParent');
		refuses('latest^', 'SNAPSHOT_NOT_FOUND', 'parentGone');
		refuses('head', 'SNAPSHOT_NOT_FOUND', 'noHead', { snapshots });
		refuses('parent', 'SNAPSHOT_NOT_FOUND', 'noHead', { snapshots });
		refuses('head', 'SNAPSHOT_NOT_FOUND', 'headGone', { snapshots, head: 'gone' });
		refuses('latest', 'SNAPSHOT_NOT_FOUND', 'empty', { snapshots: [] });
		refuses('baseline', 'SNAPSHOT_NOT_FOUND', 'noBaseline', { ...scope, baselines: ['zzz'] });
		refuses('baseline', 'SNAPSHOT_AMBIGUOUS', undefined, { ...scope, baselines: ['*'] });
		refuses('', 'SELECTOR_INVALID');
		refuses('~1', 'SELECTOR_INVALID');
		refuses('^', 'SELECTOR_INVALID');
		refuses('head~999999', 'SELECTOR_INVALID');
		refuses('x'.repeat(300), 'SELECTOR_INVALID');
	});

	it('takes every named snapshot for a baseline when none is pinned', () => {
		const unpinned = snapshots.map((each) => ({ ...each, pinned: false }));
		assert.deepEqual(candidates(refusal('baseline', { snapshots: unpinned })), ['cccc4444', 'aaaa2222', 'aaaa1111']);
		check('baseline', 'aaaa2222', { snapshots: unpinned.slice(1, 3) });
	});

	it('ends, also where records name each other as parents', () => {
		const ring = [
			{ id: 'a', takenAtMs: 1, parent: 'b' },
			{ id: 'b', takenAtMs: 2, parent: 'a' },
		];
		check('latest~99999', 'a', { snapshots: ring });
	});

	it('finds each snapshot by its id and by each unique beginning', () => {
		const histories = fc.uniqueArray(fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 }), {
			minLength: 1,
			maxLength: 20,
		});
		fc.assert(
			fc.property(histories, fc.integer({ min: 4, max: 64 }), (ids, length) => {
				const all = ids.map((id, index) => ({ id, takenAtMs: index }));
				for (const { id } of all) {
					check(id, id, { snapshots: all });
					const prefix = id.slice(0, length);
					if (ids.filter((each) => each.startsWith(prefix)).length === 1) {
						check(prefix, id, { snapshots: all });
					}
				}
			}),
		);
	});

	it('is found or refused, whatever it is', () => {
		fc.assert(
			fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-e~^0-9 ]{0,12}$/)), (text) => {
				try {
					assert.ok(snapshots.includes(resolveSnapshot(text, scope)));
				} catch (error) {
					assert.ok(SelectionError.is(error), String(error));
				}
			}),
		);
	});
});
