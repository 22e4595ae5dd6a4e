import { Disposable, Emitter, type Event } from '../../../base/index.ts';
import { DeviceError } from '../../errors.ts';
import type { PlistChannel } from '../../transport/plistChannel.ts';
import { encodeNotificationRequest, readNotificationEvent } from './messages.ts';

/** How long `shutdown` waits for the device's farewell. */
const farewellTimeoutMs = 5000;

/** Posts notifications on the device and relays those that it was asked to observe. Owns the channel. */
export class NotificationProxyClient extends Disposable {
	readonly #channel: PlistChannel;
	readonly #received = this.register(new Emitter<string>());
	readonly #ended = this.register(new Emitter<DeviceError | undefined>());
	#listening: Promise<void> | undefined;

	constructor(channel: PlistChannel) {
		super();
		this.#channel = channel;
		this.register({ dispose: () => channel.close() });
	}

	/** The name of an observed notification, whenever it is posted on the device. */
	get onDidReceive(): Event<string> {
		return this.#received.event;
	}

	/** Fires once when nothing will be relayed any more, with the cause unless the device took its leave. Not after `dispose`. */
	get onDidEnd(): Event<DeviceError | undefined> {
		return this.#ended.event;
	}

	/** Asks for a notification; there is no answer. */
	async observe(name: string): Promise<void> {
		void this.#listen();
		await this.#channel.send(encodeNotificationRequest({ command: 'observe', name }));
	}

	/** Posts a notification on the device; there is no answer. */
	async post(name: string): Promise<void> {
		await this.#channel.send(encodeNotificationRequest({ command: 'post', name }));
	}

	/**
	 * Takes leave, so that everything posted before has been posted, and closes the connection. Never rejects: a device that does not
	 * answer within 5 s, or has gone, is left all the same.
	 */
	async shutdown(): Promise<void> {
		const timer = setTimeout(() => this.#channel.connection.destroy(), farewellTimeoutMs);
		try {
			await this.#channel.send(encodeNotificationRequest({ command: 'shutdown' }));
			await this.#listen();
		} catch {
			// The link is gone, which is what was wanted.
		} finally {
			clearTimeout(timer);
			this.dispose();
		}
	}

	/** Receives until the device takes its leave or the link ends. Never rejects. */
	#listen(): Promise<void> {
		this.#listening ??= this.#relay().then(
			() => this.#ended.fire(undefined),
			(error: unknown) =>
				this.#ended.fire(DeviceError.is(error) ? error : new DeviceError('CONNECTION_LOST', 'The link was lost.', { cause: error })),
		);
		return this.#listening;
	}

	async #relay(): Promise<void> {
		for (;;) {
			const event = readNotificationEvent(await this.#channel.receive());
			if (event?.kind === 'proxyDeath') {
				return;
			}
			if (event !== undefined) {
				this.#received.fire(event.name);
			}
		}
	}
}
