import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { AutomaticRules } from '../../../../src/contract/index.ts';
import { decide, type AutomaticDecision, type AutomaticFacts } from '../../../../src/engine/automatic/decide.ts';
import { windowAt } from '../../../../src/engine/automatic/window.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const GB = 1e9;
/** A quarter past eight in the evening, local time. */
const NOW = new Date(2026, 10, 22, 20, 15).getTime();

function rules(differs: Partial<AutomaticRules> = {}): AutomaticRules {
	return {
		mode: 'both',
		window: '22:00-06:00',
		everyHours: 12,
		minBatteryPercent: 30,
		onlyWhenCharging: true,
		overWifi: false,
		...differs,
	};
}

type Differing = Partial<Omit<AutomaticFacts, 'device'>> & { readonly device?: Partial<AutomaticFacts['device']> };

/** A phone that was attached a minute ago and was never backed up; nothing speaks against it. */
function facts({ device, ...differs }: Differing = {}): AutomaticFacts {
	return {
		attachedAtMs: NOW - MINUTE_MS,
		snapshotTimesMs: [],
		isBusy: false,
		freeBytes: 100 * GB,
		lastAddedBytes: 0,
		...differs,
		device: { trust: 'paired', transport: 'usb', locked: false, batteryPercent: 82, charging: true, onPower: true, ...device },
	};
}

/** `back-up`, or the reason, with hours from now until then where it says so. */
function told(decision: AutomaticDecision, nowMs = NOW): string {
	if (decision.act === 'back-up') {
		return 'back-up';
	}
	return decision.untilMs === undefined ? decision.reason : `${decision.reason} ${(decision.untilMs - nowMs) / HOUR_MS}h`;
}

