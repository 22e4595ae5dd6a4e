import { AbortError } from '../../base/index.ts';
import type { PlistValue } from '../../plist/index.ts';
import { DeviceError, protocolViolation } from '../errors.ts';
import type { ReadOptions } from '../transport/connection.ts';
import type { PlistFormat } from '../transport/frame.ts';
import type { PlistChannel } from '../transport/plistChannel.ts';

/**
 * One message and its one answer. When the answer does not come (abort, timeout, lost link) the connection is ended, because a late
 * answer would be taken for that of the next message.
 */
export async function exchange(
	channel: PlistChannel,
	message: PlistValue,
	options: ReadOptions,
	format: PlistFormat = 'xml',
): Promise<PlistValue> {
	throwIfAborted(options.signal);
	try {
		await channel.send(message, format);
		return await channel.receive(options);
	} catch (error) {
		channel.connection.destroy();
		throw error;
	}
}

/** Gives up before anything was sent, which leaves the connection usable. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
	if (signal?.aborted === true) {
		throw new AbortError();
	}
}

/** Ends the connection of a peer that answered in a shape the service does not have. */
export function unexpectedAnswer(channel: PlistChannel, service: string): DeviceError {
	channel.connection.destroy();
	return protocolViolation(`The device answered in a shape that ${service} does not have.`, { service });
}

/** The error of a device that said no; `details.deviceError` is its own text, verbatim. */
export function refusedByDevice(deviceError: string, details: Record<string, unknown>): DeviceError {
	return new DeviceError('DEVICE_REFUSED', `The device refused: ${deviceError}.`, { details: { deviceError, ...details } });
}

/** Lets one conversation at a time onto a connection; the others wait in the order they came. */
export class Turns {
	#last: Promise<void> = Promise.resolve();

	/** Resolves when it is the caller's turn; the result ends the turn and may be called more than once. */
	async take(): Promise<() => void> {
		const before = this.#last;
		let end = (): void => {};
		this.#last = new Promise((resolve) => {
			end = resolve;
		});
		await before;
		return end;
	}
}
