import { AbortError } from '../../base/index.ts';
import { DeviceError, protocolViolation } from '../errors.ts';
import type { Connection } from '../transport/connection.ts';
import { AFC_HEADER_BYTES, decodeAfcHeader, encodeAfcPacket, MAX_AFC_REPLY_BYTES } from './frame.ts';
import { decodeAfcReply, encodeAfcRequest, type AfcReply, type AfcRequest } from './messages.ts';

interface Waiter {
	/** Undefined once nobody waits any more; the reply is still to come and must be taken off the stream. */
	settle: { resolve(reply: AfcReply): void; reject(error: Error): void } | undefined;
	readonly onLateReply: ((reply: AfcReply) => void) | undefined;
}

export interface AfcRequestOptions {
	/** Gives up waiting; the device still carries out what it was asked. */
	readonly signal?: AbortSignal | undefined;
}

/**
 * Requests and replies over one connection. Any number of requests may be under way; the device works them off in order, and each reply
 * finds its request by packet number.
 *
 * **Invariant:** a reply that fits no request, a bad header or a silent device ends the connection and rejects every waiter.
 */
export class AfcChannel {
	readonly #connection: Connection;
	readonly #replyTimeoutMs: number;
	readonly #waiters = new Map<bigint, Waiter>();
	#nextNumber = 1n;
	#isReading = false;
	#failure: Error | undefined;

	/** @param replyTimeoutMs - how long the device may stay silent while it owes a reply. */
	constructor(connection: Connection, replyTimeoutMs: number) {
		this.#connection = connection;
		this.#replyTimeoutMs = replyTimeoutMs;
	}

	/**
	 * Sends a request and waits for its reply, whatever that says. Requests leave in the order of the calls.
	 *
	 * @param onLateReply - gets the reply when the wait was given up before: for releasing what it grants.
	 * @throws DeviceError `CONNECTION_LOST`, `TIMED_OUT`, `PROTOCOL_VIOLATION`, `UNSAFE_PATH`; AbortError.
	 */
	async request(request: AfcRequest, options: AfcRequestOptions = {}, onLateReply?: (reply: AfcReply) => void): Promise<AfcReply> {
		const { signal } = options;
		if (this.#failure !== undefined) {
			throw this.#failure;
		}
		if (signal?.aborted === true) {
			throw new AbortError();
		}
		const { operation, parameters, payload } = encodeAfcRequest(request);
		const packetNumber = this.#nextNumber++;
		const waiter: Waiter = { settle: undefined, onLateReply };
		const waiting = new Promise<AfcReply>((resolve, reject) => {
			waiter.settle = { resolve, reject };
		});
		const onAbort = (): void => {
			waiter.settle?.reject(new AbortError());
			waiter.settle = undefined;
		};
		signal?.addEventListener('abort', onAbort);
		// Order matters: the waiter stands before the first byte leaves, and nothing is awaited in between.
		this.#waiters.set(packetNumber, waiter);
		const sending = this.#connection
			.write(...encodeAfcPacket(operation, packetNumber, parameters, payload))
			.catch((error: unknown) => this.fail(error));
		this.#startReading();
		try {
			const [reply] = await Promise.all([waiting, sending]);
			return reply;
		} finally {
			signal?.removeEventListener('abort', onAbort);
		}
	}

	/** Ends the connection after what was written; requests without a reply reject with `CONNECTION_LOST`. */
	close(): void {
		this.#end(new DeviceError('CONNECTION_LOST', 'The link was closed.'));
		this.#connection.close();
	}

	/** Ends the connection at once because the peer broke the protocol or went away; rejects every waiter with `error`. */
	fail(error: unknown): void {
		this.#end(error instanceof Error ? error : new Error(String(error)));
		this.#connection.destroy();
	}

	#end(failure: Error): void {
		this.#failure ??= failure;
		const waiters = [...this.#waiters.values()];
		this.#waiters.clear();
		for (const waiter of waiters) {
			waiter.settle?.reject(this.#failure);
		}
	}

	/** Reads for as long as replies are due. */
	#startReading(): void {
		if (!this.#isReading) {
			this.#isReading = true;
			void this.#readReplies().catch((error: unknown) => this.fail(error));
		}
	}

	async #readReplies(): Promise<void> {
		try {
			while (this.#waiters.size > 0) {
				await this.#readReply();
			}
		} finally {
			this.#isReading = false;
		}
	}

	async #readReply(): Promise<void> {
		const options = { timeoutMs: this.#replyTimeoutMs };
		const header = decodeAfcHeader(await this.#connection.read(AFC_HEADER_BYTES, options), MAX_AFC_REPLY_BYTES);
		if (header === undefined) {
			throw protocolViolation('The device sent no AFC packet, or one that is too long.');
		}
		const bodyBytes = header.entireBytes - AFC_HEADER_BYTES;
		const body = bodyBytes === 0 ? new Uint8Array(0) : await this.#connection.read(bodyBytes, options);
		const waiter = this.#waiters.get(header.packetNumber);
		if (waiter === undefined) {
			throw protocolViolation('The device answered a request that was not made.', { packetNumber: String(header.packetNumber) });
		}
		const reply = decodeAfcReply(header.operation, body);
		if (reply === undefined) {
			throw protocolViolation('The device sent an AFC packet that is no reply.', { operation: header.operation });
		}
		this.#waiters.delete(header.packetNumber);
		if (waiter.settle === undefined) {
			waiter.onLateReply?.(reply);
		} else {
			waiter.settle.resolve(reply);
			waiter.settle = undefined;
		}
	}
}
