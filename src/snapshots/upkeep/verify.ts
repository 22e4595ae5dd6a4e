import { throwIfAborted } from '../../base/index.ts';
import { blobIdText, hashBlob, type BlobId } from '../blobs/blobId.ts';
import type { BlobIndex, KnownPack } from '../blobs/blobIndex.ts';
import { StoreError } from '../errors.ts';
import { layout } from '../layout.ts';
import { decompress } from '../packs/compression.ts';
import { readPackDirectory, type PackId } from '../packs/packFormat.ts';
import { blobFromFrame } from '../packs/storedBlob.ts';
import type { SnapshotRecord } from '../records/record.ts';
import type { SnapshotStorage } from '../storage/storage.ts';
import type { StoreParts } from '../store.ts';
import { findDamagedFiles, type DamagedSnapshot } from './damage.ts';
import { BlobMarks, markListing } from './reachable.ts';

/** What is read of a pack at once. */
const READ_BYTES = 4 * 1024 * 1024;

/** Stored bytes that nobody asked for are read along when they are fewer. */
const GAP_BYTES = 64 * 1024;

export interface VerifyOptions {
	/** All of the store's when absent. */
	readonly snapshots?: readonly SnapshotRecord[];
	/** The part of the blobs whose bytes are read, 0 to 1; all when absent. What the snapshots name is always looked for. */
	readonly sample?: number;
	/** A number from 0 up to 1, as `Math.random` gives it. */
	readonly random?: () => number;
	readonly signal?: AbortSignal;
	readonly onProgress?: (done: { readonly checkedBytes: number; readonly totalBytes: number }) => void;
}

export interface VerifyReport {
	readonly checkedSnapshots: number;
	readonly checkedBlobs: number;
	/** As they are stored. */
	readonly checkedBytes: number;
	readonly missingBlobs: readonly BlobId[];
	readonly damagedBlobs: readonly BlobId[];
	readonly damagedPacks: readonly PackId[];
	/** Records that cannot be read at all. */
	readonly unreadable: readonly { readonly udid: string; readonly id: string; readonly code: string }[];
	/** What the damage touches. Empty when there is none. */
	readonly damagedSnapshots: readonly DamagedSnapshot[];
}

/** See `SnapshotStore.verify`. */
export async function verify(parts: StoreParts, options: VerifyOptions = {}): Promise<VerifyReport> {
	const { index, storage } = parts;
	await index.refresh();
	const { records, unreadable } = await chosen(parts, options.snapshots);
	const marks = new BlobMarks(index.table);
	const unreadableListings = new Map<SnapshotRecord, unknown>();
	for (const record of records) {
		try {
			const note = (error: unknown): void => void unlessDamage(error);
			await markListing(marks, await parts.openListing(record), parts.readBlob, note, options.signal);
		} catch (error) {
			unlessDamage(error);
			unreadableListings.set(record, error);
		}
	}
	const damagedPacks = new Set<PackId>(index.damagedPacks.keys());
	const damaged = new Set<BlobId>();
	const reads = plannedReads(index, marks, options);
	const totalBytes = reads.reduce((sum, read) => sum + read.bytes, 0);
	let checkedBytes = 0;
	let checkedBlobs = 0;
	let pack: number | undefined;
	let ahead: Promise<Uint8Array | undefined> | undefined;
	for (const [position, read] of reads.entries()) {
		throwIfAborted(options.signal);
		const { id } = index.packs[read.pack] as KnownPack;
		if (read.pack !== pack) {
			pack = read.pack;
			await checkDirectory(storage, id, damagedPacks);
		}
		const bytes = await (ahead ?? readOrDamaged(parts, read));
		const next = reads[position + 1];
		ahead = next === undefined ? undefined : readOrDamaged(parts, next);
		// Whoever awaits it sees the failure.
		ahead?.catch(() => undefined);
		const bad = checkBlobs(index, read, bytes);
		for (const number of bad) {
			damaged.add(blobIdText(index.table.id(number)));
			damagedPacks.add(id);
		}
		checkedBytes += read.bytes;
		checkedBlobs += read.numbers.length;
		options.onProgress?.({ checkedBytes, totalBytes });
	}
	const damagedSnapshots =
		damaged.size + marks.missing.size + unreadableListings.size === 0
			? []
			: await findDamagedFiles(parts, records, new Set([...damaged, ...marks.missing]));
	return {
		checkedSnapshots: records.length,
		checkedBlobs,
		checkedBytes,
		missingBlobs: [...marks.missing],
		damagedBlobs: [...damaged],
		damagedPacks: [...damagedPacks],
		unreadable,
		damagedSnapshots,
	};
}

