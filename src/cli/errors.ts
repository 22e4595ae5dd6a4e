import { CodedError } from '../base/index.ts';
import type { ErrorCode } from '../contract/index.ts';

/** What the command line itself throws, in the contract's codes: wrong use, a missing password, a check's refusal that it acts upon. */
export class CliError extends CodedError<ErrorCode> {}

/** Shorthand for a command that was not given as it takes it. */
export function wrongUse(message: string, details?: Record<string, unknown>): CliError {
	return new CliError('WRONG_USE', message, { details });
}
