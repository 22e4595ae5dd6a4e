import type { PlistDict } from '../../../plist/index.ts';
import type { ReadOptions } from '../../transport/connection.ts';
import type { PlistChannel } from '../../transport/plistChannel.ts';
import { exchange, refusedByDevice, Turns, unexpectedAnswer } from '../exchange.ts';
import {
	DIAGNOSTICS_RELAY_SERVICE,
	encodeDiagnosticsRequest,
	readDiagnosticsReply,
	readGestaltAnswer,
	type DiagnosticsRequest,
	type GestaltAnswer,
} from './messages.ts';

const defaultTimeoutMs = 30_000;

/** Restarts the device and asks about it. Throws DeviceError `DEVICE_REFUSED` with the device's status as `deviceError`. */
export class DiagnosticsRelayClient {
	readonly #channel: PlistChannel;
	readonly #turns = new Turns();

	constructor(channel: PlistChannel) {
		this.#channel = channel;
	}

	close(): void {
		this.#channel.close();
	}

	/** Restarts the device: at once, or with `waitForDisconnect` when this connection closes. Resolves when the device agreed. */
	async restart(options: ReadOptions & { readonly waitForDisconnect?: boolean } = {}): Promise<void> {
		await this.#ask({ request: 'restart', waitForDisconnect: options.waitForDisconnect ?? false }, options);
	}

	/** Switches the device off; otherwise as restart. */
	async shutDown(options: ReadOptions & { readonly waitForDisconnect?: boolean } = {}): Promise<void> {
		await this.#ask({ request: 'shutdown', waitForDisconnect: options.waitForDisconnect ?? false }, options);
	}

	/** Puts the device to sleep. */
	async sleep(options: ReadOptions = {}): Promise<void> {
		await this.#ask({ request: 'sleep' }, options);
	}

	/** Values of MobileGestalt by key. iOS 17.4 and later answer no such question any more: `isDeprecated`. */
	async mobileGestalt(keys: readonly string[], options: ReadOptions = {}): Promise<GestaltAnswer> {
		const answer = readGestaltAnswer(await this.#ask({ request: 'mobileGestalt', keys }, options));
		if (answer === undefined) {
			throw unexpectedAnswer(this.#channel, DIAGNOSTICS_RELAY_SERVICE);
		}
		return answer;
	}

	/** Takes leave and closes the connection, whether or not the device answers. */
	async goodbye(options: ReadOptions = {}): Promise<void> {
		try {
			await this.#ask({ request: 'goodbye' }, options);
		} finally {
			this.close();
		}
	}

	async #ask(request: DiagnosticsRequest, options: ReadOptions): Promise<PlistDict | undefined> {
		const endTurn = await this.#turns.take();
		try {
			const answer = await exchange(this.#channel, encodeDiagnosticsRequest(request), {
				signal: options.signal,
				timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
			});
			const reply = readDiagnosticsReply(answer);
			if (reply === undefined) {
				throw unexpectedAnswer(this.#channel, DIAGNOSTICS_RELAY_SERVICE);
			}
			if (reply.kind === 'failure') {
				throw refusedByDevice(reply.status, { request: request.request });
			}
			return reply.diagnostics;
		} finally {
			endTurn();
		}
	}
}
