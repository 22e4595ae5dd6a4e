import type { Clock } from '../../base/index.ts';
import type { JobNotice, JobPhase, JobProgress } from '../../contract/index.ts';
import type { DeviceLinkProgress } from '../../device/index.ts';

/** How one job is watched and stopped. */
export interface JobRun {
	readonly signal?: AbortSignal | undefined;
	onProgress?(progress: JobProgress): void;
	onNotice?(notice: JobNotice): void;
}

/** Ten reports a second are smooth; a report for each block would be thousands. */
const REPORT_EVERY_MS = 100;

/** Below this share an extrapolation says nothing. */
const ESTIMATE_FROM_PERCENT = 5;

/** Turns what the device says and what moves over the wire into the phases that people read. Percentages never fall. */
export class ProgressReporter {
	readonly #run: JobRun;
	readonly #clock: Clock;
	#phase: JobPhase = 'connecting';
	#link: DeviceLinkProgress | undefined;
	#percent: number | undefined;
	#promptIsShown = false;
	#reportedAt = 0;

	constructor(run: JobRun, clock: Clock) {
		this.#run = run;
		this.#clock = clock;
	}

	get transferredBytes(): number {
		return this.#link?.transferredBytes ?? 0;
	}

	get transferredFiles(): number {
		return this.#link?.transferredFiles ?? 0;
	}

	get percent(): number | undefined {
		return this.#percent;
	}

	enter(phase: JobPhase): void {
		if (phase !== this.#phase) {
			this.#phase = phase;
			this.#report(true);
		}
	}

	/** The passcode prompt came up, or went. Said once each time, as a person has to act. */
	passcodePrompt(isShown: boolean): void {
		if (isShown === this.#promptIsShown) {
			return;
		}
		this.#promptIsShown = isShown;
		if (isShown) {
			this.notice({ code: 'PASSCODE_NEEDED', message: 'Enter the passcode on the device now.', details: {} });
			this.enter('waiting-for-passcode');
		} else {
			this.notice({ code: 'PASSCODE_DONE', message: 'The passcode prompt is gone.', details: {} });
			this.enter('preparing');
		}
	}

	notice(notice: JobNotice): void {
		this.#run.onNotice?.(notice);
	}

	/** @param transferStep - in which direction the job's files go; what goes the other way is preparation. */
	link(progress: DeviceLinkProgress, transferStep: 'receiving' | 'sending'): void {
		this.#link = progress;
		this.#percent = progress.percent === undefined ? this.#percent : Math.max(this.#percent ?? 0, progress.percent);
		if (progress.step === 'arranging') {
			this.enter('finishing');
		} else if (progress.step === transferStep && this.#phase !== 'finishing') {
			this.enter('transferring');
		}
		this.#report(false);
	}

	#report(always: boolean): void {
		const now = this.#clock.now();
		if (!always && now - this.#reportedAt < REPORT_EVERY_MS) {
			return;
		}
		this.#reportedAt = now;
		const expectedBytes = this.#expectedBytes();
		this.#run.onProgress?.({
			phase: this.#phase,
			...(this.#percent === undefined ? {} : { percent: this.#percent }),
			transferredBytes: this.transferredBytes,
			transferredFiles: this.transferredFiles,
			...(expectedBytes === undefined ? {} : { expectedBytes }),
		});
	}

	#expectedBytes(): number | undefined {
		const percent = this.#percent;
		return percent === undefined || percent < ESTIMATE_FROM_PERCENT ? undefined : Math.round((this.transferredBytes / percent) * 100);
	}
}
