import type { Duplex } from 'node:stream';
import { abortErrorOf, ByteQueue, MiB, throwIfAborted, UnexpectedEnd } from '../../base/index.ts';
import { DeviceError } from '../errors.ts';

/** A wait on a connection ends by its bytes, by the peer, or by one of these. */
export interface ReadOptions {
	readonly signal?: AbortSignal | undefined;
	readonly timeoutMs?: number | undefined;
}

/** What may arrive ahead of the reader before the source is paused. */
const READ_AHEAD_BYTES = 1 * MiB;

/** How long a closed stream may take over its last bytes. */
const CLOSING_LIMIT_MS = 2000;

/**
 * A byte stream to a device or to its muxer, read by pull: nothing is taken off the socket faster than it is asked for, and bytes that
 * arrive before anybody reads them are kept.
 *
 * Guarantees: after any failure each write rejects, and each read once the bytes that came before it are used up; `close` is final and
 * idempotent. A read that was given up (abort, timeout) leaves the stream out of step for its protocol, so the caller closes it after its
 * last words.
 */
export class Connection {
	readonly #stream: Duplex;
	readonly #queue: ByteQueue;
	readonly #detach: () => void;
	/** Writes that wait for room: how to end their wait. */
	readonly #blockedWrites = new Set<(error: Error) => void>();
	#failure: DeviceError | undefined;
	#paused = false;
	#isReleased = false;

