import { malformed } from './errors.ts';
import { decodeUtf8 } from './platform.ts';

/** Below this a call into the platform's decoder costs more than the loop. Measured: break-even near 12 characters (Node 24). */
const shortText = 12;
/** Arguments of one call; engines bound them by their stack. */
const chunkUnits = 4096;

/**
 * Text of a `0x5n` object. The format says ASCII, but some writers put UTF-8 there; both are accepted.
 *
 * @throws PlistError `MALFORMED` - neither.
 */
export function asciiOrUtf8(bytes: Uint8Array, start: number, end: number): string {
	if (end - start <= shortText) {
		let text = '';
		let at = start;
		for (; at < end; at++) {
			const byte = bytes[at] ?? 0;
			if (byte >= 0x80) {
				break;
			}
			text += String.fromCharCode(byte);
		}
		if (at === end) {
			return text;
		}
	}
	try {
		return decodeUtf8(bytes.subarray(start, end));
	} catch (error) {
		throw malformed('text that is neither ASCII nor UTF-8', start, error);
	}
}

/** Text of a `0x6n` object. Unpaired surrogates are kept as they are, so that a value survives reading and writing. */
export function utf16Be(view: DataView, start: number, end: number): string {
	let text = '';
	for (let at = start; at < end; at += 2 * chunkUnits) {
		const units: number[] = [];
		for (let unit = at; unit < Math.min(at + 2 * chunkUnits, end); unit += 2) {
			units.push(view.getUint16(unit));
		}
		text += String.fromCharCode(...units);
	}
	return text;
}
