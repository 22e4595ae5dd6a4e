import { Disposable, Emitter, type Clock, type Event, type Logger } from '../base/index.ts';
import type { AutomaticReport, AutomaticRules, DeviceInfo, JobInfo, LeaseInfo } from '../contract/index.ts';
import { AutomaticBackups, freeBytesAt, quietWhenBusy, type AutomaticOrder, type AutomaticWatch, type Engine } from '../engine/index.ts';
import type { JobBoard } from './jobBoard.ts';

export interface AutomaticLabOptions {
	readonly engine: Engine;
	readonly jobs: JobBoard;
	readonly clock: Clock;
	readonly log: Logger;
	/** Resolves when what was changed in the store has been told. */
	storeChanged(): Promise<void>;
}

/** Automatic backups of the server: jobs as all others, begun by nobody's request. Off until rules are set. */
export class AutomaticLab extends Disposable {
	readonly #options: AutomaticLabOptions;
	readonly #reports = this.register(new Emitter<AutomaticReport>());
	readonly #backups: AutomaticBackups;
	#leases: readonly LeaseInfo[] = [];
	#jobs: readonly JobInfo[] = [];

	/** Fires when something that people see of it changed. */
	readonly onDidChange: Event<AutomaticReport> = this.#reports.event;

	constructor(options: AutomaticLabOptions) {
		super();
		this.#options = options;
		const { engine, clock, log } = options;
		this.#backups = this.register(
			new AutomaticBackups({
				clock,
				log,
				snapshots: (udid) => engine.library.ofDevice(udid),
				freeBytes: () => freeBytesAt(engine.library.folder),
				backUp: (order, watch) => this.#backUp(order, watch),
				onReport: (report) => this.#reports.fire(report),
			}),
		);
	}

	/** Undefined turns them off. */
	set(rules: AutomaticRules | undefined): AutomaticReport {
		this.#backups.setRules(rules);
		return this.#backups.report;
	}

	setDevices(devices: readonly DeviceInfo[]): void {
		this.#backups.setDevices(devices);
	}

	setJobs(jobs: readonly JobInfo[]): void {
		this.#jobs = jobs;
		this.#setBusy();
	}

	setLeases(leases: readonly LeaseInfo[]): void {
		this.#leases = leases;
		this.#setBusy();
	}

	snapshotsChanged(udids: readonly string[]): void {
		this.#backups.snapshotsChanged(udids);
	}

	/** Begins nothing more, and resolves when what runs has ended in order. */
	end(): Promise<void> {
		return this.#backups.end();
	}

	#setBusy(): void {
		const others = this.#leases.filter(({ own, kind }) => !own && kind !== 'read');
		const udids = [...this.#jobs, ...others].flatMap(({ udid }) => udid ?? []);
		this.#backups.setBusy(new Set(udids));
	}

	async #backUp({ udid, unlessTakenSinceMs }: AutomaticOrder, watch: AutomaticWatch): Promise<void> {
		const { engine, jobs } = this.#options;
		try {
			await jobs.run(
				{ kind: 'snapshot', udid, automatic: true },
				// Somebody else who was faster is nothing that people must be told of.
				(run) => quietWhenBusy(engine.takeSnapshot({ device: udid, trigger: 'scheduled', automatic: { unlessTakenSinceMs } }, run)),
				{ signal: watch.signal, onDidChange: ({ phase }) => void (phase !== undefined && watch.onPhase(phase)) },
			);
		} finally {
			await this.#options.storeChanged();
		}
	}
}
