import { getArray, getString, isDict, type PlistDict, type PlistValue } from '../../plist/index.ts';
import { CONTROL_MESSAGE_TYPE } from '../mux/messages.ts';

/** An order to a running lab. It travels as a request to its muxer, and is answered by any number of lines and one end. */
export interface Order {
	/** UDID, its unique beginning, or the device's name. */
	readonly device: string;
	readonly verb: string;
	readonly args: readonly string[];
}

export type OrderReply =
	| { readonly kind: 'lines'; readonly lines: readonly string[] }
	| { readonly kind: 'done' }
	| { readonly kind: 'failed'; readonly code: string; readonly message: string };

export function encodeOrder(order: Order): PlistDict {
	return { MessageType: CONTROL_MESSAGE_TYPE, Device: order.device, Verb: order.verb, Arguments: [...order.args] };
}

/** Never throws; what is missing reads as empty. */
export function readOrder(message: PlistDict): Order {
	return {
		device: getString(message, 'Device') ?? '',
		verb: getString(message, 'Verb') ?? '',
		args: (getArray(message, 'Arguments') ?? []).filter((one) => typeof one === 'string'),
	};
}

export function encodeOrderReply(reply: OrderReply): PlistDict {
	switch (reply.kind) {
		case 'lines':
			return { LabLines: [...reply.lines] };
		case 'done':
			return { LabDone: true };
		case 'failed':
			return { LabError: reply.code, LabMessage: reply.message };
	}
}

/** Undefined for what no lab answers: another muxer is at the address. */
export function readOrderReply(message: PlistValue): OrderReply | undefined {
	if (!isDict(message)) {
		return undefined;
	}
	const lines = getArray(message, 'LabLines');
	const code = getString(message, 'LabError');
	if (lines !== undefined) {
		return { kind: 'lines', lines: lines.filter((line) => typeof line === 'string') };
	}
	if (code !== undefined) {
		return { kind: 'failed', code, message: getString(message, 'LabMessage') ?? code };
	}
	return message['LabDone'] === true ? { kind: 'done' } : undefined;
}
