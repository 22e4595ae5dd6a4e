import { getDict, getString, isDict, type PlistDict } from '../../../plist/index.ts';

/** Source: docs/protocol.md#os-trace-relay. */
export const OS_TRACE_RELAY_SERVICE = 'com.apple.os_trace_relay';

/** One byte stands in front of the answer to `PidList`; what it means is not known. */
export const PID_LIST_PREFIX_BYTES = 1;

export interface DeviceProcess {
	readonly pid: number;
	/** The name of its executable, such as `Probe`. */
	readonly name: string;
}

export function encodePidListRequest(): PlistDict {
	return { Request: 'PidList' };
}

/** The device's half: whether a message asks for the processes. */
export function isPidListRequest(message: unknown): boolean {
	return isDict(message) && getString(message, 'Request') === 'PidList';
}

export function encodePidList(processes: readonly DeviceProcess[]): PlistDict {
	return {
		Status: 'RequestSuccessful',
		Payload: Object.fromEntries(processes.map(({ pid, name }): [string, PlistDict] => [String(pid), { ProcessName: name }])),
	};
}

/** Undefined when the answer is none. Entries without a name or with a number that is none are left out. */
export function readPidList(message: unknown): DeviceProcess[] | undefined {
	const payload = isDict(message) ? getDict(message, 'Payload') : undefined;
	return (
		payload &&
		Object.entries(payload).flatMap(([key, value]) => {
			const name = isDict(value) ? getString(value, 'ProcessName') : undefined;
			return name !== undefined && /^\d{1,9}$/.test(key) ? [{ pid: Number(key), name }] : [];
		})
	);
}
