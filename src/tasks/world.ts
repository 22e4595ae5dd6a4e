import type * as vscode from 'vscode';
import type { Clock } from '../base/index.ts';
import type { LabClient } from '../client/index.ts';
import type { SnapshotInfo } from '../contract/index.ts';
import type { LabSource, RecentDevices } from '../views/index.ts';
import type { LabNames } from './labFiles.ts';

/** How another task ended: with the exit code of its process, or without one, as when somebody ended it. */
export interface TaskEnd {
	readonly exitCode: number | undefined;
}

/** A state that was kept because a task failed. */
export interface KeptFailure {
	readonly snapshot: SnapshotInfo;
	/** The task that failed. */
	readonly task: string;
	/** The launch configuration that is to begin from there; absent: it is asked for. */
	readonly launch?: string;
}

/** Launches that begin from a snapshot that a person chose, instead of what their tasks roll back to. */
export interface DebuggingFrom {
	/** Where a device stays while such a launch begins; undefined while none does. */
	heldAt(udid: string): SnapshotInfo | undefined;
	/** Tells of what was kept, and offers to debug from there. Does not wait for the answer. */
	offer(failure: KeptFailure): void;
}

/** What tasks work with, by what they use of it: a test can stand in for each. */
export interface TaskWorld {
	readonly lab: LabSource;
	readonly client: Pick<LabClient, 'request'>;
	readonly clock: Clock;
	/** What was chosen last in this window. */
	readonly recent: RecentDevices;
	/** The password that opens a snapshot, asked for when none is remembered; undefined for one that is not encrypted. @throws CancellationError */
	snapshotPassword(snapshot: SnapshotInfo, title: string): Promise<string | undefined>;
	/** Friendly names of devices, and which names are baselines. */
	readonly names: LabNames;
	/** Runs another task of this window by its label. @throws LabFailure `WRONG_USE` - there is none, or it cannot be run from here. */
	runTask(label: string, token: vscode.CancellationToken): Promise<TaskEnd>;
	readonly debugging: DebuggingFrom;
	/** Whether a roll-back takes a snapshot first unless it is told. */
	takesSafetySnapshot(): boolean;
}

/** Where a task writes, for one device. */
export interface TaskReport {
	/** A line that stays. */
	line(text: string): void;
	/** The line that is written over and over; undefined takes it away. */
	progress(text: string | undefined): void;
}

/** How one run of a task on one device is watched and stopped. */
export interface TaskRun {
	readonly world: TaskWorld;
	readonly report: TaskReport;
	readonly token: vscode.CancellationToken;
}
