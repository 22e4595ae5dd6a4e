import { once } from 'node:events';
import * as net from 'node:net';

/** Two ends of a TCP connection over loopback, for what an in-memory stream cannot show: kernel buffers, resets, TLS. */
export async function tcpPair(): Promise<[net.Socket, net.Socket]> {
	const server = net.createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const accepted = once(server, 'connection') as Promise<[net.Socket]>;
	const mine = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
	const [[peer]] = await Promise.all([accepted, once(mine, 'connect')]);
	server.close();
	peer.on('error', () => {
		// Tests end connections abruptly on purpose.
	});
	return [mine, peer];
}
