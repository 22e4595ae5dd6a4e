import type { Duplex } from 'node:stream';
import { parseBuffer } from 'bplist-parser';
import { parse } from 'plist';
import { PlistChannel } from '../../../../src/device/transport/plistChannel.ts';
import { connectionPair } from '../../../support/connectionPair.ts';

/** The device's end of a service, with other people's readers and hand-written property lists: no codec of this project takes part. */
export class PlistPeer {
	readonly stream: Duplex;
	readonly #chunks: AsyncIterator<Buffer>;
	#pending = Buffer.alloc(0);
	/** `xml` or `binary` for each message, in the order they were read. */
	readonly formats: string[] = [];

	constructor(stream: Duplex) {
		this.stream = stream;
		this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
	}

	/** The host's next message as plain data; undefined when it has closed. */
	async next(): Promise<unknown> {
		const length = await this.#take(4);
		if (length === undefined) {
			return undefined;
		}
		const body = (await this.#take(length.readUInt32BE(0))) as Buffer;
		const isBinary = body.subarray(0, 6).toString() === 'bplist';
		this.formats.push(isBinary ? 'binary' : 'xml');
		return isBinary ? parseBuffer<unknown>(body)[0] : parse(body.toString());
	}

	/** Sends an XML property list whose root is `inner`, such as `<dict><key>Status</key><string>Success</string></dict>`. */
	send(inner: string): void {
		const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0">${inner}</plist>\n`);
		const length = Buffer.alloc(4);
		length.writeUInt32BE(body.length);
		this.stream.write(Buffer.concat([length, body]));
	}

	raw(bytes: Uint8Array): void {
		this.stream.write(bytes);
	}

	end(): void {
		this.stream.end();
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

/** A channel for a client, and its device. */
export function channelPair(): { channel: PlistChannel; peer: PlistPeer } {
	const { connection, peer } = connectionPair();
	return { channel: new PlistChannel(connection), peer: new PlistPeer(peer) };
}

/** `<dict>` of strings; values that begin with `<` stand for themselves. */
export function dict(entries: Record<string, string>): string {
	const inner = Object.entries(entries).map(
		([key, value]) => `<key>${key}</key>${value.startsWith('<') ? value : `<string>${value}</string>`}`,
	);
	return `<dict>${inner.join('')}</dict>`;
}
