import assert from 'node:assert/strict';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';
import { encodeXmlPlist, isDict, parsePlist, type PlistDict, type PlistValue } from '../../../src/plist/index.ts';

/** Reads exact numbers of bytes off a stream; written for tests, independent of both sides' own code. */
export class RawStream {
	stream: Duplex;
	#buffer = Buffer.alloc(0);
	#isOver = false;
	#wake: () => void = () => {};
	readonly #onData = (chunk: Buffer): void => {
		this.#buffer = Buffer.concat([this.#buffer, chunk]);
		this.#wake();
	};
	readonly #onOver = (): void => {
		this.#isOver = true;
		this.#wake();
	};

	constructor(stream: Duplex) {
		this.stream = stream;
		this.#listen();
	}

	async read(sizeBytes: number): Promise<Buffer> {
		while (this.#buffer.length < sizeBytes) {
			assert.ok(!this.#isOver, `the stream ended after ${this.#buffer.length} of ${sizeBytes} bytes`);
			await new Promise<void>((resolve) => (this.#wake = resolve));
		}
		const bytes = this.#buffer.subarray(0, sizeBytes);
		this.#buffer = this.#buffer.subarray(sizeBytes);
		return bytes;
	}

	/** Resolves when the other side has ended the stream. */
	async over(): Promise<void> {
		while (!this.#isOver) {
			await new Promise<void>((resolve) => (this.#wake = resolve));
		}
	}

	write(bytes: Uint8Array): void {
		this.stream.write(bytes);
	}

	close(): void {
		this.stream.destroy();
	}

	/** Goes on inside TLS. Rejects when the handshake fails. */
	async startTls(options: tls.ConnectionOptions): Promise<tls.TLSSocket> {
		this.stream.removeAllListeners();
		const socket = tls.connect({ ...options, socket: this.stream, rejectUnauthorized: false, ciphers: 'DEFAULT@SECLEVEL=0' });
		this.stream = socket;
		this.#listen();
		await new Promise<void>((resolve, reject) => {
			socket
				.once('secureConnect', resolve)
				.once('error', reject)
				.once('close', () => reject(new Error('closed')));
		});
		return socket;
	}

	#listen(): void {
		this.stream.on('data', this.#onData).on('end', this.#onOver).on('close', this.#onOver).on('error', this.#onOver);
	}
}

/** A connection to a muxer. */
export class RawMux extends RawStream {
	#tag = 0;

	static open(address: string): Promise<RawMux> {
		const [host = '', port = ''] = address.split(':');
		return new Promise((resolve, reject) => {
			const socket = connect(Number(port), host, () => resolve(new RawMux(socket)));
			socket.once('error', reject);
		});
	}

	async request(message: PlistDict): Promise<PlistDict> {
		const tag = ++this.#tag;
		this.write(muxPacket(tag, Buffer.from(encodeXmlPlist(message))));
		const answer = await this.receive();
		assert.equal(answer.tag, tag);
		return answer.body;
	}

	async receive(): Promise<{ version: number; tag: number; body: PlistDict }> {
		const header = await this.read(16);
		const body = dict(parsePlist(await this.read(header.readUInt32LE(0) - 16)));
		assert.equal(header.readUInt32LE(8), 8);
		return { version: header.readUInt32LE(4), tag: header.readUInt32LE(12), body };
	}

	/** Becomes a pipe to a port of the device. */
	async connectTo(muxDeviceId: number, port: number): Promise<RawPlistStream> {
		const swapped = Buffer.from([port & 0xff, port >> 8]).readUInt16BE();
		const answer = await this.request({ MessageType: 'Connect', DeviceID: muxDeviceId, PortNumber: swapped });
		assert.deepEqual({ ...answer }, { MessageType: 'Result', Number: 0 });
		this.stream.removeAllListeners();
		return new RawPlistStream(this.stream);
	}
}

/** `u32 BE length | plist` frames, as lockdown and most services speak them. */
export class RawPlistStream extends RawStream {
	send(message: PlistValue): void {
		const body = encodeXmlPlist(message);
		const header = Buffer.alloc(4);
		header.writeUInt32BE(body.length);
		this.write(Buffer.concat([header, body]));
	}

	async receive(): Promise<PlistDict> {
		const header = await this.read(4);
		return dict(parsePlist(await this.read(header.readUInt32BE())));
	}

	request(message: PlistValue): Promise<PlistDict> {
		this.send(message);
		return this.receive();
	}
}

export function muxPacket(tag: number, body: Uint8Array, version = 1, message = 8): Buffer {
	const header = Buffer.alloc(16);
	[16 + body.length, version, message, tag].forEach((value, index) => header.writeUInt32LE(value, 4 * index));
	return Buffer.concat([header, body]);
}

/** A plain object, for deep comparisons. */
export function dict(value: PlistValue): PlistDict {
	assert.ok(isDict(value));
	return { ...value };
}

const LOCKDOWN = 62078;

/** The pair record that the muxer hands out, as texts. */
export interface RawRecord {
	readonly hostId: string;
	readonly hostCertificate: string;
	readonly hostPrivateKey: string;
	readonly rootCertificate: string;
	readonly rootPrivateKey: string;
	readonly deviceCertificate: string;
	readonly escrowBag: Uint8Array;
}

export async function readRecord(address: string, udid: string): Promise<RawRecord> {
	const mux = await RawMux.open(address);
	const answer = await mux.request({ MessageType: 'ReadPairRecord', PairRecordID: udid });
	mux.close();
	const record = dict(parsePlist(answer['PairRecordData'] as Uint8Array));
	const text = (key: string): string => Buffer.from(record[key] as Uint8Array).toString();
	return {
		hostId: record['HostID'] as string,
		hostCertificate: text('HostCertificate'),
		hostPrivateKey: text('HostPrivateKey'),
		rootCertificate: text('RootCertificate'),
		rootPrivateKey: text('RootPrivateKey'),
		deviceCertificate: text('DeviceCertificate'),
		escrowBag: record['EscrowBag'] as Uint8Array,
	};
}

/** Lockdown in clear, on the device with this number. */
export async function openLockdown(address: string, muxDeviceId = 1): Promise<RawPlistStream> {
	return (await RawMux.open(address)).connectTo(muxDeviceId, LOCKDOWN);
}

/** Lockdown inside a session. */
export async function openSession(
	address: string,
	record: RawRecord,
	muxDeviceId = 1,
	options: tls.ConnectionOptions = {},
): Promise<RawPlistStream> {
	const lockdown = await openLockdown(address, muxDeviceId);
	const answer = await lockdown.request({ Request: 'StartSession', HostID: record.hostId, SystemBUID: 'x' });
	assert.equal(answer['EnableSessionSSL'], true, JSON.stringify(answer));
	await lockdown.startTls({ cert: record.hostCertificate, key: record.hostPrivateKey, ...options });
	return lockdown;
}

/** A connection to a service, inside TLS. */
export async function openService(address: string, record: RawRecord, service: string, muxDeviceId = 1): Promise<RawPlistStream> {
	const lockdown = await openSession(address, record, muxDeviceId);
	const answer = await lockdown.request({ Request: 'StartService', Service: service });
	lockdown.close();
	assert.equal(typeof answer['Port'], 'number', JSON.stringify(answer));
	const stream = await (await RawMux.open(address)).connectTo(muxDeviceId, answer['Port'] as number);
	await stream.startTls({ cert: record.hostCertificate, key: record.hostPrivateKey });
	return stream;
}
