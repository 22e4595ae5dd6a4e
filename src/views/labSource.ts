import type * as vscode from 'vscode';
import type { Event } from '../base/index.ts';
import type {
	AutomaticReport,
	DeviceInfo,
	JobEnd,
	JobInfo,
	LabMethod,
	LabParams,
	LabProblem,
	LabResult,
	LeaseInfo,
	SnapshotInfo,
} from '../contract/index.ts';

/** What views use of `Lab`: a test can stand in for it. Values are plain and are replaced, never changed. */
export interface LabSource {
	/** Attached devices. */
	readonly devices: readonly DeviceInfo[];
	readonly problems: readonly LabProblem[];
	readonly jobs: readonly JobInfo[];
	readonly leases: readonly LeaseInfo[];
	/** Automatic backups of this engine. */
	readonly automatic: AutomaticReport;
	device(udid: string): DeviceInfo | undefined;
	/** Also of devices that are not attached. */
	deviceName(udid: string): string;
	/** Newest first; none while unknown. */
	snapshots(udid: string): readonly SnapshotInfo[];
	snapshot(udid: string, id: string): SnapshotInfo | undefined;
	allSnapshots(): ReadonlyMap<string, readonly SnapshotInfo[]>;
	jobOf(udid: string): JobInfo | undefined;
	/** Whether the first lists are there. */
	readonly isReady: boolean;
	/** Starts the engine when need be; resolves when the first lists are there, or cannot be had. */
	whenReady(): Promise<void>;
	readonly onDidChange: Event<{ readonly udid?: string }>;
	readonly onDidEndJob: Event<JobEnd>;
}

/** Where the engine's process stands. */
export type EngineState = 'stopped' | 'starting' | 'running' | 'failed';

/** What views use of `LabClient`. */
export interface EngineSource {
	readonly state: EngineState;
	readonly onDidChangeState: Event<EngineState>;
	request<M extends LabMethod>(method: M, params: LabParams<M>, token?: vscode.CancellationToken): Promise<LabResult<M>>;
}
