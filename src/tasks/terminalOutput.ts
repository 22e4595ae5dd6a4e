import { inline } from '../views/index.ts';
import type { TaskOutput } from './runTask.ts';
import type { TaskReport } from './world.ts';

/** A terminal that nobody has measured yet. */
const DEFAULT_COLUMNS = 80;
const CLEAR_LINE = '\r\u001b[K';
const MAX_LINE = 2000;

/**
 * Lines that stay, and below them one that is written over and over. Text from outside shows itself only: what a terminal would obey is taken
 * out of it.
 */
export class TerminalOutput implements TaskOutput {
	readonly #write: (text: string) => void;
	readonly #progress = new Map<string, string>();
	#columns = DEFAULT_COLUMNS;
	#shown = '';

	constructor(write: (text: string) => void) {
		this.#write = write;
	}

	/** Of the terminal; a progress line that would break into two could not be written over. */
	set columns(columns: number) {
		this.#columns = columns;
	}

	line(text: string): void {
		this.#line(text);
	}

	progress(text: string | undefined): void {
		this.#setProgress('', text);
	}

	of(device: string): TaskReport {
		const name = inline(device);
		return {
			line: (text) => this.#line(`${name}: ${text}`),
			progress: (text) => this.#setProgress(device, text === undefined ? undefined : `${name}: ${text}`),
		};
	}

	#line(text: string): void {
		const indent = /^ */.exec(text)?.[0] ?? '';
		this.#write(`${this.#shown === '' ? '' : CLEAR_LINE}${indent}${inline(text, MAX_LINE)}\r\n${this.#shown}`);
	}

	#setProgress(device: string, text: string | undefined): void {
		if (text === undefined) {
			this.#progress.delete(device);
		} else {
			this.#progress.set(device, inline(text));
		}
		const all = [...this.#progress.values()].join(' | ');
		const shown = all === '' ? '' : `  ${all}`.slice(0, Math.max(1, this.#columns - 1));
		if (shown !== this.#shown) {
			this.#shown = shown;
			this.#write(`${CLEAR_LINE}${shown}`);
		}
	}
}
