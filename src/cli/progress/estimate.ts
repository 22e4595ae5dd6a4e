/** Before that much time and progress an estimate is a guess, and a guess that jumps is worse than none. */
const LEAST_MS = 8000;
const LEAST_PERCENT = 3;
/** How far back the pace is measured. */
const WINDOW_MS = 45_000;

/** Estimates the rest of a transfer from its recent pace. */
export class RemainingTime {
	readonly #samples: { atMs: number; percent: number }[] = [];

	/** @returns milliseconds that remain, or undefined while nobody can say. */
	next(nowMs: number, percent: number): number | undefined {
		const last = this.#samples.at(-1);
		if (last !== undefined && percent < last.percent) {
			// Another transfer has begun.
			this.#samples.length = 0;
		}
		if (last === undefined || percent !== last.percent) {
			this.#samples.push({ atMs: nowMs, percent });
		}
		while (this.#samples.length > 2 && nowMs - (this.#samples[1]?.atMs ?? nowMs) > WINDOW_MS) {
			this.#samples.shift();
		}
		const first = this.#samples[0];
		const elapsedMs = nowMs - (first?.atMs ?? nowMs);
		const gained = percent - (first?.percent ?? percent);
		if (elapsedMs < LEAST_MS || gained < LEAST_PERCENT) {
			return undefined;
		}
		return (elapsedMs / gained) * (100 - percent);
	}
}
