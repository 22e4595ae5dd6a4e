import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readTimeWindow } from '../../../../src/contract/index.ts';
import { nextOpenMs, windowAt } from '../../../../src/engine/automatic/window.ts';

const HOUR_MS = 3_600_000;
const minute = fc.integer({ min: 0, max: 24 * 60 - 1 });
const windows = fc.record({ fromMinute: minute, toMinute: minute });
/** Both changes of the clocks of every zone lie in here. */
const moments = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 0, 1) });

describe('readTimeWindow', () => {
	const check = (text: string, expected: [number, number] | undefined): void => {
		const window = readTimeWindow(text);
		assert.deepEqual(window === undefined ? undefined : [window.fromMinute, window.toMinute], expected, text);
	};

	it('reads two times of day, and nothing else', () => {
		check('22:00-06:00', [22 * 60, 6 * 60]);
		check(' 9:05 – 17:30 ', [9 * 60 + 5, 17 * 60 + 30]);
		check('20:00-24:00', [20 * 60, 0]);
		check('00:00-00:00', [0, 0]);
		for (const text of ['', '22-6', '24:00-06:00', '22:60-06:00', '22:00-24:01', '22:00', '22:00-06:00-07:00', '-1:00-2:00']) {
			check(text, undefined);
		}
	});
});

for (const zone of ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'UTC']) {
	describe(`A window of the day in ${zone}`, () => {
		const { TZ } = process.env;
		before(() => {
			process.env['TZ'] = zone;
		});
		after(() => {
			if (TZ === undefined) {
				delete process.env['TZ'];
			} else {
				process.env['TZ'] = TZ;
			}
		});

		/** By the clock on the wall, without looking at days: a second way to say whether it is open. */
		const isOpenByClock = ({ fromMinute, toMinute }: { fromMinute: number; toMinute: number }, atMs: number): boolean => {
			const at = new Date(atMs);
			const now = at.getHours() * 60 + at.getMinutes();
			return fromMinute < toMinute ? now >= fromMinute && now < toMinute : now >= fromMinute || now < toMinute;
		};
		const changesClocks = (atMs: number): boolean =>
			new Date(atMs - 30 * HOUR_MS).getTimezoneOffset() !== new Date(atMs + 30 * HOUR_MS).getTimezoneOffset();

		it('is open by the clock on the wall, days on which that is changed aside', () => {
			fc.assert(
				fc.property(windows, moments, (window, atMs) => {
					fc.pre(!changesClocks(atMs));
					assert.equal(windowAt(window, atMs).isOpen, isOpenByClock(window, atMs));
				}),
			);
		});

		it('changes when it says so and not before, also where the clocks are changed', () => {
			fc.assert(
				fc.property(windows, moments, fc.double({ min: 0, max: 0.999, noNaN: true }), (window, atMs, part) => {
					const { isOpen, changesAtMs } = windowAt(window, atMs);
					if (window.fromMinute === window.toMinute) {
						assert.deepEqual([isOpen, changesAtMs], [true, Infinity]);
						return;
					}
					assert.ok(changesAtMs > atMs && changesAtMs - atMs <= 50 * HOUR_MS);
					assert.equal(windowAt(window, Math.floor(atMs + (changesAtMs - atMs) * part)).isOpen, isOpen);
					if (!isOpen) {
						assert.equal(windowAt(window, changesAtMs).isOpen, true);
					}
				}),
			);
		});

		it('is next open now, or when it opens', () => {
			fc.assert(
				fc.property(windows, moments, (window, atMs) => {
					const openMs = nextOpenMs(window, atMs);
					assert.ok(openMs >= atMs && windowAt(window, openMs).isOpen);
					assert.equal(openMs === atMs, windowAt(window, atMs).isOpen);
				}),
			);
		});
	});
}
