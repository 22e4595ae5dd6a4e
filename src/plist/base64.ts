const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PADDING = 0x3d;

const SKIP = 0x40;
const INVALID = 0xff;
/** Value of each ASCII character; SKIP for the white space that XML documents break their lines with. */
const valueOf = new Uint8Array(128).fill(INVALID);
for (let i = 0; i < alphabet.length; i++) {
	valueOf[alphabet.charCodeAt(i)] = i;
}
for (const space of ' \t\r\n') {
	valueOf[space.charCodeAt(0)] = SKIP;
}

/**
 * Decodes base64 with white space anywhere. Missing padding is accepted, since peers leave it out.
 *
 * @returns the bytes, or the index of the first character that does not belong there.
 */
export function decodeBase64(text: string): Uint8Array | number {
	const bytes = new Uint8Array(Math.floor((text.length * 3) / 4) + 1);
	let length = 0;
	let bits = 0;
	let bitCount = 0;
	let i = 0;
	for (; i < text.length; i++) {
		const code = text.charCodeAt(i);
		const value = valueOf[code] ?? INVALID;
		if (value < SKIP) {
			bits = ((bits << 6) | value) & 0xffff;
			bitCount += 6;
			if (bitCount >= 8) {
				bitCount -= 8;
				bytes[length++] = bits >> bitCount;
			}
		} else if (code === PADDING) {
			break;
		} else if (value !== SKIP) {
			return i;
		}
	}
	for (; i < text.length; i++) {
		const code = text.charCodeAt(i);
		if (code !== PADDING && valueOf[code] !== SKIP) {
			return i;
		}
	}
	// Six bits left over are a lone character: half a byte that no encoder makes.
	return bitCount === 6 ? text.length : bytes.slice(0, length);
}

/** Base64 with padding, without line breaks. */
export function encodeBase64(bytes: Uint8Array): string {
	let text = '';
	let i = 0;
	for (; i + 2 < bytes.length; i += 3) {
		text += quad(((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0));
	}
	if (i < bytes.length) {
		const last = quad(((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8));
		text += i + 1 < bytes.length ? `${last.slice(0, 3)}=` : `${last.slice(0, 2)}==`;
	}
	return text;
}

/** Pairs of characters by 12-bit value: half the table look-ups and string joins of single characters. */
const pairs: readonly string[] = Array.from({ length: 4096 }, (_, value) => alphabet.charAt(value >> 6) + alphabet.charAt(value & 63));

function quad(bits: number): string {
	return (pairs[bits >> 12] ?? '') + (pairs[bits & 0xfff] ?? '');
}
