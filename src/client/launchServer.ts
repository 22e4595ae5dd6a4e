import { fork, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import * as vscode from 'vscode';
import {
	CloseAction,
	ErrorAction,
	IPCMessageReader,
	IPCMessageWriter,
	LanguageClient,
	LSPErrorCodes,
	ResponseError,
	RevealOutputChannelOn,
	type InitializeParams,
	type LanguageClientOptions,
	type MessageTransports,
} from 'vscode-languageclient/node';
import { errorText } from '../base/index.ts';
import { EDITOR_FACTS_CHANGED, isErrorReport, LAB_DOCUMENT_PATTERN, type ErrorReport, type LabEvent } from '../contract/index.ts';
import type { LaunchOptions, LaunchServer, ServerLink } from './serverLink.ts';

/** So long the engine may take to end its jobs while this editor waits; after that it goes on alone until they have ended. */
const STOP_WITHIN_MS = 4000;

const EVENTS: Readonly<Record<LabEvent, true>> = {
	'devices/didChange': true,
	'snapshots/didChange': true,
	'jobs/didChange': true,
	'jobs/didEnd': true,
	'store/didChangeLeases': true,
	'automatic/didChange': true,
};

/** Its heap's part for new objects, which would grow to 48 MiB in each thread for nothing: see src/cli/youngGeneration.ts. */
const YOUNG_GENERATION = ['--max-semi-space-size=4'];

/**
 * Starts `dist/server.js` under the editor's own Node, as a language server over the channel between parent and child. The process ends by
 * itself when the channel closes, after its jobs have ended in order; nothing here kills it.
 */
export const launchServer: LaunchServer = async (launch) => {
	const child = fork(launch.serverFile, ['--node-ipc'], {
		env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', ELECTRON_NO_ASAR: '1' },
		execArgv: YOUNG_GENERATION,
		silent: true,
	});
	const ended = new Promise<string>((resolve) => {
		child.once('error', (error) => resolve(`${errorText(error)}.`));
		child.once('exit', (code, signal) =>
			resolve(signal === null ? `its process ended with code ${code}.` : `its process was ended by ${signal}.`),
		);
	});
	logLines(child.stdout, (line) => launch.log.debug(line));
	logLines(child.stderr, (line) => launch.log.warn(line));
	const client = new EngineLanguageClient(child, launch, ended);
	for (const event of Object.keys(EVENTS) as LabEvent[]) {
		client.onNotification(event, (value) => launch.onNotification(event, value as never));
	}
	answerLanguage(client, launch, ended);
	const failedToStart = ended.then((cause) => {
		throw new LinkError({ code: 'ENGINE_STOPPED', message: `The engine did not start: ${cause}`, details: {} });
	});
	try {
		await Promise.race([client.start(), failedToStart]);
	} catch (error) {
		disconnect(child);
		throw toFailure(error);
	}
	return new ProcessLink(client, child, ended);
};

/** A failure with its report. This file is a bundle of its own, whose classes nobody else knows: who asks makes a LabFailure of it. */
class LinkError extends Error {
	readonly report: ErrorReport;

	constructor(report: ErrorReport, cause?: unknown) {
		super(report.message, { cause });
		this.report = report;
	}
}

class ProcessLink implements ServerLink {
	readonly ended: Promise<string>;
	readonly #client: LanguageClient;
	readonly #child: ChildProcess;

	constructor(client: LanguageClient, child: ChildProcess, ended: Promise<string>) {
		this.#client = client;
		this.#child = child;
		this.ended = ended;
	}

	async request(method: string, params: unknown, token?: vscode.CancellationToken): Promise<unknown> {
		try {
			return await (token === undefined ? this.#client.sendRequest(method, params) : this.#client.sendRequest(method, params, token));
		} catch (error) {
			throw toFailure(error);
		}
	}

	async stop(): Promise<void> {
		try {
			await this.#client.dispose(STOP_WITHIN_MS);
		} catch {
			// It still ends its jobs, or is gone already; closing the channel lets it end by itself.
		}
		disconnect(this.#child);
	}
}

/** The language client of the engine. It restarts nothing and shows nothing: LabClient and the views do. */
class EngineLanguageClient extends LanguageClient {
	constructor(child: ChildProcess, { log, options, language }: LaunchOptions, ended: Promise<string>) {
		const transports: MessageTransports = { reader: new IPCMessageReader(child), writer: new IPCMessageWriter(child) };
		super('deviceLab', 'iOS Device Lab', async () => transports, {
			initializationOptions: { ...options, ...(vscode.l10n.bundle === undefined ? {} : { texts: vscode.l10n.bundle }) },
			...(language === undefined ? {} : languageOptions(ended)),
			outputChannel: log,
			// A trace would show parameters, and some are passwords: there is none.
			traceOutputChannel: withoutTrace(log),
			revealOutputChannelOn: RevealOutputChannelOn.Never,
			initializationFailedHandler: () => false,
			errorHandler: {
				error: () => ({ action: ErrorAction.Continue, handled: true }),
				closed: () => ({ action: CloseAction.DoNotRestart, handled: true, message: 'The channel to the engine is closed.' }),
			},
		});
	}

	/** The server would look for this process and end at once when it is gone; it is to see the channel close, and end its jobs in order. */
	protected override fillInitializeParams(params: InitializeParams): void {
		super.fillInitializeParams(params);
		params.processId = null;
	}
}

/** The documents that the engine is told of. Those of other schemes are shown for comparison, and nobody writes in them. */
function languageOptions(ended: Promise<string>): LanguageClientOptions {
	const fileEvents = vscode.workspace.createFileSystemWatcher(LAB_DOCUMENT_PATTERN);
	void ended.then(() => void fileEvents.dispose());
	return {
		documentSelector: ['file', 'vscode-remote', 'vscode-vfs'].map((scheme) => ({ scheme, pattern: LAB_DOCUMENT_PATTERN })),
		synchronize: { fileEvents },
	};
}

/** Has the language features of the engine answered, as long as its process lives. */
function answerLanguage(client: LanguageClient, { language }: LaunchOptions, ended: Promise<string>): void {
	if (language !== undefined) {
		for (const [method, answer] of Object.entries(language.answers)) {
			client.onRequest(method, (params: unknown): Promise<unknown> => answer(params as never));
		}
		const listening = language.onDidChange(() => {
			// An engine that is ending needs to know no more.
			client.sendNotification(EDITOR_FACTS_CHANGED).catch(() => {});
		});
		void ended.then(() => listening.dispose());
	}
}

function withoutTrace(log: vscode.LogOutputChannel): vscode.LogOutputChannel {
	return new Proxy(log, {
		get: (target, key) => {
			if (key === 'logLevel') {
				return vscode.LogLevel.Info;
			}
			if (key === 'onDidChangeLogLevel') {
				return () => ({ dispose() {} });
			}
			const value: unknown = Reflect.get(target, key);
			return typeof value === 'function' ? (value.bind(target) as unknown) : value;
		},
	});
}

function disconnect(child: ChildProcess): void {
	if (child.connected) {
		child.disconnect();
	}
}

function logLines(stream: Readable | null, write: (line: string) => void): void {
	if (stream !== null) {
		createInterface({ input: stream }).on('line', write);
	}
}

function toFailure(error: unknown): Error {
	if (error instanceof LinkError) {
		return error;
	}
	if (error instanceof ResponseError) {
		if (error.code === LSPErrorCodes.RequestCancelled || error.code === LSPErrorCodes.ServerCancelled) {
			return new vscode.CancellationError();
		}
		if (isErrorReport(error.data)) {
			return new LinkError(error.data, error);
		}
	}
	return new LinkError({ code: 'INTERNAL', message: errorText(error), details: {} }, error);
}
