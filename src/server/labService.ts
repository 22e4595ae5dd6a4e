import { Disposable, Emitter, type Clock, type Event, type Logger } from '../base/index.ts';
import type { JobInfo, LabEvent, LabMethod, LabNotifications, LabParams, LabResult, LeaseInfo, ServerOptions } from '../contract/index.ts';
import { StoreWatch, type Engine } from '../engine/index.ts';
import { AutomaticLab } from './automatic.ts';
import { DeviceBoard } from './deviceBoard.ts';
import { JobBoard } from './jobBoard.ts';
import { createMethods, type Methods } from './methods.ts';
import { readParams } from './params.ts';

/** How one request is watched and stopped. */
export interface RequestWatch {
	readonly signal: AbortSignal;
	/** Told how far the job of the request is; never called for methods that are none. */
	readonly onJob?: (job: JobInfo) => void;
}

export interface LabServiceOptions {
	readonly engine: Engine;
	readonly options: ServerOptions;
	readonly environment: Readonly<Record<string, string | undefined>>;
	readonly clock: Clock;
	readonly log: Logger;
}

/** One thing that the engine tells; `value` is that of its event. */
export type LabMessage = { [E in LabEvent]: { readonly event: E; readonly value: LabNotifications[E] } }[LabEvent];

/**
 * The engine as the editor asks it: `LabRequests` in, `LabNotifications` out, whatever carries them. Nothing is watched before `watch`.
 */
export class LabService extends Disposable {
	readonly #options: LabServiceOptions;
	readonly #messages = this.register(new Emitter<LabMessage>());
	readonly #jobs: JobBoard;
	readonly #devices: DeviceBoard;
	readonly #automatic: AutomaticLab;
	readonly #methods: Methods;
	#store: StoreWatch | undefined;
	#leases: readonly LeaseInfo[] = [];

	/** All notifications, in the order in which they are to be told. */
	readonly onDidTell: Event<LabMessage> = this.#messages.event;

	constructor(options: LabServiceOptions) {
		super();
		this.#options = options;
		const { engine, clock, log } = options;
		this.#jobs = this.register(new JobBoard({ clock, log, deviceName: (udid) => this.#devices.nameOf(udid) }));
		this.#devices = this.register(new DeviceBoard({ engine, clock, log, activityOf: (udid) => this.#activityOf(udid) }));
		const parts = { jobs: this.#jobs, storeChanged: async () => this.#store?.check() };
		this.#automatic = this.register(new AutomaticLab({ ...parts, engine, clock, log }));
		this.#methods = createMethods({ ...options, ...parts, devices: this.#devices, automatic: this.#automatic });
		let atWork = '';
		this.register(
			this.#jobs.onDidChange((jobs) => {
				this.#tell('jobs/didChange', jobs);
				const now = jobs.map(({ udid, kind }) => `${udid} ${kind}`).join();
				if (now !== atWork) {
					atWork = now;
					this.#automatic.setJobs(jobs);
					this.#devices.touch(false);
				}
			}),
		);
		this.register(
			this.#jobs.onDidEnd((end) => {
				this.#tell('jobs/didEnd', end);
				// Encryption, trust, the name: a job may change what a device says of itself.
				this.#devices.touch(end.job.udid !== undefined);
			}),
		);
		this.register(
			this.#devices.onDidChange((list) => {
				this.#tell('devices/didChange', list);
				this.#automatic.setDevices(list.devices);
			}),
		);
		this.register(this.#automatic.onDidChange((report) => this.#tell('automatic/didChange', report)));
	}

	/** Begins to tell of devices, and of what other processes do. */
	watch(): void {
		const { engine, clock, log } = this.#options;
		this.#devices.watch();
		this.#store ??= this.register(
			new StoreWatch(
				engine.library.folder,
				{
					onSnapshots: (udids) => {
						this.#tell('snapshots/didChange', { udids });
						this.#automatic.snapshotsChanged(udids);
					},
					onLeases: (leases) => {
						this.#leases = leases;
						this.#tell('store/didChangeLeases', leases);
						this.#automatic.setLeases(leases);
						this.#devices.touch(false);
					},
				},
				clock,
				log,
			),
		);
	}

	/** @throws EngineError `WRONG_USE` - the parameters are not the method's; what the engine throws; AbortError. */
	async call<M extends LabMethod>(method: M, params: unknown, watch: RequestWatch): Promise<LabResult<M>> {
		const handle = this.#methods[method] as (params: LabParams<M>, watch: RequestWatch) => Promise<LabResult<M>>;
		return handle(readParams(method, params), watch);
	}

	/** Takes no more jobs, stops those that run, and resolves when they have left everything in order. */
	async end(): Promise<void> {
		await Promise.all([this.#automatic.end(), this.#jobs.end()]);
	}

	#activityOf(udid: string): string | undefined {
		return this.#jobs.workOn(udid)?.kind ?? this.#leases.find((lease) => lease.udid === udid && !lease.own && lease.kind !== 'read')?.kind;
	}

	#tell<E extends LabEvent>(event: E, value: LabNotifications[E]): void {
		this.#messages.fire({ event, value } as unknown as LabMessage);
	}
}
