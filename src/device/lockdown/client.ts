import type { PlistDict, PlistValue } from '../../plist/index.ts';
import { DeviceError } from '../errors.ts';
import type { Connection, ReadOptions } from '../transport/connection.ts';
import { PlistChannel } from '../transport/plistChannel.ts';
import { upgradeToTls } from '../transport/tls.ts';
import {
	getValueRequest,
	pairRequest,
	queryTypeRequest,
	readAnswer,
	readEscrowBag,
	readQueryType,
	readService,
	readSession,
	readValue,
	setValueRequest,
	startServiceRequest,
	startSessionRequest,
	stopSessionRequest,
	unpairRequest,
	type ServiceDescriptor,
} from './messages.ts';
import type { PairRecord } from './pairRecord.ts';

/** libimobiledevice waits as long for an answer. */
const ANSWER_TIMEOUT_MS = 30_000;

/**
 * A conversation with lockdownd, one request at a time: first in clear (identity, pairing), after `startSession` encrypted.
 *
 * The device closes an idle conversation after about ten seconds, so callers open it, use it and close it.
 * Each method throws DeviceError with the code that the device's own error means; details.deviceError has it verbatim.
 */
export class LockdownClient {
	#channel: PlistChannel;
	#sessionId: string | undefined;

	constructor(connection: Connection) {
		this.#channel = new PlistChannel(connection);
	}

	/** `com.apple.mobile.lockdown` on a device that runs normally. */
	async queryType(options: ReadOptions = {}): Promise<string | undefined> {
		return readQueryType(await this.#ask('QueryType', queryTypeRequest(), options));
	}

	/** One value, or a whole domain when `key` is left out; undefined when the device has none or does not give it out. */
	async getValue(domain?: string, key?: string, options: ReadOptions = {}): Promise<PlistValue | undefined> {
		try {
			return readValue(await this.#ask('GetValue', getValueRequest(domain, key), options));
		} catch (error) {
			if (DeviceError.is(error, 'VALUE_UNAVAILABLE')) {
				return undefined;
			}
			throw error;
		}
	}

	async setValue(domain: string | undefined, key: string, value: PlistValue, options: ReadOptions = {}): Promise<void> {
		await this.#ask('SetValue', setValueRequest(domain, key, value), options);
	}

	/**
	 * Asks the device to trust this host; the first request raises its dialog.
	 * @returns the escrow bag, where the device gives one.
	 * @throws DeviceError `PAIRING_PENDING` - ask again, with the same record. `PAIRING_DENIED`. `DEVICE_LOCKED`. `PAIRING_PROHIBITED`.
	 */
	async pair(record: PairRecord, options: ReadOptions = {}): Promise<Uint8Array | undefined> {
		return readEscrowBag(await this.#ask('Pair', pairRequest('Pair', record), options));
	}

	/** Systems before iOS 7 want this before a session. */
	async validatePair(record: PairRecord, options: ReadOptions = {}): Promise<void> {
		await this.#ask('ValidatePair', pairRequest('ValidatePair', record), options);
	}

	/** Makes the device forget this host. */
	async unpair(hostId: string, options: ReadOptions = {}): Promise<void> {
		await this.#ask('Unpair', unpairRequest(hostId), options);
	}

	/**
	 * Starts the session in which services can be started; the conversation is encrypted from here on.
	 * @throws DeviceError `PAIR_RECORD_STALE` - the device forgot this host. `CERTIFICATE_MISMATCH`. `DEVICE_LOCKED`.
	 */
	async startSession(record: PairRecord, options: ReadOptions = {}): Promise<void> {
		const session = readSession(await this.#ask('StartSession', startSessionRequest(record), options));
		if (session.enableTls) {
			this.#channel = new PlistChannel(await upgradeToTls(this.#channel.connection, record, options));
		}
		this.#sessionId = session.sessionId;
	}

	/** @throws DeviceError `SERVICE_UNAVAILABLE`, `DEVICE_LOCKED`. */
	async startService(service: string, escrowBag?: Uint8Array, options: ReadOptions = {}): Promise<ServiceDescriptor> {
		return readService(await this.#ask('StartService', startServiceRequest(service, escrowBag), options), service);
	}

	/** Ends the session politely, when there is one, and closes. Never throws: services that were started live on without it. */
	async end(): Promise<void> {
		const sessionId = this.#sessionId;
		this.#sessionId = undefined;
		if (sessionId !== undefined && !this.#channel.connection.isClosed) {
			await this.#ask('StopSession', stopSessionRequest(sessionId), { timeoutMs: 2000 }).catch(() => {
				// The device may have closed first; there is nothing left that could be lost.
			});
		}
		this.#channel.close();
	}

	async #ask(verb: string, request: PlistDict, options: ReadOptions): Promise<PlistDict> {
		return readAnswer(await this.#channel.request(request, { timeoutMs: ANSWER_TIMEOUT_MS, ...options }), verb);
	}
}
