import assert from 'node:assert/strict';
import fc from 'fast-check';
import { RetentionError } from '../../../../src/snapshots/retention/errors.ts';
import {
	checkPolicy,
	DEFAULT_SAFETY_MAX_AGE_MS,
	KEEP_RULES,
	MAX_KEEP_COUNT,
	type KeepCount,
	type KeepRule,
	type RetentionPolicy,
} from '../../../../src/snapshots/retention/policy.ts';
import { formatRetentionPolicy, parseRetentionPolicy } from '../../../../src/snapshots/retention/policyText.ts';

const HOUR_MS = 3_600_000;

function check(text: string, expected: Partial<RetentionPolicy>): void {
	assert.deepEqual(parseRetentionPolicy(text), { keep: {}, safetyMaxAgeMs: DEFAULT_SAFETY_MAX_AGE_MS, baselines: [], ...expected }, text);
}

function refuses(text: string, sentence: RegExp): void {
	assert.throws(
		() => parseRetentionPolicy(text),
		(error) => RetentionError.is(error, 'RETENTION_INVALID') && sentence.test(error.message),
		text,
	);
}

describe('Text of a retention policy', () => {
	it('reads rules in any order and case, with spaces', () => {
		check('last=5,daily=7,weekly=4', { keep: { last: 5, daily: 7, weekly: 4 } });
		check(' Monthly = 12 ,HOURLY=24, yearly = ALL ', { keep: { monthly: 12, hourly: 24, yearly: 'all' } });
		check('last=100000', { keep: { last: 100_000 } });
	});

	it('reads the age of safety snapshots and baselines', () => {
		check('safety=12h', { safetyMaxAgeMs: 12 * HOUR_MS });
		check('safety=2W', { safetyMaxAgeMs: 14 * 24 * HOUR_MS });
		check('safety=0d', { safetyMaxAgeMs: 0 });
		check('last=1,safety=forever', { keep: { last: 1 }, safetyMaxAgeMs: 'forever' });
		check('baseline=clean-*, baseline=After login ?, baseline=clean-*', { baselines: ['clean-*', 'After login ?'] });
	});

	it('says what is wrong and what would be right', () => {
		refuses('', /empty.*last=5/);
		refuses(' , ', /empty/);
		refuses('last=5,,daily=7', /comma too many/);
		refuses('dayly=7', /"dayly" is no rule.*mean "daily"/);
		refuses('keep-daily=7', /mean "daily"/);
		refuses('--keep-last=7', /mean "last"/);
		refuses('banana=7', /The rules are last, hourly/);
		refuses('5', /"5" is no rule/);
		refuses('daily', /needs a value, like "daily=5"/);
		refuses('safety=', /needs a value, like "safety=14d"/);
		refuses('daily=0', /leave the rule out/);
		refuses('daily=-1', /not a whole number/);
		refuses('daily=1.5', /not a whole number/);
		refuses('daily=1e3', /not a whole number/);
		refuses('daily=100001', /from 1 to 100000/);
		refuses('daily=7,daily=8', /said twice/);
		refuses('safety=1d,safety=1d', /said twice/);
		refuses('safety=14', /not an age like 12h/);
		refuses('safety=9999999w', /not an age/);
		refuses('baseline=a/b', /no pattern/);
		refuses(`baseline=${'*'.repeat(65)}`, /no pattern/);
		refuses('constructor=1', /no rule/);
		refuses(`last=${'1'.repeat(5000)}`, /at most/);
	});

	it('comes back the same from its text', () => {
		const count = fc.oneof(fc.integer({ min: 1, max: MAX_KEEP_COUNT }), fc.constant<KeepCount>('all'));
		const policies = fc.record({
			keep: fc.dictionary(fc.constantFrom(...KEEP_RULES), count).map((keep): Partial<Record<KeepRule, KeepCount>> => ({ ...keep })),
			safetyMaxAgeMs: fc.oneof(
				fc.constant<'forever'>('forever'),
				fc.integer({ min: 0, max: 10_000 }).map((hours) => hours * HOUR_MS),
			),
			baselines: fc.uniqueArray(fc.constantFrom('clean-*', 'Größe ?', 'a b', '*', 'v1.0+x')),
		});
		fc.assert(fc.property(policies, (policy) => assert.deepEqual(parseRetentionPolicy(formatRetentionPolicy(policy)), { ...policy })));
	});

	it('is one form for one policy', () => {
		assert.equal(
			formatRetentionPolicy(parseRetentionPolicy('weekly=4,safety=48h,last=5,baseline=x*')),
			'last=5,weekly=4,safety=2d,baseline=x*',
		);
		assert.equal(formatRetentionPolicy({ keep: { last: 0 }, safetyMaxAgeMs: 90 * 60_000, baselines: [] }), 'safety=2h');
	});
});

describe('A retention policy', () => {
	it('is refused with counts, ages and patterns that are none', () => {
		const sound: RetentionPolicy = { keep: { last: 0, daily: 'all' }, safetyMaxAgeMs: 0, baselines: ['*'] };
		checkPolicy(sound);
		for (const keep of [{ last: -1 }, { daily: 0.5 }, { weekly: NaN }, { yearly: Infinity }, { hourly: MAX_KEEP_COUNT + 1 }]) {
			assert.throws(() => checkPolicy({ ...sound, keep }), RetentionError);
		}
		for (const safetyMaxAgeMs of [-1, NaN, Infinity]) {
			assert.throws(() => checkPolicy({ ...sound, safetyMaxAgeMs }), RetentionError);
		}
		assert.throws(() => checkPolicy({ ...sound, baselines: ['ok', ''] }), RetentionError);
	});
});
