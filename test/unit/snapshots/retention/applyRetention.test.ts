import assert from 'node:assert/strict';
import fc from 'fast-check';
import { applyRetention, type RetentionDecision, type RetentionSubject } from '../../../../src/snapshots/retention/applyRetention.ts';
import { RetentionError } from '../../../../src/snapshots/retention/errors.ts';
import { KEEP_RULES, type KeepCount, type RetentionPolicy } from '../../../../src/snapshots/retention/policy.ts';
import { parseRetentionPolicy } from '../../../../src/snapshots/retention/policyText.ts';

const DAY_MS = 86_400_000;
const NOW = Date.parse('2026-06-15T12:00:00Z');

function snapshot(id: string, at: string | number, facts: Partial<RetentionSubject> = {}): RetentionSubject {
	return { id, udid: 'D', takenAtMs: typeof at === 'number' ? at : Date.parse(at), ...facts };
}

/** One snapshot a day at noon, `d0` today. */
function daily(count: number): RetentionSubject[] {
	return Array.from({ length: count }, (_, index) => snapshot(`d${index}`, NOW - index * DAY_MS));
}

function apply(snapshots: readonly RetentionSubject[], policy: string, timeZone = 'UTC', now = NOW): RetentionDecision[] {
	return applyRetention(snapshots, parseRetentionPolicy(policy), now, timeZone);
}

function kept(decisions: readonly RetentionDecision[]): string[] {
	return decisions.filter(({ keep }) => keep).map(({ id }) => id);
}

function codes(decisions: readonly RetentionDecision[]): Record<string, string> {
	return Object.fromEntries(
		decisions.map(({ id, keep, reasons }) => [id, `${keep ? '+' : '-'}${reasons.map(({ code }) => code).join(' ')}`]),
	);
}

