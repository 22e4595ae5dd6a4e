import type { Clock, IDisposable } from '../base/index.ts';

/** One of the two streams that a command writes to. Writing never throws: a reader that went away is reported by `CliIo.outClosed`. */
export interface OutputPort {
	readonly isTty: boolean;
	/** Width of the terminal in characters; 80 when it is none. */
	columns(): number;
	write(text: string): void;
	/** Writes bytes as they are, and resolves when there is room for more. Absent where only text is taken. */
	readonly writeBytes?: (bytes: Uint8Array) => Promise<void>;
}

/** The keyboard. */
export interface InputPort {
	readonly isTty: boolean;
	/** Delivers keys as they are typed, unechoed, until the result is disposed. Only for a terminal. */
	open(listener: (keys: string) => void): IDisposable;
}

/** Signals that ask a command to stop. */
export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** Everything outside that the command line touches, so that tests and the demo can put their own in its place. */
export interface CliIo {
	readonly out: OutputPort;
	readonly err: OutputPort;
	readonly input: InputPort;
	readonly environment: Readonly<Record<string, string | undefined>>;
	readonly clock: Clock;
	/** Aborted when nobody reads standard output any more. */
	readonly outClosed: AbortSignal;
	/** Follows stop signals; while anybody does, they do not end the process by themselves. */
	onStop(listener: (signal: StopSignal) => void): IDisposable;
	/** Ends the process at once. */
	exitNow(code: number): void;
}
