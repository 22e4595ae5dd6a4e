import { Disposable, Emitter, errorText, isAbortError, type Event } from '../base/index.ts';
import {
	DEVICE_WORK,
	type AutomaticReport,
	type DeviceInfo,
	type DeviceList,
	type JobEnd,
	type JobInfo,
	type LabMethod,
	type LabParams,
	type LabProblem,
	type LabResult,
	type LeaseInfo,
	type SnapshotInfo,
	type SnapshotList,
} from '../contract/index.ts';
import type { LabClient } from './labClient.ts';
import { LabFailure } from './labFailure.ts';

/** What changed; `udid` when it concerns one device only. */
export interface LabChange {
	readonly udid?: string;
}

/** What a person sees of a device that has told nobody its name. */
const SHORT_UDID_LENGTH = 6;

/** Something in a name that is neither space nor control. */
const SEEN = /[^\p{C}\p{Z}]/u;

/**
 * What is known of the lab now: devices, snapshots, jobs, leases. It is filled when the engine starts, which `whenReady` brings about, and kept
 * fresh by what the engine tells; an answer that something newer has overtaken is dropped. Reading it costs nothing.
 */
export class Lab extends Disposable {
	readonly #client: LabClient;
	readonly #changes = this.register(new Emitter<LabChange>());
	readonly #jobEnds = this.register(new Emitter<JobEnd>());
	readonly #snapshots = new Map<string, readonly SnapshotInfo[]>();
	/** Counts what was told of each list, so that an older answer can be known. */
	readonly #rounds = new Map<string, number>();
	#devices: DeviceList = { devices: [], problems: [] };
	#storeProblems: readonly LabProblem[] = [];
	#jobs: readonly JobInfo[] = [];
	#leases: readonly LeaseInfo[] = [];
	#loading: Promise<void> | undefined;
	#automatic: AutomaticReport = { devices: [] };
	#isReady = false;

	/** Something changed. */
	readonly onDidChange: Event<LabChange> = this.#changes.event;
	/** A job of this engine ended, or was interrupted with it. */
	readonly onDidEndJob: Event<JobEnd> = this.#jobEnds.event;

