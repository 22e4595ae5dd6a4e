import type { Duplex } from 'node:stream';

/** A request as it lies on the wire, taken apart by hand: this file shares no code with the codec that it tests. */
export interface WireRequest {
	readonly entireBytes: number;
	readonly thisBytes: number;
	readonly packetNumber: number;
	readonly operation: number;
	/** Everything after the 40 header bytes. */
	readonly body: Buffer;
}

/** The device's end of an AFC connection, by hand. */
export class AfcPeer {
	readonly #stream: Duplex;
	readonly #chunks: AsyncIterator<Buffer>;
	#pending = Buffer.alloc(0);

	constructor(stream: Duplex) {
		this.#stream = stream;
		this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
	}

	/** The next request; undefined when the host has closed. */
	async next(): Promise<WireRequest | undefined> {
		const header = await this.#take(40);
		if (header === undefined) {
			return undefined;
		}
		const entireBytes = Number(header.readBigUInt64LE(8));
		const body = (await this.#take(entireBytes - 40)) as Buffer;
		return {
			entireBytes,
			thisBytes: Number(header.readBigUInt64LE(16)),
			packetNumber: Number(header.readBigUInt64LE(24)),
			operation: Number(header.readBigUInt64LE(32)),
			body,
		};
	}

	async requests(count: number): Promise<WireRequest[]> {
		const requests: WireRequest[] = [];
		while (requests.length < count) {
			const request = await this.next();
			if (request === undefined) {
				break;
			}
			requests.push(request);
		}
		return requests;
	}

	/** Operation 1 with a code. */
	status(to: WireRequest, code: number): void {
		this.#stream.write(packet(1, to.packetNumber, u64(code)));
	}

	/** Operation 2. */
	data(to: WireRequest, data: string | Uint8Array): void {
		this.#stream.write(packet(2, to.packetNumber, Buffer.alloc(0), Buffer.from(data as Uint8Array)));
	}

	/** Operation 0x0e. */
	handle(to: WireRequest, handle: number): void {
		this.#stream.write(packet(0x0e, to.packetNumber, u64(handle)));
	}

	raw(bytes: Uint8Array): void {
		this.#stream.write(bytes);
	}

	end(): void {
		this.#stream.end();
	}

	async #take(sizeBytes: number): Promise<Buffer | undefined> {
		while (this.#pending.length < sizeBytes) {
			const chunk = await this.#chunks.next();
			if (chunk.done === true) {
				return undefined;
			}
			this.#pending = Buffer.concat([this.#pending, chunk.value]);
		}
		const taken = this.#pending.subarray(0, sizeBytes);
		this.#pending = this.#pending.subarray(sizeBytes);
		return taken;
	}
}

/** `CFA6LPAA`, entire length, this length, number, operation; then the parameters and the payload. */
export function packet(operation: number, packetNumber: number, parameters: Uint8Array, payload: Uint8Array = Buffer.alloc(0)): Buffer {
	const lengths = [40 + parameters.length + payload.length, 40 + parameters.length, packetNumber, operation];
	return Buffer.concat([Buffer.from('CFA6LPAA'), ...lengths.map(u64), parameters, payload]);
}

export function u64(value: number | bigint): Buffer {
	const bytes = Buffer.alloc(8);
	bytes.writeBigUInt64LE(BigInt(value));
	return bytes;
}
