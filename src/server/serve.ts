import type { Connection, WorkDoneProgressReporter, CancellationToken } from 'vscode-languageserver/node';
import { LSPErrorCodes, ResponseError } from 'vscode-languageserver/node';
import { AbortError, errorText, isAbortError, type Clock } from '../base/index.ts';
import { LAB_FAILURE, type ErrorReport, type JobInfo, type LabMethod } from '../contract/index.ts';
import { Engine, EngineError, ownMuxerIfThere, reportError, storeFolderOf } from '../engine/index.ts';
import { ConnectionLog } from './connectionLog.ts';
import { LanguageFeatures } from './language/languageFeatures.ts';
import { useTexts } from './language/text.ts';
import { LabService } from './labService.ts';
import { METHODS, readOptions } from './params.ts';

/** What the served engine needs of its process. */
export interface ServeOptions {
	readonly clock: Clock;
	readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The lab on a connection. */
export interface ServedLab {
	/** Stops all jobs, and resolves when they have left everything in order. */
	end(): Promise<void>;
}

const TITLES: Readonly<Record<JobInfo['kind'], string>> = {
	pair: 'Pairing',
	snapshot: 'Backing up',
	rollback: 'Rolling back',
	encryption: 'Changing encryption',
	'cloud-backup': 'Changing iCloud Backup',
	export: 'Exporting',
	import: 'Importing',
	verify: 'Verifying',
	retention: 'Cleaning up',
	prune: 'Cleaning up',
	repair: 'Repairing',
	'app-snapshot': 'Taking a snapshot of an app',
	'app-rollback': 'Rolling back an app',
	'app-import': 'Importing app data',
	install: 'Installing',
	uninstall: 'Removing an app',
	state: 'Bringing to a state',
};

/** Fields of parameters that never reach the log. */
const SECRET_FIELDS = ['password', 'oldPassword', 'newPassword'];

/**
 * Answers `LabRequests` and sends `LabNotifications` on a connection that is being set up: initializationOptions are `ServerOptions`, and the
 * engine is made of them. Options that cannot be used let every request fail with the reason.
 */
export function serveLab(connection: Connection, { clock, environment }: ServeOptions): ServedLab {
	const log = new ConnectionLog({
		debug: (message) => connection.console.debug(message),
		info: (message) => connection.console.info(message),
		warn: (message) => connection.console.warn(message),
		error: (message) => connection.console.error(message),
	});
	const language = new LanguageFeatures(connection, clock, log);
	let service: LabService | undefined;
	let fault: unknown = new EngineError('WRONG_USE', 'The connection was not initialized.');

	connection.onInitialize(async (params) => {
		try {
			service = await createService(params.initializationOptions);
			language.use(service);
			service.onDidTell(({ event, value }) => {
				connection.sendNotification(event, value).catch((error: unknown) => log.debug(`The editor could not be told: ${errorText(error)}`));
			});
		} catch (error) {
			fault = error;
			log.error(`The engine cannot be used: ${errorText(error)}`);
		}
		return { serverInfo: { name: 'ios-device-lab' }, capabilities: language.initialize(params) };
	});
	connection.onInitialized(() => service?.watch());
	connection.onShutdown(() => end());
	for (const method of METHODS) {
		connection.onRequest(method, (params: unknown, token: CancellationToken) => answer(method, params, token));
	}
	return { end };

	async function end(): Promise<void> {
		language.dispose();
		await service?.end();
	}

	async function createService(value: unknown): Promise<LabService> {
		const given = readOptions(value);
		useTexts(given.texts);
		const storeFolder = storeFolderOf(given.storeFolder, environment);
		const { extraMuxers = [] } = given;
		const own = extraMuxers.length > 0 && given.muxers.length === 0 ? await ownMuxerIfThere(environment) : undefined;
		const muxers = [...given.muxers, ...(own === undefined ? [] : [own]), ...extraMuxers];
		const engine = new Engine({ muxers, storeFolder, environment, clock, log, program: 'editor' });
		return new LabService({ engine, options: { ...given, storeFolder, muxers }, environment, clock, log });
	}

	async function answer(method: LabMethod, value: unknown, token: CancellationToken): Promise<unknown> {
		const { workDoneToken, ...params } = (value ?? {}) as Record<string, unknown>;
		hideSecrets(params);
		const controller = new AbortController();
		const cancel = token.onCancellationRequested(() => controller.abort(new AbortError()));
		const progress = workProgress(workDoneToken);
		const startedAt = clock.now();
		try {
			if (service === undefined) {
				throw fault;
			}
			const result = await service.call(method, params, { signal: controller.signal, onJob: progress.onJob });
			log.debug(`${method} took ${clock.now() - startedAt} ms.`);
			return result;
		} catch (error) {
			throw responseError(method, error);
		} finally {
			progress.done();
			cancel.dispose();
		}
	}

	function hideSecrets(params: Readonly<Record<string, unknown>>): void {
		for (const field of SECRET_FIELDS) {
			const secret = params[field];
			if (typeof secret === 'string') {
				log.hide(secret);
			}
		}
	}

	/** Progress as the protocol has it, where whoever asked gave a token for it. */
	function workProgress(token: unknown): { readonly onJob: (job: JobInfo) => void; done(): void } {
		let reporter: WorkDoneProgressReporter | undefined;
		return {
			onJob: (job) => {
				if (typeof token !== 'string' && typeof token !== 'number') {
					return;
				}
				if (reporter === undefined) {
					reporter = connection.window.attachWorkDoneProgress(token);
					reporter.begin(titleOf(job), job.percent ?? 0, job.phase, true);
				} else if (job.percent === undefined) {
					reporter.report(job.phase ?? '');
				} else {
					reporter.report(job.percent, job.phase ?? '');
				}
			},
			done: () => reporter?.done(),
		};
	}

	function responseError(method: LabMethod, error: unknown): ResponseError<ErrorReport | undefined> {
		if (isAbortError(error)) {
			return new ResponseError(LSPErrorCodes.RequestCancelled, 'The request was cancelled.');
		}
		const report = reportError(error);
		const text = `${method} failed: ${report.code}, ${report.message}`;
		if (report.code === 'INTERNAL') {
			log.error(`${text}\n${error instanceof Error ? (error.stack ?? '') : ''}`);
		} else {
			log.warn(text);
		}
		return new ResponseError(LAB_FAILURE, report.message, report);
	}
}

function titleOf({ kind, deviceName }: JobInfo): string {
	return deviceName === undefined ? TITLES[kind] : `${TITLES[kind]} ${deviceName}`;
}
