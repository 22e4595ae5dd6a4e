import { randomUUID } from 'node:crypto';
import type { PlistDict, PlistValue } from '../../plist/index.ts';
import type { MuxTransport } from '../../device/usbmux/messages.ts';
import { BadMessage, ChannelClosed, readPlist, writePlist } from '../channel.ts';
import type { RunningDevice } from '../lab/runningDevice.ts';
import type { StreamChannel } from '../link/streamChannel.ts';
import {
	encodeLockdownAnswer,
	encodeLockdownError,
	encodePairAnswer,
	encodeQueryType,
	encodeService,
	encodeSession,
	encodeSessionStopped,
	encodeValueAnswer,
	readLockdownRequest,
	type LockdownErrorName,
	type LockdownRequest,
} from './messages.ts';
import type { HostCandidate, TrustedHost } from './trust.ts';
import {
	BACKUP_DOMAIN,
	defaultDomain,
	DEVICE_NAME_KEY,
	namedDomain,
	PUBLIC_KEYS,
	SETTABLE_KEYS,
	WIFI_KEY,
	WIRELESS_DOMAIN,
} from './values.ts';
import { publicKeyPem } from './keys.ts';

/** Services that a host may start without a session. */
const INSECURE_SERVICES: ReadonlySet<string> = new Set(['com.apple.mobile.insecure_notification_proxy']);

interface Session {
	readonly id: string;
	readonly host: TrustedHost;
}

/** What follows an answer: the next request, TLS, or the end. */
type Next = 'continue' | 'startTls' | 'close';

/** An answer that is an error of the device; thrown by the verbs and sent by the loop. */
class Refusal extends Error {
	readonly error: string;

	constructor(error: LockdownErrorName) {
		super(error);
		this.error = error;
	}
}

/** One host's conversation with the device's lockdownd, in clear until StartSession, inside TLS after it. */
export class LockdownConnection {
	readonly #target: RunningDevice;
	readonly #transport: MuxTransport;
	#channel: StreamChannel;
	#session: Session | undefined;
	#next: Next = 'continue';

	constructor(target: RunningDevice, channel: StreamChannel, transport: MuxTransport) {
		this.#target = target;
		this.#channel = channel;
		this.#transport = transport;
	}

	/** Serves until the host goes away or has been idle too long; closes the connection. Throws BadMessage, ChannelClosed. */
	async serve(): Promise<void> {
		try {
			while (this.#next !== 'close' && (await this.#channel.hasBytes(this.#target.device.settings.lockdownIdleMs))) {
				await this.#serveRequest();
			}
		} finally {
			this.#channel.close();
		}
	}

	async #serveRequest(): Promise<void> {
		const request = readLockdownRequest(await readPlist(this.#channel));
		if (request === undefined) {
			throw new BadMessage('A message to lockdown is no request.');
		}
		const verb = request.verb === 'unknown' ? request.name : request.verb;
		this.#target.device.log.debug(`lockdown: ${verb}${request.verb === 'StartService' ? ` ${request.service}` : ''}`);
		await writePlist(this.#channel, await this.#answer(verb, request));
		if (this.#next === 'startTls') {
			this.#next = 'continue';
			await this.#startTls();
		}
	}

	async #answer(verb: string, request: LockdownRequest): Promise<PlistDict> {
		const injected =
			this.#target.lockdownFault(verb) ?? (request.verb === 'StartService' ? this.#target.lockdownFault(request.service ?? '') : undefined);
		if (injected !== undefined) {
			return encodeLockdownError(verb, injected);
		}
		try {
			return await this.#perform(request);
		} catch (error) {
			if (error instanceof Refusal) {
				return encodeLockdownError(verb, error.error);
			}
			throw error;
		}
	}

	async #perform(request: LockdownRequest): Promise<PlistDict> {
		switch (request.verb) {
			case 'QueryType':
				return encodeQueryType();
			case 'Goodbye':
				this.#next = 'close';
				return encodeLockdownAnswer('Goodbye');
			case 'GetValue':
				return this.#getValue(request.domain, request.key);
			case 'SetValue':
				return this.#setValue(request.domain, request.key, request.value);
			case 'RemoveValue':
				return this.#removeValue(request.domain, request.key);
			case 'Pair':
				return this.#pair(request.candidate);
			case 'ValidatePair':
				return this.#validatePair(request.candidate);
			case 'Unpair':
				return this.#unpair(request.hostId);
			case 'StartSession':
				return this.#startSession(request.hostId);
			case 'StopSession':
				return this.#stopSession(request.sessionId);
			case 'StartService':
				return this.#startService(request.service, request.escrowBag);
			case 'unknown':
				throw new Refusal('InvalidRequest');
		}
	}

