import * as net from 'node:net';
import { abortErrorOf } from '../../base/index.ts';
import { parsePlist, PlistError, type PlistDict, type PlistValue } from '../../plist/index.ts';
import { DeviceError, protocolViolation } from '../errors.ts';
import { Connection, type ReadOptions } from '../transport/connection.ts';
import { formatMuxAddress, type MuxAddress } from './address.ts';
import { decodeMuxHeader, encodeMuxPacket, MAX_MUX_PACKET_BYTES, MUX_HEADER_BYTES, MUX_PLIST_MESSAGE } from './frame.ts';
import {
	connectRequest,
	deletePairRecordRequest,
	listDevicesRequest,
	listenRequest,
	MUX_RESULT_BAD_DEVICE,
	MUX_RESULT_CONNECTION_REFUSED,
	MUX_RESULT_OK,
	readBuid,
	readBuidRequest,
	readDeviceList,
	readMuxEvent,
	readPairRecordData,
	readPairRecordRequest,
	readResult,
	savePairRecordRequest,
	type MuxDeviceEntry,
	type MuxEvent,
} from './messages.ts';

/** The muxer answers from memory; one that takes longer hangs. libusbmuxd waits 5 s. */
const ANSWER_TIMEOUT_MS = 10_000;

/**
 * One muxer: finds devices, opens their ports, keeps pair records. Each request has a connection of its own, so requests never wait for
 * one another and a restart of the muxer needs no repair here.
 *
 * Every method throws DeviceError `MUX_UNAVAILABLE` when nothing answers at the address.
 */
export class MuxClient {
	readonly address: MuxAddress;

	constructor(address: MuxAddress) {
		this.address = address;
	}

	async listDevices(options: ReadOptions = {}): Promise<MuxDeviceEntry[]> {
		return this.#once(listDevicesRequest(), options, readDeviceList);
	}

	/**
	 * Opens a TCP port of the device.
	 * @throws DeviceError `DEVICE_NOT_FOUND` - the attachment is gone. `CONNECTION_REFUSED` - nothing listens there.
	 */
	async connect(muxDeviceId: number, port: number, options: ReadOptions = {}): Promise<Connection> {
		const connection = await this.#open(options);
		try {
			const answer = await exchange(connection, connectRequest(muxDeviceId, port), options);
			const result = readResult(answer);
			if (result === MUX_RESULT_OK) {
				return connection;
			}
			throw connectError(result, port);
		} catch (error) {
			connection.close();
			throw error;
		}
	}

	/** The identity of this host at its muxer, which goes into pair records; undefined when the muxer has none. */
	async readBuid(options: ReadOptions = {}): Promise<string | undefined> {
		return this.#once(readBuidRequest(), options, readBuid);
	}

