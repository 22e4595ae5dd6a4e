import type { ErrorReport } from './errors.ts';
import type { JobPhase } from './jobs.ts';

/** Work that takes a while, is shown while it runs, and can be cancelled. One runs on a device at a time. */
export type JobKind =
	| 'pair'
	| 'snapshot'
	| 'rollback'
	| 'encryption'
	| 'cloud-backup'
	| 'export'
	| 'import'
	| 'verify'
	| 'retention'
	| 'prune'
	| 'repair'
	| 'app-snapshot'
	| 'app-rollback'
	| 'app-import'
	| 'install'
	| 'uninstall'
	// a device is brought to a state, in whichever way is the cheapest
	| 'state';

/** Work on the device itself: one at a time, and meanwhile nothing else can be done with it. Other jobs of a device only read its snapshots. */
export const DEVICE_WORK: ReadonlySet<JobKind> = new Set([
	'pair',
	'snapshot',
	'rollback',
	'encryption',
	'cloud-backup',
	'app-snapshot',
	'app-rollback',
	'install',
	'uninstall',
	'state',
]);

/** What a job waits for until a person acts at the device. `app-closed`: an app that must not run is running. */
export type WaitsFor = 'passcode' | 'trust' | 'unlock' | 'app-closed';

/** A job as rows, status bar and timeline show it. */
export interface JobInfo {
	readonly id: string;
	readonly kind: JobKind;
	/** The device that it works on; absent for work on the store alone. */
	readonly udid?: string;
	readonly deviceName?: string;
	/** The snapshot that it takes from or works on, by id. */
	readonly snapshot?: string;
	/** The name of that snapshot, or the name that the one being taken will have. */
	readonly snapshotName?: string;
	/** The app that it works on, where it works on one alone. */
	readonly bundleId?: string;
	/** Nobody asked for it: it was begun by the rules of automatic backups. */
	readonly automatic?: boolean;
	/** ISO 8601. */
	readonly startedAt: string;
	readonly phase?: JobPhase;
	/** 0 to 100, never falls; absent while nothing can be said. */
	readonly percent?: number;
	readonly transferredBytes?: number;
	readonly expectedBytes?: number;
	readonly waitsFor?: WaitsFor;
	/** Until then it waits at least, ISO 8601: a phone gives up one to three minutes after it asked for its passcode. */
	readonly waitsUntil?: string;
	/** It was asked to stop and is putting things in order. */
	readonly cancelling: boolean;
}

/** How a job ended. `interrupted`: the engine's process ended while it ran; what was there before is whole. */
export interface JobEnd {
	readonly job: JobInfo;
	readonly outcome: 'done' | 'failed' | 'cancelled' | 'interrupted';
	/** Why it failed. */
	readonly error?: ErrorReport;
	/** What a job that is done found, where that is no success. */
	readonly finding?: JobFinding;
}

/** `damage`: what was verified is not whole. `differs`: the device does not answer as it did when the snapshot was taken. */
export type JobFinding = 'damage' | 'differs';
