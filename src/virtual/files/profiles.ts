import { GiB, KiB, MiB } from '../../base/index.ts';

/** How much a device holds. */
export type DeviceProfile =
	/** A phone in use: everything of `core`, and `files` files of together about `bytes` bytes over camera roll, messages and apps. */
	| { readonly kind: 'phone'; readonly files: number; readonly bytes: number }
	/** Equal files in one app, for measurements. */
	| { readonly kind: 'equal'; readonly files: number; readonly fileBytes: number };

const NAMED: Record<string, DeviceProfile> = {
	small: { kind: 'phone', files: 200, bytes: 8 * MiB },
	typical: { kind: 'phone', files: 10_000, bytes: 300 * MiB },
	large: { kind: 'phone', files: 500_000, bytes: 2 * GiB },
};

const MAX_FILES = 2_000_000;

/**
 * The profile of a name: `small`, `typical`, `large`, `mix:FILES:BYTES` (a phone of that size) or
 * `files:COUNTxSIZE` (COUNT files of SIZE bytes each). BYTES and SIZE may end in K, M or G.
 *
 * @throws RangeError when the name is none of these; the message says what is.
 */
export function parseProfile(name: string): DeviceProfile {
	const named = NAMED[name];
	if (named !== undefined) {
		return named;
	}
	const mix = /^mix:(\d+):(\d+[KMG]?)$/i.exec(name);
	const equal = /^files:(\d+)x(\d+[KMG]?)$/i.exec(name);
	const files = Number(mix?.[1] ?? equal?.[1] ?? NaN);
	if (!(files >= 1 && files <= MAX_FILES)) {
		throw new RangeError(
			`"${name}" is no profile: use small, typical, large, mix:FILES:BYTES or files:COUNTxSIZE (at most ${MAX_FILES} files).`,
		);
	}
	return mix === null
		? { kind: 'equal', files, fileBytes: parseSize(equal?.[2] ?? '0') }
		: { kind: 'phone', files, bytes: parseSize(mix[2] ?? '0') };
}

function parseSize(text: string): number {
	const unit = { K: KiB, M: MiB, G: GiB }[text.slice(-1).toUpperCase()] ?? 1;
	return Number.parseInt(text, 10) * unit;
}
