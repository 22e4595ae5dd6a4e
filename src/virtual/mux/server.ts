import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { unlink } from 'node:fs/promises';
import { errorText, KiB } from '../../base/index.ts';
import { BadMessage, ChannelClosed } from '../channel.ts';
import { VirtualError } from '../errors.ts';
import { formatAddress, type ListenAddress } from '../lab/address.ts';
import { StreamChannel } from '../link/streamChannel.ts';
import { MuxConnection, type MuxServices } from './connection.ts';

/** What a socket takes in before it waits for its reader. */
const SOCKET_BUFFER_BYTES = 256 * KiB;

/** The virtual muxer on its socket. A client's misbehaviour ends its own connection and nothing else. */
export class MuxServer {
	readonly #services: MuxServices;
	readonly #server: Server;
	readonly #sockets = new Set<Socket>();

	constructor(services: MuxServices) {
		this.#services = services;
		this.#server = createServer({ allowHalfOpen: true, noDelay: true, highWaterMark: SOCKET_BUFFER_BYTES }, (socket) =>
			this.#accept(socket),
		);
	}

	/**
	 * Starts listening. A socket file that nobody serves any more is replaced.
	 * @returns the address with its real port.
	 * @throws VirtualError `ADDRESS_IN_USE`, `LISTEN_FAILED`
	 */
	async listen(address: ListenAddress): Promise<ListenAddress> {
		try {
			await this.#bind(address);
		} catch (error) {
			if (!isInUse(error) || address.kind !== 'path' || (await isServed(address.path))) {
				throw listenError(address, error);
			}
			await unlink(address.path);
			await this.#bind(address).catch((again: unknown) => {
				throw listenError(address, again);
			});
		}
		this.#server.on('error', (error) => this.#services.log.error(`The muxer's socket failed: ${error.message}`));
		return address.kind === 'path' ? address : { ...address, port: (this.#server.address() as AddressInfo).port };
	}

	/** Ends every connection; listening goes on, as when a daemon restarts. */
	dropClients(): void {
		for (const socket of [...this.#sockets]) {
			socket.destroy();
		}
	}

	async stop(): Promise<void> {
		const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
		this.dropClients();
		await closed;
	}

	#bind(address: ListenAddress): Promise<void> {
		return new Promise((resolve, reject) => {
			const server = this.#server;
			const done = (error?: Error): void => {
				server.off('listening', done).off('error', done);
				if (error === undefined) {
					resolve();
				} else {
					reject(error);
				}
			};
			server.on('listening', done).on('error', done);
			if (address.kind === 'path') {
				server.listen(address.path);
			} else {
				server.listen(address.port, address.host);
			}
		});
	}

	#accept(socket: Socket): void {
		this.#sockets.add(socket);
		socket.on('close', () => this.#sockets.delete(socket));
		socket.on('error', () => {
			// Each owner of the stream reports its errors; this keeps one between two owners from ending the process.
		});
		const channel = new StreamChannel(socket);
		new MuxConnection(channel, this.#services)
			.serve()
			.catch((error: unknown) => this.#report(error))
			.finally(() => channel.close());
	}

	#report(error: unknown): void {
		if (error instanceof BadMessage) {
			this.#services.log.warn(`muxer: ${error.message}`);
		} else if (!(error instanceof ChannelClosed)) {
			this.#services.log.error(`muxer: ${error instanceof Error ? (error.stack ?? error.message) : errorText(error)}`);
		}
	}
}

function isInUse(error: unknown): boolean {
	return error instanceof Error && (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
}

function isServed(path: string): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect(path, () => {
			socket.destroy();
			resolve(true);
		});
		socket.on('error', () => resolve(false));
	});
}

function listenError(address: ListenAddress, cause: unknown): VirtualError {
	const text = formatAddress(address);
	return isInUse(cause)
		? new VirtualError('ADDRESS_IN_USE', `Something listens on ${text} already.`, { cause, details: { address: text } })
		: new VirtualError('LISTEN_FAILED', `Listening on ${text} failed: ${errorText(cause)}.`, { cause, details: { address: text } });
}
