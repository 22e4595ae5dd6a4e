import { CodedError } from '../../base/index.ts';

/** What a retention policy may be refused for, before anything is decided. */
export class RetentionError extends CodedError<RetentionErrorCode> {}

export type RetentionErrorCode =
	| 'RETENTION_INVALID' // a rule is unknown, repeated, or has a value it cannot have: details.rule, details.value where there is one
	| 'TIME_ZONE_UNKNOWN'; // no such IANA zone: details.timeZone
