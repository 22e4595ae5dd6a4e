import assert from 'node:assert/strict';
import type { JobInfo } from '../../../../src/contract/index.ts';
import { activityOf, positionAt, shareOf } from '../../../../src/webview/timeline/model/activity.ts';
import { History } from '../../../../src/webview/timeline/model/history.ts';
import { move } from '../../../../src/webview/timeline/model/movement.ts';
import { buildRows } from '../../../../src/webview/timeline/model/rows.ts';
import { longHistory, snapshotInfo } from '../../../support/timeline/snapshots.ts';

const at = (day: number): string => `2026-11-${String(day).padStart(2, '0')}T10:00:00Z`;
/** a ── b ── c, then back to a and on to d, where the device is. */
const snapshots = [
	snapshotInfo({ id: 'a', takenAt: at(1), name: 'fresh' }),
	snapshotInfo({ id: 'b', parent: 'a', takenAt: at(2) }),
	snapshotInfo({ id: 'c', parent: 'b', takenAt: at(3), iosVersion: '18.2' }),
	snapshotInfo({ id: 'd', parent: 'a', takenAt: at(4), encrypted: true, isHead: true }),
];
const history = new History(snapshots);
const job: JobInfo = { id: 'j', kind: 'verify', startedAt: at(5), cancelling: false };
const everything = { jobs: [job], events: [], filter: 'all' } as const;

function ids(list: ReturnType<typeof buildRows>): string {
	return list.rows.map(({ id }) => id).join(' ');
}

describe('timeline history', () => {
	it('knows what leads to the present state', () => {
		assert.deepEqual(
			history.snapshots.map((snapshot) => [snapshot.id, history.leadsToNow(snapshot)]),
			[
				['d', true],
				['c', false],
				['b', false],
				['a', true],
			],
		);
	});

	it('tells from two snapshots what must have happened between them', () => {
		assert.equal(
			ids(buildRows(history, everything)),
			'now job:j d event:d:rolled-back event:d:encryption-changed c event:c:ios-updated b a',
		);
	});

	it('puts what the engine noted where it happened', () => {
		const event = { id: 'e', at: '2026-11-02T20:00:00Z', kind: 'build-installed', subject: 'Acme 2.1' } as const;
		assert.match(ids(buildRows(history, { ...everything, events: [event] })), / c event:c:ios-updated event:e b a$/);
	});

	it('lists what a search finds, and joins it to the nearest ancestor that is shown', () => {
		const list = buildRows(history, { ...everything, matches: ({ id }) => id === 'a' || id === 'c' });
		assert.equal(ids(list), 'c a');
		assert.deepEqual(
			list.edges.map(({ row, parentRow, isIndirect }) => [row, parentRow, isIndirect]),
			[[0, 1, true]],
		);
	});

	it('moves no lane when newer snapshots come', () => {
		const long = longHistory(300, { branches: 12, years: 1 });
		const before = buildRows(new History(long.slice(20)), everything);
		const lanes = before.layout.placements.map(({ id, lane }) => [id, lane]);
		const after = buildRows(new History(long), everything, before);
		assert.deepEqual(
			after.layout.placements.slice(0, lanes.length).map(({ id, lane }) => [id, lane]),
			lanes,
		);
		assert.equal(after.layout.placements.length, 300);
	});

	it('ends for snapshots that claim to be one another’s parents', () => {
		const circle = new History([snapshotInfo({ id: 'x', parent: 'y', isHead: true }), snapshotInfo({ id: 'y', parent: 'x' })]);
		assert.equal(
			circle.snapshots.every((snapshot) => circle.leadsToNow(snapshot)),
			true,
		);
		assert.equal(buildRows(circle, everything).rows.length > 3, true);
	});

	it('leads along a branch: to the parent, and to the child that leads to the present', () => {
		const list = buildRows(history, everything);
		const go = (key: Parameters<typeof move>[0], active: string): string | undefined => move(key, { list, history, active, pageRows: 3 });
		assert.deepEqual(
			[go('parent', 'now'), go('parent', 'd'), go('child', 'a'), go('child', 'd'), go('child', 'c'), go('parent', 'a')],
			['d', 'a', 'd', 'now', undefined, undefined],
		);
		assert.deepEqual(
			[go('first', 'b'), go('last', 'b'), go('pageDown', 'now'), go('previous', 'now'), go('now', 'b')],
			['now', 'a', 'd', 'now', 'now'],
		);
	});
});

describe('timeline activity', () => {
	it('counts snapshots in equal stretches of time', () => {
		const activity = activityOf(history.snapshots, 3);
		assert.deepEqual(
			activity?.buckets.map(({ count }) => count),
			[1, 1, 2],
		);
		assert.ok(activity);
		assert.deepEqual([shareOf(activity, at(1)), shareOf(activity, at(4))], [0, 1]);
		assert.equal(activityOf([], 3), undefined);
	});

	it('finds the snapshot of a time', () => {
		const position = (day: number): string | undefined => history.snapshots[positionAt(history.snapshots, Date.parse(at(day)))]?.id;
		assert.deepEqual([position(9), position(3), position(1)], ['d', 'c', 'a']);
		assert.equal(history.snapshots[positionAt(history.snapshots, 0)]?.id, 'a', 'the oldest, when all are newer');
	});
});
