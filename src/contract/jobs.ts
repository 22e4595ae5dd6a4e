/**
 * What a job is doing, in the order in which a backup or restore passes through it. `waiting-for-passcode`: the device shows its prompt, or may
 * show it; a person must look at it now.
 */
export type JobPhase = 'connecting' | 'waiting-for-passcode' | 'preparing' | 'transferring' | 'finishing' | 'verifying' | 'restarting';

export interface JobProgress {
	readonly phase: JobPhase;
	/** 0 to 100, never falls within a job; absent while nothing can be said. */
	readonly percent?: number;
	readonly transferredBytes: number;
	readonly transferredFiles: number;
	/** About what the whole transfer will come to; an estimate from the percentage. */
	readonly expectedBytes?: number;
}

/** Something worth a line in the log while a job runs, that does not end it. */
export interface JobNotice {
	readonly code:
		| 'PASSCODE_NEEDED' // enter the passcode on the device
		| 'PASSCODE_DONE'
		| 'FILE_SKIPPED' // details.path, details.text
		| 'SPACE_WANTED' // details.wantedBytes, details.freeBytes
		| 'FULL_INSTEAD_OF_INCREMENTAL' // details.reason
		| 'APP_RUNNING' // close the app on the device: details.bundleId
		| 'RECOVERED'; // an earlier run that was killed while putting its files in place was finished first
	readonly message: string;
	readonly details: Readonly<Record<string, unknown>>;
}

export interface BackupResult {
	readonly udid: string;
	/** The backup itself: `<folder>/<UDID>`. */
	readonly path: string;
	/** Whether the device sent everything anew. */
	readonly full: boolean;
	readonly encrypted: boolean;
	readonly transferredBytes: number;
	readonly transferredFiles: number;
	readonly durationMs: number;
	/** When the device says that it finished, ISO 8601. */
	readonly finishedAt: string;
	readonly iosVersion?: string;
	/** Files that the device could not read and left out. */
	readonly skippedFiles: readonly string[];
}

/** Options of a restore in plain words; each is off unless it is named. */
export interface RestoreChoices {
	/** Keep the device's present settings instead of the backup's. */
	readonly keepSettings: boolean;
	/** Restore system domains too. */
	readonly systemFiles: boolean;
	/** Remove what the backup does not have. */
	readonly removeOthers: boolean;
	readonly keepCameraRoll: boolean;
	readonly reboot: boolean;
	/** Have the device copy the backup before it uses it; needs twice the space there. */
	readonly copyFirst: boolean;
	/** Let the device download the apps of the backup again afterwards. */
	readonly reinstallApps: boolean;
}

/** What a roll-back does unless it is told otherwise: everything is as it was, and the device restarts. */
export const usualRollbackChoices: RestoreChoices = {
	keepSettings: false,
	systemFiles: true,
	removeOthers: false,
	keepCameraRoll: false,
	reboot: true,
	copyFirst: false,
	reinstallApps: true,
};

export interface RestoreResult {
	readonly udid: string;
	readonly path: string;
	readonly transferredBytes: number;
	readonly transferredFiles: number;
	readonly durationMs: number;
	/** `restarted`: the device went away and came back. `restarting`: it went away and was not waited for, or not seen again in time. `not-asked`. */
	readonly restart: 'restarted' | 'restarting' | 'not-asked';
}

/** One finding before anything is done. A refusal stops; a warning is shown. */
export interface PreflightFinding {
	readonly code: string;
	readonly severity: 'refusal' | 'warning';
	readonly message: string;
	readonly details: Readonly<Record<string, unknown>>;
}

/** Judgement on one prerequisite of this computer for working with real devices. */
export interface DoctorCheck {
	readonly id: string;
	readonly title: string;
	readonly status: 'ok' | 'missing' | 'warning';
	/** What was found, and what to do when it is not ok. */
	readonly finding: string;
	readonly remedy?: string;
}
