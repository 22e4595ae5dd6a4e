import type { Coverage, FromTimeline, ToTimeline } from '../../contract/index.ts';
import { Answers, type Asked } from './answers.ts';

/** Asks the host what a snapshot holds when the reader opens it, and keeps the latest answers: snapshots do not change. */
export class Coverages {
	readonly #host: { send(message: FromTimeline): void };
	readonly #changed: () => void;
	readonly #answers = new Answers<Coverage>();
	#open: string | undefined;

	/** @param changed - there is something else to show. */
	constructor(host: { send(message: FromTimeline): void }, changed: () => void) {
		this.#host = host;
		this.#changed = changed;
	}

	/** What is shown of a snapshot; undefined while it is not open. Going to another one closes it: it is not read in passing. */
	of(snapshot: string): Asked<Coverage> | undefined {
		if (this.#open !== snapshot) {
			this.#open = undefined;
		}
		return this.#open === undefined ? undefined : this.#answers.get(snapshot);
	}

	/** The reader opened or closed it. What failed before is asked for again. */
	show(snapshot: string, isOpen: boolean): void {
		if (isOpen === (this.#open === snapshot)) {
			return;
		}
		this.#open = isOpen ? snapshot : undefined;
		const known = this.#answers.get(snapshot)?.state;
		if (isOpen && known !== 'done' && known !== 'loading') {
			this.#answers.ask(snapshot, (request) => this.#host.send({ type: 'coverage', request, snapshot }));
		}
		this.#changed();
	}

	answer({ request, coverage, error }: Extract<ToTimeline, { type: 'coverage' }>): void {
		if (this.#answers.answer(request, coverage, error)) {
			this.#changed();
		}
	}

	/** Another device is shown. */
	forget(): void {
		this.#answers.forget();
		this.#open = undefined;
	}
}
