import type { Clock } from '../../base/index.ts';
import type { JobNotice, JobPhase } from '../../contract/index.ts';
import type { JobRun } from '../jobs/progress.ts';

const REPORT_EVERY_MS = 100;

/** What moves between a container or package and this computer, as people read it. */
export class AppProgress {
	readonly #run: JobRun;
	readonly #clock: Clock;
	#phase: JobPhase | undefined;
	#expectedBytes: number | undefined;
	#bytes = 0;
	#files = 0;
	#percent: number | undefined;
	#reportedAt = 0;

	constructor(run: JobRun, clock: Clock) {
		this.#run = run;
		this.#clock = clock;
	}

	get movedBytes(): number {
		return this.#bytes;
	}

	get movedFiles(): number {
		return this.#files;
	}

	enter(phase: JobPhase): void {
		if (phase !== this.#phase) {
			this.#phase = phase;
			this.#report(true);
		}
	}

	/** How much is to be moved; from here on there is a percentage. */
	expect(bytes: number): void {
		this.#expectedBytes = bytes;
	}

	moved(bytes: number): void {
		this.#bytes += bytes;
		if (this.#expectedBytes !== undefined && this.#expectedBytes > 0) {
			this.percent((100 * this.#bytes) / this.#expectedBytes);
		}
		this.#report(false);
	}

	movedFile(): void {
		this.#files++;
		this.#report(false);
	}

	/** What the device itself says of how far it is. */
	percent(percent: number): void {
		this.#percent = Math.max(this.#percent ?? 0, Math.min(100, percent));
		this.#report(false);
	}

	notice(notice: JobNotice): void {
		this.#run.onNotice?.(notice);
	}

	#report(always: boolean): void {
		const now = this.#clock.now();
		if (this.#phase === undefined || (!always && now - this.#reportedAt < REPORT_EVERY_MS)) {
			return;
		}
		this.#reportedAt = now;
		this.#run.onProgress?.({
			phase: this.#phase,
			...(this.#percent === undefined ? {} : { percent: this.#percent }),
			transferredBytes: this.#bytes,
			transferredFiles: this.#files,
			...(this.#expectedBytes === undefined ? {} : { expectedBytes: this.#expectedBytes }),
		});
	}
}
