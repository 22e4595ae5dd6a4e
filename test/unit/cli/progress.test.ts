import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BarView } from '../../../src/cli/progress/bar.ts';
import { RemainingTime } from '../../../src/cli/progress/estimate.ts';
import { JsonView, LinesView } from '../../../src/cli/progress/lines.ts';
import { quietView } from '../../../src/cli/progress/view.ts';
import { createStyle } from '../../../src/cli/style.ts';
import { textWidth } from '../../../src/cli/textWidth.ts';
import type { JobNotice, JobProgress } from '../../../src/contract/index.ts';
import { FakeClock, FakeIo } from './fakeIo.ts';

const progress = (overrides: Partial<JobProgress> = {}): JobProgress => ({
	phase: 'transferring',
	transferredBytes: 0,
	transferredFiles: 0,
	...overrides,
});
const passcode: JobNotice = { code: 'PASSCODE_NEEDED', message: 'Enter the passcode on the device now.', details: {} };

function bar(columns: number): { io: FakeIo; clock: FakeClock; view: BarView; frames: () => string[] } {
	const clock = new FakeClock();
	const io = new FakeIo({ tty: true, columns, clock });
	return { io, clock, view: new BarView(io.err, clock, createStyle(false)), frames: () => io.stderr.split('\r\u001b[2K').slice(1) };
}

describe('Progress bar', () => {
	it('never runs backwards, whatever is reported', () => {
		const reports = fc.array(
			fc.record({
				percent: fc.option(fc.double({ min: -5, max: 120, noNaN: true }), { nil: undefined }),
				transferredBytes: fc.nat(1e9),
				transferredFiles: fc.nat(1000),
			}),
			{ minLength: 1, maxLength: 40 },
		);
		fc.assert(
			fc.property(reports, (list) => {
				const { clock, view, frames } = bar(100);
				list.forEach((report) => {
					view.update(progress(report));
					clock.advance(100);
				});
				view.end();
				const percents = frames()
					.flatMap((frame) => /(\d+) %/.exec(frame)?.[1] ?? [])
					.map(Number);
				assert.deepEqual(
					percents,
					[...percents].sort((a, b) => a - b),
				);
				assert.ok(percents.every((percent) => percent <= 100));
				const full = frames().map((frame) => frame.split('█').length);
				assert.ok(full.every((cells) => cells <= 31));
			}),
		);
	});

	it('begins anew for the restore that follows the safety snapshot of a roll-back', () => {
		const { clock, view, frames } = bar(100);
		for (const [phase, percent] of [
			['transferring', 100],
			['verifying', 100],
			['preparing', undefined],
			['transferring', 2],
		] as const) {
			view.update(progress({ phase, percent, transferredBytes: 5e6 }));
			clock.advance(100);
		}
		assert.match(frames().at(-1) ?? '', / 2 %/);
	});

	it('fits every width', () => {
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 200 }), fc.double({ min: 0, max: 100, noNaN: true }), (columns, percent) => {
				const { clock, view, frames } = bar(columns);
				view.update(progress({ percent, transferredBytes: 3.1e9, transferredFiles: 20_000, expectedBytes: 9e9 }));
				clock.advance(300);
				view.update(progress({ phase: 'waiting-for-passcode' }));
				clock.advance(4000);
				assert.ok(frames().every((frame) => textWidth(frame) < Math.max(columns, 2)));
			}),
		);
	});

	it('says phases in words, sizes and what is left', () => {
		const { clock, view, frames } = bar(120);
		view.update(progress({ phase: 'waiting-for-passcode' }));
		clock.advance(5000);
		assert.match(frames().at(-1) ?? '', /Waiting for the passcode {2}\d\.0 s/);
		view.update(progress({ percent: 0 }));
		for (let percent = 1; percent <= 35; percent++) {
			clock.advance(2000);
			view.update(progress({ percent, transferredBytes: percent * 88e6, expectedBytes: 9e9 }));
		}
		clock.advance(100);
		assert.match(frames().at(-1) ?? '', /Transferring {2}█+░+ {3}35 % {2}3\.1 of ~9\.0 GB {2}about 2 min left/);
	});

	it('makes room for remarks and leaves nothing behind', () => {
		const { io, clock, view } = bar(80);
		view.update(progress({ percent: 10 }));
		view.notice(passcode);
		view.end();
		const length = io.stderr.length;
		clock.advance(10_000);
		view.update(progress({ percent: 20 }));
		assert.equal(io.stderr.length, length);
		// eslint-disable-next-line no-control-regex
		assert.match(io.stderr, /\r\u001b\[2K▸ Enter the passcode on the device now\.\n/);
		assert.ok(io.stderr.endsWith('\r\u001b[2K'));
	});
});

