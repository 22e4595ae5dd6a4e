import type { IDisposable } from './disposable.ts';

/** Time as an injected dependency, so that tests need not wait. */
export interface Clock {
	/** Milliseconds since 1970. */
	now(): number;
	/** Calls back once after `delayMs`; dispose the result to prevent it. */
	after(delayMs: number, callback: () => void): IDisposable;
}

/** Resolves after `delayMs` of the given clock. */
export function delay(clock: Clock, delayMs: number): Promise<void> {
	return new Promise((resolve) => {
		clock.after(delayMs, resolve);
	});
}
