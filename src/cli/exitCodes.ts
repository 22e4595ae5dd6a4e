import { BACKUP_ERROR_EXIT_CODES, ERROR_EXIT_CODES, EXIT as EXIT_CODES_OF_ALL, type ErrorCode } from '../contract/index.ts';
import type { VirtualErrorCode } from '../virtual/index.ts';
import type { Operation } from './facts.ts';

/** What the command line ends with: docs/cli.md. */
export const EXIT = EXIT_CODES_OF_ALL;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Every code that a failure of a command may carry. */
export type FailureCode = ErrorCode | VirtualErrorCode;

const EXIT_CODES: Record<FailureCode, ExitCode> = {
	...ERROR_EXIT_CODES,
	// the virtual lab
	BAD_ADDRESS: EXIT.wrongUse,
	ADDRESS_IN_USE: EXIT.failed,
	LISTEN_FAILED: EXIT.failed,
	STATE_UNUSABLE: EXIT.failed,
	NO_LAB: EXIT.deviceUnavailable,
	UNKNOWN_DEVICE: EXIT.deviceUnavailable,
	AMBIGUOUS_DEVICE: EXIT.wrongUse,
	UNKNOWN_VERB: EXIT.wrongUse,
	BAD_ARGUMENT: EXIT.wrongUse,
	UNKNOWN_SETTING: EXIT.wrongUse,
	UNKNOWN_FAULT: EXIT.wrongUse,
	FAILED: EXIT.failed,
};

/** What the exit code of a few failures depends on. */
export interface FailureCircumstances {
	readonly operation?: Operation;
	/** The work on the device had begun. */
	readonly begun?: boolean;
}

/** The exit code of a failure. What goes wrong while it is only being checked whether the work can begin is a refusal. */
export function exitCodeOf(
	code: FailureCode,
	details: Readonly<Record<string, unknown>> = {},
	{ operation, begun }: FailureCircumstances = {},
): ExitCode {
	if (code === 'BACKUP_UNFINISHED' && (operation === 'backup' || operation === 'snapshot')) {
		return EXIT.interrupted;
	}
	const reason = details['reason'];
	// Nothing is done where something would be written over, or where the system does not even let us look.
	const isUntouched = begun === false || reason === 'occupied' || reason === 'privacy' || reason === 'unreadable';
	if ((code === 'FOLDER_UNUSABLE' || code === 'STORE_UNUSABLE') && isUntouched) {
		return EXIT.refused;
	}
	if (code === 'WRONG_USE' && reason === 'pinned') {
		return EXIT.refused;
	}
	return (code === 'BACKUP_ERROR' && typeof reason === 'string' ? BACKUP_ERROR_EXIT_CODES[reason] : undefined) ?? EXIT_CODES[code];
}

/** Whether a text is a code that a failure may carry. */
export function isFailureCode(code: string): code is FailureCode {
	return Object.hasOwn(EXIT_CODES, code);
}