	async #getValue(domain: string | undefined, key: string | undefined): Promise<PlistDict> {
		const { device, trust, storedValues } = this.#target;
		const known = domain === undefined ? defaultDomain(device, publicKeyPem(await trust.deviceKey.get())) : namedDomain(device, domain);
		const values: PlistDict = { ...known, ...storedValues.of(domain) };
		const isPublic = (name: string): boolean => this.#session !== undefined || (domain === undefined && PUBLIC_KEYS.has(name));
		if (key === undefined) {
			const shown = Object.fromEntries(Object.entries(values).filter(([name]) => isPublic(name)));
			return encodeValueAnswer('GetValue', domain, undefined, shown);
		}
		const value = Object.hasOwn(values, key) ? values[key] : undefined;
		if (!isPublic(key) && (value !== undefined || domain !== undefined)) {
			throw new Refusal('GetProhibited');
		}
		if (value === undefined) {
			throw new Refusal('MissingValue');
		}
		return encodeValueAnswer('GetValue', domain, key, value);
	}

	async #setValue(domain: string | undefined, key: string | undefined, value: PlistValue | undefined): Promise<PlistDict> {
		if (key === undefined) {
			throw new Refusal('MissingKey');
		}
		if (value === undefined) {
			throw new Refusal('MissingValue');
		}
		// The daemons of Linux announce themselves before there is a session.
		if (this.#session === undefined && key !== 'UntrustedHostBUID') {
			throw new Refusal('SetProhibited');
		}
		if ((domain === undefined && !SETTABLE_KEYS.has(key)) || domain === BACKUP_DOMAIN) {
			throw new Refusal('SetProhibited');
		}
		const isName = domain === undefined && key === DEVICE_NAME_KEY;
		const isWifi = domain === WIRELESS_DOMAIN && key === WIFI_KEY;
		if (isName && typeof value === 'string') {
			await this.#target.rename(value);
		} else if (isWifi && typeof value === 'boolean') {
			await this.#target.changeSettings({ wifi: value });
		} else if (isName || isWifi || !this.#target.storedValues.set(domain, key, value)) {
			throw new Refusal('SetProhibited');
		}
		return encodeValueAnswer('SetValue', domain, key, value);
	}

	async #removeValue(domain: string | undefined, key: string | undefined): Promise<PlistDict> {
		if (key === undefined) {
			throw new Refusal('MissingKey');
		}
		if (this.#session === undefined || !this.#target.storedValues.remove(domain, key)) {
			throw new Refusal('RemoveProhibited');
		}
		return Promise.resolve(encodeValueAnswer('RemoveValue', domain, key));
	}

	async #pair(candidate: HostCandidate | undefined): Promise<PlistDict> {
		const { device, trust } = this.#target;
		if (this.#transport === 'network') {
			throw new Refusal('PairingProhibitedOverThisConnection');
		}
		if (candidate === undefined) {
			throw new Refusal('InvalidPairRecord');
		}
		if (device.settings.locked) {
			throw new Refusal('PasswordProtected');
		}
		if (!(await trust.accepts(candidate))) {
			throw new Refusal('InvalidPairRecord');
		}
		const answer = this.#target.askForTrust();
		if (answer !== 'accept') {
			throw new Refusal(answer === 'deny' ? 'UserDeniedPairing' : 'PairingDialogResponsePending');
		}
		const known = trust.find(candidate.hostId);
		const host = trust.add(candidate, known?.escrowBag);
		await this.#target.saveTrust();
		return encodePairAnswer(host.escrowBag);
	}

	#validatePair(candidate: HostCandidate | undefined): PlistDict {
		const known = candidate && this.#target.trust.find(candidate.hostId);
		if (known === undefined) {
			throw new Refusal('InvalidHostID');
		}
		return encodeLockdownAnswer('ValidatePair');
	}

	async #unpair(hostId: string | undefined): Promise<PlistDict> {
		if (hostId === undefined) {
			throw new Refusal('MissingHostID');
		}
		if (!this.#target.trust.forget(hostId)) {
			throw new Refusal('InvalidHostID');
		}
		await this.#target.saveTrust();
		// Real devices answer under this name; clients have an exception for it.
		return encodeLockdownAnswer('ValidatePair');
	}

	async #startSession(hostId: string | undefined): Promise<PlistDict> {
		if (this.#session !== undefined) {
			throw new Refusal('SessionActive');
		}
		if (hostId === undefined) {
			throw new Refusal('MissingHostID');
		}
		await this.#target.whenPaired();
		const host = this.#target.trust.find(hostId);
		if (host === undefined) {
			throw new Refusal('InvalidHostID');
		}
		this.#session = { id: randomUUID().toUpperCase(), host };
		const usesTls = this.#target.device.settings.tls !== 'off';
		if (usesTls) {
			this.#next = 'startTls';
		}
		return encodeSession(this.#session.id, usesTls);
	}

	async #startTls(): Promise<void> {
		if (this.#session === undefined) {
			throw new ChannelClosed();
		}
		this.#channel = await this.#target.acceptTls(this.#channel, this.#session.host);
	}

	#stopSession(sessionId: string | undefined): PlistDict {
		if (this.#session === undefined) {
			throw new Refusal('SessionInactive');
		}
		if (sessionId === undefined) {
			throw new Refusal('MissingSessionID');
		}
		if (sessionId !== this.#session.id) {
			throw new Refusal('InvalidSessionID');
		}
		this.#session = undefined;
		this.#next = 'close';
		return encodeSessionStopped();
	}

	#startService(service: string | undefined, escrowBag: Uint8Array | undefined): PlistDict {
		if (service === undefined) {
			throw new Refusal('MissingService');
		}
		const session = this.#session;
		if (session === undefined && !INSECURE_SERVICES.has(service)) {
			throw new Refusal('SessionInactive');
		}
		if (!this.#target.hasService(service)) {
			throw new Refusal('InvalidService');
		}
		if (this.#target.device.settings.locked && !INSECURE_SERVICES.has(service)) {
			throw new Refusal('PasswordProtected');
		}
		if (session !== undefined && escrowBag !== undefined && !Buffer.from(escrowBag).equals(session.host.escrowBag)) {
			throw new Refusal('EscrowLocked');
		}
		const usesTls = session !== undefined && this.#target.device.settings.tls !== 'off';
		const port = this.#target.offer({ service, host: usesTls ? session.host : undefined });
		return encodeService(service, port, usesTls);
	}
}
