import { AbortError, Disposable, errorText, isAbortError, type Clock, type IDisposable, type Logger } from '../../base/index.ts';
import type { AutomaticReport, AutomaticRules, AutomaticState, DeviceInfo, JobPhase, SnapshotInfo } from '../../contract/index.ts';
import { NoLongerDue } from '../store/takeSnapshot.ts';
import { decide, lastSnapshotMs, type AutomaticDecision, type AutomaticTry } from './decide.ts';
import { isBusy } from './quietWhenBusy.ts';
import { pickNext } from './queue.ts';

/** A backup that is due. */
export interface AutomaticOrder {
	readonly udid: string;
	/** It is not made when, by the time that it has the device for itself, there is a snapshot younger than this. */
	readonly unlessTakenSinceMs: number;
}

/** How a backup that is due is watched and stopped. */
export interface AutomaticWatch {
	readonly signal: AbortSignal;
	onPhase(phase: JobPhase): void;
}

export interface AutomaticBackupsOptions {
	readonly clock: Clock;
	readonly log: Logger;
	/** Snapshots of one device, of whichever kind; none where it has none yet. */
	snapshots(udid: string): Promise<readonly SnapshotInfo[]>;
	/** On the disk of the store; undefined where nothing says. */
	freeBytes(): Promise<number | undefined>;
	/** Makes a snapshot whose trigger is `scheduled`. Rejects as `Engine.takeSnapshot` does. */
	backUp(order: AutomaticOrder, watch: AutomaticWatch): Promise<unknown>;
	/** Told when it differs from the one before. */
	onReport(report: AutomaticReport): void;
}

/** The clock may be set, a computer may sleep, a disk may fill up: nothing is slept through for longer. */
const LOOK_EVERY_MS = 60_000;

/** In these a phone may still come to ask for its passcode. */
const BEFORE_TRANSFER: ReadonlySet<JobPhase> = new Set(['connecting', 'waiting-for-passcode', 'preparing']);

/** What is known of an attached device. */
interface Watched {
	device: DeviceInfo;
	readonly attachedAtMs: number;
	/** Absent until they are known. */
	snapshots?: { readonly timesMs: readonly number[]; readonly lastAddedBytes: number } | undefined;
	/** Counts what was asked, so that an answer that something newer has overtaken is dropped. */
	round: number;
	lastTry?: AutomaticTry | undefined;
}

/**
 * Backs up attached devices by rules, unasked. It is told what is attached, who else is at work and whose snapshots changed; it decides by
 * `decide` and `pickNext`, and has the backups made by its owner. What it tried is remembered as long as it lives and the device is attached.
 *
 * Several of these may share a store: the lease of a backup keeps two from working on one device, and who comes second finds a young snapshot.
 */
export class AutomaticBackups extends Disposable {
	readonly #options: AutomaticBackupsOptions;
	readonly #watched = new Map<string, Watched>();
	readonly #running = new Map<string, { phase: JobPhase; readonly done: Promise<void> }>();
	readonly #ending = new AbortController();
	#rules: AutomaticRules | undefined;
	#busy: ReadonlySet<string> = new Set();
	/** Absent until it was measured; then `bytes` is undefined where nothing says. */
	#free: { readonly bytes: number | undefined } | undefined;
	#timer: IDisposable | undefined;
	#told = '';

	constructor(options: AutomaticBackupsOptions) {
		super();
		this.#options = options;
	}