describe('Retention', () => {
	it('keeps the last of each period and says why', () => {
		const decisions = apply(
			[snapshot('a', '2026-06-15T08:00Z'), snapshot('b', '2026-06-15T09:00Z'), ...daily(40).slice(1)],
			'last=2,daily=3',
		);
		assert.deepEqual(decisions.slice(0, 6), [
			{
				id: 'b',
				keep: true,
				reasons: [{ code: 'newest' }, { code: 'last', rank: 1, count: 2 }, { code: 'daily', period: '2026-06-15', rank: 1, count: 3 }],
			},
			{ id: 'a', keep: true, reasons: [{ code: 'last', rank: 2, count: 2 }] },
			{ id: 'd1', keep: true, reasons: [{ code: 'daily', period: '2026-06-14', rank: 2, count: 3 }] },
			{ id: 'd2', keep: true, reasons: [{ code: 'daily', period: '2026-06-13', rank: 3, count: 3 }] },
			{
				id: 'd3',
				keep: false,
				reasons: [
					{ code: 'beyondCount', rule: 'last', count: 2 },
					{ code: 'beyondCount', rule: 'daily', count: 3 },
				],
			},
			{
				id: 'd4',
				keep: false,
				reasons: [
					{ code: 'beyondCount', rule: 'last', count: 2 },
					{ code: 'beyondCount', rule: 'daily', count: 3 },
				],
			},
		]);
		assert.equal(decisions.length, 41);
	});

	it('names the newer snapshot that stands for a period', () => {
		const [, older] = apply(
			[snapshot('old', '2026-06-14T01:00Z'), snapshot('new', '2026-06-14T02:00Z'), snapshot('x', '2026-06-01T00:00Z')],
			'daily=2',
		);
		assert.deepEqual(older, { id: 'old', keep: false, reasons: [{ code: 'superseded', rule: 'daily', period: '2026-06-14', by: 'new' }] });
	});

	it('does not count periods without a snapshot', () => {
		const far = [
			snapshot('a', '2026-06-10T00:00Z'),
			snapshot('b', '2024-02-29T00:00Z'),
			snapshot('c', '2019-12-31T23:00Z'),
			snapshot('d', '2001-01-01T00:00Z'),
		];
		assert.deepEqual(kept(apply(far, 'daily=3')), ['a', 'b', 'c']);
		assert.deepEqual(kept(apply(far, 'yearly=2')), ['a', 'b']);
	});

	it('keeps the ends of months, weeks and years', () => {
		const days = daily(500);
		const decisions = apply(days, 'monthly=4,weekly=3,yearly=2');
		const dates = kept(decisions).map((id) => new Date(days.find((each) => each.id === id)?.takenAtMs ?? 0).toISOString().slice(0, 10));
		assert.deepEqual(dates, ['2026-06-15', '2026-06-14', '2026-06-07', '2026-05-31', '2026-04-30', '2026-03-31', '2025-12-31']);
		const leap = [snapshot('feb', '2024-02-29T23:30Z'), snapshot('mar', '2024-03-01T00:30Z'), snapshot('x', '2024-01-01T00:00Z')];
		assert.deepEqual(kept(apply(leap, 'monthly=2')), ['mar', 'feb']);
		assert.deepEqual(kept(apply(leap, 'monthly=2', 'Asia/Tokyo')), ['mar', 'x'], 'in Tokyo both are March');
	});

	it('counts the hour that the end of summer time repeats as two', () => {
		const night = ['2026-10-24T23:30Z', '2026-10-25T00:30Z', '2026-10-25T01:30Z', '2026-10-25T02:30Z'].map((at, index) =>
			snapshot(`h${index}`, at),
		);
		const now = Date.parse('2026-10-26T00:00Z');
		assert.deepEqual(kept(apply(night, 'hourly=3', 'Europe/Berlin', now)), ['h3', 'h2', 'h1']);
		assert.deepEqual(kept(apply(night, 'daily=1', 'Europe/Berlin', now)), ['h3'], 'the 25 hours are one day');
	});

	it('keeps the oldest while a rule wants more periods than there are', () => {
		const morning = Array.from({ length: 6 }, (_, index) => snapshot(`m${index}`, NOW - index * 60_000));
		const decisions = apply(morning, 'daily=7');
		assert.deepEqual(kept(decisions), ['m0', 'm5']);
		assert.deepEqual(decisions.at(-1)?.reasons, [{ code: 'oldest', rule: 'daily', found: 1, count: 7 }]);
		assert.deepEqual(kept(apply(morning, 'daily=1')), ['m0']);
	});

	it('keeps everything that a count of all, or no counting rule, asks for', () => {
		assert.equal(kept(apply(daily(50), 'last=all')).length, 50);
		assert.equal(kept(apply(daily(50), 'daily=all')).length, 50);
		const unruled = apply([...daily(3), snapshot('s', NOW - 9 * DAY_MS, { safety: true })], 'safety=7d');
		assert.deepEqual(codes(unruled), { d0: '+newest noRules', d1: '+noRules', d2: '+noRules', s: '-safetyExpired' });
	});

	it('never forgets pins, heads, baselines, the newest verified, the damaged or what is in use', () => {
		const history = daily(20).map((each, index) => ({
			...each,
			...[
				{},
				{},
				{},
				{ pinned: true },
				{ head: true },
				{ name: 'Clean Login' },
				{ verified: true },
				{ verified: true },
				{ damaged: true },
				{ inUse: true },
			][index],
		}));
		assert.deepEqual(
			Object.entries(codes(apply(history, 'last=1,baseline=clean*')))
				.filter(([, text]) => text.startsWith('+'))
				.map(([id, text]) => `${id} ${text}`),
			['d0 +newest last', 'd3 +pinned', 'd4 +head', 'd5 +baseline', 'd6 +newestVerified', 'd8 +damaged', 'd9 +inUse'],
		);
	});

	it('gives the damaged and the misdated nobody’s place', () => {
		const history = [
			snapshot('never', NaN),
			snapshot('future', NOW + 1),
			snapshot('broken', NOW - 1, { damaged: true, verified: true }),
			snapshot('sound', NOW - 2),
			snapshot('second', NOW - 3),
		];
		assert.deepEqual(codes(apply(history, 'last=1')), {
			never: '+undated newest',
			future: '+future',
			broken: '+damaged',
			sound: '+newestSound last',
			second: '-beyondCount',
		});
	});

	it('keeps safety snapshots for their time, beside the counted ones', () => {
		const history = [
			snapshot('s1', NOW - 1 * DAY_MS, { safety: true }),
			snapshot('a', NOW - 2 * DAY_MS),
			snapshot('s2', NOW - 7 * DAY_MS, { safety: true }),
			snapshot('b', NOW - 8 * DAY_MS),
			snapshot('s3', NOW - 9 * DAY_MS, { safety: true, pinned: true }),
		];
		const decisions = apply(history, 'last=2,safety=7d');
		assert.deepEqual(codes(decisions), { s1: '+newest safety', a: '+last', s2: '-safetyExpired', b: '+last', s3: '+pinned' });
		assert.deepEqual(decisions[2]?.reasons, [{ code: 'safetyExpired', expiredAtMs: NOW }]);
		assert.equal(kept(apply(history, 'last=2,safety=forever')).length, 5);
	});

	it('judges each device and each app alone', () => {
		const history = [
			snapshot('a1', NOW - 1, { udid: 'A' }),
			snapshot('a2', NOW - 2, { udid: 'A' }),
			snapshot('x1', NOW - 3, { udid: 'A', app: 'org.example' }),
			snapshot('x2', NOW - 4, { udid: 'A', app: 'org.example' }),
			snapshot('b1', NOW - 5, { udid: 'B' }),
			snapshot('b2', NOW - 6, { udid: 'B' }),
		];
		assert.deepEqual(kept(apply(history, 'last=1')), ['a1', 'x1', 'b1']);
	});

	it('refuses a policy or a zone that is none', () => {
		const policy: RetentionPolicy = { keep: { last: -1 }, safetyMaxAgeMs: 0, baselines: [] };
		assert.throws(() => applyRetention([], policy, NOW, 'UTC'), RetentionError);
		assert.throws(() => apply(daily(1), 'last=1', 'Nowhere'), RetentionError);
	});
});

