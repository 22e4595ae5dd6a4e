import { errorText, silentLogger, type Logger } from '../base/index.ts';
import type { JobNotice } from '../contract/index.ts';
import { storeFolderOf, type Engine, type JobRun } from '../engine/index.ts';
import { Cancellation } from './cancellation.ts';
import { wrongUse } from './errors.ts';
import { showable, toJson } from './escape.ts';
import type { CliIo } from './io.ts';
import type { GlobalOptions } from './options.ts';
import { BarView } from './progress/bar.ts';
import { JsonView, LinesView } from './progress/lines.ts';
import { quietView, type JobLook, type ProgressView } from './progress/view.ts';
import type { Operation } from './facts.ts';
import { styleFor, type Style } from './style.ts';
import { keepYoungGenerationSmall } from './youngGeneration.ts';

/** What commands ask of the engine; tests give their own. */
export type EngineApi = Pick<
	Engine,
	| 'listDevices'
	| 'watchDevices'
	| 'device'
	| 'pair'
	| 'unpair'
	| 'backUp'
	| 'preflightRestore'
	| 'restore'
	| 'encryptionStatus'
	| 'changeEncryption'
	| 'cloudBackupStatus'
	| 'setCloudBackup'
	| 'takeSnapshot'
	| 'planRollback'
	| 'rollBack'
	| 'dispose'
> & {
	readonly apps: Pick<
		Engine['apps'],
		| 'list'
		| 'snapshot'
		| 'planRollback'
		| 'rollBack'
		| 'install'
		| 'uninstall'
		| 'planState'
		| 'ensureState'
		| 'diff'
		| 'exportData'
		| 'importData'
	>;
	readonly library: Pick<
		Engine['library'],
		| 'folder'
		| 'list'
		| 'ofDevice'
		| 'show'
		| 'rename'
		| 'setNote'
		| 'setPinned'
		| 'delete'
		| 'diff'
		| 'exportTo'
		| 'importFrom'
		| 'findLocalBackups'
		| 'verify'
		| 'repair'
		| 'prune'
		| 'previewRetention'
		| 'applyRetention'
	>;
	readonly contents: Pick<
		Engine['contents'],
		'coverage' | 'storage' | 'list' | 'item' | 'find' | 'read' | 'readAsText' | 'extract' | 'health' | 'diffRows' | 'checkPassword'
	>;
};

/** Makes an engine that uses the given muxers (none: those of the environment) and the snapshots in the given folder. */
export type EngineFactory = (options: {
	muxers: readonly string[];
	storeFolder: string;
	environment: CliIo['environment'];
	log: Logger;
	clock: CliIo['clock'];
}) => EngineApi;

/** One run of one command: where its output goes, how it is cancelled, and its engine. */
export class Session {
	readonly io: CliIo;
	readonly options: GlobalOptions;
	/** Colours of standard output. */
	readonly style: Style;
	/** Colours of standard error. */
	readonly errorStyle: Style;
	/** What it is about, for the sentences of a failure. */
	operation: Operation = 'look';
	/** The device as the user calls it. */
	device: string | undefined;
	folder: string | undefined;
	/** The names of the lab file that were given, by the device that each was taken for. */
	friendlyNames: ReadonlyMap<string, string> = new Map();
	/** A job has begun. */
	begun = false;
	/** Ctrl-C is the expected end of this command: nothing is said about it. */
	endsByInterrupt = false;
	readonly #cancellation: Cancellation;
	readonly #createEngine: EngineFactory;
	#engine: EngineApi | undefined;
	#view: ProgressView | undefined;

