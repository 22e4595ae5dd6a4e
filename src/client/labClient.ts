import type * as vscode from 'vscode';
import { Disposable, Emitter, errorText, type Event } from '../base/index.ts';
import type {
	ErrorReport,
	JobInfo,
	LabEvent,
	LabMethod,
	LabNotifications,
	LabParams,
	LabResult,
	ServerOptions,
} from '../contract/index.ts';
import { LabFailure, toLabFailure } from './labFailure.ts';
import type { LanguageSide } from './languageSide.ts';
import type { LaunchServer, ServerLink } from './serverLink.ts';

/** `stopped`: not needed yet. `failed`: it ended too often; only `restart` tries again. */
export type ClientState = 'stopped' | 'starting' | 'running' | 'failed';

/** What a client is made of. */
export interface LabClientOptions {
	/** The file that is run as the engine: `dist/server.js`. */
	readonly serverFile: string;
	readonly log: vscode.LogOutputChannel;
	/** Asked at each start. */
	readOptions(): ServerOptions;
	/** What language features ask of the editor; without it there are none. */
	readonly language?: LanguageSide;
	/** Starts the process; the real one unless a test says otherwise. */
	readonly launch?: LaunchServer;
	/** Milliseconds since 1970; the system's unless a test says otherwise. */
	readonly now?: () => number;
}

/** An engine that ends this often within this time is not started again by itself. */
const MAX_ENDS = 4;
const ENDS_WITHIN_MS = 3 * 60_000;

const STOPPED: ErrorReport = {
	code: 'ENGINE_STOPPED',
	message: 'The engine ended before it had answered.',
	details: {},
};

/** The same of an engine that is not started again by itself. */
const GAVE_UP: ErrorReport = { ...STOPPED, message: 'The engine is not running.', details: { gaveUp: true } };

/**
 * The engine's process as the editor uses it: started by the first request, started again when it ends by mistake, a bounded number of times.
 * When it ends, every request that waits rejects with the same LabFailure `ENGINE_STOPPED` (with `details.gaveUp` when it is not started again), and jobs that ran are told as interrupted.
 */
export class LabClient extends Disposable {
	readonly #options: LabClientOptions;
	readonly #changes = this.register(new Emitter<ClientState>());
	readonly #emitters = new Map<LabEvent, Emitter<unknown>>();
	readonly #waiting = new Set<(failure: LabFailure) => void>();
	#state: ClientState = 'stopped';
	#link: Promise<ServerLink> | undefined;
	/** While the engine is being ended on purpose: whoever needs it waits for the next one. */
	#stopping: Promise<void> | undefined;
	#jobs: readonly JobInfo[] = [];
	/** When the process ended by mistake, latest last. */
	#ends: number[] = [];
	/** The options that the running engine was started with. */
	#applied = '';
	#optionsChanged = false;

	readonly onDidChangeState: Event<ClientState> = this.#changes.event;

	constructor(options: LabClientOptions) {
		super();
		this.#options = options;
	}

	get state(): ClientState {
		return this.#state;
	}

	/** Asks the engine; starts it when it does not run. @throws LabFailure; `vscode.CancellationError` when the token was cancelled. */
	async request<M extends LabMethod>(method: M, params: LabParams<M>, token?: vscode.CancellationToken): Promise<LabResult<M>> {
		// Whoever still waits for a process to start is told by that start.
		const link = await this.#running();
		return (await this.#whileRunning(link.request(method, params, token))) as LabResult<M>;
	}

	/** Listens to what the engine tells. Does not start it. */
	on<E extends LabEvent>(event: E, listener: (value: LabNotifications[E]) => void): { dispose(): void } {
		let emitter = this.#emitters.get(event);
		if (emitter === undefined) {
			emitter = this.register(new Emitter<unknown>());
			this.#emitters.set(event, emitter);
		}
		return emitter.event((value) => listener(value as LabNotifications[E]));
	}

	/** Ends the engine, if it runs, and starts it with the options of now. Jobs that run are cancelled. @throws LabFailure - it does not start. */
	async restart(): Promise<void> {
		this.#ends = [];
		await this.stop();
		await this.#running();
	}

	/** Settings may have changed: an engine that runs with others is started again, as soon as no job runs. */
	applyOptions(): void {
		this.#optionsChanged = this.#link !== undefined && this.#applied !== JSON.stringify(this.#options.readOptions());
		this.#restartWhenIdle();
	}

	/** Ends the engine; resolves when its jobs have ended in order, or can do so without this editor. */
	stop(): Promise<void> {
		this.#stopping ??= this.#stop().finally(() => (this.#stopping = undefined));
		return this.#stopping;
	}

	override dispose(): void {
		super.dispose();
		void this.stop();
	}

	async #running(): Promise<ServerLink> {
		await this.#stopping;
		if (this.isDisposed || this.#state === 'failed') {
			throw new LabFailure(this.#state === 'failed' ? GAVE_UP : STOPPED);
		}
		this.#link ??= this.#launch();
		return this.#link;
	}

	#launch(): Promise<ServerLink> {
		this.#setState('starting');
		const options = this.#options.readOptions();
		this.#applied = JSON.stringify(options);
		const { serverFile, log, language } = this.#options;
		const launched = this.#launcher().then((launch) =>
			launch({
				serverFile,
				log,
				options,
				language,
				onNotification: (event, value) => {
					if (this.#link === launched) {
						this.#notified(event, value);
					}
				},
			}).catch((error: unknown) => {
				throw toLabFailure(error);
			}),
		);
		launched.then(
			(link) => {
				if (this.#link === launched) {
					this.#setState('running');
				}
				return link.ended.then((cause) => this.#ended(launched, cause, new LabFailure(STOPPED)));
			},
			(error: unknown) => {
				const text = errorText(error);
				this.#ended(launched, text, error instanceof LabFailure ? error : new LabFailure({ ...STOPPED, message: text }, error));
			},
		);
		return launched;
	}

