/**
 * An error with a stable code. Each room derives its own class and lists its codes;
 * scripts and the editor read `code`, so codes are added and never renamed.
 *
 * `details` holds facts that a caller may show or act on (`udid`, `offset`, `deviceError`): plain data, never a secret.
 */
export class CodedError<Code extends string = string> extends Error {
	readonly code: Code;
	readonly details: Readonly<Record<string, unknown>>;

	constructor(code: Code, message: string, options: { details?: Record<string, unknown>; cause?: unknown } = {}) {
		super(message, options.cause === undefined ? undefined : { cause: options.cause });
		this.name = new.target.name;
		this.code = code;
		this.details = options.details ?? {};
	}

	/** Tells whether `error` is of this class and, when codes are given, whether it carries one of them. */
	static is<T extends CodedError>(this: abstract new (...args: never[]) => T, error: unknown, ...codes: T['code'][]): error is T {
		return error instanceof this && (codes.length === 0 || codes.includes(error.code));
	}
}

/** What a cancelled operation rejects with. It is never shown as a failure. */
export class AbortError extends Error {
	constructor(message = 'The operation was cancelled.') {
		super(message);
		this.name = 'AbortError';
	}
}

/** True for our AbortError and for the platform's own (`AbortSignal.reason` of a plain `abort()`). */
export function isAbortError(error: unknown): boolean {
	return error instanceof Error && error.name === 'AbortError';
}

/** What an operation under `signal` rejects with once that has fired: the reason, where it is an AbortError that says more. */
export function abortErrorOf(signal: { readonly reason: unknown }): AbortError {
	return signal.reason instanceof AbortError ? signal.reason : new AbortError();
}

/** @throws AbortError - the signal has fired. */
export function throwIfAborted(signal: { readonly aborted: boolean; readonly reason: unknown } | undefined): void {
	if (signal?.aborted === true) {
		throw abortErrorOf(signal);
	}
}

/** The text of whatever was thrown, for a message or a log line. */
export function errorText(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
