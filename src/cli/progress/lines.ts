import type { Clock } from '../../base/index.ts';
import type { JobNotice, JobProgress } from '../../contract/index.ts';
import { showable, toJson } from '../escape.ts';
import { formatBytes, formatPart } from '../format.ts';
import { isMeasured, Monotone, noticeText, phaseWords, type JobLook, type ProgressView } from './view.ts';

/** A log is read by people afterwards: a line a phase, and during a transfer one now and then. */
const LINE_EVERY_MS = 10_000;
const LINE_EVERY_PERCENT = 25;
/** A program that draws its own bar needs no more. */
const JSON_EVERY_MS = 200;

/** Plain lines, for logs and for terminals that cannot draw over a line. */
export class LinesView implements ProgressView {
	readonly #write: (line: string) => void;
	readonly #clock: Clock;
	readonly #look: JobLook;
	readonly #monotone = new Monotone();
	#last: { phase: string; atMs: number; percent: number } | undefined;

	constructor(write: (line: string) => void, clock: Clock, look: JobLook = {}) {
		this.#write = write;
		this.#clock = clock;
		this.#look = look;
	}

	update(reported: JobProgress): void {
		const progress = this.#monotone.next(reported);
		const now = this.#clock.now();
		const percent = progress.percent ?? 0;
		const last = this.#last;
		const samePhase = last?.phase === progress.phase;
		const due =
			samePhase &&
			isMeasured(progress.phase, this.#look) &&
			(now - last.atMs >= LINE_EVERY_MS || percent - last.percent >= LINE_EVERY_PERCENT);
		if (samePhase && !due) {
			return;
		}
		this.#last = { phase: progress.phase, atMs: now, percent };
		this.#write(describe(progress, this.#look));
	}

	notice(notice: JobNotice): void {
		// The next phase says it.
		if (notice.code !== 'PASSCODE_DONE') {
			this.#write(showable(noticeText(notice)));
		}
	}

	note(line: string): void {
		this.#write(line);
	}

	end(): void {}
}

function describe(progress: JobProgress, look: JobLook): string {
	const words = phaseWords(progress.phase, look);
	if (!isMeasured(progress.phase, look) || progress.percent === undefined || progress.transferredBytes === 0) {
		return `${words}…`;
	}
	const sizes =
		progress.expectedBytes === undefined
			? formatBytes(progress.transferredBytes)
			: formatPart(progress.transferredBytes, progress.expectedBytes, look.measured !== undefined);
	return `${words}: ${Math.floor(progress.percent)} %, ${sizes}`;
}

/** One JSON object a line, for programs. */
export class JsonView implements ProgressView {
	readonly #write: (line: string) => void;
	readonly #clock: Clock;
	readonly #monotone = new Monotone();
	#last: { phase: string; atMs: number } | undefined;
	#held: JobProgress | undefined;

	constructor(write: (line: string) => void, clock: Clock) {
		this.#write = write;
		this.#clock = clock;
	}

	update(reported: JobProgress): void {
		const progress = this.#monotone.next(reported);
		const now = this.#clock.now();
		if (this.#last?.phase === progress.phase && now - this.#last.atMs < JSON_EVERY_MS) {
			this.#held = progress;
			return;
		}
		if (this.#last !== undefined && this.#last.phase !== progress.phase) {
			this.#release();
		}
		this.#last = { phase: progress.phase, atMs: now };
		this.#held = undefined;
		this.#print({ type: 'progress', ...progress });
	}

	notice(notice: JobNotice): void {
		this.#release();
		this.#print({ type: 'notice', ...notice });
	}

	note(line: string): void {
		this.#print({ type: 'note', message: line });
	}

	end(): void {
		this.#release();
	}

	#release(): void {
		if (this.#held !== undefined) {
			this.#print({ type: 'progress', ...this.#held });
			this.#held = undefined;
		}
	}

	#print(object: Record<string, unknown>): void {
		this.#write(toJson({ schemaVersion: 1, ...object }));
	}
}
