import { type Clock, Disposable, Emitter, type Event, type Logger, errorText } from '../../base/index.ts';
import { DeviceError } from '../errors.ts';
import type { Connection, ReadOptions } from '../transport/connection.ts';
import { formatMuxAddress } from './address.ts';
import type { MuxClient } from './client.ts';
import type { MuxDeviceEntry, MuxEvent, MuxTransport } from './messages.ts';

/** One way to reach a device: an entry of one muxer. */
export interface Attachment extends MuxDeviceEntry {
	readonly mux: MuxClient;
}

/** A device that is attached in at least one way. */
export interface AttachedDevice {
	readonly udid: string;
	/** Best first: USB before network, then in the order of the muxers. Never empty. */
	readonly attachments: readonly [Attachment, ...Attachment[]];
}

/** The transport that a device's connections go over. */
export function transportOf(device: AttachedDevice): MuxTransport {
	return device.attachments[0].transport;
}

/** Opens a port of the device over its best attachment. Throws as `MuxClient.connect`. */
export function connectToDevice(device: AttachedDevice, port: number, options: ReadOptions = {}): Promise<Connection> {
	const { mux, muxDeviceId } = device.attachments[0];
	return mux.connect(muxDeviceId, port, options);
}

/** Merges the entries of all muxers by UDID; the order of first sight is kept. */
export function mergeAttachments(attachments: readonly Attachment[]): AttachedDevice[] {
	const byUdid = new Map<string, Attachment[]>();
	for (const attachment of attachments) {
		const known = byUdid.get(attachment.udid);
		if (known === undefined) {
			byUdid.set(attachment.udid, [attachment]);
		} else {
			known.push(attachment);
		}
	}
	return [...byUdid].map(([udid, found]) => {
		const usbFirst = [...found].sort((a, b) => Number(a.transport === 'network') - Number(b.transport === 'network'));
		return { udid, attachments: usbFirst as [Attachment, ...Attachment[]] };
	});
}

/** What a look at all muxers found: devices, and the muxers that could not be asked. */
export interface DeviceListing {
	readonly devices: readonly AttachedDevice[];
	readonly unreachable: readonly DeviceError[];
}

/**
 * Lists what is attached now, over all muxers. A muxer that does not answer is reported beside the others' devices.
 */
export async function listAttachedDevices(muxes: readonly MuxClient[], options: ReadOptions = {}): Promise<DeviceListing> {
	const attachments: Attachment[] = [];
	const unreachable: DeviceError[] = [];
	const answers = await Promise.allSettled(muxes.map((mux) => mux.listDevices(options)));
	answers.forEach((answer, index) => {
		const mux = muxes[index] as MuxClient;
		if (answer.status === 'fulfilled') {
			attachments.push(...answer.value.map((entry) => ({ ...entry, mux })));
		} else if (DeviceError.is(answer.reason)) {
			unreachable.push(answer.reason);
		} else {
			throw answer.reason;
		}
	});
	return { devices: mergeAttachments(attachments), unreachable };
}

/** First wait after a muxer went away; doubled up to the longest. */
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5000;

interface MuxState {
	entries: Map<number, Attachment>;
	problem: DeviceError | undefined;
	/** Has answered or failed once. */
	settled: boolean;
	retryMs: number;
}

/** A change of what is attached: the whole new state, as events of several muxers may be about the same device. */
export interface WatchedDevices extends DeviceListing {
	/** UDIDs that a muxer reported as newly paired since the last state. */
	readonly paired: readonly string[];
}

/**
 * Follows all muxers: attach, detach and pairing, through their restarts.
 *
 * `onDidChange` fires once for each change, and first when every muxer has answered or failed once. A muxer that stays away is no change.
 */
export class DeviceWatcher extends Disposable {
	readonly #changes = this.register(new Emitter<WatchedDevices>());
	readonly #stop = new AbortController();
	readonly #states = new Map<MuxClient, MuxState>();
	readonly #clock: Clock;
	readonly #log: Logger;

	readonly onDidChange: Event<WatchedDevices> = this.#changes.event;

