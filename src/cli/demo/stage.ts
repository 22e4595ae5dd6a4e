import { EXIT } from '../exitCodes.ts';
import type { CliIo, OutputPort } from '../io.ts';
import type { RunNested } from '../program.ts';
import { shellWord } from '../facts.ts';
import type { Session } from '../session.ts';
import type { Proof } from './demo.ts';

/** One command of the demo, with a heading. */
export interface DemoStep {
	readonly title: string;
	readonly text?: string;
	readonly argv: readonly string[];
}

/** Shows the demo's steps and runs their commands, so that they print what they would print for anybody. With `--json` only the outcome is told. */
export class DemoStage {
	readonly #session: Session;
	readonly #runNested: RunNested;
	readonly #commands: { command: string; exitCode: number; durationMs: number }[] = [];
	#io: CliIo;
	#number = 0;

	constructor(session: Session, runNested: RunNested) {
		this.#session = session;
		this.#runNested = runNested;
		this.#io = session.io;
	}

	/** Makes the commands talk to the lab and use a store of their own, as the variables would in a shell. */
	useLab(address: string, storeFolder: string): void {
		const variables = { USBMUXD_SOCKET_ADDRESS: address, DEVICELAB_STORE: storeFolder };
		this.#io = { ...this.#session.io, environment: { ...this.#session.io.environment, ...variables, DEVICELAB_PASSWORD: undefined } };
		this.#say(...Object.entries(variables).map(([name, value]) => this.#session.style.dim(`$ export ${name}=${value}`)));
	}

	title(title: string, text: string): void {
		const { style } = this.#session;
		this.#say('', style.bold(title), text, '');
	}

	/** The heading of a step and its command, as typed. */
	heading(step: DemoStep): void {
		const { style } = this.#session;
		this.#number++;
		this.#say(
			'',
			`${style.cyan(style.bold(`${this.#number}  ${step.title}`))}${step.text === undefined ? '' : `  ${style.dim(step.text)}`}`,
		);
		this.#say(style.dim(`$ ${commandLine(step.argv)}`));
	}

	/** Runs a step. @returns whether it went well */
	async play(step: DemoStep): Promise<boolean> {
		this.heading(step);
		const isSilent = this.#session.options.json;
		return this.#run(step.argv, isSilent ? silenced(this.#io) : this.#io);
	}

	/** Runs a command unseen. @returns the last line that it printed; undefined when it failed */
	async capture(argv: readonly string[]): Promise<string | undefined> {
		let printed = '';
		const out: OutputPort = { isTty: false, columns: () => 80, write: (text) => void (printed += text) };
		return (await this.#run(argv, { ...this.#io, out })) ? printed.trimEnd().split('\n').at(-1) : undefined;
	}

	/** What was proved, as the digests that prove it. */
	prove(proof: Proof): void {
		const { style } = this.#session;
		const same = style.green(proof.backedUp);
		this.#say(
			`  when it was taken      ${same}`,
			`  after the test run     ${style.yellow(proof.changed)}`,
			`  rolled back            ${proof.verified ? same : style.red(proof.restored)}`,
		);
	}

	/** The outcome, for people or as a document. */
	finish(proof: Proof, duration: string, durationMs: number): void {
		const { style } = this.#session;
		const lines = [
			'',
			proof.verified
				? `${style.green('✓')} ${style.bold('The phone was exactly what it had been.')} The whole round took ${duration}.`
				: `${style.red('✗')} ${style.bold('The phone is not what it was.')} This is a fault of the program; please report it.`,
			'',
			'Next:',
			'  devicelab devices --help       your own iPhone: plug it in and unlock it; devicelab doctor says what is missing',
			'  devicelab virtual start --help virtual iPhones to try things on',
		];
		const document = {
			demo: {
				verified: proof.verified,
				fingerprints: { backedUp: proof.backedUp, changed: proof.changed, restored: proof.restored },
				steps: this.#commands,
				durationMs,
			},
		};
		this.#session.result(document, lines);
	}

	async #run(argv: readonly string[], io: CliIo): Promise<boolean> {
		this.#session.signal.throwIfAborted();
		const startedAt = this.#io.clock.now();
		const { options } = this.#session;
		const global = [
			...(options.color ? [] : ['--no-color']),
			...(options.quiet || options.json ? ['--quiet'] : []),
			...(options.progress === 'json' ? ['--progress', 'json'] : []),
		];
		// The command hears of Ctrl-C itself, and the demo stops when it has.
		const exitCode = await this.#runNested([...global, ...argv], io);
		this.#commands.push({ command: commandLine(argv), exitCode, durationMs: this.#io.clock.now() - startedAt });
		this.#session.signal.throwIfAborted();
		return exitCode === EXIT.done;
	}

	#say(...lines: string[]): void {
		if (!this.#session.options.json) {
			this.#session.io.out.write(lines.map((line) => `${line}\n`).join(''));
		}
	}
}

function commandLine(argv: readonly string[]): string {
	return ['devicelab', ...argv].map(shellWord).join(' ');
}

function silenced(io: CliIo): CliIo {
	return { ...io, out: { isTty: false, columns: () => 80, write() {} } };
}
