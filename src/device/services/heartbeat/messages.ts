import { getNumber, getString, isDict, type PlistDict } from '../../../plist/index.ts';

/** Source: docs/protocol.md#heartbeat. */
export const HEARTBEAT_SERVICE = 'com.apple.mobile.heartbeat';

/** `marco` wants a `polo` back; `sleepyTime` comes before the device sleeps (Wi-Fi). */
export type HeartbeatMessage =
	{ readonly kind: 'marco'; readonly intervalSeconds: number | undefined } | { readonly kind: 'polo' } | { readonly kind: 'sleepyTime' };

export function encodeHeartbeat(message: HeartbeatMessage): PlistDict {
	switch (message.kind) {
		case 'marco':
			return { Command: 'Marco', ...(message.intervalSeconds === undefined ? {} : { Interval: message.intervalSeconds }) };
		case 'polo':
			return { Command: 'Polo' };
		case 'sleepyTime':
			return { Command: 'SleepyTime' };
	}
}

/** Either side's; undefined for a message of another kind. */
export function readHeartbeat(message: unknown): HeartbeatMessage | undefined {
	if (!isDict(message)) {
		return undefined;
	}
	switch (getString(message, 'Command')) {
		case 'Marco':
			return { kind: 'marco', intervalSeconds: getNumber(message, 'Interval') };
		case 'Polo':
			return { kind: 'polo' };
		case 'SleepyTime':
			return { kind: 'sleepyTime' };
		default:
			return undefined;
	}
}
