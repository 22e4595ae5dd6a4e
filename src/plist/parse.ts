import { parseBinaryPlist } from './binaryParser.ts';
import { MAGIC } from './binaryFormat.ts';
import { limitExceeded, PlistError } from './errors.ts';
import { resolveLimits, type PlistLimits } from './limits.ts';
import type { PlistValue } from './types.ts';
import { parseXmlPlist } from './xmlParser.ts';

/**
 * Parses a property list, binary or XML, whichever the bytes are.
 *
 * Values that a binary document refers to several times are shared in the result: treat it as read-only.
 * Data is copied, so the result does not keep `bytes` alive.
 *
 * @throws PlistError `UNKNOWN_FORMAT` - neither form, or no bytes at all.
 * @throws PlistError `MALFORMED` - broken; `offset` says where.
 * @throws PlistError `LIMIT_EXCEEDED` - beyond `limits` (DEFAULT_LIMITS where left out).
 */
export function parsePlist(bytes: Uint8Array, limits?: Partial<PlistLimits>): PlistValue {
	const resolved = resolveLimits(limits);
	if (bytes.length > resolved.maxBytes) {
		throw limitExceeded('maxBytes', resolved.maxBytes, 0);
	}
	if (MAGIC.every((byte, index) => bytes[index] === byte)) {
		// A plain array over the same memory: Node's Buffer is one too, but its slice() does not copy.
		return parseBinaryPlist(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length), resolved);
	}
	if (looksLikeXml(bytes)) {
		return parseXmlPlist(bytes, resolved);
	}
	const what = bytes.length === 0 ? 'There are no bytes' : 'The bytes are neither a binary nor an XML property list';
	throw new PlistError('UNKNOWN_FORMAT', `${what}.`, { details: { offset: 0, sizeBytes: bytes.length } });
}

/** True when the first character is `<`, in UTF-8 or in UTF-16 with a byte order mark. */
function looksLikeXml(bytes: Uint8Array): boolean {
	const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
	const hasUtf8Mark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
	let at = hasUtf8Mark ? 3 : 0;
	while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) {
		at++;
	}
	return isUtf16 || bytes[at] === 0x3c;
}
