import { malformed } from './errors.ts';
import { decodeUtf16, decodeUtf8 } from './platform.ts';

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
/** `&#x10FFFF;` with a few leading zeros. Longer ones do not occur, and looking further would cost time on hostile text. */
const longestReference = 16;

/**
 * Decodes a document: UTF-8, or UTF-16 with a byte order mark.
 *
 * @throws PlistError `MALFORMED` - other encodings, and bytes that are not what they claim to be.
 */
export function decodeXmlBytes(bytes: Uint8Array): string {
	const isUtf16Le = bytes[0] === 0xff && bytes[1] === 0xfe;
	const isUtf16Be = bytes[0] === 0xfe && bytes[1] === 0xff;
	try {
		return isUtf16Le || isUtf16Be ? decodeUtf16(bytes, isUtf16Le ? 'utf-16le' : 'utf-16be') : decodeUtf8(bytes);
	} catch (error) {
		throw malformed('text that is neither UTF-8 nor UTF-16', 0, error);
	}
}

/**
 * Replaces character references and the five named entities.
 *
 * Line ends are left as they are: Apple's writer puts a carriage return of a value raw into the document,
 * so normalising them, as XML would have it, would change values.
 *
 * @param offset - of `text` in the document, for errors.
 * @throws PlistError `MALFORMED` - an unknown entity: none can be defined.
 */
export function unescapeXml(text: string, offset: number): string {
	let mark = text.indexOf('&');
	if (mark < 0) {
		return text;
	}
	let result = '';
	let from = 0;
	while (mark >= 0) {
		const reference = text.slice(mark + 1, mark + longestReference);
		const end = reference.indexOf(';');
		const character = end < 0 ? undefined : resolve(reference.slice(0, end));
		if (character === undefined) {
			throw malformed('an unknown entity', offset + mark);
		}
		result += text.slice(from, mark) + character;
		from = mark + 1 + end + 1;
		mark = text.indexOf('&', from);
	}
	return result + text.slice(from);
}

function resolve(name: string): string | undefined {
	const match = /^#(?:x([0-9a-fA-F]+)|([0-9]+))$/.exec(name);
	if (match === null) {
		return Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
	}
	const code = match[1] === undefined ? Number(match[2]) : Number.parseInt(match[1], 16);
	const isCharacter = code > 0 && code <= 0x10_ffff && (code < 0xd800 || code > 0xdfff);
	return isCharacter ? String.fromCodePoint(code) : undefined;
}

// All but the characters that XML 1.0 allows. With the u flag an unpaired surrogate is a code point of its own, and forbidden.
// A search for one bad character, not a match of all good ones: on a long text the latter exhausts the regular expression's stack.
const forbidden = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
/** The longest escape of a character, `&amp;` and `&#13;`. */
export const LONGEST_ESCAPE = 5;
const special = /[&<>\r]/;

/** Text for an XML document, or `undefined` when XML has no way to write it. A carriage return is escaped, or readers turn it into a line feed. */
export function escapeXml(text: string): string | undefined {
	if (forbidden.test(text)) {
		return undefined;
	}
	if (!special.test(text)) {
		return text;
	}
	return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#13;');
}
