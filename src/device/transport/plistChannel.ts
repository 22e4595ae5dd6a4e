import { isAbortError } from '../../base/index.ts';
import { parsePlist, PlistError, type PlistValue } from '../../plist/index.ts';
import { DeviceError, protocolViolation } from '../errors.ts';
import type { Connection, ReadOptions } from './connection.ts';
import { encodePlistFrame, MAX_PLIST_FRAME_BYTES, PLIST_FRAME_HEADER_BYTES, readPlistFrameLength, type PlistFormat } from './frame.ts';

/** Property lists over a connection, `u32 BE length | plist` each way: lockdown, DeviceLink and most services. */
export class PlistChannel {
	readonly connection: Connection;

	constructor(connection: Connection) {
		this.connection = connection;
	}

	send(value: PlistValue, format: PlistFormat = 'xml'): Promise<void> {
		return this.connection.write(encodePlistFrame(value, format));
	}

	/**
	 * The next message, in either form.
	 * @throws DeviceError `PROTOCOL_VIOLATION` - the length is 0 or above MAX_PLIST_FRAME_BYTES (nothing was allocated), or the bytes are
	 * no property list; the connection is closed. Otherwise as `Connection.read`.
	 */
	async receive(options: ReadOptions = {}): Promise<PlistValue> {
		const lengthBytes = readPlistFrameLength(await this.connection.read(PLIST_FRAME_HEADER_BYTES, options));
		if (lengthBytes === 0 || lengthBytes > MAX_PLIST_FRAME_BYTES) {
			this.connection.destroy();
			throw protocolViolation(`The device announced a message of ${lengthBytes} bytes.`, { lengthBytes });
		}
		const bytes = await this.connection.read(lengthBytes, options);
		try {
			return parsePlist(bytes);
		} catch (error) {
			this.connection.destroy();
			throw PlistError.is(error) ? protocolViolation('The device sent a message that is no property list.', { lengthBytes }, error) : error;
		}
	}

	/** Sends one message and waits for one answer; the connection is closed when the wait is given up, as the stream is out of step then. */
	async request(value: PlistValue, options: ReadOptions = {}): Promise<PlistValue> {
		await this.send(value);
		try {
			return await this.receive(options);
		} catch (error) {
			if (isAbortError(error) || DeviceError.is(error, 'TIMED_OUT')) {
				this.connection.destroy();
			}
			throw error;
		}
	}

	close(): void {
		this.connection.close();
	}
}
