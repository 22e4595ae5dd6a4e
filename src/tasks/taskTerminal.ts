import * as vscode from 'vscode';
import { runTask } from './runTask.ts';
import { TerminalOutput } from './terminalOutput.ts';
import type { TaskWorld } from './world.ts';

const CTRL_C = '\u0003';

/**
 * The terminal in which a task runs. Closing it, *Terminate Task* and Ctrl-C cancel the job, which leaves everything in order before it ends;
 * after Ctrl-C the terminal stays until then.
 */
export class TaskTerminal implements vscode.Pseudoterminal {
	readonly #definition: Readonly<Record<string, unknown>>;
	readonly #world: TaskWorld;
	readonly #folder: vscode.WorkspaceFolder | undefined;
	readonly #writes = new vscode.EventEmitter<string>();
	readonly #ends = new vscode.EventEmitter<number>();
	readonly #cancellation = new vscode.CancellationTokenSource();
	readonly #output = new TerminalOutput((text) => this.#writes.fire(text));

	readonly onDidWrite = this.#writes.event;
	readonly onDidClose = this.#ends.event;

	/** @param folder - where the paths of the task begin. */
	constructor(definition: Readonly<Record<string, unknown>>, world: TaskWorld, folder?: vscode.WorkspaceFolder) {
		this.#definition = definition;
		this.#world = world;
		this.#folder = folder;
	}

	open(dimensions: vscode.TerminalDimensions | undefined): void {
		this.#measure(dimensions);
		void this.#run();
	}

	setDimensions(dimensions: vscode.TerminalDimensions): void {
		this.#measure(dimensions);
	}

	handleInput(data: string): void {
		if (data === CTRL_C && !this.#cancellation.token.isCancellationRequested) {
			this.#output.line(vscode.l10n.t('Cancelling…'));
			this.#cancellation.cancel();
		}
	}

	close(): void {
		this.#cancellation.cancel();
	}

	async #run(): Promise<void> {
		const code = await runTask(this.#definition, this.#world, this.#output, this.#cancellation.token, this.#folder);
		this.#ends.fire(code);
		this.#cancellation.dispose();
		this.#ends.dispose();
		this.#writes.dispose();
	}

	#measure(dimensions: vscode.TerminalDimensions | undefined): void {
		if (dimensions !== undefined) {
			this.#output.columns = dimensions.columns;
		}
	}
}
