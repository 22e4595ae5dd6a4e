import { CodedError } from '../base/index.ts';

/** Codes of {@link PlistError}: codes are added and never renamed. */
export type PlistErrorCode =
	| 'UNKNOWN_FORMAT' // neither `bplist0…` nor XML; an empty document too
	| 'MALFORMED' // the format is known, and the bytes break it
	| 'LIMIT_EXCEEDED' // larger, deeper or more numerous than the limits allow; details.limit names which
	| 'NOT_ENCODABLE'; // a value that has no place in the format asked for; details.path says where

/**
 * The one error of this room: parsers throw nothing else on any bytes, encoders nothing else on any value.
 * Messages carry structure (tags, offsets, keys on the way), never a value of the document: those may be secrets.
 */
export class PlistError extends CodedError<PlistErrorCode> {
	/** Where in the input: bytes for the binary form, UTF-16 units of the decoded text for XML, `undefined` when encoding. */
	get offset(): number | undefined {
		return this.details['offset'] as number | undefined;
	}
}

/** The error for bytes that break their format at `offset`. */
export function malformed(message: string, offset: number, cause?: unknown): PlistError {
	return new PlistError('MALFORMED', `Broken property list at ${offset}: ${message}.`, { details: { offset }, cause });
}

/** The error for a document beyond `limit` (a field of PlistLimits). */
export function limitExceeded(limit: string, maximum: number, offset?: number): PlistError {
	return new PlistError('LIMIT_EXCEEDED', `The property list exceeds ${limit} (${maximum}).`, { details: { limit, maximum, offset } });
}

/** The error for a value that cannot be written; `path` is where it hangs, outermost key first. */
export function notEncodable(reason: string, path: readonly string[] = []): PlistError {
	const where = path.length === 0 ? 'the top' : path.join('.');
	return new PlistError('NOT_ENCODABLE', `Cannot write the property list: ${reason} at ${where}.`, { details: { path: [...path] } });
}
