import { abortErrorOf, errorText, isAbortError, throwIfAborted } from '../../base/index.ts';
import type { PlistDict } from '../../plist/index.ts';
import { DeviceError, protocolViolation } from '../errors.ts';
import type { Connection, ReadOptions } from '../transport/connection.ts';
import { PlistChannel } from '../transport/plistChannel.ts';
import { HostFileError } from './host.ts';
import { sendFiles } from './download.ts';
import {
	disconnect,
	failureStatus,
	LOWEST_MAJOR_VERSION,
	numberParameter,
	pathListParameter,
	processMessage,
	processMessageContent,
	readDeviceLinkMessage,
	STATUS_OK,
	statusResponse,
	versionsOk,
	type DeviceLinkMessage,
	type StatusAnswer,
} from './messages.ts';
import { ServedRun, type ServeOptions } from './run.ts';
import { receiveFiles } from './upload.ts';

/** The opening messages come from memory; a device that is still starting its service takes seconds. */
const OPENING_TIMEOUT_MS = 60_000;

/**
 * The message layer above mobilebackup2: opening, requests, and the loop in which the device commands and the host's file interface works.
 *
 * Any failure leaves the connection closed or to be closed by the caller; there is no way back into step.
 */
export class DeviceLinkClient {
	readonly #channel: PlistChannel;
	readonly #connection: Connection;
	/** True while raw bytes of a file are on their way to the device: a message in between would be taken for content. */
	#isSendingRaw = false;

	constructor(connection: Connection) {
		this.#connection = connection;
		this.#channel = new PlistChannel(connection);
	}

	/**
	 * Exchanges versions, echoing the device's, and waits until it is ready.
	 * @throws DeviceError `PROTOCOL_VIOLATION` - the device speaks a version below 300 or something else.
	 */
	async open(options: ReadOptions = {}): Promise<void> {
		const waiting = { timeoutMs: OPENING_TIMEOUT_MS, ...options };
		const offer = readDeviceLinkMessage(await this.#channel.receive(waiting));
		const major = numberParameter(offer, 0);
		if (offer.name !== 'DLMessageVersionExchange' || major === undefined || major < LOWEST_MAJOR_VERSION) {
			throw protocolViolation('The device does not offer a known version of its backup protocol.', { name: offer.name, major });
		}
		await this.#channel.send(versionsOk(major), 'binary');
		const ready = readDeviceLinkMessage(await this.#channel.receive(waiting));
		if (ready.name !== 'DLMessageDeviceReady') {
			throw protocolViolation(`The device answered the version with ${ready.name}.`);
		}
	}

	/** Sends a request without waiting for its answer. */
	send(content: PlistDict): Promise<void> {
		return this.#channel.send(processMessage(content), 'binary');
	}

	/** Sends a request that is answered at once. */
	async request(content: PlistDict, options: ReadOptions = {}): Promise<PlistDict> {
		await this.send(content);
		return processMessageContent(readDeviceLinkMessage(await this.#channel.receive({ timeoutMs: OPENING_TIMEOUT_MS, ...options })));
	}

	/**
	 * Serves the device's commands until it gives its final answer, and returns that. Waits as long as it takes: passcode and scan are minutes
	 * of silence.
	 *
	 * @throws DeviceError `CONNECTION_LOST`, `PROTOCOL_VIOLATION`, `UNSAFE_PATH`; `DEVICE_REFUSED` - the device ended the conversation with a
	 * reason of its own. AbortError.
	 */
	async serve(options: ServeOptions): Promise<PlistDict> {
		const { signal } = options;
		// A device that stopped reading would hold a write for ever.
		const onAbort = (): void => this.#connection.interruptWrites(abortErrorOf(signal as AbortSignal));
		signal?.addEventListener('abort', onAbort);
		try {
			return await this.#serve(new ServedRun(options));
		} finally {
			signal?.removeEventListener('abort', onAbort);
		}
	}

	async #serve(run: ServedRun): Promise<PlistDict> {
		const { signal } = run.options;
		for (;;) {
			run.step('waiting');
			const message = readDeviceLinkMessage(await this.#channel.receive({ signal }));
			if (message.name === 'DLMessageProcessMessage') {
				return processMessageContent(message);
			}
			if (message.name === 'DLMessageDisconnect') {
				const reason = message.parameters[0];
				throw new DeviceError('DEVICE_REFUSED', 'The device ended the conversation.', {
					details: { deviceError: typeof reason === 'string' ? reason : undefined },
				});
			}
			if (message.name === 'DLMessagePing') {
				continue;
			}
			const status = await this.#answer(message, run);
			throwIfAborted(signal);
			await this.#channel.send(statusResponse(status), 'binary');
		}
	}

	/** Says goodbye and closes; safe in any state, never throws. */
	async end(): Promise<void> {
		if (!this.#connection.isClosed && !this.#isSendingRaw) {
			// Not waited for: closing sends what was written, and gives up on a device that does not take it.
			this.#channel.send(disconnect(), 'binary').catch(() => {
				// The link is gone already: there is nobody left to take leave of.
			});
		}
		this.#connection.close();
	}

	async #answer(message: DeviceLinkMessage, run: ServedRun): Promise<StatusAnswer> {
		try {
			switch (message.name) {
				case 'DLMessageDownloadFiles':
					return await this.#download(message, run);
				case 'DLMessageUploadFiles':
					return await this.#upload(message, run);
				default:
					return await run.answer(message);
			}
		} catch (error) {
			if (HostFileError.is(error)) {
				run.options.log.warn(`${message.name} failed: ${error.message}`);
				return failureStatus(error);
			}
			if (!isAbortError(error)) {
				run.options.log.warn(`${message.name} ended the conversation: ${errorText(error)}`);
			}
			throw error;
		}
	}

	async #download(message: DeviceLinkMessage, run: ServedRun): Promise<StatusAnswer> {
		const paths = pathListParameter(message, 0);
		run.begin('sending', message, 2, { files: paths.length });
		this.#isSendingRaw = true;
		const status = await sendFiles(this.#connection, paths, {
			host: run.options.host,
			roots: run.options.roots,
			signal: run.options.signal,
			onBytes: (count) => run.addBytes(count),
			onFile: () => run.addFile(),
			onHostFileError: (path, error) => run.options.onFileProblem?.(path, failureStatus(error).text),
		});
		this.#isSendingRaw = false;
		run.finish();
		return status;
	}

	async #upload(message: DeviceLinkMessage, run: ServedRun): Promise<StatusAnswer> {
		run.begin('receiving', message, 1, { bytes: numberParameter(message, 2) });
		const failure = await receiveFiles(this.#connection, {
			host: run.options.host,
			roots: run.options.roots,
			readOptions: { signal: run.options.signal },
			onBytes: (count) => run.addBytes(count),
			onFile: () => run.addFile(),
			onDeviceFileError: (path, text) => run.options.onFileProblem?.(path, text),
		});
		if (failure !== undefined) {
			throw failure;
		}
		run.finish();
		return STATUS_OK;
	}
}
