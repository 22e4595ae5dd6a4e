import { constants } from 'node:os';
import { AbortError, Disposable } from '../base/index.ts';
import type { CliIo, StopSignal } from './io.ts';

/** npm and some terminals deliver one Ctrl-C twice at almost the same moment; that is no second wish. */
const SAME_WISH_MS = 150;

/**
 * Ctrl-C and its relatives: the first aborts politely, so that the device is told and the folder is left in order; the second ends the
 * process at once with 128 + the signal's number. Also that is safe: whatever is on disk at any moment is valid or recognised as unfinished.
 */
export class Cancellation extends Disposable {
	readonly #controller = new AbortController();
	readonly #io: CliIo;
	readonly #onFirst: (signal: StopSignal) => void;
	#firstAt: number | undefined;

	/** @param onFirst - tells the user that it was heard. */
	constructor(io: CliIo, onFirst: (signal: StopSignal) => void) {
		super();
		this.#io = io;
		this.#onFirst = onFirst;
		this.register(io.onStop((signal) => this.#onSignal(signal)));
	}

	/** Aborted with an AbortError at the first signal. */
	get signal(): AbortSignal {
		return this.#controller.signal;
	}

	/** Cancels as Ctrl-C does, unsaid; for a prompt, where the terminal hands Ctrl-C over as a key and nothing is under way. */
	interrupt(): void {
		this.#firstAt ??= this.#io.clock.now();
		this.#controller.abort(new AbortError());
	}

	#onSignal(signal: StopSignal): void {
		const now = this.#io.clock.now();
		if (this.#firstAt === undefined) {
			this.#firstAt = now;
			this.#onFirst(signal);
			this.#controller.abort(new AbortError());
		} else if (now - this.#firstAt >= SAME_WISH_MS) {
			this.#io.exitNow(128 + constants.signals[signal]);
		}
	}
}
