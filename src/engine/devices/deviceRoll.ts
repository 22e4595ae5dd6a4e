import { errorText, toDisposable, type Clock, type IDisposable, type Logger } from '../../base/index.ts';
import type { DeviceInfo, DeviceList } from '../../contract/index.ts';
import { DeviceWatcher, type AttachedDevice, type DeviceListing, type MuxClient } from '../../device/index.ts';
import { reportError } from '../errors.ts';
import { awaitedDevice, readDevice } from './readDevice.ts';

/** A device in a list must not hold up the others. Phones answer all of it within a second; over Wi-Fi one may have to wake up first. */
const ANSWERS_WITHIN_MS = 5000;

/** Whoever follows what is attached sees it after so long at the latest, with those that have answered. */
const PATIENCE_MS = 1000;

/** A device that hung may come back without its muxer saying so. */
const ASKED_AGAIN_AFTER_MS = 15_000;

/** Who a device is, as far as that stays the same. */
export type DeviceIdentity = Pick<DeviceInfo, 'name' | 'productType' | 'model'>;

export interface DeviceRollOptions {
	readonly clock: Clock;
	readonly log: Logger;
	/** Asks one device; a test gives its own. */
	readonly read?: typeof readDevice;
	/** Who a device that does not answer was when it last did, as somebody else remembers it. */
	identityOf(udid: string): Promise<DeviceIdentity | undefined>;
}

/** Asks all attached devices at once what they say of themselves, and remembers who they are for when one of them hangs. */
export class DeviceRoll {
	readonly #options: DeviceRollOptions;
	readonly #answered = new Map<string, DeviceInfo>();

	constructor(options: DeviceRollOptions) {
		this.#options = options;
	}

	/** Waits for each device, but not for long. Throws only when `signal` fires. */
	async list({ devices, unreachable }: DeviceListing, signal?: AbortSignal): Promise<DeviceList> {
		return { devices: await Promise.all(devices.map((device) => this.read(device, signal))), problems: unreachable.map(reportError) };
	}

	/** What one device says, within the time that it has in a list. */
	async read(device: AttachedDevice, signal: AbortSignal | undefined): Promise<DeviceInfo> {
		const { log, read = readDevice } = this.#options;
		const info = await read(device, log, { signal, timeoutMs: ANSWERS_WITHIN_MS });
		if (info.answer === undefined) {
			this.#answered.set(info.udid, info);
			return info;
		}
		return { ...info, ...(await this.#identityOf(info.udid)) };
	}

	/** Tells what is attached at each change, and again when a device that was slow has answered, until disposed. */
	watch(muxes: readonly MuxClient[], listener: (list: DeviceList) => void): IDisposable {
		const watcher = new DeviceWatcher(muxes, this.#options.clock, this.#options.log);
		let round: IDisposable | undefined;
		watcher.onDidChange((state) => {
			// What is overtaken by a newer change is not waited for any more.
			round?.dispose();
			round = this.#follow(state, listener);
		});
		return toDisposable(() => {
			watcher.dispose();
			round?.dispose();
		});
	}

	#follow({ devices, unreachable }: DeviceListing, listener: (list: DeviceList) => void): IDisposable {
		const { clock, log } = this.#options;
		const stop = new AbortController();
		const timers = new Set<IDisposable>();
		const found = new Map<string, DeviceInfo>();
		const problems = unreachable.map(reportError);
		let waits = devices.length > 0;
		const tell = (): void => {
			waits &&= found.size < devices.length;
			if (!waits && !stop.signal.aborted) {
				listener({ devices: devices.map((device) => found.get(device.udid) ?? this.#meanwhile(device)), problems });
			}
		};
		const after = (delayMs: number, callback: () => void): void => {
			timers.add(clock.after(delayMs, callback));
		};
		const ask = (device: AttachedDevice): void => {
			this.read(device, stop.signal).then(
				(info) => {
					found.set(device.udid, info);
					tell();
					if (info.answer === 'none' && !stop.signal.aborted) {
						after(ASKED_AGAIN_AFTER_MS, () => ask(device));
					}
				},
				(error: unknown) => {
					if (!stop.signal.aborted) {
						log.error(`A device could not be read: ${errorText(error)}`);
					}
				},
			);
		};
		devices.forEach(ask);
		after(PATIENCE_MS, () => {
			if (waits) {
				waits = false;
				tell();
			}
		});
		if (devices.length === 0) {
			tell();
		}
		return toDisposable(() => {
			stop.abort();
			timers.forEach((timer) => timer.dispose());
		});
	}

	/** What is shown of a device that has not answered yet: what it said last. */
	#meanwhile(device: AttachedDevice): DeviceInfo {
		const awaited = awaitedDevice(device);
		const { transport, transports, muxer } = awaited;
		const last = this.#answered.get(device.udid);
		return last === undefined ? awaited : { ...last, transport, transports, muxer };
	}

	async #identityOf(udid: string): Promise<DeviceIdentity> {
		const { name, productType, model } = this.#answered.get(udid) ?? (await this.#options.identityOf(udid)) ?? {};
		const known = { name, productType, model };
		return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
	}
}
