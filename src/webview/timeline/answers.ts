import type { ErrorReport } from '../../contract/index.ts';

/** Something that the host is asked for: on its way, there, or refused with a sentence. */
export type Asked<T> =
	{ readonly state: 'loading' } | { readonly state: 'failed'; readonly message: string } | { readonly state: 'done'; readonly value: T };

/** Answers that are kept; older ones are asked for again. */
const MAX_KEPT = 20;

/** What the host was asked for, by key, with its latest answers. An answer to what is forgotten already is dropped. */
export class Answers<T> {
	readonly #states = new Map<string, Asked<T>>();
	readonly #waiting = new Map<number, string>();
	#lastRequest = 0;

	/** What is known now; undefined when it was not asked for. */
	get(key: string): Asked<T> | undefined {
		return this.#states.get(key);
	}

	/** Asks. @param send - sends the question under the number that its answer will carry. */
	ask(key: string, send: (request: number) => void): Asked<T> {
		const oldest = this.#states.keys().next();
		if (this.#states.size >= MAX_KEPT && oldest.done !== true) {
			this.#states.delete(oldest.value);
		}
		const asked: Asked<T> = { state: 'loading' };
		this.#states.set(key, asked);
		const request = ++this.#lastRequest;
		this.#waiting.set(request, key);
		send(request);
		return asked;
	}

	/** @param value - undefined when it failed. @returns whether somebody still wants it. */
	answer(request: number, value: T | undefined, error: ErrorReport | undefined): boolean {
		const key = this.#waiting.get(request);
		this.#waiting.delete(request);
		if (key === undefined || !this.#states.has(key)) {
			return false;
		}
		this.#states.set(key, value === undefined ? { state: 'failed', message: error?.message ?? '' } : { state: 'done', value });
		return true;
	}

	forget(): void {
		this.#states.clear();
		this.#waiting.clear();
	}
}
