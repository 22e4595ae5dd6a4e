import type { KnownPack } from '../blobs/blobIndex.ts';
import type { BlobMarks } from './blobMarks.ts';

/** How much of a pack is needed. */
export interface PackUsage {
	readonly pack: KnownPack;
	/** Number of the pack in the index. */
	readonly number: number;
	/** 0 exactly when nothing is. */
	readonly neededBytes: number;
	/** Without directory. */
	readonly storedBytes: number;
}

/** Of all packs that stay, so much may be of no use: below this writing them anew costs more than it gives. */
const TOLERATED_SHARE = 0.05;

/** A pack with less of it stays as it is. */
const WORTHWHILE_BYTES = 16 * 1024;

/** What is needed of each pack. A blob that lies in several is counted where it would be read; of a frame each has its share. */
export function usageOf(packs: readonly KnownPack[], marks: BlobMarks): PackUsage[] {
	const { table } = marks;
	const frameBytes = new Map<number, number>();
	for (let number = 0; number < table.count; number++) {
		const { pack, offset, isCompressed, innerOffset, lengthBytes } = table.location(number);
		if (isCompressed) {
			const frame = pack * 2 ** 32 + offset;
			frameBytes.set(frame, Math.max(frameBytes.get(frame) ?? 0, innerOffset + lengthBytes));
		}
	}
	const needed = new Float64Array(packs.length);
	for (const number of marks.numbers()) {
		const { pack, offset, storedBytes, isCompressed, lengthBytes } = table.location(number);
		const share = isCompressed ? lengthBytes / Math.max(1, frameBytes.get(pack * 2 ** 32 + offset) ?? 1) : 1;
		needed[pack] = (needed[pack] as number) + Math.max(1, storedBytes * share);
	}
	return packs.map((pack, number) => ({
		pack,
		number,
		neededBytes: Math.min(Math.ceil(needed[number] as number), pack.dataEnd),
		storedBytes: pack.dataEnd,
	}));
}

/**
 * The packs that are worth being written anew without what nobody needs: those of which most is of no use first, until what is left of that
 * is a small part of all.
 * @param usages - of packs that are needed and not condemned.
 */
export function chooseRewrites(usages: readonly PackUsage[]): PackUsage[] {
	const waste = ({ neededBytes, storedBytes }: PackUsage): number => storedBytes - neededBytes;
	let left = usages.reduce((sum, usage) => sum + waste(usage), 0);
	const tolerated = TOLERATED_SHARE * usages.reduce((sum, { neededBytes }) => sum + neededBytes, 0);
	const chosen: PackUsage[] = [];
	const candidates = usages.filter((usage) => waste(usage) >= WORTHWHILE_BYTES);
	for (const usage of candidates.sort((a, b) => waste(b) / b.storedBytes - waste(a) / a.storedBytes)) {
		if (left <= tolerated) {
			break;
		}
		chosen.push(usage);
		left -= waste(usage);
	}
	return chosen;
}
