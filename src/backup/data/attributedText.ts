/**
 * The text of a message that is kept only as an archived NSAttributedString (`attributedBody`), as most are since iOS 16.
 *
 * The archive is a "typedstream". The text is its first NSString: after the class name come `01 94 84 01 2B`, of which the bytes before the
 * `+` vary, then its length (one byte; `81` and a u16 LE; `82` and a u32 LE) and that many bytes of UTF-8.
 *
 * @returns undefined when there is none to be found.
 */
export function textOfAttributedBody(bytes: Uint8Array): string | undefined {
	const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
	const name = buffer.indexOf('NSString', 0, 'latin1');
	const plus = name < 0 ? -1 : buffer.indexOf(0x2b, name + 'NSString'.length);
	if (plus < 0 || plus > name + MAX_GAP) {
		return undefined;
	}
	let at = plus + 1;
	let length = buffer[at] ?? 0;
	at++;
	if (length === 0x81 && at + 2 <= buffer.length) {
		length = buffer.readUInt16LE(at);
		at += 2;
	} else if (length === 0x82 && at + 4 <= buffer.length) {
		length = buffer.readUInt32LE(at);
		at += 4;
	} else if (length >= 0x80) {
		return undefined;
	}
	return at + length <= buffer.length ? buffer.toString('utf8', at, at + length) : undefined;
}

/** Between the class name and the length. */
const MAX_GAP = 24;
