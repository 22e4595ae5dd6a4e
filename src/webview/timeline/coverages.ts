import type { FromTimeline, ToTimeline } from '../../contract/index.ts';
import type { CoverageState } from './view/coverage.ts';

/** Answers that are kept; older ones are asked for again. */
const MAX_KEPT = 20;

/** Asks the host what a snapshot holds when the reader opens it, and keeps the latest answers: snapshots do not change. */
export class Coverages {
	readonly #host: { send(message: FromTimeline): void };
	readonly #changed: () => void;
	readonly #states = new Map<string, CoverageState>();
	readonly #waiting = new Map<number, string>();
	#open: string | undefined;
	#lastRequest = 0;

	/** @param changed - there is something else to show. */
	constructor(host: { send(message: FromTimeline): void }, changed: () => void) {
		this.#host = host;
		this.#changed = changed;
	}

	/** What is shown of a snapshot; undefined while it is not open. Going to another one closes it: it is not read in passing. */
	of(snapshot: string): CoverageState | undefined {
		if (this.#open !== snapshot) {
			this.#open = undefined;
		}
		return this.#open === undefined ? undefined : this.#states.get(snapshot);
	}

	/** The reader opened or closed it. What failed before is asked for again. */
	show(snapshot: string, isOpen: boolean): void {
		if (isOpen === (this.#open === snapshot)) {
			return;
		}
		this.#open = isOpen ? snapshot : undefined;
		const known = this.#states.get(snapshot)?.state;
		if (isOpen && known !== 'done' && known !== 'loading') {
			this.#ask(snapshot);
		}
		this.#changed();
	}

	answer({ request, coverage, error }: Extract<ToTimeline, { type: 'coverage' }>): void {
		const snapshot = this.#waiting.get(request);
		this.#waiting.delete(request);
		if (snapshot === undefined) {
			return;
		}
		this.#states.set(snapshot, coverage === undefined ? { state: 'failed', message: error?.message ?? '' } : { state: 'done', coverage });
		this.#changed();
	}

	/** Another device is shown. */
	forget(): void {
		this.#states.clear();
		this.#waiting.clear();
		this.#open = undefined;
	}

	#ask(snapshot: string): void {
		const oldest = this.#states.keys().next();
		if (this.#states.size >= MAX_KEPT && oldest.done !== true) {
			this.#states.delete(oldest.value);
		}
		const request = ++this.#lastRequest;
		this.#states.set(snapshot, { state: 'loading' });
		this.#waiting.set(request, snapshot);
		this.#host.send({ type: 'coverage', request, snapshot });
	}
}
