// The room is compiled without Node's and the browser's types; these are the only globals it needs, and both have them.
declare const TextDecoder: new (label: string, options: { fatal: boolean }) => { decode(bytes: Uint8Array): string };
declare const TextEncoder: new () => { encode(text: string): Uint8Array };

const utf8Decoder = new TextDecoder('utf-8', { fatal: true });
const utf8Encoder = new TextEncoder();

/** Text from UTF-8; a leading byte order mark is dropped. Throws the platform's `TypeError` on bytes that are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string {
	return utf8Decoder.decode(bytes);
}

/** Text from UTF-16 of either byte order, without its byte order mark. Throws the platform's `TypeError` on unpaired surrogates. */
export function decodeUtf16(bytes: Uint8Array, byteOrder: 'utf-16le' | 'utf-16be'): string {
	return new TextDecoder(byteOrder, { fatal: true }).decode(bytes);
}

/** UTF-8 bytes of `text`. */
export function encodeUtf8(text: string): Uint8Array {
	return utf8Encoder.encode(text);
}
