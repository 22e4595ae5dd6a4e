import type { FromTimeline, ToTimeline } from '../../contract/index.ts';
import type { DiffState } from './view/diff.ts';

/** Comparisons that are kept; older ones are asked for again. */
const MAX_KEPT = 20;

/** Asks the host for comparisons, once for each pair, and keeps the latest answers. */
export class Comparisons {
	readonly #host: { send(message: FromTimeline): void };
	readonly #changed: () => void;
	readonly #states = new Map<string, DiffState>();
	readonly #waiting = new Map<number, string>();
	#lastRequest = 0;

	/** @param changed - an answer is there. */
	constructor(host: { send(message: FromTimeline): void }, changed: () => void) {
		this.#host = host;
		this.#changed = changed;
	}

	/** What is known of the difference between two snapshots now; asks for it when nothing is. */
	between(before: string, after: string): DiffState {
		const key = `${before} ${after}`;
		const known = this.#states.get(key);
		if (known !== undefined) {
			return known;
		}
		const oldest = this.#states.keys().next();
		if (this.#states.size >= MAX_KEPT && oldest.done !== true) {
			this.#states.delete(oldest.value);
		}
		const asked: DiffState = { state: 'loading' };
		this.#states.set(key, asked);
		const request = ++this.#lastRequest;
		this.#waiting.set(request, key);
		this.#host.send({ type: 'diff', request, before, after });
		return asked;
	}

	answer(message: Extract<ToTimeline, { type: 'diff' }>): void {
		const key = this.#waiting.get(message.request);
		this.#waiting.delete(message.request);
		if (key === undefined || !this.#states.has(key)) {
			return;
		}
		this.#states.set(
			key,
			message.diff === undefined ? { state: 'failed', message: message.error?.message ?? '' } : { state: 'done', diff: message.diff },
		);
		this.#changed();
	}

	/** Snapshots changed: what was found no longer holds. */
	forget(): void {
		this.#states.clear();
		this.#waiting.clear();
	}
}
