import { toDisposable, type Clock } from '../base/index.ts';

/** The time of this computer. */
export const systemClock: Clock = {
	now: () => Date.now(),
	after: (delayMs, callback) => {
		const timer = setTimeout(callback, delayMs);
		return toDisposable(() => clearTimeout(timer));
	},
};
