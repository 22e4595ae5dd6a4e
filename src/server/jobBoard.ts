import { randomUUID } from 'node:crypto';
import { AbortError, Disposable, Emitter, isAbortError, type Clock, type Event, type IDisposable, type Logger } from '../base/index.ts';
import {
	DEVICE_WORK,
	type JobEnd,
	type JobFinding,
	type JobInfo,
	type JobKind,
	type JobNotice,
	type JobPhase,
	type JobProgress,
	type WaitsFor,
} from '../contract/index.ts';
import { EngineError, reportError, type JobRun } from '../engine/index.ts';

/** Ten times a second is smooth. */
const TELL_EVERY_MS = 100;

/** A phone gives up one to three minutes after it asked for its passcode. Source: docs/protocol.md#passcode. */
const LEAST_PATIENCE_MS = 60_000;

/** From one of the last phases to one of the first goes only who begins anew. */
const AT_THE_START: ReadonlySet<JobPhase> = new Set(['connecting', 'waiting-for-passcode', 'preparing']);
const AT_THE_END: ReadonlySet<JobPhase> = new Set(['finishing', 'verifying', 'restarting']);

/** A job that is to be run. */
export interface JobOrder {
	readonly kind: JobKind;
	readonly udid?: string | undefined;
	readonly snapshot?: string | undefined;
	readonly snapshotName?: string | undefined;
	readonly bundleId?: string | undefined;
	/** Begun by the rules of automatic backups. */
	readonly automatic?: boolean;
	/** How many times its progress begins anew: 2 for a roll-back that takes a snapshot first. */
	readonly stages?: number;
}

/** How one job is watched, beyond what all see. */
export interface JobWatch {
	/** Asks it to stop. */
	readonly signal: AbortSignal;
	/** Told with each state of the job that all are told of. */
	readonly onDidChange?: (job: JobInfo) => void;
}

/** What the work of a job is given. */
export interface BoardRun extends JobRun {
	readonly signal: AbortSignal;
	onProgress(progress: JobProgress): void;
	onNotice(notice: JobNotice): void;
	/** A person has to act at the device, or has done so. */
	waitFor(what: WaitsFor | undefined): void;
	/** Found what is no success, though the work will be done. */
	found(finding: JobFinding): void;
}

export interface JobBoardOptions {
	readonly clock: Clock;
	readonly log: Logger;
	/** What people call a device, as far as is known. */
	deviceName(udid: string): string | undefined;
}

/** All jobs of this process: who works on which device, how far it is, and how it is stopped. */
export class JobBoard extends Disposable {
	readonly #options: JobBoardOptions;
	readonly #jobs = new Map<string, Job>();
	readonly #changes = this.register(new Emitter<readonly JobInfo[]>());
	readonly #ends = this.register(new Emitter<JobEnd>());
	readonly #running = new Set<Promise<unknown>>();
	#timer: IDisposable | undefined;
	#toldAt = -Infinity;
	#isEnding = false;

	/** All jobs that run, at most ten times a second. */
	readonly onDidChange: Event<readonly JobInfo[]> = this.#changes.event;
	/** Fires after the list without the job was told. */
	readonly onDidEnd: Event<JobEnd> = this.#ends.event;

	constructor(options: JobBoardOptions) {
		super();
		this.#options = options;
	}

