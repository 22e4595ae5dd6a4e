import { Disposable, type Clock } from '../base/index.ts';

/**
 * Runs something at most once in a while: at once when it has rested, else when the time is over.
 */
export class Throttle extends Disposable {
	readonly #clock: Clock;
	readonly #intervalMs: number;
	readonly #run: () => void;
	#lastAt = -Infinity;
	#isWaiting = false;

	constructor(clock: Clock, intervalMs: number, run: () => void) {
		super();
		this.#clock = clock;
		this.#intervalMs = intervalMs;
		this.#run = run;
	}

	/** Asks for a run. */
	trigger(): void {
		if (this.#isWaiting || this.isDisposed) {
			return;
		}
		const restMs = this.#lastAt + this.#intervalMs - this.#clock.now();
		if (restMs <= 0) {
			this.#fire();
			return;
		}
		this.#isWaiting = true;
		this.register(
			this.#clock.after(restMs, () => {
				this.#isWaiting = false;
				if (!this.isDisposed) {
					this.#fire();
				}
			}),
		);
	}

	#fire(): void {
		this.#lastAt = this.#clock.now();
		this.#run();
	}
}
