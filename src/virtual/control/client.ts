import { connect, type Socket } from 'node:net';
import { errorText } from '../../base/index.ts';
import { parsePlist, type PlistValue } from '../../plist/index.ts';
import { decodeMuxHeader, encodeMuxPacket, MAX_MUX_PACKET_BYTES, MUX_HEADER_BYTES } from '../../device/usbmux/frame.ts';
import { ChannelClosed } from '../channel.ts';
import { VirtualError, type VirtualErrorCode } from '../errors.ts';
import { parseListenAddress, type ListenAddress } from '../lab/address.ts';
import { StreamChannel } from '../link/streamChannel.ts';
import { encodeOrder, readOrderReply } from './messages.ts';

/**
 * Gives an order to a running lab and hands over the lines of its answer as they come.
 * @param address - where the lab listens; see parseListenAddress.
 * @param device - UDID, its unique beginning, or the device's name.
 * @throws VirtualError `NO_LAB` - nothing there, or another muxer; `BAD_ADDRESS`; or what the lab refused the order with.
 */
export async function tellLab(
	address: string,
	device: string,
	verb: string,
	args: readonly string[] = [],
	onLine: (line: string) => void = () => {},
): Promise<void> {
	const channel = new StreamChannel(await open(parseListenAddress(address), address));
	try {
		await channel.write(encodeMuxPacket(1, encodeOrder({ device, verb, args })));
		for (;;) {
			const reply = readOrderReply(await readPacket(channel));
			switch (reply?.kind) {
				case 'lines':
					reply.lines.forEach(onLine);
					break;
				case 'done':
					return;
				case 'failed':
					throw new VirtualError(reply.code as VirtualErrorCode, reply.message);
				default:
					throw new VirtualError('NO_LAB', `What listens at ${address} is no virtual lab.`, { details: { address } });
			}
		}
	} catch (error) {
		throw ChannelClosed.is(error)
			? new VirtualError('NO_LAB', `The lab at ${address} ended the connection.`, { cause: error, details: { address } })
			: error;
	} finally {
		channel.close();
	}
}

async function readPacket(channel: StreamChannel): Promise<PlistValue> {
	const { lengthBytes } = decodeMuxHeader(await channel.read(MUX_HEADER_BYTES));
	if (lengthBytes < MUX_HEADER_BYTES || lengthBytes > MAX_MUX_PACKET_BYTES) {
		throw new VirtualError('NO_LAB', 'What listens there is no muxer.');
	}
	const body = await channel.read(lengthBytes - MUX_HEADER_BYTES);
	try {
		return parsePlist(body);
	} catch (error) {
		throw new VirtualError('NO_LAB', 'What listens there does not answer in property lists.', { cause: error });
	}
}

function open(target: ListenAddress, address: string): Promise<Socket> {
	return new Promise((resolve, reject) => {
		const socket = target.kind === 'path' ? connect(target.path) : connect(target.port, target.host);
		socket.once('connect', () => {
			socket.removeAllListeners('error');
			resolve(socket);
		});
		socket.once('error', (error) =>
			reject(
				new VirtualError('NO_LAB', `No virtual lab answers at ${address}: ${errorText(error)}.`, { cause: error, details: { address } }),
			),
		);
	});
}
