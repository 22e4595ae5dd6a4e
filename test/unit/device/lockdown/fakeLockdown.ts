import type { Socket } from 'node:net';
import * as tls from 'node:tls';
import { parse } from 'plist';
import { FakeMux, muxEntry, muxDeviceList, muxResult } from '../../../support/fakeMux.ts';
import { muxPacket } from '../../../support/fakeMux.ts';
import type { TestPairing } from './testPairing.ts';

/** One request to lockdown, as plain data and as it lay on the wire. */
export interface LockdownRequest {
	readonly body: Record<string, unknown>;
	readonly bytes: Buffer;
	readonly isEncrypted: boolean;
}

/** What lockdown answers: a dictionary's content; `silence`; or `hang up`, the end of the connection. */
export type LockdownAnswer = string;

/** A device behind a muxer, whose lockdown answers by hand-written property lists. */
export class FakeLockdown {
	readonly mux: FakeMux;
	readonly requests: LockdownRequest[] = [];
	/** Pair records that the muxer keeps, by UDID. */
	readonly pairRecords = new Map<string, Buffer>();
	readonly connectedPorts: number[] = [];
	answer: (request: LockdownRequest) => LockdownAnswer = () => error('Unexpected');
	/** The trust with which TLS is served after a StartSession that was granted. */
	pairing: TestPairing | undefined;
	/** Serves a port that is not lockdown's. */
	onService: (socket: Socket, port: number) => void = () => {};

	private constructor(mux: FakeMux, udid: string) {
		this.mux = mux;
		mux.handle = (request) => {
			const { MessageType: kind, PortNumber: swapped, PairRecordID: id, PairRecordData: data } = request.body;
			if (kind === 'ListDevices') {
				request.reply(muxDeviceList(muxEntry(3, udid)));
			} else if (kind === 'ReadBUID') {
				request.reply('<key>BUID</key><string>HOST-BUID</string>');
			} else if (kind === 'ReadPairRecord') {
				const record = this.pairRecords.get(String(id));
				request.reply(record === undefined ? muxResult(2) : `<key>PairRecordData</key><data>${record.toString('base64')}</data>`);
			} else if (kind === 'SavePairRecord') {
				this.pairRecords.set(String(id), Buffer.from(data as Uint8Array));
				request.reply(muxResult(0));
			} else if (kind === 'DeletePairRecord') {
				request.reply(muxResult(this.pairRecords.delete(String(id)) ? 0 : 2));
			} else if (kind === 'Connect') {
				const port = ((Number(swapped) & 0xff) << 8) | (Number(swapped) >> 8);
				this.connectedPorts.push(port);
				request.socket.write(muxPacket(request.tag, muxResult(0)));
				if (port === 62078) {
					this.#serve(request.socket, false);
				} else {
					this.onService(request.socket, port);
				}
			}
		};
	}

	static async start(udid: string): Promise<FakeLockdown> {
		return new FakeLockdown(await FakeMux.start(), udid);
	}

	/** The verbs that were asked for, in order. */
	get verbs(): unknown[] {
		return this.requests.map(({ body }) => body['Request']);
	}

	#serve(socket: Socket | tls.TLSSocket, isEncrypted: boolean): void {
		let pending = Buffer.alloc(0);
		socket.on('error', () => {});
		const onData = (chunk: Buffer): void => {
			pending = Buffer.concat([pending, chunk]);
			while (pending.length >= 4 && pending.length >= 4 + pending.readUInt32BE(0)) {
				const bytes = pending.subarray(4, 4 + pending.readUInt32BE(0));
				pending = pending.subarray(4 + bytes.length);
				const request = { body: parse(bytes.toString()) as Record<string, unknown>, bytes, isEncrypted };
				this.requests.push(request);
				const answer = this.answer(request);
				if (answer === 'hang up') {
					socket.destroy();
				} else if (answer !== 'silence') {
					socket.write(lockdownFrame(answer));
				}
				if (answer.includes('EnableSessionSSL') && this.pairing !== undefined) {
					socket.off('data', onData);
					this.#serve(serveTls(socket, this.pairing), true);
				}
			}
		};
		socket.on('data', onData);
	}
}

/** The device's half of TLS. */
export function serveTls(socket: Socket, { record, deviceKey }: TestPairing): tls.TLSSocket {
	const secureContext = tls.createSecureContext({ cert: record.deviceCertificate, key: deviceKey });
	return new tls.TLSSocket(socket, { isServer: true, requestCert: true, rejectUnauthorized: false, secureContext });
}

/** `u32 BE length | XML dictionary of this content`. */
export function lockdownFrame(inner: string): Buffer {
	const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict>${inner}</dict></plist>`);
	const length = Buffer.alloc(4);
	length.writeUInt32BE(body.length);
	return Buffer.concat([length, body]);
}

/** The content of an answer with strings. */
export function strings(values: Record<string, string>): string {
	return Object.entries(values)
		.map(([key, value]) => `<key>${key}</key><string>${value}</string>`)
		.join('');
}

export function error(name: string): string {
	return strings({ Error: name });
}

/** A session that goes on encrypted. */
export const GRANTED_SESSION = `${strings({ Request: 'StartSession', SessionID: 'SESSION-1' })}<key>EnableSessionSSL</key><true/>`;