	/** The language client is large; it is loaded with the first start. */
	async #launcher(): Promise<LaunchServer> {
		return this.#options.launch ?? (await import('./launchServer.ts')).launchServer;
	}

	/** The process is gone. When nobody had it stopped it is started again, unless that happened too often. */
	#ended(link: Promise<ServerLink>, cause: string, failure: LabFailure): void {
		if (this.#link !== link || this.#stopping !== undefined) {
			return;
		}
		const { log, now = Date.now } = this.#options;
		const at = now();
		this.#ends = [...this.#ends.filter((end) => at - end < ENDS_WITHIN_MS), at];
		this.#link = undefined;
		if (this.#ends.length < MAX_ENDS) {
			log.warn(`The engine ended: ${cause} It is started again.`);
			this.#interrupt(failure);
			this.#running().catch(() => {
				// Told where it ended, and to all who ask.
			});
		} else {
			log.error(`The engine ended ${this.#ends.length} times within ${ENDS_WITHIN_MS / 60_000} minutes: ${cause} It is not started again.`);
			this.#setState('failed');
			this.#interrupt(failure.code === 'ENGINE_STOPPED' ? new LabFailure(GAVE_UP, failure) : failure);
		}
	}

	async #stop(): Promise<void> {
		try {
			// What it tells while it ends its jobs still counts.
			await (await this.#link)?.stop();
		} catch {
			// It did not start: whoever waits for it is told there.
		}
		this.#link = undefined;
		this.#setState('stopped');
		this.#interrupt(new LabFailure(STOPPED));
	}

	/** Ends all that depended on the process. */
	#interrupt(failure: LabFailure): void {
		for (const reject of [...this.#waiting]) {
			reject(failure);
		}
		const jobs = this.#jobs;
		this.#jobs = [];
		for (const job of jobs) {
			this.#emitters
				.get('jobs/didEnd')
				?.fire({ job, outcome: 'interrupted', error: failure.code === 'ENGINE_STOPPED' ? failure.report : STOPPED });
		}
		if (jobs.length > 0) {
			this.#emitters.get('jobs/didChange')?.fire([]);
		}
	}

	/** Rejects when the process ends before it has answered. */
	#whileRunning<T>(answer: Promise<T>): Promise<T> {
		return new Promise((resolve, reject) => {
			this.#waiting.add(reject);
			answer.finally(() => this.#waiting.delete(reject)).then(resolve, (error: unknown) => reject(toLabFailure(error)));
		});
	}

	#notified<E extends LabEvent>(event: E, value: LabNotifications[E]): void {
		if (event === 'jobs/didChange') {
			this.#jobs = value as readonly JobInfo[];
		}
		this.#emitters.get(event)?.fire(value);
		if (event === 'jobs/didChange') {
			this.#restartWhenIdle();
		}
	}

	#restartWhenIdle(): void {
		if (this.#optionsChanged && this.#jobs.length === 0) {
			this.#optionsChanged = false;
			this.restart().catch((error: unknown) => this.#options.log.error(`The engine did not start: ${errorText(error)}`));
		}
	}

	#setState(state: ClientState): void {
		if (this.#state !== state) {
			this.#state = state;
			this.#changes.fire(state);
		}
	}
}
