import { MiB, viewOf } from '../../base/index.ts';
import { encodeBinaryPlist, encodeXmlPlist, type PlistValue } from '../../plist/index.ts';

/** Bytes of the length field in front of a property list: `u32 BE length | plist`. The length does not count itself. */
export const PLIST_FRAME_HEADER_BYTES = 4;

/**
 * The longest property list that is accepted from a peer. A listing of a hash folder of a very large backup or the app list of a phone
 * with hundreds of apps stays far below it.
 */
export const MAX_PLIST_FRAME_BYTES = 64 * MiB;

/** Both forms occur on the wire; the device takes and sends either. */
export type PlistFormat = 'xml' | 'binary';

/** One frame of lockdown and of most services: `u32 BE length | plist`. */
export function encodePlistFrame(value: PlistValue, format: PlistFormat = 'xml'): Uint8Array {
	const body = format === 'xml' ? encodeXmlPlist(value) : encodeBinaryPlist(value);
	const frame = new Uint8Array(PLIST_FRAME_HEADER_BYTES + body.length);
	viewOf(frame).setUint32(0, body.length);
	frame.set(body, PLIST_FRAME_HEADER_BYTES);
	return frame;
}

/** The length field of a frame, as it stands; the caller holds it against its bound. */
export function readPlistFrameLength(header: Uint8Array): number {
	return viewOf(header).getUint32(0);
}