describe('Any retention', () => {
	const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Pacific/Apia', 'Asia/Kathmandu');
	const flag = fc.boolean();
	const rarely = fc.integer({ min: 0, max: 9 }).map((value) => value === 0);
	const subjects = fc.uniqueArray(
		fc.record({
			id: fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 8, maxLength: 8 }),
			udid: fc.constantFrom('A', 'B'),
			// Close together, or far apart; some in the future.
			takenAtMs: fc
				.oneof(fc.integer({ min: -20 * DAY_MS, max: DAY_MS }), fc.integer({ min: -2000 * DAY_MS, max: 0 }))
				.map((offset) => NOW + offset),
			name: fc.option(fc.constantFrom('clean-1', 'login', 'CLEAN-2'), { nil: undefined }),
			pinned: rarely,
			head: rarely,
			inUse: rarely,
			safety: rarely,
			damaged: rarely,
			verified: flag,
		}),
		{ selector: ({ id }) => id, maxLength: 60 },
	);
	const count = fc.oneof(fc.integer({ min: 0, max: 12 }), fc.constant<KeepCount>('all'));
	const policies = fc.record({
		keep: fc.dictionary(fc.constantFrom(...KEEP_RULES), count),
		safetyMaxAgeMs: fc.oneof(fc.integer({ min: 0, max: 30 * DAY_MS }), fc.constant<'forever'>('forever')),
		baselines: fc.subarray(['clean-*', 'log?n']),
	});

	it('decides once on each snapshot, with a reason, whatever their order', () => {
		fc.assert(
			fc.property(subjects, policies, zones, fc.array(fc.nat(), { minLength: 60 }), (all, policy, zone, noise) => {
				const decisions = applyRetention(all, policy, NOW, zone);
				assert.deepEqual(decisions.map(({ id }) => id).sort(), all.map(({ id }) => id).sort());
				assert.ok(decisions.every(({ reasons }) => reasons.length > 0));
				const shuffled = all

					.map((each, index) => ({ each, key: noise[index] ?? 0 }))
					.sort((a, b) => a.key - b.key)
					.map(({ each }) => each);
				assert.deepEqual(applyRetention(shuffled, policy, NOW, zone), decisions);
			}),
		);
	});

	it('forgets nothing more of what it kept', () => {
		fc.assert(
			fc.property(subjects, policies, zones, (all, policy, zone) => {
				const first = new Set(kept(applyRetention(all, policy, NOW, zone)));
				const rest = all.filter(({ id }) => first.has(id));
				assert.deepEqual(new Set(kept(applyRetention(rest, policy, NOW, zone))), first);
			}),
		);
	});

	it('keeps no less when it is asked for more', () => {
		const rule = fc.constantFrom(...KEEP_RULES);
		fc.assert(
			fc.property(subjects, policies, zones, rule, fc.integer({ min: 1, max: 5 }), (all, policy, zone, more, by) => {
				const before = policy.keep[more];
				// A first counting rule is an order to thin out what was all kept before.
				fc.pre(Object.values(policy.keep).some((value) => value !== undefined && value !== 0));
				const wider: RetentionPolicy = { ...policy, keep: { ...policy.keep, [more]: before === 'all' ? 'all' : (before ?? 0) + by } };
				const now = new Set(kept(applyRetention(all, wider, NOW, zone)));
				assert.deepEqual(
					kept(applyRetention(all, policy, NOW, zone)).filter((id) => !now.has(id)),
					[],
				);
			}),
		);
	});

	it('never drops a pin, a head, the newest, the newest sound or the newest verified', () => {
		fc.assert(
			fc.property(subjects, policies, zones, (all, policy, zone) => {
				const remaining = new Set(kept(applyRetention(all, policy, NOW, zone)));
				assert.ok(
					all.filter(({ pinned, head, inUse, damaged }) => pinned || head || inUse || damaged).every(({ id }) => remaining.has(id)),
				);
				for (const udid of ['A', 'B']) {
					const newestTime = (wanted: (each: (typeof all)[number]) => boolean): void => {
						const times = all.filter((each) => each.udid === udid && wanted(each)).map(({ takenAtMs }) => takenAtMs);
						const newest = all.filter((each) => each.udid === udid && wanted(each) && each.takenAtMs === Math.max(...times));
						assert.ok(newest.length === 0 || newest.some(({ id }) => remaining.has(id)));
					};
					newestTime(() => true);
					newestTime(({ damaged, takenAtMs }) => !damaged && takenAtMs <= NOW);
					newestTime(({ damaged, verified }) => !damaged && verified);
				}
			}),
		);
	});
});
