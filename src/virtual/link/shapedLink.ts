import { Duplex } from 'node:stream';

/** How a link misbehaves. */
export interface LinkShape {
	/** Bytes per second and direction; undefined for as fast as it goes. */
	readonly bytesPerSecond?: number;
	/** Everything travels in pieces of this many bytes. */
	readonly pieceBytes?: number;
	/** The link goes silent: nothing passes any more in either direction, and nothing ends. */
	readonly isSilent?: () => boolean;
	/** Told about every byte that passes, in either direction, before it does; returns how many of them may. */
	readonly admit?: (sizeBytes: number) => number;
}

/** A tenth of a second's worth is sent at once on a slow link. */
const TICKS_PER_SECOND = 10;

/**
 * A stream that stands between a socket and its user and slows, chops or silences what passes.
 * It is put in only where a fault asks for it: it copies through JavaScript what otherwise stays in native code.
 */
export class ShapedLink extends Duplex {
	readonly #inner: Duplex;
	readonly #shape: LinkShape;
	#readTurn: Promise<void> = Promise.resolve();

	constructor(inner: Duplex, shape: LinkShape) {
		super({ allowHalfOpen: true });
		this.#inner = inner;
		this.#shape = shape;
		inner.on('data', (chunk: Uint8Array) => {
			inner.pause();
			this.#readTurn = this.#deliver(chunk).then(() => {
				if (!this.destroyed) {
					inner.resume();
				}
			});
		});
		inner.on('end', () => void this.#readTurn.then(() => this.push(null)));
		inner.on('error', (error) => this.destroy(error));
		inner.on('close', () => void this.#readTurn.then(() => this.destroy()));
		// Its last owner paused it; a listener alone does not set it flowing again.
		inner.resume();
	}

	override _read(): void {
		// Delivery is driven by the inner stream, one chunk at a time.
	}

	override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
		this.#send(chunk).then(() => done(), done);
	}

	override _final(done: (error?: Error | null) => void): void {
		if (this.#shape.isSilent?.() === true) {
			done();
			return;
		}
		this.#inner.end(() => done());
	}

	override _destroy(error: Error | null, done: (error: Error | null) => void): void {
		this.#inner.destroy();
		done(error);
	}

	async #deliver(chunk: Uint8Array): Promise<void> {
		await this.#pass(chunk, (piece) => {
			this.push(piece);
			return Promise.resolve();
		});
	}

	#send(chunk: Uint8Array): Promise<void> {
		return this.#pass(
			chunk,
			(piece) => new Promise((resolve, reject) => this.#inner.write(piece, (error) => (error ? reject(error) : resolve()))),
		);
	}

	async #pass(chunk: Uint8Array, forward: (piece: Uint8Array) => Promise<void>): Promise<void> {
		const { bytesPerSecond, pieceBytes, admit } = this.#shape;
		const tickBytes = bytesPerSecond === undefined ? Infinity : Math.max(1, Math.floor(bytesPerSecond / TICKS_PER_SECOND));
		const stepBytes = Math.min(pieceBytes ?? Infinity, tickBytes);
		for (let offset = 0; offset < chunk.length && !this.destroyed; offset += stepBytes) {
			if (this.#shape.isSilent?.() === true) {
				return;
			}
			const piece = chunk.subarray(offset, offset + stepBytes);
			const admitted = admit?.(piece.length) ?? piece.length;
			if (admitted > 0) {
				await forward(admitted === piece.length ? piece : piece.subarray(0, admitted));
			}
			if (admitted < piece.length) {
				return;
			}
			await this.#pause(piece.length);
		}
	}

	#pause(sentBytes: number): Promise<void> {
		const { bytesPerSecond } = this.#shape;
		return new Promise((resolve) => {
			if (bytesPerSecond === undefined) {
				// Letting the event loop turn keeps the pieces apart on the wire.
				setImmediate(resolve);
			} else {
				setTimeout(resolve, (1000 * sentBytes) / bytesPerSecond);
			}
		});
	}
}