	constructor(stream: Duplex) {
		this.#stream = stream;
		// Each write that waits for room listens for itself, and AFC has up to 128 under way: no leak, which ten listeners are taken for.
		stream.setMaxListeners(0);
		this.#queue = new ByteQueue(READ_AHEAD_BYTES, () => this.#resume());
		const onData = (chunk: Uint8Array): void => {
			this.#queue.push(chunk);
			if (this.#queue.isAboveHighWater && !this.#queue.isStarved) {
				this.#paused = true;
				stream.pause();
			}
		};
		const onEnd = (): void => this.#queue.end();
		const onError = (error: Error): void =>
			this.#fail(new DeviceError('CONNECTION_LOST', `The link was lost: ${error.message}.`, { cause: error }));
		const onClose = (): void => {
			this.#failure ??= new DeviceError('CONNECTION_LOST', 'The link was closed.');
			this.#queue.end();
		};
		stream.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose);
		this.#detach = () => {
			stream.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose);
		};
		// An earlier owner may have left it paused, which a listener alone does not end.
		stream.resume();
		if (stream.destroyed) {
			onClose();
		}
	}

	get isClosed(): boolean {
		return this.#failure !== undefined || this.#stream.destroyed;
	}

	/**
	 * Exactly `sizeBytes` bytes; a view that stays valid, the caller's own.
	 * @throws DeviceError `CONNECTION_LOST` - the stream ended before or inside them. `TIMED_OUT`. AbortError.
	 */
	async read(sizeBytes: number, options: ReadOptions = {}): Promise<Uint8Array> {
		// Also where nothing has to be waited for: a peer that is always ahead must not make an operation deaf to its signal.
		throwIfAborted(options.signal);
		const ready = this.#queue.tryRead(sizeBytes);
		if (ready !== undefined) {
			return ready;
		}
		const bytes = await this.#guarded(() => this.#queue.read(sizeBytes), options);
		return bytes ?? this.#ended();
	}

	/** The next bytes in whatever portion they came, 1 to `maxBytes`. Throws as `read` does. */
	async readSome(maxBytes: number, options: ReadOptions = {}): Promise<Uint8Array> {
		throwIfAborted(options.signal);
		const bytes =
			this.#queue.sizeBytes > 0 ? await this.#queue.readSome(maxBytes) : await this.#guarded(() => this.#queue.readSome(maxBytes), options);
		return bytes ?? this.#ended();
	}

	/** What `read` would return without waiting; undefined when it would wait. For loops over many small records; it hears no signal. */
	tryRead(sizeBytes: number): Uint8Array | undefined {
		return this.#queue.tryRead(sizeBytes);
	}

	/** What `readSome` would return without waiting; undefined when it would wait. For loops over many small portions. */
	tryReadSome(maxBytes: number): Uint8Array | undefined {
		return this.#queue.tryReadSome(maxBytes);
	}

	/** Sends the chunks as one; resolves when the socket will take more. @throws DeviceError `CONNECTION_LOST`. */
	write(...chunks: readonly Uint8Array[]): Promise<void> {
		if (this.isClosed) {
			return Promise.reject(this.#failure ?? new DeviceError('CONNECTION_LOST', 'The link was closed.'));
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

	/** Rejects the writes that wait for room, if there are any; their bytes stay queued. For a writer that gives up waiting. */
	interruptWrites(error: Error): void {
		for (const fail of [...this.#blockedWrites]) {
			fail(error);
		}
	}

	/** Ends the stream after what was written, and forgets it. Safe to call at any time. */
	close(): void {
		if (this.#stream.destroyed || this.#isReleased) {
			return;
		}
		this.#failure ??= new DeviceError('CONNECTION_LOST', 'The link was closed.');
		this.#queue.end(this.#failure);
		this.#queue.takeAll();
		this.#stream.end();
		// What still comes is read and dropped: a socket that is closed over unread bytes is reset, and the reset overtakes the last words.
		// The stream destroys itself when both sides have ended.
		this.#stream.resume();
		// A peer that stopped reading, or goes on sending, must not keep the socket open for ever.
		setTimeout(() => this.#stream.destroy(), CLOSING_LIMIT_MS).unref();
	}

	/** Ends the stream at once, dropping what was not sent yet. */
	destroy(): void {
		if (this.#isReleased) {
			return;
		}
		this.#queue.takeAll();
		this.#fail(new DeviceError('CONNECTION_LOST', 'The link was closed.'));
	}

	/**
	 * Gives the raw stream to a new owner (TLS), with all unread bytes put back in front. This connection is unusable afterwards.
	 */
	release(): Duplex {
		this.#isReleased = true;
		this.#detach();
		this.#stream.pause();
		for (const chunk of this.#queue.takeAll().reverse()) {
			this.#stream.unshift(chunk);
		}
		this.#failure = new DeviceError('CONNECTION_LOST', 'The link was handed over.');
		this.#queue.end(this.#failure);
		return this.#stream;
	}

	#resume(): void {
		if (this.#paused) {
			this.#paused = false;
			this.#stream.resume();
		}
	}

	#fail(failure: DeviceError): void {
		this.#failure ??= failure;
		this.#queue.end(this.#failure);
		this.#stream.destroy();
	}

	#ended(): never {
		throw this.#failure ?? new DeviceError('CONNECTION_LOST', 'The other side closed the link.');
	}

	async #guarded<T>(read: () => Promise<T>, { signal, timeoutMs }: ReadOptions): Promise<T> {
		const onAbort = (): void => this.#queue.interrupt(abortErrorOf(signal as AbortSignal));
		const timer =
			timeoutMs === undefined
				? undefined
				: setTimeout(
						() =>
							this.#queue.interrupt(new DeviceError('TIMED_OUT', `No answer within ${timeoutMs / 1000} s.`, { details: { timeoutMs } })),
						timeoutMs,
					);
		signal?.addEventListener('abort', onAbort);
		try {
			return await read();
		} catch (error) {
			if (error instanceof UnexpectedEnd) {
				throw new DeviceError('CONNECTION_LOST', 'The link ended in the middle of a message.', { cause: error });
			}
			throw error;
		} finally {
			clearTimeout(timer);
			signal?.removeEventListener('abort', onAbort);
		}
	}

	#drained(): Promise<void> {
		const stream = this.#stream;
		return new Promise((resolve, reject) => {
			const stopWaiting = (): void => {
				stream.off('drain', done).off('close', gone).off('error', gone);
				this.#blockedWrites.delete(interrupted);
			};
			const done = (): void => {
				stopWaiting();
				resolve();
			};
			const interrupted = (error: Error): void => {
				stopWaiting();
				reject(error);
			};
			const gone = (): void => interrupted(this.#failure ?? new DeviceError('CONNECTION_LOST', 'The link was lost.'));
			stream.on('drain', done).on('close', gone).on('error', gone);
			this.#blockedWrites.add(interrupted);
		});
	}
}
