/**
 * Bytes between a source that pushes and a reader that pulls: exact reads over chunks of any size, without copying
 * where one chunk holds what is asked for.
 *
 * There is one reader at a time; a second read while one is pending is a programming error and rejects.
 * The owner applies back-pressure: `onLow` fires when a read takes the queue from above `highWaterBytes` to below it.
 */
export class ByteQueue {
	readonly highWaterBytes: number;
	readonly #chunks: Uint8Array[] = [];
	readonly #onLow: () => void;
	#head = 0;
	#sizeBytes = 0;
	#end: { error: Error | undefined } | undefined;
	#waiter: { bytes: number; wake: () => void; fail: (error: Error) => void } | undefined;

	constructor(highWaterBytes: number, onLow: () => void = () => {}) {
		this.highWaterBytes = highWaterBytes;
		this.#onLow = onLow;
	}

	/** Bytes that have arrived and were not read yet. */
	get sizeBytes(): number {
		return this.#sizeBytes;
	}

	get isAboveHighWater(): boolean {
		return this.#sizeBytes >= this.highWaterBytes;
	}

	push(chunk: Uint8Array): void {
		if (this.#end !== undefined || chunk.length === 0) {
			return;
		}
		this.#chunks.push(chunk);
		this.#sizeBytes += chunk.length;
		this.#wakeIfReady();
	}

	/** No more bytes will come. Reads beyond what is queued reject with `error`, or report the end when there is none. */
	end(error?: Error): void {
		if (this.#end === undefined) {
			this.#end = { error };
			this.#wakeIfReady();
		}
	}

	/**
	 * Exactly `sizeBytes` bytes, or undefined when the stream ended cleanly before the first of them.
	 * @throws the error given to `end`; or an Error named `UnexpectedEnd` when the stream ended inside.
	 */
	async read(sizeBytes: number): Promise<Uint8Array | undefined> {
		if (this.#sizeBytes < sizeBytes) {
			await this.#wait(sizeBytes);
		}
		if (this.#sizeBytes < sizeBytes) {
			if (this.#end?.error !== undefined) {
				throw this.#end.error;
			}
			if (this.#sizeBytes === 0) {
				return undefined;
			}
			throw new UnexpectedEnd(sizeBytes, this.#sizeBytes);
		}
		return this.#take(sizeBytes);
	}

	/** The next bytes as they lie in one chunk, at least 1 and at most `maxBytes`; undefined at the end. */
	async readSome(maxBytes: number): Promise<Uint8Array | undefined> {
		if (this.#sizeBytes === 0) {
			await this.#wait(1);
		}
		if (this.#sizeBytes === 0) {
			if (this.#end?.error !== undefined) {
				throw this.#end.error;
			}
			return undefined;
		}
		const first = this.#chunks[this.#head] as Uint8Array;
		return this.#take(Math.min(first.length, maxBytes));
	}

	/** Bytes that can be had at once without waiting: what `read(sizeBytes)` would return, or undefined when it would wait. */
	tryRead(sizeBytes: number): Uint8Array | undefined {
		return this.#waiter === undefined && this.#sizeBytes >= sizeBytes ? this.#take(sizeBytes) : undefined;
	}

	/** What `readSome(maxBytes)` would return at once, or undefined when it would wait. */
	tryReadSome(maxBytes: number): Uint8Array | undefined {
		if (this.#waiter !== undefined || this.#sizeBytes === 0) {
			return undefined;
		}
		return this.#take(Math.min((this.#chunks[this.#head] as Uint8Array).length, maxBytes));
	}

	/** Empties the queue: for handing unread bytes to a new owner of the stream. */
	takeAll(): Uint8Array[] {
		const rest = this.#chunks.slice(this.#head);
		this.#chunks.length = 0;
		this.#head = 0;
		this.#sizeBytes = 0;
		return rest;
	}

	/** Rejects the pending read, if there is one; queued bytes stay. For a reader that gives up waiting. */
	interrupt(error: Error): void {
		const waiter = this.#waiter;
		this.#waiter = undefined;
		waiter?.fail(error);
	}

	#wait(bytes: number): Promise<void> {
		if (this.#waiter !== undefined) {
			return Promise.reject(new Error('ByteQueue has one reader at a time'));
		}
		if (this.#end !== undefined) {
			return Promise.resolve();
		}
		return new Promise((resolve, reject) => {
			this.#waiter = { bytes, wake: resolve, fail: reject };
			// A read larger than the high-water mark must not wait for a source that was paused.
			this.#onLow();
		});
	}

	#wakeIfReady(): void {
		const waiter = this.#waiter;
		if (waiter !== undefined && (this.#end !== undefined || this.#sizeBytes >= waiter.bytes)) {
			this.#waiter = undefined;
			waiter.wake();
		}
	}

	/** True while a reader waits for more than is queued: the owner must keep the source flowing. */
	get isStarved(): boolean {
		return this.#waiter !== undefined;
	}

	#take(sizeBytes: number): Uint8Array {
		const wasAbove = this.isAboveHighWater;
		this.#sizeBytes -= sizeBytes;
		const first = this.#chunks[this.#head] ?? new Uint8Array(0);
		let taken: Uint8Array;
		if (first.length > sizeBytes) {
			taken = first.subarray(0, sizeBytes);
			this.#chunks[this.#head] = first.subarray(sizeBytes);
		} else if (first.length === sizeBytes) {
			taken = first;
			this.#dropHead();
		} else {
			taken = this.#gather(sizeBytes);
		}
		if (wasAbove && !this.isAboveHighWater) {
			this.#onLow();
		}
		return taken;
	}

	#gather(sizeBytes: number): Uint8Array {
		const joined = new Uint8Array(sizeBytes);
		let filled = 0;
		while (filled < sizeBytes) {
			const chunk = this.#chunks[this.#head] as Uint8Array;
			const wanted = sizeBytes - filled;
			if (chunk.length <= wanted) {
				joined.set(chunk, filled);
				filled += chunk.length;
				this.#dropHead();
			} else {
				joined.set(chunk.subarray(0, wanted), filled);
				this.#chunks[this.#head] = chunk.subarray(wanted);
				filled = sizeBytes;
			}
		}
		return joined;
	}

	#dropHead(): void {
		this.#chunks[this.#head] = EMPTY;
		this.#head++;
		// Shifting an array is linear; compacting now and then keeps it amortised constant.
		if (this.#head === this.#chunks.length || this.#head > 1024) {
			this.#chunks.splice(0, this.#head);
			this.#head = 0;
		}
	}
}

const EMPTY = new Uint8Array(0);

/** The stream ended inside something that was being read. */
export class UnexpectedEnd extends Error {
	constructor(wantedBytes: number, hadBytes: number) {
		super(`The stream ended after ${hadBytes} of ${wantedBytes} bytes.`);
		this.name = 'UnexpectedEnd';
	}
}
