import assert from 'node:assert/strict';
import { otherBranches } from '../../../../src/views/tree/lineage.ts';
import { snapshot } from '../../../support/fakeLab.ts';

describe('branches of a device', () => {
	/** `id<parent@day`, `*` at the head. */
	const check = (line: string, expected: string): void => {
		const snapshots = line.split(' ').map((word) => {
			const [, id = '', parent, day, head] = /^(\w)(?:<(\w))?@(\d)(\*)?$/.exec(word) ?? [];
			return snapshot({ id, parent, takenAt: `2026-01-0${day}T00:00:00.000Z`, isHead: head !== undefined });
		});
		assert.equal([...otherBranches(snapshots)].sort().join(''), expected);
	};

	it('are those that the present state did not come from', () => {
		check('c<b@3* b<a@2 a@1', '');
		check('d<b@4* c<b@3 b<a@2 a@1', 'c');
		check('c<b@3 b<a@2* a@1', 'c');
		check('c<b@3 b<a@2 a@1', '');
	});

	it('are not told where a deleted snapshot hides it', () => {
		check('d<c@4* b<a@2 a@1', '');
		check('e<d@5 d<c@4* f<a@5 b<a@2 a@1', 'ef');
	});

	it('end where records lead in a circle', () => {
		check('b<a@2* a<b@1', '');
	});

	it('are those of the device, not of its apps', () => {
		assert.deepEqual(
			[
				...otherBranches([
					snapshot({ id: 'x', kind: 'app', isHead: true }),
					snapshot({ id: 'a', isHead: true }),
					snapshot({ id: 'y', kind: 'app' }),
				]),
			],
			[],
		);
	});
});
