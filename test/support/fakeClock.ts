import { toDisposable, type Clock, type IDisposable } from '../../src/base/index.ts';

interface Timer {
	readonly dueAt: number;
	readonly callback: () => void;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
	#now: number;
	readonly #timers = new Set<Timer>();

	constructor(now = Date.UTC(2026, 0, 2, 3, 4, 5)) {
		this.#now = now;
	}

	/** How many callbacks are due some time. */
	get pending(): number {
		return this.#timers.size;
	}

	/** Milliseconds until each pending callback, soonest first. */
	get waits(): number[] {
		return [...this.#timers].map(({ dueAt }) => dueAt - this.#now).sort((a, b) => a - b);
	}

	now(): number {
		return this.#now;
	}

	after(delayMs: number, callback: () => void): IDisposable {
		const timer = { dueAt: this.#now + delayMs, callback };
		this.#timers.add(timer);
		return toDisposable(() => this.#timers.delete(timer));
	}

	/** Moves on by `durationMs` and calls back whatever is due, in order. */
	advance(durationMs: number): void {
		const end = this.#now + durationMs;
		for (;;) {
			const next = [...this.#timers].filter(({ dueAt }) => dueAt <= end).sort((a, b) => a.dueAt - b.dueAt)[0];
			if (next === undefined) {
				break;
			}
			this.#timers.delete(next);
			this.#now = Math.max(this.#now, next.dueAt);
			next.callback();
		}
		this.#now = end;
	}
}
