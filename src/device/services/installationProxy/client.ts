import type { ReadOptions } from '../../transport/connection.ts';
import type { PlistChannel } from '../../transport/plistChannel.ts';
import { refusedByDevice, throwIfAborted, Turns, unexpectedAnswer } from '../exchange.ts';
import {
	encodeInstallationRequest,
	INSTALLATION_PROXY_SERVICE,
	readInstallationReply,
	type AppQuery,
	type InstallationReply,
	type InstallationRequest,
	type InstalledApp,
	type InstallOptions,
} from './messages.ts';

/** What the device says while it installs or removes an app, in its own words. */
export interface InstallationProgress {
	readonly status: string;
	/** 0 to 100, when the device says. */
	readonly percent: number | undefined;
}

export interface InstallationCallOptions extends ReadOptions {
	readonly onProgress?: (progress: InstallationProgress) => void;
}

/** Silence between two messages of an answer. The device may add up the sizes of all apps before it sends the first batch. */
const defaultTimeoutMs = 180_000;

/**
 * Lists, installs and removes apps. Calls take turns on the one connection.
 *
 * Throws DeviceError `DEVICE_REFUSED` with the device's `deviceError`, `deviceText` and `deviceDetail` as they came. A call that is
 * given up (abort, timeout, leaving the loop over `browse`) ends the connection, since the rest of its answer would still arrive.
 */
export class InstallationProxyClient {
	readonly #channel: PlistChannel;
	readonly #turns = new Turns();

	constructor(channel: PlistChannel) {
		this.#channel = channel;
	}

	close(): void {
		this.#channel.close();
	}

	/** The apps that the query covers, in the batches in which the device sends them. */
	async *browse(query: AppQuery, options: ReadOptions = {}): AsyncGenerator<readonly InstalledApp[], void, undefined> {
		for await (const reply of this.#converse({ command: 'browse', query }, options)) {
			if (reply.kind === 'apps') {
				yield reply.apps;
			}
		}
	}

	/** The apps among `query.bundleIds` (all when absent) that are installed. */
	async lookup(query: AppQuery, options: ReadOptions = {}): Promise<readonly InstalledApp[]> {
		const found: InstalledApp[][] = [];
		for await (const reply of this.#converse({ command: 'lookup', query }, options)) {
			if (reply.kind === 'lookup') {
				found.push([...reply.apps]);
			}
		}
		return found.flat();
	}

	/** Installs a package that lies below the AFC root, usually in `PublicStaging`. */
	install(packagePath: string, install: InstallOptions = {}, options: InstallationCallOptions = {}): Promise<void> {
		return this.#work({ command: 'install', packagePath, options: install }, options);
	}

	/** As install, in the place of an older version. */
	upgrade(packagePath: string, install: InstallOptions = {}, options: InstallationCallOptions = {}): Promise<void> {
		return this.#work({ command: 'upgrade', packagePath, options: install }, options);
	}

	/** Removes an app with its data. */
	uninstall(bundleId: string, options: InstallationCallOptions = {}): Promise<void> {
		return this.#work({ command: 'uninstall', bundleId }, options);
	}

	async #work(request: InstallationRequest, options: InstallationCallOptions): Promise<void> {
		for await (const reply of this.#converse(request, options)) {
			if (reply.kind === 'progress') {
				options.onProgress?.({ status: reply.status, percent: reply.percent });
			}
		}
	}

	/** Sends the request and yields replies until the device is done; the last ones, `complete` and `error`, are not among them. */
	async *#converse(request: InstallationRequest, options: ReadOptions): AsyncGenerator<InstallationReply, void, undefined> {
		const endTurn = await this.#turns.take();
		// Until the request is on its way there is nothing that could still arrive.
		let isDone = true;
		try {
			throwIfAborted(options.signal);
			isDone = false;
			await this.#channel.send(encodeInstallationRequest(request));
			while (!isDone) {
				const reply = readInstallationReply(await this.#channel.receive({ timeoutMs: defaultTimeoutMs, ...options }));
				if (reply === undefined) {
					throw unexpectedAnswer(this.#channel, INSTALLATION_PROXY_SERVICE);
				}
				isDone = reply.kind === 'complete' || reply.kind === 'error' || reply.kind === 'lookup';
				if (reply.kind === 'error') {
					throw refusedByDevice(reply.error, { command: request.command, deviceText: reply.description, deviceDetail: reply.detail });
				}
				if (reply.kind !== 'complete') {
					yield reply;
				}
			}
		} finally {
			if (!isDone) {
				this.#channel.connection.destroy();
			}
			endTurn();
		}
	}
}
