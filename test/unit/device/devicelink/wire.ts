import type { Duplex } from 'node:stream';
import { parseBuffer } from 'bplist-parser';
import { parse } from 'plist';

/** Raw records as a device writes them, by hand. */
export function u32(value: number): Buffer {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32BE(value);
	return bytes;
}

export function pathRecord(path: string): Buffer {
	const bytes = Buffer.from(path);
	return Buffer.concat([u32(bytes.length), bytes]);
}

/** `u32 n | u8 code | n - 1 bytes`. */
export function block(code: number, data: Uint8Array | string = ''): Buffer {
	const bytes = Buffer.from(data as Uint8Array);
	return Buffer.concat([u32(bytes.length + 1), Buffer.of(code), bytes]);
}

/** A file as a device uploads it. */
export function upload(path: string, ...blocks: Buffer[]): Buffer {
	return Buffer.concat([pathRecord(`/var/tmp/${path.length}`), pathRecord(path), ...blocks]);
}

export const DATA = 0x0c;
export const COMPLETE = 0x00;
export const DEVICE_ERROR = 0x0b;
export const END = Buffer.alloc(4);

/** The device's end of DeviceLink, by hand: no codec of this project takes part. */
export class DevicePeer {
	readonly stream: Duplex;
	readonly #chunks: AsyncIterator<Buffer>;
	#pending = Buffer.alloc(0);

	constructor(stream: Duplex) {
		this.stream = stream;
		this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
	}

	/** The body of the host's next property list; undefined when it has closed. */
	async nextBody(): Promise<Buffer | undefined> {
		const length = await this.take(4);
		return length === undefined ? undefined : this.take(length.readUInt32BE(0));
	}

	/** The host's next message as plain data. */
	async next(): Promise<unknown[] | undefined> {
		const body = await this.nextBody();
		if (body === undefined) {
			return undefined;
		}
		return body.subarray(0, 6).toString() === 'bplist' ? parseBuffer<unknown[]>(body)[0] : (parse(body.toString()) as unknown[]);
	}

	/** Sends an XML array of these elements. */
	send(...elements: string[]): void {
		const body = Buffer.from(`<plist version="1.0"><array>${elements.join('')}</array></plist>`);
		this.raw(u32(body.length), body);
	}

	raw(...bytes: Uint8Array[]): void {
		this.stream.write(Buffer.concat(bytes));
	}

	async take(sizeBytes: number): Promise<Buffer | undefined> {
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

	/** Everything until the host closes. */
	async rest(): Promise<Buffer> {
		for (;;) {
			const chunk = await this.#chunks.next();
			if (chunk.done === true) {
				return this.#pending;
			}
			this.#pending = Buffer.concat([this.#pending, chunk.value]);
		}
	}
}

export const string = (value: string): string => `<string>${value}</string>`;
export const integer = (value: number | bigint): string => `<integer>${value}</integer>`;
export const real = (value: number): string => `<real>${value}</real>`;
export const array = (...inner: string[]): string => `<array>${inner.join('')}</array>`;
export const dict = (entries: Record<string, string> = {}): string =>
	`<dict>${Object.entries(entries)
		.map(([key, value]) => `<key>${key}</key>${value}`)
		.join('')}</dict>`;