async function chosen(
	{ records }: StoreParts,
	snapshots: readonly SnapshotRecord[] | undefined,
): Promise<{ records: readonly SnapshotRecord[]; unreadable: VerifyReport['unreadable'] }> {
	if (snapshots !== undefined) {
		return { records: snapshots, unreadable: [] };
	}
	const all: SnapshotRecord[] = [];
	const unreadable: { udid: string; id: string; code: string }[] = [];
	for (const udid of await records.devices()) {
		const list = await records.list(udid);
		unreadable.push(...list.unreadable.map(({ id, code }) => ({ udid, id, code })));
		for (const { record } of list.snapshots) {
			// Not from a cache: the record itself is to be checked.
			try {
				all.push((await records.find(udid, record.id)) ?? record);
			} catch (error) {
				unlessDamage(error);
				unreadable.push({ udid, id: record.id, code: (error as StoreError).code });
			}
		}
	}
	return { records: all, unreadable };
}

/** One range of a pack, and the blobs in it. */
interface PlannedRead {
	readonly pack: number;
	readonly offset: number;
	bytes: number;
	readonly numbers: number[];
}

/** In the order of packs and offsets, so that reading is sequential. */
function plannedReads(index: BlobIndex, marks: BlobMarks, { sample = 1, random = Math.random }: VerifyOptions): PlannedRead[] {
	const wanted = Uint32Array.from(sample >= 1 ? marks.numbers() : [...marks.numbers()].filter(() => random() < sample));
	const places = new Float64Array(index.table.count);
	for (const number of wanted) {
		const { pack, offset } = index.table.location(number);
		places[number] = pack * 2 ** 32 + offset;
	}
	wanted.sort((a, b) => (places[a] as number) - (places[b] as number));
	const reads: PlannedRead[] = [];
	for (const number of wanted) {
		const { pack, offset, storedBytes } = index.table.location(number);
		const last = reads.at(-1);
		const end = offset + storedBytes;
		if (last?.pack === pack && end - last.offset <= READ_BYTES && offset <= last.offset + last.bytes + GAP_BYTES) {
			last.bytes = Math.max(last.bytes, end - last.offset);
			last.numbers.push(number);
		} else {
			reads.push({ pack, offset, bytes: storedBytes, numbers: [number] });
		}
	}
	return reads;
}

/** Undefined when the pack ends too early or is gone. */
async function readOrDamaged({ storage, index }: StoreParts, read: PlannedRead): Promise<Uint8Array | undefined> {
	try {
		return await storage.getRange(layout.pack((index.packs[read.pack] as KnownPack).id), read.offset, read.bytes);
	} catch (error) {
		unlessDamage(error);
		return undefined;
	}
}

/** @returns the numbers of those that are not what their ids say. */
function checkBlobs({ table }: BlobIndex, read: PlannedRead, bytes: Uint8Array | undefined): number[] {
	if (bytes === undefined) {
		return read.numbers;
	}
	let frame: { offset: number; bytes: Uint8Array | undefined } | undefined;
	return read.numbers.filter((number) => {
		const location = table.location(number);
		const start = location.offset - read.offset;
		const stored = bytes.subarray(start, start + location.storedBytes);
		try {
			if (location.isCompressed && frame?.offset !== location.offset) {
				frame = { offset: location.offset, bytes: undefined };
				frame.bytes = decompress(stored);
			}
			const blob = location.isCompressed ? frame?.bytes && blobFromFrame(frame.bytes, location) : stored;
			return blob === undefined || !hashBlob(blob).equals(table.id(number));
		} catch (error) {
			unlessDamage(error);
			return true;
		}
	});
}

async function checkDirectory(storage: SnapshotStorage, id: PackId, damagedPacks: Set<PackId>): Promise<void> {
	try {
		await readPackDirectory(storage, layout.pack(id), id);
	} catch (error) {
		unlessDamage(error);
		damagedPacks.add(id);
	}
}

/** @throws what is no damage, such as a share that went away. */
function unlessDamage(error: unknown): void {
	if (!StoreError.is(error, 'STORE_DAMAGED', 'NEWER_FORMAT', 'BLOB_DAMAGED', 'BLOB_MISSING', 'PATH_UNSAFE')) {
		throw error;
	}
}
