import { AfcClient } from '../../afc/client.ts';
import type { Connection, ReadOptions } from '../../transport/connection.ts';
import { PlistChannel } from '../../transport/plistChannel.ts';
import { exchange, refusedByDevice, unexpectedAnswer } from '../exchange.ts';
import { encodeVendRequest, HOUSE_ARREST_SERVICE, readVendReply, type VendRequest } from './messages.ts';

const defaultTimeoutMs = 30_000;

/**
 * Opens the container of an app. On success the connection belongs to the returned client and speaks AFC; documents lie below
 * `/Documents` for either target.
 *
 * @throws DeviceError `DEVICE_REFUSED` - `deviceError` is `ApplicationLookupFailed` (no such app) or `InstallationLookupFailed` (this
 * app does not give out its container); the connection is closed.
 */
export async function vendContainer(connection: Connection, request: VendRequest, options: ReadOptions = {}): Promise<AfcClient> {
	const channel = new PlistChannel(connection);
	const answer = await exchange(channel, encodeVendRequest(request), {
		signal: options.signal,
		timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
	});
	const reply = readVendReply(answer);
	if (reply === undefined) {
		throw unexpectedAnswer(channel, HOUSE_ARREST_SERVICE);
	}
	if (reply.kind === 'refused') {
		connection.close();
		throw refusedByDevice(reply.error, { bundleId: request.bundleId, target: request.target });
	}
	return new AfcClient(connection);
}
