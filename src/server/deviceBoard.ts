import { Disposable, Emitter, errorText, type Clock, type Event, type IDisposable, type Logger } from '../base/index.ts';
import type { DeviceList } from '../contract/index.ts';
import type { Engine } from '../engine/index.ts';

/** What a device says of itself without being asked is little: its battery and its settings are looked at this often. */
const LOOK_EVERY_MS = 60_000;

export interface DeviceBoardOptions {
	readonly engine: Pick<Engine, 'listDevices' | 'watchDevices'>;
	readonly clock: Clock;
	readonly log: Logger;
	/** What a device is doing now, for whichever program; undefined when nothing. */
	activityOf(udid: string): string | undefined;
}

/** What is attached, as it was last seen: followed through the muxers, and looked at again now and then. */
export class DeviceBoard extends Disposable {
	readonly #options: DeviceBoardOptions;
	readonly #changes = this.register(new Emitter<DeviceList>());
	#seen: DeviceList = { devices: [], problems: [] };
	#told = '';
	/** Counts what was seen, so that a look that took longer than a change is dropped. */
	#round = 0;
	#isWatching = false;
	#timer: IDisposable | undefined;

	/** Fires when the list differs from the one before. */
	readonly onDidChange: Event<DeviceList> = this.#changes.event;

	constructor(options: DeviceBoardOptions) {
		super();
		this.#options = options;
		this.register({ dispose: () => this.#timer?.dispose() });
	}

	/** With what each device is doing now. */
	get list(): DeviceList {
		const { devices, problems } = this.#seen;
		return {
			devices: devices.map((device) => {
				const activity = this.#options.activityOf(device.udid);
				return activity === undefined ? device : { ...device, activity };
			}),
			problems,
		};
	}

	/** As a device calls itself; undefined while it is not known. */
	nameOf(udid: string): string | undefined {
		return this.#seen.devices.find((device) => device.udid === udid)?.name;
	}

	/** Begins to follow what is attached; once. */
	watch(): void {
		if (!this.#isWatching) {
			this.#isWatching = true;
			this.register(this.#options.engine.watchDevices((list) => this.#set(list)));
			this.#schedule();
		}
	}

	/** Looks anew at all that is attached. */
	async look(signal?: AbortSignal): Promise<DeviceList> {
		const round = ++this.#round;
		const list = await this.#options.engine.listDevices(signal);
		if (round === this.#round) {
			this.#set(list);
		}
		return this.list;
	}

	/** Something that shows in the list may have changed: what a device is doing, or what it says of itself. */
	touch(looksAgain: boolean): void {
		if (looksAgain) {
			this.#lookQuietly();
		}
		this.#tell();
	}

	#set(list: DeviceList): void {
		this.#round++;
		this.#seen = list;
		this.#tell();
	}

	#tell(): void {
		const { list } = this;
		const text = JSON.stringify(list);
		if (text !== this.#told && !this.isDisposed) {
			this.#told = text;
			this.#changes.fire(list);
		}
	}

	#schedule(): void {
		this.#timer = this.#options.clock.after(LOOK_EVERY_MS, () => {
			if (this.#seen.devices.length > 0) {
				this.#lookQuietly();
			}
			this.#schedule();
		});
	}

	#lookQuietly(): void {
		this.look().catch((error: unknown) => this.#options.log.debug(`Devices could not be looked at: ${errorText(error)}`));
	}
}