	constructor(client: LabClient) {
		super();
		this.#client = client;
		this.register(
			client.on('devices/didChange', (list) => {
				this.#next('devices');
				this.#setDevices(list);
			}),
		);
		this.register(client.on('snapshots/didChange', ({ udids }) => void this.#reload(udids)));
		this.register(
			client.on('jobs/didChange', (jobs) => {
				this.#next('jobs');
				this.#setJobs(jobs);
			}),
		);
		this.register(client.on('jobs/didEnd', (end) => this.#jobEnds.fire(end)));
		this.register(
			client.on('store/didChangeLeases', (leases) => {
				this.#next('leases');
				this.#setLeases(leases);
			}),
		);
		this.register(
			client.on('automatic/didChange', (report) => {
				const changed = changedAutomatic(this.#automatic, report);
				this.#automatic = report;
				this.#fire(changed);
			}),
		);
		this.register(
			client.onDidChangeState((state) => {
				if (state === 'running') {
					void this.refresh();
				} else if (state === 'failed' || state === 'stopped') {
					this.#forgetWhatIsLive();
				}
			}),
		);
	}

	/** Attached devices, by name. */
	get devices(): readonly DeviceInfo[] {
		return this.#devices.devices;
	}

	/** What concerns no single device: a muxer that does not answer, a store that cannot be read. */
	get problems(): readonly LabProblem[] {
		return [...this.#devices.problems, ...this.#storeProblems];
	}

	get jobs(): readonly JobInfo[] {
		return this.#jobs;
	}

	get leases(): readonly LeaseInfo[] {
		return this.#leases;
	}

	/** Where devices stand with automatic backups, as this engine does them. */
	get automatic(): AutomaticReport {
		return this.#automatic;
	}

	/** Whether the first lists are there. */
	get isReady(): boolean {
		return this.#isReady;
	}

	/** Undefined for a device that is not attached. */
	device(udid: string): DeviceInfo | undefined {
		return this.#devices.devices.find((device) => device.udid === udid);
	}

	/** As the device is called now, or was in its newest snapshot; else the end of its UDID. */
	deviceName(udid: string): string {
		const names = [this.device(udid)?.name, ...this.snapshots(udid).map(({ deviceName }) => deviceName)];
		return names.find((name) => name !== undefined && SEEN.test(name)) ?? udid.slice(-SHORT_UDID_LENGTH);
	}

	/** Newest first; none while nothing is known of them. */
	snapshots(udid: string): readonly SnapshotInfo[] {
		return this.#snapshots.get(udid) ?? [];
	}

	snapshot(udid: string, id: string): SnapshotInfo | undefined {
		return this.snapshots(udid).find((snapshot) => snapshot.id === id);
	}

	/** By UDID, of every device that has some. */
	allSnapshots(): ReadonlyMap<string, readonly SnapshotInfo[]> {
		return this.#snapshots;
	}

	/** The job that works on a device; else one that concerns it. */
	jobOf(udid: string): JobInfo | undefined {
		const own = this.#jobs.filter((job) => job.udid === udid);
		return own.find(({ kind }) => DEVICE_WORK.has(kind)) ?? own[0];
	}

	/** Starts the engine when need be; resolves when the first lists are there, or cannot be had: then `problems` says why. */
	whenReady(): Promise<void> {
		return this.#isReady ? Promise.resolve() : this.refresh();
	}

	/** Reads everything anew. Starts the engine when need be. Never rejects. */
	refresh(): Promise<void> {
		this.#loading ??= this.#load().finally(() => (this.#loading = undefined));
		return this.#loading;
	}

	async #load(): Promise<void> {
		await Promise.all([
			this.#ask('devices', 'devices/list', {}, (list) => this.#setDevices(list), this.#devicesFailed),
			this.#reload(undefined),
			this.#ask('jobs', 'jobs/list', {}, (jobs) => this.#setJobs(jobs)),
			this.#ask('leases', 'store/leases', {}, (leases) => this.#setLeases(leases)),
		]);
		if (!this.#isReady) {
			this.#isReady = true;
			this.#changes.fire({});
		}
	}

	/** Asks, and drops the answer when something newer came in between. */
	async #ask<M extends LabMethod>(
		list: string,
		method: M,
		params: LabParams<M>,
		use: (answer: LabResult<M>) => void,
		failed: (problem: LabProblem) => void = () => {},
	): Promise<void> {
		const round = this.#next(list);
		const isNewest = (): boolean => !this.isDisposed && this.#rounds.get(list) === round;
		try {
			const answer = await this.#client.request(method, params);
			if (isNewest()) {
				use(answer);
			}
		} catch (error) {
			if (isNewest() && !isAbortError(error)) {
				failed(problemOf(error));
			}
		}
	}

	/** Of the devices named; of all when none is. */
	async #reload(udids: readonly string[] | undefined): Promise<void> {
		if (udids === undefined) {
			// What is asked of one device from now on is newer than the whole list; what was asked before is older.
			for (const udid of this.#snapshots.keys()) {
				this.#next(roundOf(udid));
			}
			const before = new Map(this.#rounds);
			await this.#ask('snapshots', 'snapshots/list', {}, (list) => this.#setAllSnapshots(list, before), this.#storeFailed);
		} else {
			await Promise.all(
				udids.map((udid) =>
					this.#ask(roundOf(udid), 'snapshots/list', { udid }, ({ snapshots }) => this.#setSnapshots(udid, snapshots), this.#storeFailed),
				),
			);
		}
	}

	#setDevices(list: DeviceList): void {
		const changed = changedDevices(this.#devices, list);
		this.#devices = { devices: [...list.devices].sort(byName), problems: list.problems };
		this.#fire(changed);
	}

	readonly #devicesFailed = (problem: LabProblem): void => this.#setDevices({ devices: [], problems: [problem] });

	readonly #storeFailed = (problem: LabProblem): void => {
		this.#storeProblems = [problem];
		this.#changes.fire({});
	};

	#setAllSnapshots({ snapshots, problems }: SnapshotList, roundsBefore: ReadonlyMap<string, number>): void {
		const isOvertaken = (udid: string): boolean => this.#rounds.get(roundOf(udid)) !== roundsBefore.get(roundOf(udid));
		const lists = new Map<string, SnapshotInfo[]>();
		for (const snapshot of snapshots) {
			lists.set(snapshot.udid, [...(lists.get(snapshot.udid) ?? []), snapshot]);
		}
		for (const udid of this.#snapshots.keys()) {
			if (!lists.has(udid) && !isOvertaken(udid)) {
				this.#snapshots.delete(udid);
			}
		}
		for (const [udid, list] of lists) {
			if (!isOvertaken(udid)) {
				this.#snapshots.set(udid, list);
			}
		}
		this.#storeProblems = problems;
		this.#changes.fire({});
	}

	#setSnapshots(udid: string, snapshots: readonly SnapshotInfo[]): void {
		if (snapshots.length === 0) {
			this.#snapshots.delete(udid);
		} else {
			this.#snapshots.set(udid, snapshots);
		}
		this.#changes.fire({ udid });
	}

	#setJobs(jobs: readonly JobInfo[]): void {
		const changed = changedUdids(this.#jobs, jobs);
		this.#jobs = jobs;
		this.#fire(changed);
	}

	#setLeases(leases: readonly LeaseInfo[]): void {
		const changed = changedUdids(this.#leases, leases);
		this.#leases = leases;
		this.#fire(changed);
	}

	/** Without its engine nobody knows what is attached and what runs. Snapshots stay what they were. */
	#forgetWhatIsLive(): void {
		for (const list of ['devices', 'jobs', 'leases']) {
			this.#next(list);
		}
		this.#isReady = false;
		this.#devices = { devices: [], problems: [] };
		this.#jobs = [];
		this.#leases = [];
		this.#automatic = { devices: [] };
		this.#changes.fire({});
	}

