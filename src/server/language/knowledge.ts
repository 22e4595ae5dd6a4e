import { Disposable, Emitter, errorText, type Clock, type Event, type Logger } from '../../base/index.ts';
import type { AppInfo, DeviceInfo, LabMethod, LabParams, LabResult, SnapshotInfo } from '../../contract/index.ts';
import type { LabMessage } from '../labService.ts';

/** What is used of `LabService`. */
export interface LabSource {
	readonly onDidTell: Event<LabMessage>;
	call<M extends LabMethod>(method: M, params: LabParams<M>, watch: { readonly signal: AbortSignal }): Promise<LabResult<M>>;
}

/** A device is asked for its apps this often at most; it takes it a moment. */
const APPS_LAST_MS = 30_000;

/** What language features know of devices, snapshots and apps, kept fresh by what the lab tells. It asks for nothing before it is wanted. */
export class LabKnowledge extends Disposable {
	readonly #lab: LabSource;
	readonly #clock: Clock;
	readonly #log: Logger;
	readonly #changes = this.register(new Emitter<void>());
	readonly #snapshots = new Map<string, readonly SnapshotInfo[]>();
	readonly #apps = new Map<string, readonly AppInfo[]>();
	readonly #appsAskedAt = new Map<string, number>();
	readonly #stop = new AbortController();
	#devices: readonly DeviceInfo[] | undefined;
	#loading: Promise<void> | undefined;
	#isLoaded = false;
	/** Counts what was told of snapshots, so that an answer that was overtaken is asked for again. */
	#round = 0;

	/** Something is other than it was. */
	readonly onDidChange: Event<void> = this.#changes.event;

	constructor(lab: LabSource, clock: Clock, log: Logger) {
		super();
		this.#lab = lab;
		this.#clock = clock;
		this.#log = log;
		this.register({ dispose: () => this.#stop.abort() });
		this.register(lab.onDidTell((message) => this.#told(message)));
	}

	/** Devices were told and snapshots read. */
	get isKnown(): boolean {
		return this.#devices !== undefined && this.#isLoaded;
	}

	/** What is attached. */
	get devices(): readonly DeviceInfo[] {
		return this.#devices ?? [];
	}

	/** By UDID, newest first. */
	get snapshots(): ReadonlyMap<string, readonly SnapshotInfo[]> {
		return this.#snapshots;
	}

	/** Of devices that were asked. */
	get apps(): ReadonlyMap<string, readonly AppInfo[]> {
		return this.#apps;
	}

	/** Begins to keep snapshots, once. */
	want(): void {
		this.#loading ??= this.#load();
	}

	/** Resolves when devices and snapshots are known. */
	known(): Promise<void> {
		this.want();
		return new Promise((resolve) => {
			if (this.isKnown) {
				resolve();
				return;
			}
			const listening = this.onDidChange(() => {
				if (this.isKnown) {
					listening.dispose();
					resolve();
				}
			});
		});
	}

	/** Asks devices for their apps, unless they were asked a moment ago. A device that does not answer has none. */
	async loadApps(udids: readonly string[]): Promise<void> {
		const now = this.#clock.now();
		const due = udids.filter((udid) => now - (this.#appsAskedAt.get(udid) ?? -Infinity) > APPS_LAST_MS);
		await Promise.all(
			due.map(async (udid) => {
				this.#appsAskedAt.set(udid, now);
				try {
					this.#apps.set(udid, await this.#lab.call('apps/list', { udid }, { signal: this.#stop.signal }));
				} catch (error) {
					this.#log.debug(`The apps of a device could not be listed: ${errorText(error)}`);
				}
			}),
		);
	}

	#told(message: LabMessage): void {
		if (message.event === 'devices/didChange') {
			const before = JSON.stringify(this.#devices?.map(shownOf));
			this.#devices = message.value.devices;
			if (before !== JSON.stringify(this.#devices.map(shownOf))) {
				this.#changes.fire();
			}
		} else if (message.event === 'snapshots/didChange' && this.#loading !== undefined) {
			this.#loading = this.#load();
		}
	}

	async #load(): Promise<void> {
		const round = ++this.#round;
		try {
			const { snapshots } = await this.#lab.call('snapshots/list', {}, { signal: this.#stop.signal });
			if (round !== this.#round || this.isDisposed) {
				return;
			}
			this.#snapshots.clear();
			for (const snapshot of snapshots) {
				const own = this.#snapshots.get(snapshot.udid) as SnapshotInfo[] | undefined;
				if (own === undefined) {
					this.#snapshots.set(snapshot.udid, [snapshot]);
				} else {
					own.push(snapshot);
				}
			}
			this.#isLoaded = true;
			this.#changes.fire();
		} catch (error) {
			// Nothing is said of snapshots that nobody could read.
			this.#log.debug(`Snapshots could not be listed: ${errorText(error)}`);
		}
	}
}

/** The part of a device that language features show or judge: its battery changes often. */
function shownOf({ udid, name, model, iosVersion }: DeviceInfo): readonly (string | undefined)[] {
	return [udid, name, model, iosVersion];
}
