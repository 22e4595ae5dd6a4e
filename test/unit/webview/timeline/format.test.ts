import assert from 'node:assert/strict';
import { eventText, Format, phaseText, titleOf, triggerText } from '../../../../src/webview/timeline/format.ts';
import { snapshotInfo } from '../../../support/timeline/snapshots.ts';

const format = new Format('en');
const now = new Date(2026, 10, 22, 12, 0).getTime();
const iso = (...parts: [number, number, number, number, number]): string => new Date(...parts).toISOString();

describe('timeline texts', () => {
	it('writes sizes as the device counts them', () => {
		const cases: readonly (readonly [number, string])[] = [
			[0, '0 bytes'],
			[999, '999 bytes'],
			[1_000, '1 kB'],
			[999_600, '1 MB'],
			[1_840_000_000, '1.8 GB'],
			[64_000_000_000, '64 GB'],
		];
		for (const [bytes, expected] of cases) {
			assert.equal(format.bytes(bytes), expected);
		}
		assert.deepEqual([format.change(1_200_000), format.change(-3_000)], ['+1.2 MB', '−3 kB']);
	});

	it('writes times relative to today', () => {
		assert.match(format.when(iso(2026, 10, 22, 9, 5), now), /^Today, 9:05/);
		assert.match(format.when(iso(2026, 10, 21, 23, 59), now), /^Yesterday, 11:59/);
		assert.match(format.when(iso(2026, 10, 1, 9, 5), now), /^Nov 1, 2026, 9:05/);
		assert.match(format.whenInside(iso(2026, 10, 21, 23, 59), now), /^yesterday, 11:59/);
		assert.deepEqual(
			[format.age(iso(2026, 10, 19, 12, 0), now), format.age(iso(2026, 10, 22, 9, 0), now), format.age(iso(2024, 10, 1, 0, 0), now)],
			['3 days ago', '3 hours ago', '2 years ago'],
		);
		assert.deepEqual(
			[format.age(iso(2026, 10, 22, 11, 58), now), format.age(iso(2026, 10, 22, 12, 0), now)],
			['2 minutes ago', 'just now'],
		);
		assert.deepEqual(format.edges(now - 5 * 86_400_000, now), ['Nov 17, 2026', 'Nov 22, 2026']);
		assert.match(format.edges(now - 60_000, now).join(), /^11:59.*,12:00/);
	});

	it('shows what is no time as it is, and a language that nobody knows in English', () => {
		assert.equal(format.when('yesterday-ish', now), 'yesterday-ish');
		assert.equal(format.age('yesterday-ish', now), '');
		assert.match(new Format('not a language!').when(iso(2026, 10, 22, 9, 5), now), /^Today/);
		assert.match(new Format('de').when(iso(2026, 10, 22, 9, 5), now), /^Heute, 09:05/);
	});

	it('calls a snapshot by its name, else by its time', () => {
		assert.equal(titleOf(snapshotInfo({ id: 'a', name: 'fresh' }), format, now), 'fresh');
		assert.match(titleOf(snapshotInfo({ id: 'a', takenAt: iso(2026, 10, 22, 9, 5) }), format, now), /^Today/);
	});

	it('says what happened and what is going on', () => {
		assert.equal(triggerText('before-deploy'), 'before deploy');
		assert.equal(triggerText('of-a-later-version'), 'of-a-later-version');
		assert.equal(eventText({ id: 'e', at: '', kind: 'rolled-back', subject: 'fresh' }), 'Rolled back to fresh');
		const job = {
			id: 'j',
			kind: 'snapshot',
			startedAt: '',
			cancelling: false,
			phase: 'transferring',
			transferredBytes: 3.1e9,
			expectedBytes: 9e9,
		} as const;
		assert.equal(phaseText(job, format), 'transferring 3.1 GB of about 9 GB');
		assert.match(phaseText({ ...job, waitsFor: 'passcode' }, format), /enter it on the device now/);
		assert.equal(phaseText({ ...job, cancelling: true, waitsFor: 'passcode' }, format), 'cancelling');
	});
});
