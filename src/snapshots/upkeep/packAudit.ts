import { throwIfAborted } from '../../base/index.ts';
import { blobIdText, type BlobId } from '../blobs/blobId.ts';
import { readSpareDirectory } from '../blobs/indexFile.ts';
import { StoreError } from '../errors.ts';
import { BlobChecker } from '../packs/blobChecker.ts';
import { entriesOf, findEntries, type PackEntry } from '../packs/packEntries.ts';
import { readPackDirectory, type PackId } from '../packs/packFormat.ts';
import type { SnapshotStorage, StorageKey } from '../storage/storage.ts';

/** What is read of a pack at once, and what nobody asked for is read along when it is less. */
const READ_BYTES = 4 * 1024 * 1024;
const GAP_BYTES = 64 * 1024;

/** What was found in one pack, whatever its directory says. */
export interface PackAudit {
	readonly packId: PackId;
	readonly key: StorageKey;
	/** Nothing is wrong with it. */
	readonly isWhole: boolean;
	/** A newer version says that it wrote it; or the byte that says so is damaged, since nothing proves it. */
	readonly isNewer: boolean;
	/** Blobs that are what their ids say, in the order in which they lie. */
	readonly intact: readonly PackEntry[];
	/** Blobs that the directory promises and the pack does not have. */
	readonly damaged: readonly BlobId[];
}

/**
 * Reads a pack from its beginning to its end and checks every blob. Where its directory is damaged or lost, one that an index file has is
 * taken instead, or what can still be found of it.
 *
 * @param onBytes - is told how much was read.
 * @returns undefined when the pack is gone.
 */
export async function auditPack(
	storage: SnapshotStorage,
	packId: PackId,
	key: StorageKey,
	options: { readonly signal?: AbortSignal | undefined; readonly onBytes?: (bytes: number) => void } = {},
): Promise<PackAudit | undefined> {
	const sizeBytes = await storage.size(key);
	if (sizeBytes === undefined) {
		return undefined;
	}
	let entries: PackEntry[];
	let isWhole = true;
	let isNewer = false;
	try {
		entries = entriesOf(await readPackDirectory(storage, key, packId));
	} catch (error) {
		throwUnlessDamage(error);
		isWhole = false;
		isNewer = StoreError.is(error, 'NEWER_FORMAT');
		const spare = await readSpareDirectory(storage, packId);
		entries = spare === undefined ? await findEntries(storage, key, sizeBytes) : entriesOf(spare);
	}
	const checker = new BlobChecker();
	const intact: PackEntry[] = [];
	const damaged: BlobId[] = [];
	for (const region of regionsOf(entries)) {
		throwIfAborted(options.signal);
		const length = Math.min(region.end, sizeBytes) - region.offset;
		const bytes = length > 0 ? await storage.getRange(key, region.offset, length) : new Uint8Array(0);
		for (const entry of region.entries) {
			const { id, location } = entry;
			const at = location.offset - region.offset;
			const isHere = at + location.storedBytes <= bytes.length;
			if (isHere && checker.check(bytes.subarray(at, at + location.storedBytes), location, id) !== undefined) {
				intact.push(entry);
			} else {
				damaged.push(blobIdText(id));
			}
		}
		options.onBytes?.(region.end - region.offset);
	}
	return { packId, key, isWhole: isWhole && damaged.length === 0, isNewer, intact, damaged };
}

/** The blobs of an audited pack with their bytes, checked once more. */
export async function* readIntact(storage: SnapshotStorage, { key, intact }: PackAudit): AsyncGenerator<{ id: Buffer; bytes: Uint8Array }> {
	const checker = new BlobChecker();
	for (const region of regionsOf(intact)) {
		const stored = await storage.getRange(key, region.offset, region.end - region.offset);
		for (const { id, location } of region.entries) {
			const at = location.offset - region.offset;
			const bytes = checker.check(stored.subarray(at, at + location.storedBytes), location, id);
			if (bytes !== undefined) {
				yield { id, bytes };
			}
		}
	}
}

interface Region {
	readonly offset: number;
	end: number;
	readonly entries: PackEntry[];
}

/** @param entries - in the order in which they lie. */
function* regionsOf(entries: readonly PackEntry[]): Generator<Region> {
	let region: Region | undefined;
	for (const entry of entries) {
		const { offset, storedBytes } = entry.location;
		const end = offset + storedBytes;
		if (region !== undefined && offset <= region.end + GAP_BYTES && end - region.offset <= READ_BYTES) {
			region.end = Math.max(region.end, end);
			region.entries.push(entry);
			continue;
		}
		if (region !== undefined) {
			yield region;
		}
		region = { offset, end, entries: [entry] };
	}
	if (region !== undefined) {
		yield region;
	}
}

/** @throws what is no damage, such as a share that went away. */
export function throwUnlessDamage(error: unknown): void {
	if (!StoreError.is(error, 'STORE_DAMAGED', 'NEWER_FORMAT', 'BLOB_DAMAGED', 'BLOB_MISSING', 'PATH_UNSAFE')) {
		throw error;
	}
}
