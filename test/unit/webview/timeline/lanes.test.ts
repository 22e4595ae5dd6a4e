import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LaneLayout, type LaneNode } from '../../../../src/webview/timeline/model/lanes.ts';
import { longHistory } from '../../../support/timeline/snapshots.ts';

/** `a b<a c<a` reads: a, then b from a, then c from a; oldest first. */
function history(text: string): LaneNode[] {
	return text.split(' ').map((word) => {
		const [id = '', parent] = word.split('<');
		return { id, parent };
	});
}

function lanesOf(text: string): string {
	return LaneLayout.of(history(text))
		.placements.map(({ id, lane }) => `${id}${lane}`)
		.join(' ');
}

/** Each line takes its lane from above its parent up to its own snapshot; none may meet another there. */
function assertNoLinesMeet(layout: LaneLayout): void {
	const taken = new Map<number, Set<number>>();
	for (const { index, lane, parentIndex } of layout.placements) {
		const positions = taken.get(lane) ?? new Set<number>();
		taken.set(lane, positions);
		for (let position = (parentIndex ?? index - 1) + 1; position <= index; position++) {
			assert.ok(!positions.has(position), `lane ${lane} is taken twice at ${position}`);
			positions.add(position);
		}
	}
}

/** Any history: each snapshot comes from an earlier one, from one that was deleted, or from none. */
const anyHistory = fc.array(fc.option(fc.nat(200), { nil: undefined }), { maxLength: 120 }).map((parents) =>
	parents.map((parent, index): LaneNode => ({
		id: String(index),
		parent: parent === undefined ? undefined : String(parent % (index + 2)),
	})),
);

describe('timeline lanes', () => {
	it('keeps a history without branches in one lane', () => {
		assert.equal(lanesOf('a b<a c<b d<c'), 'a0 b0 c0 d0');
	});

	it('gives a second child a lane of its own, down to its parent', () => {
		assert.equal(lanesOf('a b<a c<b d<a e<d'), 'a0 b0 c0 d1 e1');
	});

	it('uses a lane again once nothing continues it', () => {
		assert.equal(lanesOf('a b<a c<a d<b e<d f<d'), 'a0 b0 c1 d0 e0 f1');
	});

	it('does not put a snapshot without a parent into the way of a line that goes on', () => {
		assert.equal(lanesOf('a x b<a'), 'a0 x1 b0');
	});

	it('takes a snapshot whose parent was deleted as one without', () => {
		assert.equal(lanesOf('a b<gone c<a'), 'a0 b1 c0');
	});

	it('says where a newer one would stand, and moves nothing for it', () => {
		const layout = LaneLayout.of(history('a b<a c<b'));
		assert.equal(layout.next({ id: 'now', parent: 'b' }).lane, 1);
		assert.equal(layout.next({ id: 'now', parent: 'c' }).lane, 0);
		assert.equal(layout.laneCount, 1);
	});

	it('never lets two lines meet, whatever the history', () => {
		fc.assert(fc.property(anyHistory, (nodes) => assertNoLinesMeet(LaneLayout.of(nodes))));
	});

	it('never lets two lines meet when snapshots come one by one, and moves none that is there', () => {
		fc.assert(
			fc.property(anyHistory, fc.nat(120), (nodes, known) => {
				const layout = LaneLayout.of(nodes.slice(0, known));
				for (const node of nodes.slice(known)) {
					const before = [...layout.placements];
					layout.append(node);
					assert.deepEqual(layout.placements.slice(0, before.length), before);
				}
				assertNoLinesMeet(layout);
			}),
		);
	});

	it('knows its own continuation, and no other', () => {
		const layout = LaneLayout.of(history('a b<a'));
		assert.equal(layout.isBeginningOf(history('a b<a c<b')), true);
		assert.equal(layout.isBeginningOf(history('a')), false);
		assert.equal(layout.isBeginningOf(history('x a b<a')), false);
		assert.equal(layout.isBeginningOf(history('a b')), false);
	});

	it('needs about as many lanes as there are branches at once', () => {
		const nodes = longHistory(2_000, { branches: 40, years: 5 }).toReversed();
		const layout = LaneLayout.of(nodes);
		assert.ok(layout.laneCount <= 60, `${layout.laneCount} lanes`);
	});
});
