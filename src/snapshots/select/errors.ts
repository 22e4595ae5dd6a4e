import { CodedError } from '../../base/index.ts';

/** What people's words for snapshots may be refused for. */
export class SelectionError extends CodedError<SelectionErrorCode> {}

export type SelectionErrorCode =
	| 'SELECTOR_INVALID' // the text cannot mean a snapshot: details.selector
	| 'SNAPSHOT_NOT_FOUND' // nothing fits: details.selector, details.why, details.candidates
	| 'SNAPSHOT_AMBIGUOUS' // several fit: details.selector, details.candidates, details.count
	| 'NAME_INVALID' // details.name, details.why
	| 'NAME_TAKEN'; // details.name, details.snapshot: who has it
