import { Emitter } from '../../src/base/index.ts';
import type { AutomaticReport, DeviceInfo, JobEnd, JobInfo, LabProblem, LeaseInfo, SnapshotInfo } from '../../src/contract/index.ts';
import type { EngineSource, EngineState, LabSource } from '../../src/views/labSource.ts';

const UDID = '00008120-0000000000000001';

/** An attached iPhone; say what differs. */
export function device(differs: Partial<DeviceInfo> = {}): DeviceInfo {
	return {
		udid: UDID,
		name: 'Lab-3',
		productType: 'iPhone16,1',
		model: 'iPhone 15 Pro',
		iosVersion: '17.5.1',
		transport: 'usb',
		transports: ['usb'],
		muxer: '127.0.0.1:27115',
		trust: 'paired',
		batteryPercent: 82,
		charging: true,
		encryption: 'on',
		findMy: 'off',
		supervised: 'off',
		wifiSync: 'off',
		...differs,
	};
}

/** A snapshot of that iPhone. */
export function snapshot(differs: Partial<SnapshotInfo> = {}): SnapshotInfo {
	return {
		id: '1a2b3c4d5e6f',
		udid: UDID,
		kind: 'device',
		pinned: false,
		isHead: false,
		takenAt: '2026-01-02T02:00:00.000Z',
		trigger: 'manual',
		deviceName: 'Lab-3',
		model: 'iPhone 15 Pro',
		iosVersion: '17.5.1',
		encrypted: true,
		fileCount: 1204,
		sizeBytes: 3_100_000_000,
		addedBytes: 12_000_000,
		...differs,
	};
}

/** A backup of that iPhone that is running. */
export function job(differs: Partial<JobInfo> = {}): JobInfo {
	return {
		id: 'job-1',
		kind: 'snapshot',
		udid: UDID,
		deviceName: 'Lab-3',
		startedAt: '2026-01-02T03:00:00.000Z',
		cancelling: false,
		...differs,
	};
}

/** The lab as a test wants it: set the lists, then `change`. */
export class FakeLab implements LabSource {
	devices: readonly DeviceInfo[] = [];
	problems: readonly LabProblem[] = [];
	jobs: readonly JobInfo[] = [];
	leases: readonly LeaseInfo[] = [];
	automatic: AutomaticReport = { devices: [] };
	isReady = true;
	readonly stored = new Map<string, readonly SnapshotInfo[]>();
	readonly #changes = new Emitter<{ readonly udid?: string }>();
	readonly #ends = new Emitter<JobEnd>();
	readonly onDidChange = this.#changes.event;
	readonly onDidEndJob = this.#ends.event;

	/** Replaces some lists, and tells. */
	change(differs: Partial<Pick<FakeLab, 'devices' | 'problems' | 'jobs' | 'leases' | 'automatic'>> = {}): void {
		Object.assign(this, differs);
		this.#changes.fire({});
	}

	/** Gives a device snapshots, newest first, and tells. */
	store(snapshots: readonly SnapshotInfo[], udid = UDID): void {
		this.stored.set(udid, snapshots);
		this.#changes.fire({ udid });
	}

	/** Ends a job, as the engine tells it. */
	end(end: JobEnd): void {
		this.jobs = this.jobs.filter(({ id }) => id !== end.job.id);
		this.#changes.fire({});
		this.#ends.fire(end);
	}

	device(udid: string): DeviceInfo | undefined {
		return this.devices.find((each) => each.udid === udid);
	}

	deviceName(udid: string): string {
		return this.device(udid)?.name ?? this.snapshots(udid)[0]?.deviceName ?? udid.slice(-6);
	}

	snapshots(udid: string): readonly SnapshotInfo[] {
		return this.stored.get(udid) ?? [];
	}

	snapshot(udid: string, id: string): SnapshotInfo | undefined {
		return this.snapshots(udid).find((each) => each.id === id);
	}

	allSnapshots(): ReadonlyMap<string, readonly SnapshotInfo[]> {
		return this.stored;
	}

	jobOf(udid: string): JobInfo | undefined {
		return this.jobs.find((each) => each.udid === udid);
	}

	async whenReady(): Promise<void> {}
}

/** An engine that answers each method with what a test says; it fails where the test says nothing. */
export class FakeEngine implements EngineSource {
	state: EngineState = 'running';
	/** What was asked, in order: method, then parameters. */
	readonly asked: [string, unknown][] = [];
	readonly answers: Record<string, unknown>;
	readonly #states = new Emitter<EngineState>();
	readonly onDidChangeState = this.#states.event;

	constructor(answers: Record<string, unknown> = {}) {
		this.answers = answers;
	}

	turn(state: EngineState): void {
		this.state = state;
		this.#states.fire(state);
	}

	readonly request: EngineSource['request'] = async (method, params) => {
		this.asked.push([method, params]);
		if (!(method in this.answers)) {
			throw new Error(`no answer to ${method}`);
		}
		return this.answers[method] as never;
	};
}