	#fire(changed: 'all' | readonly string[]): void {
		if (changed === 'all') {
			this.#changes.fire({});
		} else {
			changed.forEach((udid) => this.#changes.fire({ udid }));
		}
	}

	#next(list: string): number {
		const round = (this.#rounds.get(list) ?? 0) + 1;
		this.#rounds.set(list, round);
		return round;
	}
}

function roundOf(udid: string): string {
	return `snapshots/${udid}`;
}

function byName(a: DeviceInfo, b: DeviceInfo): number {
	return (a.name ?? '\uffff').localeCompare(b.name ?? '\uffff', undefined, { numeric: true }) || (a.udid < b.udid ? -1 : 1);
}

/** The devices that differ; `all` when there are others than before, or other problems. */
function changedDevices(before: DeviceList, after: DeviceList): 'all' | string[] {
	const old = new Map(before.devices.map((device) => [device.udid, JSON.stringify(device)]));
	const isSameSet = old.size === after.devices.length && after.devices.every(({ udid }) => old.has(udid));
	if (!isSameSet || JSON.stringify(before.problems) !== JSON.stringify(after.problems)) {
		return 'all';
	}
	return after.devices.filter((device) => old.get(device.udid) !== JSON.stringify(device)).map(({ udid }) => udid);
}

/** The devices whose entries differ; `all` when entries of no device do. */
function changedUdids<T extends { readonly udid?: string }>(before: readonly T[], after: readonly T[]): 'all' | string[] {
	const old = new Set(before.map((entry) => JSON.stringify(entry)));
	const now = new Set(after.map((entry) => JSON.stringify(entry)));
	const differing = [
		...before.filter((entry) => !now.has(JSON.stringify(entry))),
		...after.filter((entry) => !old.has(JSON.stringify(entry))),
	].map(({ udid }) => udid);
	return differing.includes(undefined) ? 'all' : [...new Set(differing as string[])];
}

/** The devices that are told of otherwise; `all` when the rules differ. */
function changedAutomatic(before: AutomaticReport, after: AutomaticReport): 'all' | readonly string[] {
	return JSON.stringify(before.rules) === JSON.stringify(after.rules) ? changedUdids(before.devices, after.devices) : 'all';
}

function problemOf(error: unknown): LabProblem {
	return error instanceof LabFailure ? error.report : { code: 'INTERNAL', message: errorText(error), details: {} };
}
