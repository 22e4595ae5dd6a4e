import type { FromTimeline, RowsDiff, SnapshotDiff, ToTimeline } from '../../contract/index.ts';
import { Answers, type Asked } from './answers.ts';

/** Asks the host for comparisons, once for each pair, and keeps the latest answers. */
export class Comparisons {
	readonly #host: { send(message: FromTimeline): void };
	readonly #changed: () => void;
	readonly #answers = new Answers<SnapshotDiff>();
	readonly #rows = new Answers<RowsDiff>();

	/** @param changed - an answer is there. */
	constructor(host: { send(message: FromTimeline): void }, changed: () => void) {
		this.#host = host;
		this.#changed = changed;
	}

	/** What is known of the difference between two snapshots now; asks for it when nothing is. */
	between(before: string, after: string): Asked<SnapshotDiff> {
		const key = `${before} ${after}`;
		return this.#answers.get(key) ?? this.#answers.ask(key, (request) => this.#host.send({ type: 'diff', request, before, after }));
	}

	/** The same for the rows of databases, which the host has to read for it. */
	rowsBetween(before: string, after: string): Asked<RowsDiff> {
		const key = `${before} ${after}`;
		return this.#rows.get(key) ?? this.#rows.ask(key, (request) => this.#host.send({ type: 'rows', request, before, after }));
	}

	answerRows({ request, rows, error }: Extract<ToTimeline, { type: 'rows' }>): void {
		if (this.#rows.answer(request, rows, error)) {
			this.#changed();
		}
	}

	answer({ request, diff, error }: Extract<ToTimeline, { type: 'diff' }>): void {
		if (this.#answers.answer(request, diff, error)) {
			this.#changed();
		}
	}

	/** Snapshots changed: what was found no longer holds. */
	forget(): void {
		this.#answers.forget();
		this.#rows.forget();
	}
}
