import { MiB } from '../base/index.ts';

/** How much of a document is accepted. Every bound is checked before memory is taken for what it bounds. */
export interface PlistLimits {
	/** Size of the whole document. */
	maxBytes: number;
	/** Containers inside one another; the top-level value alone is 1. At most {@link MAX_DEPTH}. */
	maxDepth: number;
	/** Values and keys, counted as often as they are referred to: a small binary document can refer to itself exponentially often. */
	maxObjects: number;
}

/** Parsers and encoders are recursive. Measured: this depth fits into 500 KB of stack, half of what Node gives its main thread. */
export const MAX_DEPTH = 512;

/**
 * What `parsePlist` accepts unless told otherwise. An Info.plist of 10 MB has some 200,000 values; a message that moves 500,000 files
 * has a million. Small dictionaries take the most memory per value, so the count bounds a hostile document's cost better than its size.
 */
export const DEFAULT_LIMITS: PlistLimits = { maxBytes: 256 * MiB, maxDepth: MAX_DEPTH, maxObjects: 2_000_000 };

/** Encoders refuse to produce more. V8 cannot hold strings over 512 MiB, and no peer accepts a message near this size. */
export const MAX_ENCODED_BYTES = 256 * MiB;

/** The defaults with `overrides` applied and brought into the range that the parsers can keep. */
export function resolveLimits(overrides: Partial<PlistLimits> = {}): PlistLimits {
	return {
		maxBytes: overrides.maxBytes ?? DEFAULT_LIMITS.maxBytes,
		maxDepth: Math.min(overrides.maxDepth ?? DEFAULT_LIMITS.maxDepth, MAX_DEPTH),
		maxObjects: Math.min(overrides.maxObjects ?? DEFAULT_LIMITS.maxObjects, 0xffff_ffff),
	};
}
