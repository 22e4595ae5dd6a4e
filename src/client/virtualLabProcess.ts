import { fork, type ChildProcess } from 'node:child_process';
import { Disposable, Emitter, errorText, type Event } from '../base/index.ts';

/** A virtual lab that is to be started. */
export interface VirtualLabOrder {
	/** How many phones; 3 when absent. */
	readonly devices?: number;
	/** Keeps the phones in this folder, and goes on with them next time; without it nothing is left behind. */
	readonly state?: string;
	/** What the phones are made from: the same ones each time, unless another is named. */
	readonly seed?: string;
	/** How full they are: `small`, `typical`, … */
	readonly profile?: string;
}

/** A virtual lab that runs. */
export interface RunningVirtualLab {
	/** Of its muxer, as people write it. */
	readonly address: string;
	readonly devices: readonly { readonly udid: string; readonly name: string }[];
}

const DEFAULT_DEVICES = 3;
const DEFAULT_SEED = 'virtual-lab';

/**
 * Virtual iPhones in a process of their own: `devicelab virtual start`, run with the editor's Node. The process follows this one: it ends when
 * the window closes, however that comes about.
 */
export class VirtualLabProcess extends Disposable {
	readonly #cliFile: string;
	readonly #changes = this.register(new Emitter<RunningVirtualLab | undefined>());
	#child: ChildProcess | undefined;
	#starting: Promise<RunningVirtualLab> | undefined;
	#lab: RunningVirtualLab | undefined;

	/** Fires with the lab that runs now; undefined when none does any more. */
	readonly onDidChange: Event<RunningVirtualLab | undefined> = this.#changes.event;

	/** @param cliFile - `dist/cli.js` */
	constructor(cliFile: string) {
		super();
		this.#cliFile = cliFile;
	}

	/** Undefined while none runs. */
	get lab(): RunningVirtualLab | undefined {
		return this.#lab;
	}

	/** Resolves when the phones can be reached; the lab that runs already, when there is one. Rejects with a sentence about why not. */
	start(order: VirtualLabOrder = {}): Promise<RunningVirtualLab> {
		this.#starting ??= this.#start(order).catch((error: unknown) => {
			this.#starting = undefined;
			throw error;
		});
		return this.#starting;
	}

	/** Resolves when the phones are gone. */
	async stop(): Promise<void> {
		const child = this.#child;
		if (child !== undefined) {
			const ended = new Promise((resolve) => child.once('exit', resolve));
			child.send({ signal: 'SIGTERM' });
			await ended;
		}
	}

	override dispose(): void {
		super.dispose();
		// A follower whose channel closes ends at once.
		this.#child?.disconnect();
	}

	async #start({ devices = DEFAULT_DEVICES, state, seed = DEFAULT_SEED, profile }: VirtualLabOrder): Promise<RunningVirtualLab> {
		const options = { devices: String(devices), state, seed, profile };
		const named = Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]));
		const child = fork(this.#cliFile, ['virtual', 'start', '--json', '--listen', '127.0.0.1:0', ...named], {
			// DEVICELAB_FOLLOWS: it takes its signals from the channel, and ends when that closes.
			env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', ELECTRON_NO_ASAR: '1', DEVICELAB_FOLLOWS: '1' },
			execArgv: [],
			silent: true,
		});
		this.#child = child;
		child.once('exit', () => {
			this.#child = undefined;
			this.#starting = undefined;
			this.#lab = undefined;
			this.#changes.fire(undefined);
		});
		const lab = await firstAnswer(child);
		this.#lab = lab;
		this.#changes.fire(lab);
		return lab;
	}
}

/** The first document that the process writes says where it listens, or why it does not. */
function firstAnswer(child: ChildProcess): Promise<RunningVirtualLab> {
	return new Promise((resolve, reject) => {
		let output = '';
		let complaints = '';
		child.stdout?.on('data', (chunk: Buffer) => {
			output += chunk.toString();
			const lab = labIn(output);
			if (lab !== undefined) {
				resolve(lab);
			}
		});
		child.stderr?.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
		child.once('error', (error) => reject(new Error(`The virtual lab did not start: ${errorText(error)}.`)));
		child.once('exit', (code) => reject(new Error(complaints.trim() || `The virtual lab ended with code ${code}.`)));
	});
}

/** Undefined while the document is not whole, or is not about a lab. */
function labIn(output: string): RunningVirtualLab | undefined {
	let document: unknown;
	try {
		document = JSON.parse(output);
	} catch {
		// The rest is still to come.
		return undefined;
	}
	const { lab } = document as { lab?: RunningVirtualLab };
	return typeof lab?.address === 'string' && Array.isArray(lab.devices) ? lab : undefined;
}
