import { errorText } from '../../base/index.ts';
import type { PlistDict } from '../../plist/index.ts';
import { ChannelClosed } from '../channel.ts';
import { VirtualError } from '../errors.ts';
import { encodeOrderReply, readOrder } from './messages.ts';

/** Lines travel in bundles: a fingerprint's list has one for each file. */
const LINES_PER_REPLY = 500;

/** Carries out an order; lines are the answer's text. Throws VirtualError. */
export type CarryOut = (device: string, verb: string, args: readonly string[], line: (text: string) => void) => Promise<void>;

/** Answers one order: its lines as they come, then how it ended. Throws ChannelClosed only. */
export async function serveOrder(message: PlistDict, answer: (reply: PlistDict) => Promise<void>, carryOut: CarryOut): Promise<void> {
	const { device, verb, args } = readOrder(message);
	let pending: string[] = [];
	let sent: Promise<void> = Promise.resolve();
	const flush = (): void => {
		if (pending.length > 0) {
			const lines = pending;
			pending = [];
			sent = sent.then(() => answer(encodeOrderReply({ kind: 'lines', lines })));
			sent.catch(() => {
				// The end of the order is awaited below and fails the same way.
			});
		}
	};
	const end = await carryOut(device, verb, args, (text) => {
		if (pending.push(text) >= LINES_PER_REPLY) {
			flush();
		}
	}).then(
		() => ({ kind: 'done' }) as const,
		(error: unknown) => ({ kind: 'failed', code: VirtualError.is(error) ? error.code : 'FAILED', message: errorText(error) }) as const,
	);
	flush();
	try {
		await sent;
		await answer(encodeOrderReply(end));
	} catch (error) {
		throw error instanceof ChannelClosed ? error : new ChannelClosed(error);
	}
}