	/** In the order in which they began. */
	get jobs(): readonly JobInfo[] {
		return [...this.#jobs.values()].map((job) => this.#named(job.info));
	}

	/** The job that works on a device. */
	workOn(udid: string): JobInfo | undefined {
		return this.jobs.find((job) => job.udid === udid && DEVICE_WORK.has(job.kind));
	}

	/** @throws EngineError `DEVICE_BUSY` - another job works on the device; whatever the work throws; AbortError. */
	run<T>(order: JobOrder, work: (run: BoardRun) => Promise<T>, watch: JobWatch): Promise<T> {
		const running = this.#run(order, work, watch);
		this.#running.add(running);
		const done = (): void => void this.#running.delete(running);
		running.then(done, done);
		return running;
	}

	/** Asks a job to stop; nothing happens when it has ended. */
	cancel(id: string): void {
		this.#jobs.get(id)?.cancel();
	}

	/** Takes no job any more, asks all to stop, and resolves when they have ended. */
	async end(): Promise<void> {
		this.#isEnding = true;
		this.#jobs.forEach((job) => job.cancel());
		await Promise.allSettled(this.#running);
	}

	override dispose(): void {
		this.#timer?.dispose();
		super.dispose();
	}

	async #run<T>(order: JobOrder, work: (run: BoardRun) => Promise<T>, watch: JobWatch): Promise<T> {
		if (this.#isEnding || watch.signal.aborted) {
			throw new AbortError();
		}
		const other = order.udid !== undefined && DEVICE_WORK.has(order.kind) ? this.workOn(order.udid) : undefined;
		if (other !== undefined) {
			throw new EngineError('DEVICE_BUSY', 'Another job works on this device.', {
				details: { udid: other.udid, job: other.id, kind: other.kind },
			});
		}
		const { clock, log } = this.#options;
		const job = new Job(order, clock, () => this.#changed());
		this.#jobs.set(job.id, job);
		const stop = (): void => job.cancel();
		watch.signal.addEventListener('abort', stop);
		const told = this.onDidChange(() => watch.onDidChange?.(this.#named(job.info)));
		this.#changed();
		log.info(`${order.kind} began${order.udid === undefined ? '' : ` on ${order.udid}`}.`);
		let end: Omit<JobEnd, 'job'> = { outcome: 'done' };
		try {
			const result = await work(job);
			end = { outcome: 'done', ...(job.finding === undefined ? {} : { finding: job.finding }) };
			return result;
		} catch (error) {
			end = isAbortError(error) ? { outcome: 'cancelled' } : { outcome: 'failed', error: reportError(error) };
			throw error;
		} finally {
			watch.signal.removeEventListener('abort', stop);
			told.dispose();
			this.#jobs.delete(job.id);
			const why = end.error === undefined ? '' : `: ${end.error.code}, ${end.error.message}`;
			log[end.outcome === 'failed' ? 'warn' : 'info'](
				`${order.kind} ${end.outcome}${end.finding === undefined ? '' : ` (${end.finding})`}${order.udid === undefined ? '' : ` on ${order.udid}`}${why}`,
			);
			// The list goes first: who hears of the end finds the job gone.
			this.#tell();
			this.#ends.fire({ job: this.#named(job.info), ...end });
		}
	}

	#changed(): void {
		if (this.#timer === undefined && !this.isDisposed) {
			const waitMs = this.#toldAt + TELL_EVERY_MS - this.#options.clock.now();
			if (waitMs <= 0) {
				this.#tell();
			} else {
				this.#timer = this.#options.clock.after(waitMs, () => this.#tell());
			}
		}
	}

	#tell(): void {
		this.#timer?.dispose();
		this.#timer = undefined;
		if (!this.isDisposed) {
			this.#toldAt = this.#options.clock.now();
			this.#changes.fire(this.jobs);
		}
	}

	#named(job: JobInfo): JobInfo {
		const deviceName = job.udid === undefined ? undefined : this.#options.deviceName(job.udid);
		return deviceName === undefined ? job : { ...job, deviceName };
	}
}

/** One job as it goes. */
class Job implements BoardRun {
	readonly id = randomUUID();
	readonly #controller = new AbortController();
	readonly #stages: number;
	readonly #clock: Clock;
	readonly #changed: () => void;
	#stage = 0;
	#finding: JobFinding | undefined;
	#info: JobInfo;

	constructor(
		{ kind, udid, snapshot, snapshotName, bundleId, automatic = false, stages = 1 }: JobOrder,
		clock: Clock,
		changed: () => void,
	) {
		this.#stages = stages;
		this.#clock = clock;
		this.#changed = changed;
		const startedAt = new Date(clock.now()).toISOString();
		this.#info = {
			id: this.id,
			kind,
			udid,
			snapshot,
			snapshotName,
			bundleId,
			startedAt,
			cancelling: false,
			...(automatic ? { automatic } : {}),
		};
	}

	get info(): JobInfo {
		return this.#info;
	}

	get signal(): AbortSignal {
		return this.#controller.signal;
	}

	get finding(): JobFinding | undefined {
		return this.#finding;
	}

	cancel(): void {
		if (!this.signal.aborted) {
			this.#set({ cancelling: true });
			this.#controller.abort(new AbortError());
		}
	}

	onProgress({ phase, percent, transferredBytes, expectedBytes }: JobProgress): void {
		if (this.#info.phase !== undefined && AT_THE_END.has(this.#info.phase) && AT_THE_START.has(phase)) {
			this.#stage = Math.min(this.#stage + 1, this.#stages - 1);
		}
		const whole = percent === undefined ? undefined : (100 * this.#stage + percent) / this.#stages;
		const least = this.#info.percent;
		this.#set({
			phase,
			transferredBytes,
			expectedBytes,
			percent: whole === undefined ? least : Math.min(100, Math.max(least ?? 0, whole)),
			waitsFor: phase === 'waiting-for-passcode' ? 'passcode' : endsWithProgress(this.#info.waitsFor) ? undefined : this.#info.waitsFor,
		});
	}

	onNotice({ code }: JobNotice): void {
		if (code === 'PASSCODE_NEEDED') {
			this.waitFor('passcode');
		} else if (code === 'APP_RUNNING') {
			this.waitFor('app-closed');
		} else if (code === 'PASSCODE_DONE') {
			this.waitFor(undefined);
		}
	}

	waitFor(what: WaitsFor | undefined): void {
		this.#set({ waitsFor: what });
	}

	found(finding: JobFinding): void {
		this.#finding = finding;
	}

	#set(change: Partial<JobInfo>): void {
		const before = this.#info;
		this.#info = { ...before, ...change };
		if (this.#info.waitsFor !== before.waitsFor) {
			const isPasscode = this.#info.waitsFor === 'passcode';
			const waitsUntil = isPasscode ? new Date(this.#clock.now() + LEAST_PATIENCE_MS).toISOString() : undefined;
			this.#info = { ...this.#info, waitsUntil };
		}
		this.#changed();
	}
}

/** Whether work that goes on has what it waited for. */
function endsWithProgress(waitsFor: WaitsFor | undefined): boolean {
	return waitsFor === 'passcode' || waitsFor === 'app-closed';
}
