import { MiB, viewOf } from '../../base/index.ts';
import { encodeXmlPlist, type PlistValue } from '../../plist/index.ts';

/** `u32 length | u32 version | u32 message | u32 tag`, all little-endian; the length counts the header. Source: docs/protocol.md#usbmux. */
export const MUX_HEADER_BYTES = 16;

/** The plist protocol. Version 0, the older binary one, is not spoken here. */
export const MUX_PLIST_VERSION = 1;

/** The packet type of every packet of the plist protocol. */
export const MUX_PLIST_MESSAGE = 8;

/** A list of a hundred devices takes some 60 KiB; pair records some 10 KiB. */
export const MAX_MUX_PACKET_BYTES = 4 * MiB;

export interface MuxHeader {
	/** Whole packet, header included. */
	readonly lengthBytes: number;
	readonly version: number;
	readonly message: number;
	/** Chosen by the sender of a request, echoed in its answer; 0 for events. */
	readonly tag: number;
}

/** One packet of the plist protocol. The body is XML, because libusbmuxd 2.0.2 reads nothing else. */
export function encodeMuxPacket(tag: number, body: PlistValue): Uint8Array {
	const plist = encodeXmlPlist(body);
	const packet = new Uint8Array(MUX_HEADER_BYTES + plist.length);
	const view = viewOf(packet);
	view.setUint32(0, packet.length, true);
	view.setUint32(4, MUX_PLIST_VERSION, true);
	view.setUint32(8, MUX_PLIST_MESSAGE, true);
	view.setUint32(12, tag, true);
	packet.set(plist, MUX_HEADER_BYTES);
	return packet;
}

/** Reads the 16 header bytes as they stand; the caller holds the length against its bounds. */
export function decodeMuxHeader(header: Uint8Array): MuxHeader {
	const view = viewOf(header);
	return {
		lengthBytes: view.getUint32(0, true),
		version: view.getUint32(4, true),
		message: view.getUint32(8, true),
		tag: view.getUint32(12, true),
	};
}

/** usbmux carries TCP ports in network byte order inside a host-order integer: 62078 travels as 32498. Its own inverse. */
export function swapPort(port: number): number {
	return ((port & 0xff) << 8) | ((port >> 8) & 0xff);
}
