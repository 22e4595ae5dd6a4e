import type { Duplex } from 'node:stream';
import { Emitter, errorText, type Event } from '../../base/index.ts';
import { LOCKDOWN_PORT } from '../../device/lockdown/frame.ts';
import type { MuxTransport } from '../../device/usbmux/messages.ts';
import { BadMessage, ChannelClosed } from '../channel.ts';
import type { VirtualDevice } from '../device.ts';
import { ShapedLink } from '../link/shapedLink.ts';
import { StreamChannel } from '../link/streamChannel.ts';
import { acceptTls, type TlsVersions } from '../link/tlsServer.ts';
import { LazyKey } from '../lockdown/keys.ts';
import { LockdownConnection } from '../lockdown/server.ts';
import { strangerContext, type DeviceTrust, type TrustedHost } from '../lockdown/trust.ts';
import { StoredValues } from '../lockdown/values.ts';
import type { DeviceMedia } from '../services/media/media.ts';
import { serviceNamed } from '../services/table.ts';
import type { DeviceSettings } from '../settings.ts';
import { LinkFaults } from './linkFaults.ts';

/** A service that lockdown has started and that waits for its connection. */
export interface ServiceTicket {
	readonly service: string;
	/** Whose TLS the connection begins with; undefined for a service in clear. */
	readonly host: TrustedHost | undefined;
}

/** What a running device is put together from. */
export interface RunningDeviceParts {
	readonly device: VirtualDevice;
	readonly trust: DeviceTrust;
	readonly media: DeviceMedia;
	/** Resolves when a pairing that the lab makes itself is there. */
	readonly whenPaired: () => Promise<void>;
	/** Keeps the hosts that the device trusts. */
	readonly saveTrust: () => Promise<void>;
}

/** Service ports are handed out from here upwards, as dynamic ports are. */
const FIRST_SERVICE_PORT = 49_152;
const LAST_PORT = 65_535;
/** A service that nobody connects to stops waiting. Unverified: how long real devices wait. */
const TICKET_LIFETIME_MS = 60_000;
/** Hosts that start services and never connect must not fill the memory. */
const MAX_TICKETS = 1000;

/** A virtual device that is switched on: its ports, its open connections and its trust, around the device itself. */
export class RunningDevice {
	readonly device: VirtualDevice;
	readonly trust: DeviceTrust;
	readonly media: DeviceMedia;
	readonly storedValues = new StoredValues();
	readonly whenPaired: () => Promise<void>;
	readonly saveTrust: () => Promise<void>;
	readonly linkFaults: LinkFaults;
	readonly #settingsChanged = new Emitter<void>();
	readonly #tickets = new Map<number, { ticket: ServiceTicket; timer: NodeJS.Timeout }>();
	readonly #streams = new Set<Duplex>();
	readonly #strangerKey = new LazyKey();
	#nextPort = FIRST_SERVICE_PORT;
	#trustQuestions = 0;

	constructor(parts: RunningDeviceParts) {
		this.device = parts.device;
		this.trust = parts.trust;
		this.media = parts.media;
		this.whenPaired = parts.whenPaired;
		this.saveTrust = parts.saveTrust;
		this.linkFaults = new LinkFaults(parts.device.faults);
	}

	/** Fires when settings were changed, by a host or by an order. */
	get onDidChangeSettings(): Event<void> {
		return this.#settingsChanged.event;
	}

	/** Connections that are open now. */
	get connectionCount(): number {
		return this.#streams.size;
	}

	/**
	 * What serves a connection to a port; undefined when nothing listens there.
	 * A service's port takes one connection. The returned function takes the channel over, and never rejects.
	 */
	open(port: number, transport: MuxTransport): ((channel: StreamChannel) => Promise<void>) | undefined {
		const entry = this.#tickets.get(port);
		const name = port === LOCKDOWN_PORT ? 'lockdown' : entry?.ticket.service;
		if (name === undefined || this.linkFaults.refusesConnection(name)) {
			return undefined;
		}
		if (entry === undefined) {
			return (channel) => this.#serve(name, channel, (link) => new LockdownConnection(this, link, transport).serve());
		}
		clearTimeout(entry.timer);
		this.#tickets.delete(port);
		return (channel) => this.#serve(name, channel, (link) => this.#serveTicket(link, entry.ticket));
	}

	hasService(service: string): boolean {
		return serviceNamed(service) !== undefined;
	}

