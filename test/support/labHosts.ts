import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import {
	CancellationTokenSource,
	createProtocolConnection,
	IPCMessageReader,
	IPCMessageWriter,
	LSPErrorCodes,
	ResponseError,
	type ProtocolConnection,
} from 'vscode-languageserver/node';
import { AbortError, isAbortError } from '../../src/base/index.ts';
import {
	isErrorReport,
	type ErrorReport,
	type LabEvent,
	type LabMethod,
	type LabNotifications,
	type LabParams,
	type LabResult,
} from '../../src/contract/index.ts';
import { Engine, reportError, systemClock } from '../../src/engine/index.ts';
import { ConnectionLog } from '../../src/server/connectionLog.ts';
import { LabService } from '../../src/server/labService.ts';

/** What an engine that is asked through `LabRequests` is made of. */
export interface HostOptions {
	readonly muxer: string;
	readonly storeFolder: string;
}

/** The engine as the editor asks it, whatever it runs in. Failures reject with HostFailure, cancelled requests with AbortError. */
export interface LabHost {
	/** Every notification, oldest first. */
	readonly told: readonly { readonly event: LabEvent; readonly value: unknown }[];
	/** All that was logged. */
	readonly log: readonly string[];
	request<M extends LabMethod>(method: M, params: LabParams<M>, signal?: AbortSignal): Promise<LabResult<M>>;
	on<E extends LabEvent>(event: E, listener: (value: LabNotifications[E]) => void): void;
	/** Ends it in order. */
	stop(): Promise<void>;
}

export class HostFailure extends Error {
	readonly report: ErrorReport;

	constructor(report: ErrorReport) {
		super(`${report.code}: ${report.message}`);
		this.report = report;
	}
}

export const serverFile = path.resolve(import.meta.dirname, '../../dist/server.js');

const EVENTS: readonly LabEvent[] = [
	'devices/didChange',
	'snapshots/didChange',
	'jobs/didChange',
	'jobs/didEnd',
	'store/didChangeLeases',
	'automatic/didChange',
];

class Told {
	readonly told: { event: LabEvent; value: unknown }[] = [];
	readonly log: string[] = [];
	readonly #listeners: { event: LabEvent; listener: (value: never) => void }[] = [];

	on<E extends LabEvent>(event: E, listener: (value: LabNotifications[E]) => void): void {
		this.#listeners.push({ event, listener });
	}

	protected tell(event: LabEvent, value: unknown): void {
		this.told.push({ event, value });
		this.#listeners.filter((each) => each.event === event).forEach(({ listener }) => listener(value as never));
	}
}

/** The engine in this process. */
export class HostInProcess extends Told implements LabHost {
	readonly #engine: Engine;
	readonly #service: LabService;

	constructor({ muxer, storeFolder }: HostOptions) {
		super();
		const write = (line: string): void => void this.log.push(line);
		const log = new ConnectionLog({ debug: write, info: write, warn: write, error: write });
		const options = { storeFolder, muxers: [muxer] };
		this.#engine = new Engine({ ...options, environment: {}, clock: systemClock, log });
		this.#service = new LabService({ engine: this.#engine, options, environment: {}, clock: systemClock, log });
		this.#service.onDidTell(({ event, value }) => this.tell(event, JSON.parse(JSON.stringify(value))));
		this.#service.watch();
	}

	async request<M extends LabMethod>(method: M, params: LabParams<M>, signal = new AbortController().signal): Promise<LabResult<M>> {
		try {
			return JSON.parse(JSON.stringify(await this.#service.call(method, params, { signal }))) as LabResult<M>;
		} catch (error) {
			throw isAbortError(error) ? error : new HostFailure(reportError(error));
		}
	}

	async stop(): Promise<void> {
		await this.#service.end();
		this.#service.dispose();
		this.#engine.dispose();
	}
}

/** The engine as the editor starts it: `dist/server.js` over the channel between parent and child. */
export class HostSpawned extends Told implements LabHost {
	readonly child: ChildProcess;
	readonly connection: ProtocolConnection;
	/** What the server answered to `initialize`. */
	initialized: unknown;

	private constructor(environment: NodeJS.ProcessEnv, execArgv: string[]) {
		super();
		this.child = fork(serverFile, ['--node-ipc'], { silent: true, env: { ...process.env, ...environment }, execArgv });
		for (const stream of [this.child.stdout, this.child.stderr]) {
			stream?.on('data', (chunk: Buffer) => this.log.push(chunk.toString()));
		}
		this.connection = createProtocolConnection(new IPCMessageReader(this.child), new IPCMessageWriter(this.child));
		this.connection.onNotification('window/logMessage', ({ message }: { message: string }) => {
			this.log.push(message);
		});
		for (const event of EVENTS) {
			this.connection.onNotification(event, (value: unknown) => this.tell(event, value));
		}
		this.connection.listen();
	}

	static async start(
		{ muxer, storeFolder }: HostOptions,
		environment: NodeJS.ProcessEnv = {},
		execArgv: string[] = [],
	): Promise<HostSpawned> {
		const host = new HostSpawned(environment, execArgv);
		host.initialized = await host.connection.sendRequest('initialize', {
			processId: null,
			rootUri: null,
			capabilities: {},
			initializationOptions: { storeFolder, muxers: [muxer] },
		});
		await host.connection.sendNotification('initialized', {});
		return host;
	}

	/** Resolves with code and signal when the process has ended. */
	async ended(): Promise<[code: number | null, signal: string | null]> {
		if (this.child.exitCode === null && this.child.signalCode === null) {
			await once(this.child, 'exit');
		}
		return [this.child.exitCode, this.child.signalCode];
	}

	async request<M extends LabMethod>(method: M, params: LabParams<M>, signal?: AbortSignal): Promise<LabResult<M>> {
		const source = new CancellationTokenSource();
		signal?.addEventListener('abort', () => source.cancel());
		try {
			return await this.connection.sendRequest(method, params, source.token);
		} catch (error) {
			if (error instanceof ResponseError && error.code === LSPErrorCodes.RequestCancelled) {
				throw new AbortError();
			}
			assert.ok(error instanceof ResponseError && isErrorReport(error.data), `a failure of the lab: ${String(error)}`);
			throw new HostFailure(error.data);
		}
	}

	async stop(): Promise<void> {
		await this.connection.sendRequest('shutdown');
		await this.connection.sendNotification('exit');
		await this.ended();
		this.connection.dispose();
	}
}
