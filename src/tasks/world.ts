import type * as vscode from 'vscode';
import type { Clock } from '../base/index.ts';
import type { LabClient } from '../client/index.ts';
import type { SnapshotInfo } from '../contract/index.ts';
import type { LabSource, RecentDevices } from '../views/index.ts';
import type { LabNames } from './labFiles.ts';

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
