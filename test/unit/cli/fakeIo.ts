import { toDisposable, type Clock, type IDisposable } from '../../../src/base/index.ts';
import type { CliIo, StopSignal } from '../../../src/cli/io.ts';

/** A clock that stands still until `advance` is called. */
export class FakeClock implements Clock {
	#now = Date.UTC(2026, 0, 2, 3, 4, 5);
	#timers: { atMs: number; callback: () => void }[] = [];

	now(): number {
		return this.#now;
	}

	after(delayMs: number, callback: () => void): IDisposable {
		const timer = { atMs: this.#now + delayMs, callback };
		this.#timers.push(timer);
		return toDisposable(() => {
			this.#timers = this.#timers.filter((other) => other !== timer);
		});
	}

	advance(ms: number): void {
		const until = this.#now + ms;
		for (;;) {
			const next = this.#timers.filter(({ atMs }) => atMs <= until).sort((a, b) => a.atMs - b.atMs)[0];
			if (next === undefined) {
				break;
			}
			this.#timers = this.#timers.filter((other) => other !== next);
			this.#now = next.atMs;
			next.callback();
		}
		this.#now = until;
	}
}

export interface FakeIoOptions {
	readonly tty?: boolean;
	readonly columns?: number;
	readonly environment?: Record<string, string | undefined>;
	/** Lines that a person types, each given when it is asked for. */
	readonly answers?: readonly string[];
	readonly clock?: Clock;
}

/** Terminal, environment and signals that a test looks into. */
export class FakeIo implements CliIo {
	stdout = '';
	stderr = '';
	readonly exits: number[] = [];
	readonly environment: Record<string, string | undefined>;
	readonly clock: Clock;
	readonly out: CliIo['out'];
	readonly err: CliIo['err'];
	readonly input: CliIo['input'];
	readonly closed = new AbortController();
	readonly #listeners = new Set<(signal: StopSignal) => void>();
	readonly #answers: string[];

	constructor(options: FakeIoOptions = {}) {
		const isTty = options.tty === true;
		const columns = (): number => options.columns ?? 100;
		this.environment = { NO_COLOR: '1', ...options.environment };
		this.clock = options.clock ?? new FakeClock();
		this.#answers = [...(options.answers ?? [])];
		this.out = { isTty, columns, write: (text) => void (this.stdout += text) };
		this.err = { isTty, columns, write: (text) => void (this.stderr += text) };
		this.input = {
			isTty,
			open: (listener) => {
				const answer = this.#answers.shift();
				if (answer !== undefined) {
					setImmediate(() => listener(answer));
				}
				return toDisposable(() => {});
			},
		};
	}

	get outClosed(): AbortSignal {
		return this.closed.signal;
	}

	onStop(listener: (signal: StopSignal) => void): IDisposable {
		this.#listeners.add(listener);
		return toDisposable(() => this.#listeners.delete(listener));
	}

	exitNow(code: number): void {
		this.exits.push(code);
	}

	/** How many follow signals now. */
	get followers(): number {
		return this.#listeners.size;
	}

	send(signal: StopSignal): void {
		[...this.#listeners].forEach((listener) => listener(signal));
	}

	/** The document on standard output; fails when there is anything else. */
	get document(): Record<string, unknown> {
		return JSON.parse(this.stdout) as Record<string, unknown>;
	}
}
