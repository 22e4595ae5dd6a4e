import assert from 'node:assert/strict';
import { automaticLine } from '../../../src/cli/automaticText.ts';
import type { AutomaticState } from '../../../src/contract/index.ts';

describe('automaticLine', () => {
	const now = new Date(2026, 10, 22, 20, 15).getTime();
	const rules = {
		mode: 'both',
		window: '22:00-06:00',
		everyHours: 12,
		minBatteryPercent: 40,
		onlyWhenCharging: false,
		overWifi: false,
	} as const;
	const check = (state: Omit<AutomaticState, 'udid'>, expected: string): void =>
		assert.equal(automaticLine({ udid: 'a', ...state }, rules, now), expected);

	it('says why a device waits, and when it is its turn', () => {
		const until = new Date(2026, 10, 22, 22).toISOString();
		const lastSnapshotAt = new Date(now - 3 * 3_600_000).toISOString();
		check({ reason: 'backing-up' }, 'is being backed up');
		check({ reason: 'fresh', until, lastSnapshotAt }, 'was backed up 3 h 00 min ago, next 2026-11-22 22:00');
		check({ reason: 'fresh', lastSnapshotAt: new Date(now).toISOString() }, 'was backed up just now, next when it is attached again');
		check({ reason: 'outside-window', until }, 'next 2026-11-22 22:00');
		check({ reason: 'battery-low' }, 'waits until its battery is at 40 %');
		check({ reason: 'failed', until }, 'failed, next 2026-11-22 22:00');
	});
});