	/** Makes a service wait for its connection. @returns the port. */
	offer(ticket: ServiceTicket): number {
		const [oldest] = this.#tickets.keys();
		if (this.#tickets.size >= MAX_TICKETS && oldest !== undefined) {
			this.#withdraw(oldest);
		}
		const port = this.#freePort();
		const timer = setTimeout(() => this.#withdraw(port), TICKET_LIFETIME_MS);
		timer.unref();
		this.#tickets.set(port, { ticket, timer });
		return port;
	}

	/** Starts TLS on a connection; the given channel is used up. Throws ChannelClosed. */
	async acceptTls(channel: StreamChannel, host: TrustedHost): Promise<StreamChannel> {
		const versions = this.device.settings.tls as TlsVersions;
		const isStranger = this.device.faults.peek('wrong-certificate') !== undefined;
		const context = isStranger ? await strangerContext(this.#strangerKey, versions) : await this.trust.contextFor(host, versions);
		return acceptTls(channel.release(), context, host.rootCertificate);
	}

	/** What the trust dialog is answered this time. */
	askForTrust(): 'accept' | 'deny' | 'pending' {
		const { trust } = this.device.settings;
		const pending = /^pending(?::(\d+))?$/.exec(trust);
		if (pending === null) {
			return trust === 'deny' ? 'deny' : 'accept';
		}
		const questions = pending[1] === undefined ? Infinity : Number(pending[1]);
		if (this.#trustQuestions >= questions) {
			this.#trustQuestions = 0;
			return 'accept';
		}
		this.#trustQuestions++;
		return 'pending';
	}

	/** The error that a lockdown verb or the start of a service is to be answered with, when one is armed for it. */
	lockdownFault(name: string): string | undefined {
		return this.linkFaults.lockdownError(name);
	}

	async rename(name: string): Promise<void> {
		this.device.identity.name = name.slice(0, 255);
		this.device.notifications.post('com.apple.mobile.lockdown.device_name_changed');
		await this.device.save();
	}

	async changeSettings(changes: Partial<DeviceSettings>): Promise<void> {
		Object.assign(this.device.settings, changes);
		this.#trustQuestions = changes.trust === undefined ? this.#trustQuestions : 0;
		this.#settingsChanged.fire();
		await this.device.save();
	}

	/** The cable is pulled: every connection ends where it is, and services that were started are gone. */
	dropConnections(): void {
		for (const port of [...this.#tickets.keys()]) {
			this.#withdraw(port);
		}
		for (const stream of [...this.#streams]) {
			stream.destroy();
		}
		this.#streams.clear();
	}

	async #serveTicket(link: StreamChannel, { service, host }: ServiceTicket): Promise<void> {
		const serve = serviceNamed(service);
		if (serve === undefined) {
			throw new ChannelClosed();
		}
		const channel = host === undefined ? link : await this.acceptTls(link, host);
		try {
			await serve({ device: this.device, media: this.media, channel });
		} finally {
			channel.close();
		}
	}

	/** Runs one conversation on a connection of its own, and lets nothing escape: a broken host must not stop the lab. */
	async #serve(name: string, channel: StreamChannel, converse: (link: StreamChannel) => Promise<void>): Promise<void> {
		const socket = channel.release();
		const shape = this.linkFaults.shape();
		const stream = shape === undefined ? socket : new ShapedLink(socket, shape);
		this.#streams.add(stream);
		const link = new StreamChannel(stream);
		try {
			await converse(link);
		} catch (error) {
			this.#report(name, error);
			stream.destroy();
		} finally {
			link.close();
			if (stream.destroyed) {
				this.#streams.delete(stream);
			} else {
				stream.once('close', () => this.#streams.delete(stream));
			}
		}
	}

	#report(name: string, error: unknown): void {
		const { log, identity } = this.device;
		if (error instanceof ChannelClosed) {
			log.debug(`${identity.name}: ${name}: closed${error.cause === undefined ? '' : ` (${errorText(error.cause)})`}`);
		} else if (error instanceof BadMessage) {
			log.warn(`${identity.name}: ${name}: ${error.message}`);
		} else {
			log.error(`${identity.name}: ${name}: ${error instanceof Error ? (error.stack ?? error.message) : errorText(error)}`);
		}
	}

	#withdraw(port: number): void {
		clearTimeout(this.#tickets.get(port)?.timer);
		this.#tickets.delete(port);
	}

	#freePort(): number {
		do {
			this.#nextPort = this.#nextPort >= LAST_PORT ? FIRST_SERVICE_PORT : this.#nextPort + 1;
		} while (this.#tickets.has(this.#nextPort) || this.#nextPort === LOCKDOWN_PORT);
		return this.#nextPort;
	}
}