describe('Progress as lines', () => {
	it('says each phase once and a transfer now and then', () => {
		const clock = new FakeClock();
		const lines: string[] = [];
		const view = new LinesView((line) => lines.push(line), clock);
		view.update(progress({ phase: 'preparing' }));
		view.update(progress({ phase: 'preparing' }));
		view.notice(passcode);
		for (let percent = 0; percent <= 100; percent++) {
			clock.advance(100);
			view.update(progress({ percent, transferredBytes: percent * 1e6, expectedBytes: 100e6 }));
		}
		assert.deepEqual(lines, [
			'Preparing…',
			'Enter the passcode on the device now.',
			'Transferring…',
			'Transferring: 25 %, 25.0 of ~100 MB',
			'Transferring: 50 %, 50.0 of ~100 MB',
			'Transferring: 75 %, 75.0 of ~100 MB',
			'Transferring: 100 %, 100 of ~100 MB',
		]);
	});

	it('shows controls in a notice instead of obeying them', () => {
		const lines: string[] = [];
		const details = { path: 'a\u001b[2Jb' };
		new LinesView((line) => lines.push(line), new FakeClock()).notice({
			code: 'FILE_SKIPPED',
			message: 'A file could not be read:',
			details,
		});
		assert.deepEqual(lines, ['A file could not be read: a\\u001b[2Jb']);
	});
});

describe('Progress as JSON', () => {
	it('is one object a line, not more than five a second, and ends with the last state', () => {
		const clock = new FakeClock();
		const lines: string[] = [];
		const view = new JsonView((line) => lines.push(line), clock);
		for (let percent = 0; percent <= 100; percent++) {
			clock.advance(10);
			view.update(progress({ percent }));
		}
		view.notice(passcode);
		view.end();
		const objects = lines.map((line) => JSON.parse(line) as { type: string; schemaVersion: number; percent?: number });
		assert.ok(objects.length <= 8);
		assert.ok(objects.every((object) => object.schemaVersion === 1));
		assert.deepEqual(
			objects.slice(-2).map(({ type, percent }) => [type, percent]),
			[
				['progress', 100],
				['notice', undefined],
			],
		);
	});
});

describe('Quiet progress', () => {
	it('still says when a person must act', () => {
		const lines: string[] = [];
		const view = quietView((line) => lines.push(line));
		view.update(progress());
		view.notice({ ...passcode, code: 'SPACE_WANTED' });
		view.notice(passcode);
		assert.deepEqual(lines, ['Enter the passcode on the device now.']);
	});
});

describe('Estimate of what is left', () => {
	it('says nothing until it knows something, then follows the recent pace', () => {
		const estimate = new RemainingTime();
		assert.equal(estimate.next(0, 0), undefined);
		assert.equal(estimate.next(1000, 10), undefined);
		assert.equal(estimate.next(10_000, 20), 40_000);
		for (let second = 11; second <= 200; second++) {
			estimate.next(second * 1000, 20 + second / 10);
		}
		const remaining = estimate.next(201_000, 40.1) ?? 0;
		assert.ok(Math.abs(remaining - 599_000) < 30_000, String(remaining));
	});
});
