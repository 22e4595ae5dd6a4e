import type { Duplex } from 'node:stream';
import { ByteQueue, MiB } from '../../base/index.ts';
import { ChannelClosed, type ServiceChannel } from '../channel.ts';

/** What may arrive ahead of the reader before the source is paused. */
const READ_AHEAD_BYTES = 1 * MiB;

/** How long a peer that stopped reading may keep a closed connection in memory. */
const LINGER_MS = 5000;

/**
 * A ServiceChannel over a stream: a socket, a shaped link or TLS. Nothing is lost between two owners of the stream:
 * `release` puts unread bytes back in front.
 */
export class StreamChannel implements ServiceChannel {
	readonly #stream: Duplex;
	readonly #queue: ByteQueue;
	readonly #detach: () => void;
	#closure: ChannelClosed | undefined;
	#isPaused = false;
	/** Closed by this side, or handed over: the stream is no longer this channel's to end. */
	#isDone = false;

	constructor(stream: Duplex) {
		this.#stream = stream;
		this.#queue = new ByteQueue(READ_AHEAD_BYTES, () => this.#resume());
		const onData = (chunk: Uint8Array): void => {
			this.#queue.push(chunk);
			if (this.#queue.isAboveHighWater && !this.#queue.isStarved) {
				this.#isPaused = true;
				stream.pause();
			}
		};
		const onEnd = (): void => this.#queue.end();
		const onError = (error: Error): void => this.#lose(new ChannelClosed(error));
		const onClose = (): void => this.#lose(new ChannelClosed());
		stream.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose);
		this.#detach = () => {
			stream.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose);
		};
		if (stream.destroyed) {
			this.#lose(new ChannelClosed());
		} else if (stream.isPaused()) {
			// An owner before this one paused it; a listener alone does not set it flowing again.
			stream.resume();
		}
	}

	get closed(): boolean {
		return this.#closure !== undefined;
	}

	async read(sizeBytes: number): Promise<Uint8Array> {
		const ready = this.#queue.tryRead(sizeBytes);
		if (ready !== undefined) {
			return ready;
		}
		let bytes: Uint8Array | undefined;
		try {
			bytes = await this.#queue.read(sizeBytes);
		} catch (error) {
			throw error instanceof ChannelClosed ? error : new ChannelClosed(error);
		}
		if (bytes === undefined) {
			throw this.#closure ?? new ChannelClosed();
		}
		return bytes;
	}

	/** Resolves with true when bytes are there or come within `timeoutMs`, without taking any; false when time ran out. */
	async hasBytes(timeoutMs: number): Promise<boolean> {
		const timer = setTimeout(() => this.#queue.interrupt(new TimeIsUp()), timeoutMs);
		try {
			// Reading nothing waits for nothing; so one byte is waited for by hand.
			const first = await this.#queue.readSome(1);
			if (first === undefined) {
				throw this.#closure ?? new ChannelClosed();
			}
			this.#pushBack(first);
			return true;
		} catch (error) {
			if (error instanceof TimeIsUp) {
				return false;
			}
			throw error;
		} finally {
			clearTimeout(timer);
		}
	}

	write(...chunks: Uint8Array[]): Promise<void> {
		if (this.#closure !== undefined || this.#stream.destroyed) {
			return Promise.reject(this.#closure ?? new ChannelClosed());
		}
		const stream = this.#stream;
		stream.cork();
		let hasRoom = true;
		for (const chunk of chunks) {
			hasRoom = stream.write(chunk);
		}
		stream.uncork();
		return hasRoom ? Promise.resolve() : this.#drained();
	}

	close(): void {
		if (this.#isDone || this.#stream.destroyed) {
			return;
		}
		this.#isDone = true;
		this.#closure ??= new ChannelClosed();
		this.#queue.end(this.#closure);
		const stream = this.#stream;
		stream.end(() => setImmediate(() => stream.destroy()));
		setTimeout(() => stream.destroy(), LINGER_MS).unref();
	}

	/** Ends the connection at once, dropping what was not sent yet: the cable was pulled. */
	destroy(): void {
		this.#lose(new ChannelClosed());
		this.#stream.destroy();
	}

	/** Gives the stream to a new owner, with unread bytes put back in front. The channel is unusable afterwards. */
	release(): Duplex {
		this.#detach();
		this.#stream.pause();
		for (const chunk of this.#queue.takeAll().reverse()) {
			this.#stream.unshift(chunk);
		}
		this.#isDone = true;
		this.#closure ??= new ChannelClosed();
		this.#queue.end(this.#closure);
		return this.#stream;
	}

	#pushBack(first: Uint8Array): void {
		for (const chunk of [first, ...this.#queue.takeAll()]) {
			this.#queue.push(chunk);
		}
	}

	#resume(): void {
		if (this.#isPaused) {
			this.#isPaused = false;
			this.#stream.resume();
		}
	}

	#lose(closure: ChannelClosed): void {
		this.#closure ??= closure;
		this.#queue.end(this.#closure);
	}

	#drained(): Promise<void> {
		const stream = this.#stream;
		return new Promise((resolve, reject) => {
			const settle = (finish: () => void) => (): void => {
				stream.off('drain', done).off('close', gone);
				finish();
			};
			const done = settle(resolve);
			const gone = settle(() => reject(this.#closure ?? new ChannelClosed()));
			stream.on('drain', done).on('close', gone);
		});
	}
}

class TimeIsUp extends Error {}
