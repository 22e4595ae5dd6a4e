import { Disposable, errorText, type Clock, type IDisposable, type Logger } from '../../base/index.ts';
import type { AutomaticReport, AutomaticRules, DeviceList } from '../../contract/index.ts';
import type { Engine } from '../engine.ts';
import { StoreWatch } from '../watch/storeWatch.ts';
import { AutomaticBackups, type AutomaticBackupsOptions } from './automaticBackups.ts';
import { freeBytesAt } from './freeBytes.ts';

/** Batteries and locks are told by nobody: devices are looked at this often. */
const LOOK_EVERY_MS = 60_000;

export interface AutomaticRunOptions {
	readonly engine: Pick<Engine, 'listDevices' | 'watchDevices'> & { readonly library: Pick<Engine['library'], 'folder' | 'ofDevice'> };
	readonly rules: AutomaticRules;
	readonly clock: Clock;
	readonly log: Logger;
	readonly backUp: AutomaticBackupsOptions['backUp'];
	/** What is attached now; before the report about it. */
	onDevices(list: DeviceList): void;
	onReport(report: AutomaticReport): void;
}

/** Automatic backups of a program that does nothing else: follows muxers and store by itself, until `end`. */
export class AutomaticRun extends Disposable {
	readonly #options: AutomaticRunOptions;
	readonly #backups: AutomaticBackups;
	#timer: IDisposable | undefined;

	constructor(options: AutomaticRunOptions) {
		super();
		this.#options = options;
		const { engine, rules, clock, log } = options;
		const { library } = engine;
		this.#backups = this.register(
			new AutomaticBackups({
				clock,
				log,
				snapshots: (udid) => library.ofDevice(udid),
				freeBytes: () => freeBytesAt(library.folder),
				backUp: (order, watch) => options.backUp(order, watch),
				onReport: (report) => options.onReport(report),
			}),
		);
		this.#backups.setRules(rules);
		this.register(
			new StoreWatch(
				library.folder,
				{
					onSnapshots: (udids) => this.#backups.snapshotsChanged(udids),
					onLeases: (leases) => {
						const others = leases.filter(({ own, kind }) => !own && kind !== 'read');
						this.#backups.setBusy(new Set(others.flatMap(({ udid }) => udid ?? [])));
					},
				},
				clock,
				log,
			),
		);
		this.register(engine.watchDevices((list) => this.#set(list)));
		this.#schedule();
	}

	/** Begins nothing more, stops what runs, and resolves when that has left everything in order. */
	async end(): Promise<void> {
		this.#timer?.dispose();
		await this.#backups.end();
	}

	override dispose(): void {
		this.#timer?.dispose();
		super.dispose();
	}

	#set(list: DeviceList): void {
		this.#options.onDevices(list);
		this.#backups.setDevices(list.devices);
	}

	#schedule(): void {
		const { engine, clock, log } = this.#options;
		this.#timer = clock.after(LOOK_EVERY_MS, () => {
			engine
				.listDevices()
				.then((list) => {
					if (!this.isDisposed) {
						this.#set(list);
					}
				})
				.catch((error: unknown) => log.debug(`Devices could not be looked at: ${errorText(error)}`));
			this.#schedule();
		});
	}
}
