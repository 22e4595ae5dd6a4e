import { formatBytes } from '../format.ts';
import type { JobNotice, JobPhase, JobProgress } from '../../contract/index.ts';

/** Shows one job while it runs. */
export interface ProgressView {
	update(progress: JobProgress): void;
	notice(notice: JobNotice): void;
	/** A line of the command's own in between. */
	note(line: string): void;
	/** The job is over: what was drawn is cleared or ended, and nothing more comes. */
	end(): void;
}

/** How a job is to look. */
export interface JobLook {
	/** The phase that its percentages are about; the transfer, whose size can only be estimated, when absent. */
	readonly measured?: JobPhase;
	/** Words for phases in which this job does something of its own. */
	readonly words?: Partial<Record<JobPhase, string>>;
}

/** A phase as people read it. */
export function phaseWords(phase: JobPhase, { words }: JobLook): string {
	return words?.[phase] ?? PHASE_WORDS[phase];
}

/** Whether the job's percentages are about a phase. */
export function isMeasured(phase: JobPhase, { measured = 'transferring' }: JobLook): boolean {
	return phase === measured;
}

const PHASE_WORDS: Record<JobPhase, string> = {
	connecting: 'Connecting',
	'waiting-for-passcode': 'Waiting for the passcode',
	preparing: 'Preparing',
	transferring: 'Transferring',
	finishing: 'Finishing',
	verifying: 'Verifying',
	restarting: 'Restarting the device',
};

/**
 * Keeps what a view shows from going backwards, whatever the source reports: a device may start over with a batch of files, and an
 * estimate may fall below what has arrived.
 */
export class Monotone {
	#percent: number | undefined;
	#bytes = 0;
	#files = 0;
	#phase: JobPhase | undefined;

	next(progress: JobProgress): JobProgress {
		if (this.#phase === 'verifying' && (progress.phase === 'connecting' || progress.phase === 'preparing')) {
			// A roll-back is a snapshot and then a restore, and each has a hundred percent of its own.
			[this.#percent, this.#bytes, this.#files] = [undefined, 0, 0];
		}
		this.#phase = progress.phase;
		if (progress.percent !== undefined) {
			this.#percent = Math.max(this.#percent ?? 0, Math.min(100, progress.percent));
		}
		this.#bytes = Math.max(this.#bytes, progress.transferredBytes);
		this.#files = Math.max(this.#files, progress.transferredFiles);
		return {
			...progress,
			percent: this.#percent,
			transferredBytes: this.#bytes,
			transferredFiles: this.#files,
			expectedBytes: progress.expectedBytes === undefined ? undefined : Math.max(progress.expectedBytes, this.#bytes),
		};
	}
}

/** A notice with the facts that make it worth reading: the file, the sizes. */
export function noticeText(notice: JobNotice): string {
	const { path, text, wantedBytes, freeBytes } = notice.details;
	const sizes = [
		typeof wantedBytes === 'number' ? `${formatBytes(wantedBytes)} wanted` : undefined,
		typeof freeBytes === 'number' ? `${formatBytes(freeBytes)} free` : undefined,
	].filter((part) => part !== undefined);
	return [
		notice.message,
		typeof path === 'string' ? path : undefined,
		typeof text === 'string' ? `(${text})` : undefined,
		sizes.length === 0 ? undefined : `(${sizes.join(', ')})`,
	]
		.filter((part) => part !== undefined)
		.join(' ');
}

/** Shows nothing but what a person must act on. */
export function quietView(write: (line: string) => void): ProgressView {
	return {
		update() {},
		notice(notice) {
			if (notice.code === 'PASSCODE_NEEDED') {
				write(notice.message);
			}
		},
		note() {},
		end() {},
	};
}