	get report(): AutomaticReport {
		if (this.#rules === undefined) {
			return { devices: [] };
		}
		const rules = this.#rules;
		const nowMs = this.#options.clock.now();
		const devices = [...this.#watched.values()].flatMap((watched) => this.#stateOf(watched, rules, nowMs) ?? []);
		return { rules, devices: devices.sort((a, b) => (a.udid < b.udid ? -1 : 1)) };
	}

	/** Undefined turns automatic backups off; one that runs goes on. */
	setRules(rules: AutomaticRules | undefined): void {
		this.#rules = rules;
		for (const udid of rules === undefined ? [] : this.#watched.keys()) {
			void this.#readSnapshots(udid);
		}
		void this.#measure();
		this.#look();
	}

	/** What is attached now. */
	setDevices(devices: readonly DeviceInfo[]): void {
		const attached = new Set(devices.map(({ udid }) => udid));
		for (const udid of [...this.#watched.keys()].filter((known) => !attached.has(known))) {
			this.#watched.delete(udid);
		}
		for (const device of devices) {
			const known = this.#watched.get(device.udid);
			if (known === undefined) {
				this.#watched.set(device.udid, { device, attachedAtMs: this.#options.clock.now(), round: 0 });
				void this.#readSnapshots(device.udid);
			} else {
				known.device = device;
			}
		}
		this.#look();
	}

	/** The devices that something else works on: another job, or another program. */
	setBusy(udids: ReadonlySet<string>): void {
		this.#busy = udids;
		this.#look();
	}

	/** The snapshots of these devices are others than before. */
	snapshotsChanged(udids: readonly string[]): void {
		udids.forEach((udid) => void this.#readSnapshots(udid));
	}

	/** Begins nothing more, stops what runs, and resolves when that has left everything in order. */
	async end(): Promise<void> {
		this.#rules = undefined;
		this.#timer?.dispose();
		this.#ending.abort(new AbortError());
		await Promise.all([...this.#running.values()].map(({ done }) => done));
	}

	override dispose(): void {
		this.#rules = undefined;
		this.#timer?.dispose();
		super.dispose();
	}

	#look(): void {
		if (this.isDisposed || this.#ending.signal.aborted) {
			return;
		}
		this.#timer?.dispose();
		const rules = this.#rules;
		if (rules !== undefined) {
			const nowMs = this.#options.clock.now();
			const decisions = [...this.#watched.values()].map((watched) => ({ watched, decision: this.#decide(watched, rules, nowMs) }));
			const due = decisions.flatMap(({ watched: { device }, decision }) =>
				decision?.act === 'back-up' ? [{ udid: device.udid, deadlineMs: decision.deadlineMs }] : [],
			);
			const next = pickNext(
				due,
				[...this.#running.values()].map(({ phase }) => ({ mayAskPerson: BEFORE_TRANSFER.has(phase) })),
			);
			if (next !== undefined) {
				this.#start(next, nowMs - rules.everyHours * 3_600_000);
			}
			const untilMs = decisions.map(({ decision }) => (decision?.act === 'wait' ? (decision.untilMs ?? Infinity) : Infinity));
			this.#timer = this.#options.clock.after(Math.max(0, Math.min(LOOK_EVERY_MS, ...untilMs.map((at) => at - nowMs))), () => {
				void this.#measure();
				this.#look();
			});
		}
		this.#tell();
	}

	#tell(): void {
		const { report } = this;
		const text = JSON.stringify(report);
		if (text !== this.#told && !this.isDisposed) {
			this.#told = text;
			this.#options.onReport(report);
		}
	}

	/** Undefined while it runs, or is not known well enough. */
	#decide(watched: Watched, rules: AutomaticRules, nowMs: number): AutomaticDecision | undefined {
		const { device, attachedAtMs, snapshots, lastTry } = watched;
		if (snapshots === undefined || this.#free === undefined || this.#running.has(device.udid) || device.answer !== undefined) {
			return undefined;
		}
		return decide(
			{
				device,
				attachedAtMs,
				snapshotTimesMs: snapshots.timesMs,
				lastAddedBytes: snapshots.lastAddedBytes,
				lastTry,
				isBusy: this.#busy.has(device.udid),
				freeBytes: this.#free.bytes,
			},
			rules,
			nowMs,
		);
	}

	#stateOf(watched: Watched, rules: AutomaticRules, nowMs: number): AutomaticState | undefined {
		const { udid } = watched.device;
		const last = lastSnapshotMs(watched.snapshots?.timesMs ?? [], nowMs);
		const lastSnapshotAt = last === undefined ? {} : { lastSnapshotAt: new Date(last).toISOString() };
		if (this.#running.has(udid)) {
			return { udid, reason: 'backing-up', ...lastSnapshotAt };
		}
		const decision = this.#decide(watched, rules, nowMs);
		if (decision === undefined) {
			return undefined;
		}
		return decision.act === 'back-up'
			? { udid, reason: 'queued', ...lastSnapshotAt }
			: {
					udid,
					reason: decision.reason,
					...(decision.untilMs === undefined ? {} : { until: new Date(decision.untilMs).toISOString() }),
					...lastSnapshotAt,
				};
	}

	#start(udid: string, unlessTakenSinceMs: number): void {
		const { log } = this.#options;
		log.info(`Automatic backup of ${udid} begins.`);
		// The other side is told of only when this call has returned: whoever looks then finds it running.
		const done = Promise.resolve()
			.then(() =>
				this.#options.backUp(
					{ udid, unlessTakenSinceMs },
					{
						signal: this.#ending.signal,
						onPhase: (phase) => {
							const run = this.#running.get(udid);
							if (run !== undefined && run.phase !== phase) {
								const mayHaveAsked = BEFORE_TRANSFER.has(run.phase);
								run.phase = phase;
								if (mayHaveAsked !== BEFORE_TRANSFER.has(phase)) {
									this.#look();
								}
							}
						},
					},
				),
			)
			.then(
				() => this.#taken(udid),
				(error: unknown) => this.#failed(udid, error),
			)
			// What was made must be known before it is decided about the device again.
			.then((failure) => this.#readSnapshots(udid).then(() => failure))
			.then((failure) => {
				this.#running.delete(udid);
				const watched = this.#watched.get(udid);
				if (watched !== undefined) {
					watched.lastTry = failure;
				}
				void this.#measure();
				this.#look();
			});
		this.#running.set(udid, { phase: 'connecting', done });
	}

