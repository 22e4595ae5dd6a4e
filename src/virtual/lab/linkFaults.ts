import type { FaultDescription, FaultPlan } from '../faults.ts';
import type { LinkShape } from '../link/shapedLink.ts';

/** Faults of a device's link, its ports and its lockdown. Those that shape the link hold for connections opened after they were armed. */
export const LINK_FAULTS: readonly FaultDescription[] = [
	{ name: 'unplug', args: '[MS]', summary: 'pull the cable now, and plug it in again after MS milliseconds if given' },
	{
		name: 'unplug-at-byte',
		args: 'N [MS]',
		summary: 'pull the cable when N more bytes have passed (either way), and plug it in again after MS',
	},
	{ name: 'slow-link', args: 'BYTES', summary: 'BYTES per second on each connection', stays: true },
	{ name: 'split', args: '[BYTES]', summary: 'everything of the device travels in pieces of BYTES (1)', stays: true },
	{ name: 'silence', args: '', summary: 'nothing passes any more, and nothing ends', stays: true },
	{ name: 'refuse-connect', args: '[SERVICE|lockdown]', summary: 'connections to this service, or to all, are refused', stays: true },
	{
		name: 'lockdown-error',
		args: 'VERB|SERVICE ERROR',
		summary: 'lockdown answers this verb, or the start of this service, with ERROR',
		stays: true,
	},
	{ name: 'wrong-certificate', args: '', summary: 'the device presents a certificate that was not made when it was paired', stays: true },
	{ name: 'mux-split', args: '[BYTES]', summary: 'the muxer of the whole lab answers in pieces of BYTES (1)', stays: true },
	{ name: 'mux-drop', args: '', summary: 'the muxer of the whole lab closes every connection now, as when a daemon restarts' },
];

/** Reads the armed faults of one device's link where they strike. */
export class LinkFaults {
	readonly #faults: FaultPlan;
	#onCut: (() => void) | undefined;
	#bytesLeft: number | undefined;

	constructor(faults: FaultPlan) {
		this.#faults = faults;
	}

	/** Lets `bytes` more pass, then calls `onCut`. */
	cutAfter(bytes: number, onCut: () => void): void {
		this.#bytesLeft = bytes;
		this.#onCut = onCut;
	}

	/** How a connection that is opened now misbehaves; undefined when it does not. */
	shape(): LinkShape | undefined {
		const slow = this.#faults.peek('slow-link');
		const split = this.#faults.peek('split');
		const isSilenced = this.#faults.peek('silence') !== undefined;
		if (slow === undefined && split === undefined && !isSilenced && this.#bytesLeft === undefined) {
			return undefined;
		}
		return {
			...(slow === undefined ? {} : { bytesPerSecond: positive(slow[0], 64 * 1024) }),
			...(split === undefined ? {} : { pieceBytes: positive(split[0], 1) }),
			isSilent: () => this.#faults.peek('silence') !== undefined,
			admit: (sizeBytes) => this.#admit(sizeBytes),
		};
	}

	refusesConnection(name: string): boolean {
		const args = this.#faults.peek('refuse-connect');
		return args !== undefined && (args[0] === undefined || args[0] === name);
	}

	lockdownError(name: string): string | undefined {
		const args = this.#faults.peek('lockdown-error');
		return args !== undefined && args[0] === name ? (args[1] ?? 'UnknownError') : undefined;
	}

	#admit(sizeBytes: number): number {
		if (this.#bytesLeft === undefined) {
			return sizeBytes;
		}
		const admitted = Math.min(sizeBytes, this.#bytesLeft);
		this.#bytesLeft -= admitted;
		if (this.#bytesLeft === 0 && this.#onCut !== undefined) {
			const cut = this.#onCut;
			this.#onCut = undefined;
			setTimeout(() => {
				this.#bytesLeft = undefined;
				cut();
			}, CUT_DELAY_MS);
		}
		return admitted;
	}
}

/** So that what was admitted leaves the machine's buffers before the connection is torn down. */
const CUT_DELAY_MS = 20;

function positive(text: string | undefined, otherwise: number): number {
	const number = Math.floor(Number(text));
	return number > 0 ? number : otherwise;
}