describe('decide', () => {
	const check = (what: Differing, by: Partial<AutomaticRules>, expected: string): void =>
		assert.equal(told(decide(facts(what), rules(by), NOW)), expected);
	const ago = (hours: number): number => NOW - hours * HOUR_MS;

	it('backs up what was attached and has no young snapshot', () => {
		check({}, {}, 'back-up');
		check({}, { mode: 'onAttach' }, 'back-up');
		check({ snapshotTimesMs: [ago(40), ago(13)] }, { mode: 'onAttach' }, 'back-up');
	});

	it('leaves one with a young snapshot alone until it is its turn', () => {
		check({ snapshotTimesMs: [ago(3), ago(40)] }, { mode: 'onAttach' }, 'fresh');
		check({ snapshotTimesMs: [ago(3)] }, { mode: 'both' }, 'fresh 9h');
		check({ snapshotTimesMs: [ago(11)] }, { mode: 'inWindow' }, 'fresh 1.75h');
		check({ snapshotTimesMs: [ago(11.75)], attachedAtMs: ago(30) }, { mode: 'inWindow', window: '20:00-21:00' }, 'fresh 0.25h');
	});

	it('counts an attachment once', () => {
		check({ snapshotTimesMs: [ago(13)], attachedAtMs: ago(14) }, { mode: 'onAttach' }, 'next-attach');
		// It was young when the phone was attached.
		check({ snapshotTimesMs: [ago(13)], attachedAtMs: ago(5) }, { mode: 'onAttach' }, 'next-attach');
		check({ snapshotTimesMs: [ago(13)], attachedAtMs: ago(5) }, { mode: 'both' }, 'outside-window 1.75h');
		check({ snapshotTimesMs: [ago(30)], attachedAtMs: ago(5) }, { mode: 'onAttach' }, 'back-up');
	});

	it('waits for the window, also across midnight', () => {
		check({ attachedAtMs: ago(5) }, { mode: 'inWindow' }, 'outside-window 1.75h');
		check({ attachedAtMs: ago(5) }, { mode: 'inWindow', window: '20:00-06:00' }, 'back-up');
		check({ attachedAtMs: ago(5) }, { mode: 'inWindow', window: '21:00-20:30' }, 'back-up');
		check({ attachedAtMs: ago(5) }, { mode: 'inWindow', window: '00:00-00:00' }, 'back-up');
	});

	it('waits for what a person can change, and says what', () => {
		check({ device: { trust: 'not-paired' } }, {}, 'not-paired');
		check({ device: { trust: 'stale' } }, {}, 'not-paired');
		check({ device: { transport: 'network' } }, {}, 'wifi');
		check({ device: { transport: 'network' } }, { overWifi: true }, 'back-up');
		check({ device: { charging: false, onPower: false } }, {}, 'not-charging');
		check({ device: { charging: undefined, onPower: undefined } }, {}, 'not-charging');
		check({ device: { charging: false, onPower: true, batteryPercent: 100 } }, {}, 'back-up');
		check({ device: { charging: false, onPower: false } }, { onlyWhenCharging: false }, 'back-up');
		check({ device: { batteryPercent: 29 } }, {}, 'battery-low');
		check({ device: { batteryPercent: 29 } }, { minBatteryPercent: 0 }, 'back-up');
		check({ device: { batteryPercent: undefined } }, {}, 'back-up');
		check({ device: { locked: true } }, {}, 'locked');
		check({ device: { locked: undefined } }, {}, 'back-up');
		check({ freeBytes: 2 * GB }, {}, 'no-space');
		check({ freeBytes: 4 * GB, lastAddedBytes: 3 * GB }, {}, 'no-space');
		check({ freeBytes: undefined }, {}, 'back-up');
		check({ isBusy: true }, {}, 'busy');
	});

	it('tries again what failed, later each time, and what was cancelled only when it is due again', () => {
		const tried = (outcome: 'failed' | 'cancelled' | 'busy', failures: number, minutesAgo: number): Differing => ({
			lastTry: { outcome, failures, endedAtMs: NOW - minutesAgo * MINUTE_MS },
		});
		check(tried('failed', 1, 5), {}, `failed ${10 / 60}h`);
		check(tried('failed', 2, 5), {}, `failed ${25 / 60}h`);
		check(tried('failed', 50, 0), {}, 'failed 6h');
		check(tried('failed', 1, 15), {}, 'back-up');
		check(tried('cancelled', 0, 60), {}, 'cancelled 11h');
		check(tried('busy', 0, 0.5), {}, `busy ${0.5 / 60}h`);
		check(tried('busy', 0, 1), {}, 'back-up');
	});

	it('is not stopped by a clock that was set back', () => {
		check({ snapshotTimesMs: [NOW + 24 * 365 * HOUR_MS], attachedAtMs: NOW + HOUR_MS }, { mode: 'onAttach' }, 'back-up');
		check({ lastTry: { outcome: 'failed', failures: 9, endedAtMs: NOW + 24 * HOUR_MS } }, {}, 'back-up');
		// Of a host whose clock is a little ahead.
		check({ snapshotTimesMs: [NOW + MINUTE_MS] }, { mode: 'onAttach' }, 'fresh');
	});

	it('says until when it can be done: a person is near, or the window is open', () => {
		const deadline = (what: Differing, by: Partial<AutomaticRules>): number => {
			const decision = decide(facts(what), rules(by), NOW);
			assert.equal(decision.act, 'back-up');
			return decision.act === 'back-up' ? (decision.deadlineMs - NOW) / MINUTE_MS : NaN;
		};
		assert.equal(deadline({}, { mode: 'onAttach' }), 2);
		assert.equal(deadline({}, { mode: 'inWindow', window: '20:00-20:30' }), 15);
		assert.equal(deadline({}, { mode: 'inWindow', window: '20:00-20:00' }), Infinity);
	});
});

