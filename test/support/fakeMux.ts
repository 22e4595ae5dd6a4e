import { once } from 'node:events';
import * as net from 'node:net';
import { parse } from 'plist';
import { parseMuxAddress, type MuxAddress } from '../../src/device/usbmux/address.ts';

/** A request as it lies on the wire, read by another project's property list parser. */
export interface MuxRequest {
	readonly version: number;
	readonly message: number;
	readonly tag: number;
	readonly body: Record<string, unknown>;
	/** Answers with an XML dictionary of this content, under the request's tag. */
	reply(inner: string): void;
	readonly socket: net.Socket;
}

/** A muxer of raw bytes on a loopback port: no codec of this project takes part. */
export class FakeMux {
	readonly requests: MuxRequest[] = [];
	readonly #server: net.Server;
	readonly #sockets = new Set<net.Socket>();
	/** What is done with each request; by default nothing is answered. */
	handle: (request: MuxRequest) => void = () => {};

	private constructor(server: net.Server) {
		this.#server = server;
		server.on('connection', (socket) => {
			this.#sockets.add(socket);
			socket.on('close', () => this.#sockets.delete(socket)).on('error', () => {});
			let pending = Buffer.alloc(0);
			const onData = (chunk: Buffer): void => {
				pending = Buffer.concat([pending, chunk]);
				while (pending.length >= 16 && pending.length >= pending.readUInt32LE(0)) {
					const lengthBytes = pending.readUInt32LE(0);
					const packet = pending.subarray(0, lengthBytes);
					pending = pending.subarray(lengthBytes);
					const tag = packet.readUInt32LE(12);
					const request: MuxRequest = {
						version: packet.readUInt32LE(4),
						message: packet.readUInt32LE(8),
						tag,
						body: parse(packet.subarray(16).toString()) as Record<string, unknown>,
						reply: (inner) => void socket.write(muxPacket(tag, inner)),
						socket,
					};
					this.requests.push(request);
					if (request.body['MessageType'] === 'Connect') {
						// What follows belongs to the device.
						socket.off('data', onData);
					}
					this.handle(request);
				}
			};
			socket.on('data', onData);
		});
	}

	static async start(port = 0): Promise<FakeMux> {
		const server = net.createServer().listen(port, '127.0.0.1');
		await once(server, 'listening');
		return new FakeMux(server);
	}

	get port(): number {
		return (this.#server.address() as net.AddressInfo).port;
	}

	get address(): MuxAddress {
		return parseMuxAddress(`127.0.0.1:${this.port}`);
	}

	/** Open connections of clients. */
	get connections(): number {
		return this.#sockets.size;
	}

	/** Stops listening and drops every client. */
	async stop(): Promise<void> {
		const closed = once(this.#server, 'close');
		this.#server.close();
		this.#sockets.forEach((socket) => socket.destroy());
		await closed;
	}
}

/** `u32 length | u32 1 | u32 8 | u32 tag`, little-endian, and an XML dictionary of this content. */
export function muxPacket(tag: number, inner: string): Buffer {
	const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict>${inner}</dict></plist>`);
	return Buffer.concat([muxHeader(16 + body.length, tag), body]);
}

export function muxHeader(lengthBytes: number, tag: number, version = 1, message = 8): Buffer {
	const header = Buffer.alloc(16);
	[lengthBytes, version, message, tag].forEach((field, index) => header.writeUInt32LE(field, index * 4));
	return header;
}

/** A `Result` answer's content. */
export function muxResult(number: number): string {
	return `<key>MessageType</key><string>Result</string><key>Number</key><integer>${number}</integer>`;
}

/** A device entry's content, as in a list and in an `Attached` event. */
export function muxEntry(muxDeviceId: number, serialNumber: string, connectionType: 'USB' | 'Network' = 'USB'): string {
	return (
		`<key>MessageType</key><string>Attached</string><key>DeviceID</key><integer>${muxDeviceId}</integer><key>Properties</key><dict>` +
		`<key>ConnectionType</key><string>${connectionType}</string><key>SerialNumber</key><string>${serialNumber}</string></dict>`
	);
}

/** A `ListDevices` answer's content. */
export function muxDeviceList(...entries: string[]): string {
	return `<key>DeviceList</key><array>${entries.map((entry) => `<dict>${entry}</dict>`).join('')}</array>`;
}
