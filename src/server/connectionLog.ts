import { redacted, type Logger } from '../base/index.ts';

/** Where lines of the log go, with their level: the console of a connection. */
export interface LogSink {
	debug(message: string): void;
	info(message: string): void;
	warn(message: string): void;
	error(message: string): void;
}

/** Shorter ones are found in every text. */
const SHORTEST_SECRET = 4;

/**
 * The log of this process. Whatever comes in is made fit to be shown around: UDIDs are cut short, longer numbers of devices left out, and
 * passwords that this process was given taken out, wherever they might have got in.
 */
export class ConnectionLog implements Logger {
	readonly #sink: LogSink;
	readonly #secrets = new Set<string>();

	constructor(sink: LogSink) {
		this.#sink = sink;
	}

	/** Never lets this text through. */
	hide(secret: string): void {
		if (secret.length >= SHORTEST_SECRET) {
			this.#secrets.add(secret);
		}
	}

	debug(message: string): void {
		this.#sink.debug(this.#clean(message));
	}

	info(message: string): void {
		this.#sink.info(this.#clean(message));
	}

	warn(message: string): void {
		this.#sink.warn(this.#clean(message));
	}

	error(message: string): void {
		this.#sink.error(this.#clean(message));
	}

	#clean(message: string): string {
		let text = message;
		for (const secret of this.#secrets) {
			text = text.replaceAll(secret, '…');
		}
		return redacted(text);
	}
}
