import { throwIfAborted } from '../../base/index.ts';
import { StoreError } from '../errors.ts';
import { layout } from '../layout.ts';
import type { Lease } from '../leases/leaseBoard.ts';
import { BlobChecker } from '../packs/blobChecker.ts';
import type { PackId } from '../packs/packFormat.ts';
import type { StoreParts } from '../store.ts';
import type { BlobMarks } from './blobMarks.ts';
import type { UpkeepOptions } from './progress.ts';
import { Rewriter } from './rewriter.ts';
import type { PackUsage } from './usage.ts';

const READ_BYTES = 4 * 1024 * 1024;

/**
 * Writes what is needed of some packs into new ones. The old ones are left: whoever calls condemns them.
 *
 * **Invariant:** what is returned lies whole, checked and durable in other packs. A pack in which something needed is damaged is not among
 * them: `repair` is for that.
 */
export async function repack(
	parts: StoreParts,
	lease: Lease,
	marks: BlobMarks,
	chosen: readonly PackUsage[],
	options: UpkeepOptions,
): Promise<PackId[]> {
	try {
		return await rewrite(parts, lease, marks, chosen, options);
	} catch (error) {
		if (StoreError.is(error, 'STORE_FULL')) {
			parts.log.warn('There is no space to write half-empty packs anew: that is put off.');
			return [];
		}
		throw error;
	}
}

async function rewrite(
	parts: StoreParts,
	lease: Lease,
	marks: BlobMarks,
	chosen: readonly PackUsage[],
	{ signal, onProgress }: UpkeepOptions,
): Promise<PackId[]> {
	const rewriter = new Rewriter(parts, lease.holder.jobId as string);
	try {
		const done: PackId[] = [];
		const totalBytes = chosen.reduce((sum, { neededBytes }) => sum + neededBytes, 0);
		let doneBytes = 0;
		const needed = byPack(marks, chosen);
		for (const usage of chosen) {
			throwIfAborted(signal);
			const isWhole = await copyNeeded(parts, marks, usage, needed.get(usage.number) ?? [], rewriter, signal);
			if (isWhole) {
				done.push(usage.pack.id);
			} else {
				parts.log.warn('A pack is damaged, and stays as it is until the store is repaired.');
			}
			doneBytes += usage.neededBytes;
			onProgress?.({ doneBytes, totalBytes });
		}
		lease.check();
		await rewriter.publish();
		return done;
	} catch (error) {
		await rewriter.discard();
		throw error;
	}
}

/** Numbers of the blobs that are needed, by pack, in the order in which they lie. */
function byPack(marks: BlobMarks, chosen: readonly PackUsage[]): Map<number, number[]> {
	const found = new Map<number, number[]>(chosen.map(({ number }) => [number, []]));
	for (const number of marks.numbers()) {
		found.get(marks.table.packOf(number))?.push(number);
	}
	const place = (number: number): number => {
		const { offset, innerOffset } = marks.table.location(number);
		return offset * 2 ** 20 + innerOffset;
	};
	for (const numbers of found.values()) {
		numbers.sort((a, b) => place(a) - place(b));
	}
	return found;
}

async function copyNeeded(
	{ storage }: StoreParts,
	{ table }: BlobMarks,
	{ pack }: PackUsage,
	numbers: readonly number[],
	rewriter: Rewriter,
	signal: AbortSignal | undefined,
): Promise<boolean> {
	const checker = new BlobChecker();
	let start = 0;
	let stored: Uint8Array = new Uint8Array(0);
	for (const number of numbers) {
		const location = table.location(number);
		const end = location.offset + location.storedBytes;
		if (end > start + stored.length || location.offset < start) {
			throwIfAborted(signal);
			start = location.offset;
			const length = Math.max(location.storedBytes, Math.min(READ_BYTES, pack.dataEnd - start));
			try {
				stored = await storage.getRange(layout.pack(pack.id), start, length);
			} catch (error) {
				if (StoreError.is(error, 'STORE_DAMAGED')) {
					return false;
				}
				throw error;
			}
		}
		const bytes = checker.check(stored.subarray(location.offset - start, end - start), location, table.id(number));
		if (bytes === undefined) {
			return false;
		}
		rewriter.store(bytes);
	}
	return true;
}