	/** The stored pair record, as the serialised property list that it is; undefined when there is none. A secret. */
	async readPairRecord(udid: string, options: ReadOptions = {}): Promise<Uint8Array | undefined> {
		return this.#once(readPairRecordRequest(udid), options, (answer) => {
			const result = readResult(answer);
			if (result !== undefined && result !== MUX_RESULT_BAD_DEVICE) {
				throw muxRefused('read the pair record', result);
			}
			return readPairRecordData(answer);
		});
	}

	async savePairRecord(udid: string, record: Uint8Array, muxDeviceId: number | undefined, options: ReadOptions = {}): Promise<void> {
		await this.#once(savePairRecordRequest(udid, record, muxDeviceId), options, (answer) => expectOk(answer, 'save the pair record'));
	}

	/** Deletes the pair record; having none is success. */
	async deletePairRecord(udid: string, options: ReadOptions = {}): Promise<void> {
		await this.#once(deletePairRecordRequest(udid), options, (answer) => {
			if (readResult(answer) !== MUX_RESULT_BAD_DEVICE) {
				expectOk(answer, 'delete the pair record');
			}
		});
	}

	/**
	 * Reports attachments until `signal` aborts or the muxer goes away: first one `attached` for each present device, then what happens.
	 * Returns when aborted, throws DeviceError when the muxer went away.
	 *
	 * @param onListening - called once, before the first event, when nothing that happens from now on can be missed.
	 */
	async listen(onEvent: (event: MuxEvent) => void, signal: AbortSignal, onListening: () => void = () => {}): Promise<void> {
		const connection = await this.#open({ signal });
		try {
			expectOk(await exchange(connection, listenRequest(), { signal }), 'report devices');
			onListening();
			while (!signal.aborted) {
				const event = readMuxEvent((await readPacket(connection, { signal })).body);
				if (event !== undefined) {
					onEvent(event);
				}
			}
		} catch (error) {
			if (!signal.aborted) {
				throw error;
			}
		} finally {
			connection.close();
		}
	}

	async #once<T>(request: PlistDict, options: ReadOptions, read: (answer: PlistValue) => T): Promise<T> {
		const connection = await this.#open(options);
		try {
			return read(await exchange(connection, request, options));
		} finally {
			connection.close();
		}
	}

	#open({ signal, timeoutMs = ANSWER_TIMEOUT_MS }: ReadOptions): Promise<Connection> {
		const address = this.address;
		return new Promise((resolve, reject) => {
			if (signal?.aborted === true) {
				reject(abortErrorOf(signal));
				return;
			}
			const socket =
				address.kind === 'unix'
					? net.connect({ path: address.path })
					: net.connect({ host: address.host, port: address.port, noDelay: true });
			const stopWaiting = (): void => {
				clearTimeout(timer);
				socket.off('error', fail);
				signal?.removeEventListener('abort', abort);
			};
			const fail = (cause: Error): void => {
				stopWaiting();
				socket.destroy();
				const where = formatMuxAddress(address);
				reject(
					new DeviceError('MUX_UNAVAILABLE', `No muxer answers at ${where}.`, {
						cause,
						details: { address: where, reason: (cause as NodeJS.ErrnoException).code ?? cause.message },
					}),
				);
			};
			const abort = (): void => {
				stopWaiting();
				socket.destroy();
				reject(abortErrorOf(signal as AbortSignal));
			};
			// A muxer on another computer may be behind something that swallows the attempt; the system would try for minutes.
			const timer = setTimeout(() => fail(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
			socket.once('error', fail);
			signal?.addEventListener('abort', abort, { once: true });
			socket.once('connect', () => {
				stopWaiting();
				resolve(new Connection(socket));
			});
		});
	}
}

/** Each connection carries one request, so one number serves them all. */
const REQUEST_TAG = 1;

async function exchange(connection: Connection, request: PlistDict, options: ReadOptions): Promise<PlistValue> {
	await connection.write(encodeMuxPacket(REQUEST_TAG, request));
	const answer = await readPacket(connection, { timeoutMs: ANSWER_TIMEOUT_MS, ...options });
	if (answer.tag !== REQUEST_TAG) {
		connection.destroy();
		throw protocolViolation('The muxer answered another request.', { tag: answer.tag });
	}
	return answer.body;
}

async function readPacket(connection: Connection, options: ReadOptions): Promise<{ tag: number; body: PlistValue }> {
	const header = decodeMuxHeader(await connection.read(MUX_HEADER_BYTES, options));
	const bodyBytes = header.lengthBytes - MUX_HEADER_BYTES;
	if (header.message !== MUX_PLIST_MESSAGE || bodyBytes <= 0 || header.lengthBytes > MAX_MUX_PACKET_BYTES) {
		connection.destroy();
		throw protocolViolation('What answers at the muxer address does not speak its protocol.', { lengthBytes: header.lengthBytes });
	}
	const body = await connection.read(bodyBytes, options);
	try {
		return { tag: header.tag, body: parsePlist(body) };
	} catch (error) {
		connection.destroy();
		throw PlistError.is(error) ? protocolViolation('The muxer sent a message that is no property list.', {}, error) : error;
	}
}

function expectOk(answer: PlistValue, what: string): void {
	const result = readResult(answer);
	if (result !== MUX_RESULT_OK) {
		throw muxRefused(what, result);
	}
}

function muxRefused(what: string, result: number | undefined): DeviceError {
	return new DeviceError('MUX_REFUSED', `The muxer refused to ${what} (result ${result ?? 'missing'}).`, {
		details: { muxResult: result },
	});
}

function connectError(result: number | undefined, port: number): DeviceError {
	if (result === MUX_RESULT_BAD_DEVICE) {
		return new DeviceError('DEVICE_NOT_FOUND', 'The device is not attached any more.');
	}
	if (result === MUX_RESULT_CONNECTION_REFUSED) {
		return new DeviceError('CONNECTION_REFUSED', `Nothing on the device listens on port ${port}.`, { details: { port } });
	}
	return muxRefused('open a connection to the device', result);
}
