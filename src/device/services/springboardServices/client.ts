import { isDict } from '../../../plist/index.ts';
import type { ReadOptions } from '../../transport/connection.ts';
import type { PlistChannel } from '../../transport/plistChannel.ts';
import { exchange, Turns, unexpectedAnswer } from '../exchange.ts';
import { encodeIconRequest, readIconAnswer, SPRINGBOARD_SERVICE } from './messages.ts';

const defaultTimeoutMs = 30_000;

/** The home screen: icons of apps. */
export class SpringboardClient {
	readonly #channel: PlistChannel;
	readonly #turns = new Turns();

	constructor(channel: PlistChannel) {
		this.#channel = channel;
	}

	close(): void {
		this.#channel.close();
	}

	/** The icon of an app, 60 to 180 pixels wide; undefined when the device has none for this bundle id. */
	async iconPng(bundleId: string, options: ReadOptions = {}): Promise<Uint8Array | undefined> {
		const endTurn = await this.#turns.take();
		try {
			// Binary, as libimobiledevice sends it to this service; the answer comes in either form.
			const readOptions = { signal: options.signal, timeoutMs: options.timeoutMs ?? defaultTimeoutMs };
			const answer = await exchange(this.#channel, encodeIconRequest(bundleId), readOptions, 'binary');
			if (!isDict(answer)) {
				throw unexpectedAnswer(this.#channel, SPRINGBOARD_SERVICE);
			}
			return readIconAnswer(answer);
		} finally {
			endTurn();
		}
	}
}
