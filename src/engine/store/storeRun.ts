import { randomUUID } from 'node:crypto';
import { errorText, type Logger } from '../../base/index.ts';
import type { SealOptions, SnapshotFacts, SnapshotId, SnapshotRecord } from '../../snapshots/index.ts';
import type { BackupTarget, FreshReason } from '../jobs/backupTarget.ts';
import { StoreHost, type StorePlace } from './storeHost.ts';

/** One backup into the store: the head snapshot is the base, and what the device sends goes straight into packs. Ends with `seal` or `abandon`. */
export class StoreRun implements BackupTarget {
	readonly host: StoreHost;
	readonly fresh: FreshReason | undefined;
	readonly place: string;
	readonly #log: Logger;
	#isEnded = false;

	private constructor(host: StoreHost, fresh: FreshReason | undefined, place: string, log: Logger) {
		this.host = host;
		this.fresh = fresh;
		this.place = place;
		this.#log = log;
	}

	/**
	 * @param base - the snapshot that the device stands at; undefined begins from nothing.
	 * @throws EngineError `DEVICE_BUSY` - another process works on the device. `STORE_UNUSABLE`, `HOST_FULL`.
	 */
	static async begin(
		{ folder, program }: Pick<StorePlace, 'folder' | 'program'>,
		udid: string,
		base: SnapshotId | undefined,
		fresh: FreshReason | undefined,
		log: Logger,
	): Promise<StoreRun> {
		const host = new StoreHost({ folder, program, staging: { udid, jobId: randomUUID(), ...(base === undefined ? {} : { base }) } });
		try {
			await host.ready();
			return new StoreRun(host, fresh, folder, log);
		} catch (error) {
			await host.dispose();
			throw error;
		}
	}

	async seal(facts: SnapshotFacts, options: SealOptions): Promise<SnapshotRecord> {
		const record = await this.host.seal(facts, options);
		this.#isEnded = true;
		await this.host.dispose();
		return record;
	}

	/** What had arrived stays in the staging area, for the device's next run to take over. */
	async abandon(): Promise<void> {
		await this.#end(false);
	}

	/** For a run that only read: nothing of it stays. */
	async discard(): Promise<void> {
		await this.#end(true);
	}

	async #end(discard: boolean): Promise<void> {
		if (this.#isEnded) {
			return;
		}
		this.#isEnded = true;
		try {
			await this.host.abandon(discard);
		} catch (error) {
			// Leases and staging areas of processes that ended are cleared away by the next run.
			this.#log.debug(`The staging area was left as it is: ${errorText(error)}`);
		}
		await this.host.dispose();
	}
}
