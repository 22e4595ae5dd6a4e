import { AbortError } from '../base/index.ts';
import type { CliIo } from './io.ts';

const ENTER = /[\r\n]/;
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const CTRL_U = '\u0015';
const BACKSPACE = new Set(['\u007f', '\b']);
/** What arrow and function keys send, and the marks around pasted text: nothing that belongs into an answer. */
// eslint-disable-next-line no-control-regex
const ESCAPE_SEQUENCE = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|O.|.)?/g;

export interface PromptOptions {
	/** Do not show what is typed. */
	readonly hidden: boolean;
	readonly signal: AbortSignal;
	/** Called for Ctrl-C, which a terminal hands over as a key while single keys are read. */
	readonly interrupt: () => void;
}

/**
 * Asks for one line on the terminal (standard error) and resolves with it. The caller has made sure that there is one: nothing here ever
 * waits for an answer that cannot come.
 * @throws AbortError - Ctrl-C, Ctrl-D, or the signal.
 */
export function askLine(io: CliIo, question: string, options: PromptOptions): Promise<string> {
	return new Promise((resolve, reject) => {
		let typed: string[] = [];
		io.err.write(question);
		const keys = io.input.open((data) => {
			for (const key of data.replace(ESCAPE_SEQUENCE, '')) {
				if (ENTER.test(key)) {
					return finish(() => resolve(typed.join('')));
				}
				if (key === CTRL_C) {
					finish(() => reject(new AbortError()));
					return options.interrupt();
				}
				if (key === CTRL_D) {
					return finish(() => reject(new AbortError()));
				}
				type(key);
			}
		});
		const type = (key: string): void => {
			const erased = key === CTRL_U ? typed.length : BACKSPACE.has(key) ? Math.min(1, typed.length) : 0;
			if (erased > 0) {
				typed = typed.slice(0, -erased);
				if (!options.hidden) {
					io.err.write('\b \b'.repeat(erased));
				}
			} else if (key >= ' ' && key !== '\u007f') {
				typed.push(key);
				if (!options.hidden) {
					io.err.write(key);
				}
			}
		};
		const onAbort = (): void => finish(() => reject(new AbortError()));
		const finish = (settle: () => void): void => {
			keys.dispose();
			options.signal.removeEventListener('abort', onAbort);
			io.err.write('\n');
			settle();
		};
		if (options.signal.aborted) {
			onAbort();
		} else {
			options.signal.addEventListener('abort', onAbort, { once: true });
		}
	});
}
