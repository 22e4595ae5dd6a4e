import type { Connection, ReadOptions } from '../../transport/connection.ts';
import { PlistChannel } from '../../transport/plistChannel.ts';
import { unexpectedAnswer } from '../exchange.ts';
import { encodePidListRequest, OS_TRACE_RELAY_SERVICE, PID_LIST_PREFIX_BYTES, readPidList, type DeviceProcess } from './messages.ts';

const defaultTimeoutMs = 15_000;

/**
 * The processes of the device. Needs neither Developer Mode nor a tunnel; one connection answers once, and is closed.
 * @throws DeviceError `CONNECTION_LOST`, `TIMED_OUT`, `PROTOCOL_VIOLATION`; AbortError.
 */
export async function listProcesses(connection: Connection, options: ReadOptions = {}): Promise<readonly DeviceProcess[]> {
	const channel = new PlistChannel(connection);
	const read = { signal: options.signal, timeoutMs: options.timeoutMs ?? defaultTimeoutMs };
	try {
		await channel.send(encodePidListRequest());
		await connection.read(PID_LIST_PREFIX_BYTES, read);
		const processes = readPidList(await channel.receive(read));
		if (processes === undefined) {
			throw unexpectedAnswer(channel, OS_TRACE_RELAY_SERVICE);
		}
		return processes;
	} finally {
		channel.close();
	}
}