	/** Counts at once, whatever becomes of reading the list. */
	#taken(udid: string): undefined {
		const watched = this.#watched.get(udid);
		if (watched?.snapshots !== undefined) {
			watched.snapshots = { ...watched.snapshots, timesMs: [...watched.snapshots.timesMs, this.#options.clock.now()] };
		}
		return undefined;
	}

	#failed(udid: string, error: unknown): AutomaticTry {
		const before = this.#watched.get(udid)?.lastTry;
		const outcome = error instanceof NoLongerDue || isBusy(error) ? 'busy' : isAbortError(error) ? 'cancelled' : 'failed';
		this.#options.log.info(`Automatic backup of ${udid}: ${outcome}, ${errorText(error)}`);
		return {
			endedAtMs: this.#options.clock.now(),
			outcome,
			failures: (before?.failures ?? 0) + (outcome === 'failed' ? 1 : 0),
		};
	}

	/** Never rejects: a store that cannot be read now is read at the next change, or the next look. */
	async #readSnapshots(udid: string): Promise<void> {
		const watched = this.#watched.get(udid);
		if (watched === undefined || this.#rules === undefined) {
			return;
		}
		const round = ++watched.round;
		try {
			const whole = (await this.#options.snapshots(udid)).filter(({ kind }) => kind === 'device');
			if (round === watched.round) {
				const newest = whole.reduce<SnapshotInfo | undefined>(
					(best, each) => (best === undefined || each.takenAt > best.takenAt ? each : best),
					undefined,
				);
				watched.snapshots = {
					timesMs: whole.map(({ takenAt }) => new Date(takenAt).getTime()),
					lastAddedBytes: newest?.addedBytes ?? 0,
				};
				this.#look();
			}
		} catch (error) {
			this.#options.log.warn(`The snapshots of ${udid} cannot be read, so it is not backed up automatically: ${errorText(error)}`);
		}
	}

	async #measure(): Promise<void> {
		if (this.#rules === undefined) {
			return;
		}
		for (const [udid, { snapshots }] of this.#watched) {
			if (snapshots === undefined) {
				void this.#readSnapshots(udid);
			}
		}
		const bytes = await this.#options.freeBytes();
		if (this.#free === undefined || bytes !== this.#free.bytes) {
			this.#free = { bytes };
			this.#look();
		}
	}
}
