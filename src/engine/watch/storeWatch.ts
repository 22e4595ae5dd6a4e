import { Disposable, errorText, type Clock, type IDisposable, type Logger } from '../../base/index.ts';
import type { LeaseInfo } from '../../contract/index.ts';
import { StoreObserver, type LeaseHolder, type StoreLook } from '../../snapshots/index.ts';
import { present } from '../known.ts';

/** Changes of other processes are to be seen within two seconds. Measured: 8 ms of processor time for a look at twenty devices. */
const LOOK_EVERY_MS = 1000;

/** Whom a watch tells. */
export interface StoreListener {
	/** Snapshots, labels or heads of these devices are others than before. */
	onSnapshots(udids: readonly string[]): void;
	/** Others are at work than before. Told also when the watch begins. */
	onLeases(leases: readonly LeaseInfo[]): void;
}

/** Follows what this and other processes do in the store, until it is disposed. */
export class StoreWatch extends Disposable {
	readonly #observer: StoreObserver;
	readonly #listener: StoreListener;
	readonly #clock: Clock;
	readonly #log: Logger;
	#timer: IDisposable | undefined;
	#looking: Promise<void> | undefined;
	#fault = '';

	constructor(folder: string, listener: StoreListener, clock: Clock, log: Logger) {
		super();
		this.#observer = StoreObserver.ofFolder(folder, () => clock.now());
		this.#listener = listener;
		this.#clock = clock;
		this.#log = log;
		void this.check();
		this.#schedule();
	}

	/** Looks now: when it resolves, all has been told that was changed before the call. Never rejects. */
	async check(): Promise<void> {
		// A look that is under way may have passed by already what the caller means.
		await this.#looking;
		this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
		await this.#looking;
	}

	override dispose(): void {
		this.#timer?.dispose();
		super.dispose();
	}

	#schedule(): void {
		this.#timer = this.#clock.after(LOOK_EVERY_MS, () => {
			void (this.#looking ?? this.check()).finally(() => {
				if (!this.isDisposed) {
					this.#schedule();
				}
			});
		});
	}

	async #look(): Promise<void> {
		let found: StoreLook;
		try {
			found = await this.#observer.look();
			this.#fault = '';
		} catch (error) {
			// A share that is away says so each second; once is enough.
			if (this.#fault !== errorText(error)) {
				this.#fault = errorText(error);
				this.#log.warn(`The store cannot be watched: ${this.#fault}`);
			}
			return;
		}
		if (this.isDisposed) {
			return;
		}
		if (found.changedDevices.length > 0) {
			this.#listener.onSnapshots(found.changedDevices);
		}
		if (found.holdersChanged) {
			this.#listener.onLeases(leasesOf(found.holders, this.#observer));
		}
	}
}

/** Who is at work in a store now. Writes nothing. */
export async function readLeases(folder: string, clock: Clock): Promise<readonly LeaseInfo[]> {
	const observer = StoreObserver.ofFolder(folder, () => clock.now());
	return leasesOf((await observer.look()).holders, observer);
}

function leasesOf(holders: readonly LeaseHolder[], observer: StoreObserver): LeaseInfo[] {
	return holders.filter(isWork).map((holder) => ({
		kind: holder.kind,
		...present('udid', holder.udid),
		...present('snapshot', holder.snapshot),
		holder: `process ${holder.process} on ${holder.host}`,
		...present('program', holder.program),
		own: observer.isOwn(holder),
		since: new Date(holder.startedAtMs).toISOString(),
	}));
}

/** Whoever asks for the leases writes one that reads nothing, for a moment; so does whoever gives a name. */
function isWork({ kind, udid, snapshot }: LeaseHolder): boolean {
	return (kind !== 'read' || udid !== undefined || snapshot !== undefined) && (kind as string) !== 'name';
}