	constructor(muxes: readonly MuxClient[], clock: Clock, log: Logger) {
		super();
		this.#clock = clock;
		this.#log = log;
		for (const mux of muxes) {
			this.#states.set(mux, { entries: new Map(), problem: undefined, settled: false, retryMs: FIRST_RETRY_MS });
			void this.#follow(mux);
		}
	}

	override dispose(): void {
		this.#stop.abort();
		super.dispose();
	}

	async #follow(mux: MuxClient): Promise<void> {
		const state = this.#states.get(mux);
		while (state !== undefined && !this.#stop.signal.aborted) {
			try {
				await this.#listen(mux, state);
			} catch (error) {
				const problem = DeviceError.is(error) ? error : new DeviceError('MUX_UNAVAILABLE', errorText(error), { cause: error });
				const isNews = state.entries.size > 0 || state.problem?.code !== problem.code;
				state.entries = new Map();
				if (isNews) {
					this.#settle(mux, problem);
					this.#log.debug(`The muxer at ${formatMuxAddress(mux.address)} is away: ${errorText(error)}`);
				}
			}
			if (!this.#stop.signal.aborted) {
				await this.#pause(state.retryMs);
				state.retryMs = Math.min(state.retryMs * 2, LONGEST_RETRY_MS);
			}
		}
	}

	/**
	 * A listener hears of present devices one by one and never that there are none, so the list is asked for beside it. What the
	 * listener hears before the list is there counts on top of it: nothing is missed, and repeating an event changes nothing.
	 */
	async #listen(mux: MuxClient, state: MuxState): Promise<void> {
		let early: MuxEvent[] | undefined = [];
		let listed: Promise<void> | undefined;
		const stop = new AbortController();
		try {
			await mux.listen(
				(event) => (early === undefined ? this.#apply(mux, event) : void early.push(event)),
				AbortSignal.any([this.#stop.signal, stop.signal]),
				() => {
					listed = mux.listDevices({ signal: this.#stop.signal }).then((present) => {
						state.entries = new Map(present.map((entry) => [entry.muxDeviceId, { ...entry, mux }]));
						const missed = early ?? [];
						early = undefined;
						state.retryMs = FIRST_RETRY_MS;
						this.#settle(mux, undefined);
						missed.forEach((event) => this.#apply(mux, event));
					});
					listed.catch(() => stop.abort());
				},
			);
		} finally {
			await listed;
		}
	}

	/** Waits before the next try; disposing ends the wait. */
	#pause(delayMs: number): Promise<void> {
		return new Promise((resolve) => {
			const { signal } = this.#stop;
			const done = (): void => {
				timer.dispose();
				signal.removeEventListener('abort', done);
				resolve();
			};
			const timer = this.#clock.after(delayMs, done);
			signal.addEventListener('abort', done);
		});
	}

	#settle(mux: MuxClient, problem: DeviceError | undefined): void {
		const state = this.#states.get(mux);
		if (state !== undefined) {
			state.problem = problem;
			state.settled = true;
			this.#fire([]);
		}
	}

	#apply(mux: MuxClient, event: MuxEvent): void {
		const entries = this.#states.get(mux)?.entries;
		if (entries === undefined) {
			return;
		}
		if (event.kind === 'attached') {
			const known = entries.get(event.entry.muxDeviceId);
			entries.set(event.entry.muxDeviceId, { ...event.entry, mux });
			if (known?.udid !== event.entry.udid || known.transport !== event.entry.transport) {
				this.#fire([]);
			}
		} else if (event.kind === 'detached') {
			if (entries.delete(event.muxDeviceId)) {
				this.#fire([]);
			}
		} else {
			const udid = entries.get(event.muxDeviceId)?.udid;
			if (udid !== undefined) {
				this.#fire([udid]);
			}
		}
	}

	#fire(paired: readonly string[]): void {
		const states = [...this.#states.values()];
		if (!this.isDisposed && states.every((state) => state.settled)) {
			this.#changes.fire({
				devices: mergeAttachments(states.flatMap((state) => [...state.entries.values()])),
				unreachable: states.flatMap((state) => state.problem ?? []),
				paired,
			});
		}
	}
}
