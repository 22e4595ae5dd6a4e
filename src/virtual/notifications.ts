import { Emitter, type Event } from '../base/index.ts';

/** The device's notifications by name: what notification_proxy relays and hosts post. */
export class NotificationHub {
	readonly #posted = new Emitter<string>();

	/** Fires with the name of each notification, whether the device or a host posted it. */
	readonly on: Event<string> = this.#posted.event;

	post(name: string): void {
		this.#posted.fire(name);
	}
}
