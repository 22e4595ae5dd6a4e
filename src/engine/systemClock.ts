import type { Clock } from '../base/index.ts';

/** The clock of this computer. */
export const systemClock: Clock = {
	now: () => Date.now(),
	after(delayMs, callback) {
		const timer = setTimeout(callback, delayMs);
		return { dispose: () => clearTimeout(timer) };
	},
};
