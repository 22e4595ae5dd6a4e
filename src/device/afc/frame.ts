import { concatBytes, MiB, viewOf } from '../../base/index.ts';

/**
 * Every AFC packet starts with five fields, the integers u64 little-endian:
 *
 * | Offset | Field |
 * | --- | --- |
 * | 0 | magic, 8 ASCII bytes |
 * | 8 | entire length: header, parameters and payload |
 * | 16 | this length: header and parameters; equals the entire length when there is no separate payload |
 * | 24 | packet number: counts up per request, repeated by the reply |
 * | 32 | operation |
 *
 * Source: docs/protocol.md#afc.
 */
export const AFC_HEADER_BYTES = 40;

/** The first eight bytes of every packet, `CFA6LPAA`. */
export const AFC_MAGIC = Uint8Array.of(0x43, 0x46, 0x41, 0x36, 0x4c, 0x50, 0x41, 0x41);

/** The longest request that a device takes whole. Some clients write 64 MiB and more at a time; those payloads have to be streamed. */
export const MAX_AFC_REQUEST_BYTES = 64 * MiB;

/** The longest reply that a host takes. The names of 500,000 files fit in; reads ask for far less. */
export const MAX_AFC_REPLY_BYTES = 16 * MiB;

/** Operation codes; those that newer clients do not use are left out. Source: docs/protocol.md#afc-operations. */
export const AFC_OPERATION = {
	STATUS: 0x01,
	DATA: 0x02,
	READ_DIRECTORY: 0x03,
	TRUNCATE: 0x07,
	REMOVE: 0x08,
	MAKE_DIRECTORY: 0x09,
	FILE_INFO: 0x0a,
	DEVICE_INFO: 0x0b,
	OPEN: 0x0d,
	OPEN_RESULT: 0x0e,
	READ: 0x0f,
	WRITE: 0x10,
	SEEK: 0x11,
	TELL: 0x12,
	TELL_RESULT: 0x13,
	CLOSE: 0x14,
	SET_HANDLE_SIZE: 0x15,
	RENAME: 0x18,
	LOCK: 0x1b,
	LINK: 0x1c,
	SET_TIME: 0x1e,
	REMOVE_ALL: 0x22,
} as const;

/** Status codes of a reply. Source: docs/protocol.md#afc-status-codes. */
export const AFC_STATUS = {
	SUCCESS: 0,
	UNKNOWN_ERROR: 1,
	BAD_HEADER: 2,
	NO_RESOURCES: 3,
	READ_ERROR: 4,
	WRITE_ERROR: 5,
	UNKNOWN_PACKET_TYPE: 6,
	INVALID_ARGUMENT: 7,
	OBJECT_NOT_FOUND: 8,
	OBJECT_IS_DIRECTORY: 9,
	PERMISSION_DENIED: 10,
	SERVICE_NOT_CONNECTED: 11,
	TIMEOUT: 12,
	TOO_MUCH_DATA: 13,
	END_OF_DATA: 14,
	NOT_SUPPORTED: 15,
	OBJECT_EXISTS: 16,
	OBJECT_BUSY: 17,
	NO_SPACE_LEFT: 18,
	WOULD_BLOCK: 19,
	IO_ERROR: 20,
	INTERRUPTED: 21,
	IN_PROGRESS: 22,
	INTERNAL_ERROR: 23,
} as const;

export interface AfcHeader {
	/** Header, parameters and payload; between AFC_HEADER_BYTES and the reader's bound. */
	readonly entireBytes: number;
	/** Header and parameters; between AFC_HEADER_BYTES and `entireBytes`. */
	readonly thisBytes: number;
	readonly packetNumber: bigint;
	readonly operation: number;
}

/** The 40 bytes in front of `parameterBytes` bytes of parameters and `payloadBytes` bytes of payload. */
export function encodeAfcHeader(operation: number, packetNumber: bigint, parameterBytes: number, payloadBytes = 0): Uint8Array {
	const header = new Uint8Array(AFC_HEADER_BYTES);
	const view = viewOf(header);
	const thisBytes = AFC_HEADER_BYTES + parameterBytes;
	header.set(AFC_MAGIC);
	view.setBigUint64(8, BigInt(thisBytes + payloadBytes), true);
	view.setBigUint64(16, BigInt(thisBytes), true);
	view.setBigUint64(24, packetNumber, true);
	view.setBigUint64(32, BigInt(operation), true);
	return header;
}

/**
 * Header and parameters as one chunk, the payload as a second one when there is any: large payloads are not copied.
 * The chunks belong together and are written without anything in between.
 */
export function encodeAfcPacket(operation: number, packetNumber: bigint, parameters: Uint8Array, payload?: Uint8Array): Uint8Array[] {
	const header = encodeAfcHeader(operation, packetNumber, parameters.length, payload?.length ?? 0);
	const first = concatBytes([header, parameters]);
	return payload === undefined || payload.length === 0 ? [first] : [first, payload];
}

/**
 * Reads the 40 header bytes and holds both lengths against their bounds, so that the caller may allocate `entireBytes`.
 * An operation beyond 32 bits comes back as 0, which is no operation.
 *
 * @returns undefined for a wrong magic, and for lengths that contradict one another or exceed `maxBytes`: the stream is out of step.
 */
export function decodeAfcHeader(header: Uint8Array, maxBytes = MAX_AFC_REQUEST_BYTES): AfcHeader | undefined {
	if (header.length !== AFC_HEADER_BYTES || AFC_MAGIC.some((byte, index) => header[index] !== byte)) {
		return undefined;
	}
	const view = viewOf(header);
	const entireBytes = view.getBigUint64(8, true);
	const thisBytes = view.getBigUint64(16, true);
	const operation = view.getBigUint64(32, true);
	if (thisBytes < BigInt(AFC_HEADER_BYTES) || thisBytes > entireBytes || entireBytes > BigInt(maxBytes)) {
		return undefined;
	}
	return {
		entireBytes: Number(entireBytes),
		thisBytes: Number(thisBytes),
		packetNumber: view.getBigUint64(24, true),
		operation: operation > 0xffff_ffffn ? 0 : Number(operation),
	};
}