describe('Any decision', () => {
	const hours = (max: number): fc.Arbitrary<number> => fc.integer({ min: -max * 60, max: max * 60 }).map((minutes) => minutes * MINUTE_MS);
	const minute = fc.integer({ min: 0, max: 24 * 60 - 1 });
	const clock = (minutes: number): string =>
		`${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
	const anyRules: fc.Arbitrary<AutomaticRules> = fc.record({
		mode: fc.constantFrom('onAttach' as const, 'inWindow' as const, 'both' as const),
		window: fc.tuple(minute, minute).map(([from, to]) => `${clock(from)}-${clock(to)}`),
		everyHours: fc.integer({ min: 1, max: 24 * 7 }),
		minBatteryPercent: fc.integer({ min: 0, max: 100 }),
		onlyWhenCharging: fc.boolean(),
		overWifi: fc.boolean(),
	});
	const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
	const at = hours(24 * 40).map((ms) => NOW + ms);
	const anyFacts: fc.Arbitrary<AutomaticFacts> = fc.record({
		device: fc.record({
			trust: fc.constantFrom('paired' as const, 'paired' as const, 'paired' as const, 'not-paired' as const, 'stale' as const),
			transport: fc.constantFrom('usb' as const, 'network' as const),
			locked: fc.constantFrom(false, false, undefined, true),
			batteryPercent: maybe(fc.integer({ min: 0, max: 100 })),
			charging: maybe(fc.boolean()),
			onPower: maybe(fc.boolean()),
		}),
		attachedAtMs: at,
		snapshotTimesMs: fc.array(at, { maxLength: 5 }),
		lastTry: maybe(
			fc.record({
				endedAtMs: at,
				outcome: fc.constantFrom('failed' as const, 'cancelled' as const, 'busy' as const),
				failures: fc.integer({ min: 0, max: 2000 }),
			}),
		),
		isBusy: fc.constantFrom(false, false, false, true),
		freeBytes: maybe(fc.integer({ min: 0, max: 3e12 })),
		lastAddedBytes: fc.integer({ min: 0, max: 1e12 }),
	});
	const now = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 11, 31) });

	it('to back up holds all gates, the window or the attachment, and the interval', () => {
		fc.assert(
			fc.property(anyFacts, anyRules, now, (what, by, nowMs) => {
				const decision = decide(what, by, nowMs);
				fc.pre(decision.act === 'back-up');
				const { device } = what;
				assert.ok(device.trust === 'paired' && device.locked !== true && !what.isBusy);
				assert.ok(device.transport === 'usb' || by.overWifi);
				assert.ok(!by.onlyWhenCharging || device.charging === true || device.onPower === true);
				assert.ok(device.batteryPercent === undefined || device.batteryPercent >= by.minBatteryPercent);
				const everyMs = by.everyHours * HOUR_MS;
				assert.ok(what.snapshotTimesMs.every((ms) => ms <= nowMs - everyMs || ms > nowMs + 5 * MINUTE_MS));
				const [from, to] = by.window.split('-').map((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)));
				const isOpen = windowAt({ fromMinute: from ?? 0, toMinute: to ?? 0 }, nowMs).isOpen;
				assert.ok(by.mode !== 'inWindow' || isOpen);
			}),
			{ numRuns: 300 },
		);
	});

	it('to wait looks ahead, and no further than the interval and the window', () => {
		fc.assert(
			fc.property(anyFacts, anyRules, now, (what, by, nowMs) => {
				const decision = decide(what, by, nowMs);
				fc.pre(decision.act === 'wait' && decision.untilMs !== undefined);
				const waitMs = (decision.untilMs ?? NaN) - nowMs;
				assert.ok(waitMs > 0);
				assert.ok(waitMs <= by.everyHours * HOUR_MS + 51 * HOUR_MS);
			}),
			{ numRuns: 500 },
		);
	});

	it('comes to an end: when only the clock goes on, it waits for something else then', () => {
		fc.assert(
			fc.property(anyFacts, anyRules, now, (what, by, startMs) => {
				let nowMs = startMs;
				for (let looks = 0; ; looks++) {
					const decision = decide(what, by, nowMs);
					if (decision.act === 'back-up' || decision.untilMs === undefined) {
						return;
					}
					// Young once, outside the window once, tried once; the times in the facts may lie ahead, and come to count.
					assert.ok(looks < 2 * (what.snapshotTimesMs.length + 3), 'it waits and waits');
					nowMs = decision.untilMs;
				}
			}),
			{ numRuns: 500 },
		);
	});

	it('takes a snapshot as it counts: after it nothing is done within the interval', () => {
		fc.assert(
			fc.property(anyFacts, anyRules, now, fc.double({ min: 0, max: 0.999, noNaN: true }), (what, by, nowMs, part) => {
				const taken = { ...what, snapshotTimesMs: [...what.snapshotTimesMs, nowMs] };
				assert.notEqual(decide(taken, by, nowMs + by.everyHours * HOUR_MS * part).act, 'back-up');
			}),
		);
	});
});
