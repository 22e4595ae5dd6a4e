import { isAbortError } from '../../../base/index.ts';
import type { PlistChannel } from '../../transport/plistChannel.ts';
import { encodeHeartbeat, readHeartbeat } from './messages.ts';

/** Until the device has told its interval. */
const firstTimeoutMs = 60_000;

/** How much later than announced a beat may come. */
const graceMs = 20_000;

/**
 * Answers the device's heartbeat, without which it closes connections over Wi-Fi. Resolves when `signal` fires, or when the device says
 * that it goes to sleep; the connection is closed then.
 *
 * @throws DeviceError `CONNECTION_LOST`; `TIMED_OUT` - the beat stopped.
 */
export async function answerHeartbeat(channel: PlistChannel, signal: AbortSignal): Promise<'aborted' | 'asleep'> {
	let timeoutMs = firstTimeoutMs;
	try {
		for (;;) {
			const message = readHeartbeat(await channel.receive({ signal, timeoutMs }));
			if (message?.kind === 'sleepyTime') {
				return 'asleep';
			}
			if (message?.kind === 'marco') {
				const seconds = message.intervalSeconds;
				timeoutMs = seconds !== undefined && seconds > 0 && seconds < 3600 ? seconds * 1000 + graceMs : timeoutMs;
				await channel.send(encodeHeartbeat({ kind: 'polo' }));
			}
		}
	} catch (error) {
		if (isAbortError(error)) {
			return 'aborted';
		}
		throw error;
	} finally {
		channel.close();
	}
}