	constructor(io: CliIo, options: GlobalOptions, createEngine: EngineFactory) {
		this.io = io;
		this.options = options;
		this.style = styleFor(io.out, io.environment, options.color);
		this.errorStyle = styleFor(io.err, io.environment, options.color);
		this.#createEngine = createEngine;
		this.#cancellation = new Cancellation(io, () => {
			if (!this.endsByInterrupt) {
				this.#say('Cancelling… (once more to stop hard)');
			}
		});
	}

	/** Details of what is done, on standard error with `--verbose`. */
	get log(): Logger {
		return this.options.verbose ? this.#logger() : silentLogger;
	}

	/** Aborted when the user wants the command to stop. */
	get signal(): AbortSignal {
		return this.#cancellation.signal;
	}

	/** Cancels the command as Ctrl-C does. */
	interrupt(): void {
		this.#cancellation.interrupt();
	}

	/** Whether somebody is there to answer. */
	get canAsk(): boolean {
		return this.io.input.isTty && this.io.err.isTty;
	}

	/** The engine, made when it is first asked for. */
	get engine(): EngineApi {
		return this.engineFor(this.options.usbmux);
	}

	/** The engine for other muxers, or another store, than the options name; the first one that is made stays. */
	engineFor(muxers: readonly string[], store = this.options.store): EngineApi {
		try {
			const { environment, clock } = this.io;
			const storeFolder = storeFolderOf(store, environment);
			this.#engine ??= this.#createEngine({ muxers, storeFolder, environment, log: this.log, clock });
		} catch (error) {
			// Nothing has been asked of anybody yet: an address cannot be read.
			throw wrongUse(errorText(error));
		}
		return this.#engine;
	}

	/** The command's result: the document with `--json`, else the lines for people. */
	result(document: Record<string, unknown>, lines: readonly string[]): void {
		if (this.options.json) {
			this.io.out.write(`${toJson({ schemaVersion: 1, ...document }, this.io.out.isTty)}\n`);
		} else {
			this.io.out.write(lines.map((line) => `${line}\n`).join(''));
		}
	}

	/** A remark on standard error; none with `--quiet`. */
	note(line: string): void {
		if (!this.options.quiet) {
			this.#say(line);
		}
	}

	/** Something to know on standard error, also with `--quiet`. */
	warn(line: string): void {
		this.#say(this.errorStyle.yellow(line));
	}

	/**
	 * Runs a job of the engine with its progress on standard error.
	 * @param look - what its phases and percentages are called and about.
	 */
	async job<T>(work: (run: JobRun) => Promise<T>, look: JobLook = {}): Promise<T> {
		keepYoungGenerationSmall();
		const view = this.#createView(look);
		this.#view = view;
		this.begun = true;
		try {
			return await work({
				signal: this.signal,
				onProgress: (progress) => view.update(progress),
				onNotice: (notice) => view.notice(this.#named(notice)),
			});
		} finally {
			view.end();
			this.#view = undefined;
		}
	}

	/** Ends what a job still shows, before something else is said. */
	endJob(): void {
		this.#view?.end();
		this.#view = undefined;
	}

	/** Releases the engine and stops listening to signals. */
	dispose(): void {
		this.endJob();
		this.#engine?.dispose();
		this.#cancellation.dispose();
	}

	/** A person with several phones at hand must know which one waits. */
	#named(notice: JobNotice): JobNotice {
		const { device } = this;
		return notice.code === 'PASSCODE_NEEDED' && device !== undefined
			? { ...notice, message: `Enter the passcode on “${device}” now.` }
			: notice;
	}

	#say(line: string): void {
		if (this.#view !== undefined) {
			this.#view.note(line);
		} else if (this.options.progress === 'json') {
			this.io.err.write(`${toJson({ schemaVersion: 1, type: 'note', message: line })}\n`);
		} else {
			this.io.err.write(`${line}\n`);
		}
	}

	#createView(look: JobLook): ProgressView {
		const write = (line: string): void => this.io.err.write(`${line}\n`);
		if (this.options.progress === 'json') {
			return new JsonView(write, this.io.clock);
		}
		if (this.options.quiet) {
			return quietView((line) => write(showable(line)));
		}
		return this.io.err.isTty && this.io.environment['TERM'] !== 'dumb'
			? new BarView(this.io.err, this.io.clock, this.errorStyle, look)
			: new LinesView(write, this.io.clock, look);
	}

	#logger(): Logger {
		const write =
			(level: string) =>
			(message: string): void =>
				this.#say(this.errorStyle.dim(`[${level}] ${showable(message)}`));
		return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
	}
}
