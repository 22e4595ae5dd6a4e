import { CodedError } from '../base/index.ts';
import {
	encodePlistFrame,
	MAX_PLIST_FRAME_BYTES,
	PLIST_FRAME_HEADER_BYTES,
	readPlistFrameLength,
	type PlistFormat,
} from '../device/transport/frame.ts';
import { parsePlist, type PlistValue } from '../plist/index.ts';

/**
 * One accepted connection to a service of a virtual device, after TLS when there is any. There is one reader at a time;
 * writes are sent in the order of their calls.
 */
export interface ServiceChannel {
	/** Exactly `sizeBytes` bytes. Rejects with ChannelClosed when the peer went away before all of them came. */
	read(sizeBytes: number): Promise<Uint8Array>;
	/**
	 * Sends all chunks back to back and resolves when more may be written without piling up in memory.
	 * The chunks must not be changed before that. Rejects with ChannelClosed.
	 */
	write(...chunks: Uint8Array[]): Promise<void>;
	/** Ends the connection after what was written; pending reads reject. Safe to call twice. */
	close(): void;
	readonly closed: boolean;
}

/** The other side is gone, or this side closed: there is nobody left to talk to, and nothing to repair. */
export class ChannelClosed extends CodedError<'CHANNEL_CLOSED'> {
	constructor(cause?: unknown) {
		super('CHANNEL_CLOSED', 'The connection is closed.', { cause });
	}
}

/** The peer broke the format of a message; the connection to it is of no more use. */
export class BadMessage extends CodedError<'BAD_MESSAGE'> {
	constructor(message: string, cause?: unknown) {
		super('BAD_MESSAGE', message, { cause });
	}
}

/**
 * Reads one `u32 BE length | plist` frame, in either form.
 * @throws BadMessage when it is longer than any device takes, or no property list; ChannelClosed.
 */
export async function readPlist(channel: ServiceChannel): Promise<PlistValue> {
	const lengthBytes = readPlistFrameLength(await channel.read(PLIST_FRAME_HEADER_BYTES));
	if (lengthBytes > MAX_PLIST_FRAME_BYTES) {
		throw new BadMessage(`A property list of ${lengthBytes} bytes was announced.`);
	}
	const bytes = await channel.read(lengthBytes);
	try {
		return parsePlist(bytes);
	} catch (error) {
		throw new BadMessage('A message is no property list.', error);
	}
}

/** Sends one frame. Services answer in XML, DeviceLink in binary. */
export async function writePlist(channel: ServiceChannel, value: PlistValue, format: PlistFormat = 'xml'): Promise<void> {
	await channel.write(encodePlistFrame(value, format));
}
