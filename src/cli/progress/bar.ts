import type { Clock, IDisposable } from '../../base/index.ts';
import type { JobNotice, JobProgress } from '../../contract/index.ts';
import { showable } from '../escape.ts';
import { formatCount, formatBytes, formatDuration, formatPart, formatRemaining } from '../format.ts';
import type { OutputPort } from '../io.ts';
import type { Style } from '../style.ts';
import { fit, textWidth } from '../textWidth.ts';
import { RemainingTime } from './estimate.ts';
import { isMeasured, Monotone, noticeText, phaseWords, type JobLook, type ProgressView } from './view.ts';

const REDRAW_MS = 100;
const CLEAR_LINE = '\r\u001b[2K';
const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
const WIDEST_BAR = 30;

/** One line on a terminal that is drawn over: phase, bar, percent, sizes and what is left, as far as the width allows. */
export class BarView implements ProgressView {
	readonly #port: OutputPort;
	readonly #clock: Clock;
	readonly #style: Style;
	readonly #look: JobLook;
	readonly #monotone = new Monotone();
	readonly #remaining = new RemainingTime();
	#shown: JobProgress | undefined;
	#phaseSince: number;
	#timer: IDisposable | undefined;
	#frame = 0;
	#drawn = false;
	#ended = false;

	constructor(port: OutputPort, clock: Clock, style: Style, look: JobLook = {}) {
		this.#port = port;
		this.#clock = clock;
		this.#style = style;
		this.#look = look;
		this.#phaseSince = clock.now();
	}

	update(progress: JobProgress): void {
		if (this.#ended) {
			return;
		}
		const changed = this.#shown?.phase !== progress.phase;
		if (changed) {
			this.#phaseSince = this.#clock.now();
		}
		this.#shown = this.#monotone.next(progress);
		if (changed) {
			this.#draw();
		}
		this.#timer ??= this.#clock.after(REDRAW_MS, () => this.#tick());
	}

	notice(notice: JobNotice): void {
		// The next phase says it.
		if (notice.code === 'PASSCODE_DONE') {
			return;
		}
		const text = showable(noticeText(notice));
		this.note(notice.code === 'PASSCODE_NEEDED' ? this.#style.bold(this.#style.yellow(`▸ ${text}`)) : this.#style.dim(`  ${text}`));
	}

	note(line: string): void {
		this.#clear();
		this.#port.write(`${line}\n`);
		if (!this.#ended && this.#shown !== undefined) {
			this.#draw();
		}
	}

	end(): void {
		this.#ended = true;
		this.#timer?.dispose();
		this.#clear();
	}

	#tick(): void {
		this.#timer = undefined;
		if (!this.#ended) {
			this.#frame++;
			this.#draw();
			this.#timer = this.#clock.after(REDRAW_MS, () => this.#tick());
		}
	}

	#clear(): void {
		if (this.#drawn) {
			this.#port.write(CLEAR_LINE);
			this.#drawn = false;
		}
	}

	#draw(): void {
		if (this.#shown !== undefined) {
			this.#port.write(CLEAR_LINE + this.#line(this.#shown));
			this.#drawn = true;
		}
	}

	#line(progress: JobProgress): string {
		// A full last column makes some terminals wrap.
		const width = this.#port.columns() - 1;
		const words = phaseWords(progress.phase, this.#look);
		const elapsedMs = this.#clock.now() - this.#phaseSince;
		const head = `${SPINNER[this.#frame % SPINNER.length]} ${words}`;
		const measured = isMeasured(progress.phase, this.#look);
		if (!measured || progress.percent === undefined) {
			const rest = measured ? sizes(progress, this.#look) : elapsedMs >= 3000 ? formatDuration(Math.floor(elapsedMs / 1000) * 1000) : '';
			const text = fit(rest === '' ? head : `${head}  ${rest}`, width);
			return progress.phase === 'waiting-for-passcode' ? this.#style.yellow(text) : text;
		}
		const remainingMs = this.#remaining.next(this.#clock.now(), progress.percent);
		const percent = `${String(Math.floor(progress.percent)).padStart(3)} %`;
		const details = [sizes(progress, this.#look), remainingMs === undefined ? '' : formatRemaining(remainingMs)].filter(
			(text) => text !== '',
		);
		let tail = [percent, ...details].join('  ');
		while (details.length > 0 && textWidth(head) + textWidth(tail) + 14 > width) {
			details.pop();
			tail = [percent, ...details].join('  ');
		}
		const room = Math.min(WIDEST_BAR, width - textWidth(head) - textWidth(tail) - 4);
		return room < 6 ? fit(`${head} ${tail}`, width) : `${head}  ${this.#bar(progress.percent, room)}  ${tail}`;
	}

	#bar(percent: number, width: number): string {
		const full = Math.floor((percent / 100) * width);
		return this.#style.cyan('█'.repeat(full)) + this.#style.dim('░'.repeat(width - full));
	}
}

function sizes(progress: JobProgress, look: JobLook): string {
	if (progress.expectedBytes !== undefined && progress.transferredBytes > 0) {
		return formatPart(progress.transferredBytes, progress.expectedBytes, look.measured !== undefined);
	}
	return [
		progress.transferredBytes > 0 ? formatBytes(progress.transferredBytes) : '',
		progress.transferredFiles > 0 ? formatCount(progress.transferredFiles, 'file') : '',
	]
		.filter((text) => text !== '')
		.join(', ');
}
