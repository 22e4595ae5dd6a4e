import { MiB, throwIfAborted } from '../../base/index.ts';
import { blobIdBytes, type BlobId } from '../blobs/blobId.ts';
import type { BlobIndex, KnownPack } from '../blobs/blobIndex.ts';
import type { BlobTable } from '../blobs/blobTable.ts';
import { freeMemory } from '../freeMemory.ts';
import { layout } from '../layout.ts';
import type { ListingEntry } from '../listing/entry.ts';
import { BESIDE_FROM_RANGES, checkHere, rangeOfBlobs, readsAlong, type PackRange, type RangeChecker } from '../packs/rangeCheck.ts';
import type { SnapshotStorage } from '../storage/storage.ts';
import { chunkIds, wrongSize, type ReadBlob } from './contentReader.ts';

/** What is wanted of one reading at most: some megabytes of a pack may hold a hundred of a database. */
const READING_CONTENT_BYTES = 4 * MiB;
const READING_BLOBS = 4096;

/** What a reading takes out of packs, about. */
const READING_STORED_BYTES = 2 * MiB;

/** The pieces of a database lie here and there among the packs of the backups in which they changed. */
const READING_RANGES = 16;

/** Entries that are put into the order of packs at a time: more of them take more memory, and are hardly read faster. */
const ENTRIES_AT_ONCE = 10_000;

/** Entries as a listing gives them, some at a time. */
export type Portions = AsyncIterable<readonly ListingEntry[]> | Iterable<readonly ListingEntry[]>;

/** A part of a file. The parts of one follow each other. */
export interface ContentPortion {
	readonly entry: ListingEntry;
	/** Good until the next portion is asked for. */
	readonly bytes: Uint8Array;
	/** The entry is complete with it. This portion may have no bytes; of what has no content it is the only one. */
	readonly isLast: boolean;
}

/** Where contents are read. */
export interface ContentSource {
	readonly storage: SnapshotStorage;
	readonly index: BlobIndex;
	readonly readBlob: ReadBlob;
}

export interface ReadContentsOptions {
	/** Who decompresses and hashes when there is much of it; this thread when absent. */
	readonly checker?: RangeChecker;
	readonly signal?: AbortSignal | undefined;
}

/**
 * The contents of many files, some thousand at a time in the order in which they lie in packs, each byte checked. Packs are read some ranges
 * ahead of what is used.
 * @throws StoreError `BLOB_MISSING`, `BLOB_DAMAGED`; `STORE_DAMAGED` - the parts do not add up to the size.
 */
export async function* contentsInOrder(
	source: ContentSource,
	portions: Portions,
	{ checker = checkHere, signal }: ReadContentsOptions,
): AsyncGenerator<ContentPortion> {
	await source.index.refresh();
	// Both are made anew, not changed, when other processes have pruned: numbers stay good for these.
	const { table, packs } = source.index;
	const places: Places = { ...source, table, packs };
	const underWay: Promise<BlobsOfReading>[] = [];
	const sizes = new SizeCheck();
	let begun = 0;
	try {
		for await (const reading of readings(places, portions)) {
			throwIfAborted(signal);
			const blobs = read(places, reading, begun++ < BESIDE_FROM_RANGES ? checkHere : checker);
			// Whoever awaits it sees the failure.
			blobs.catch(() => undefined);
			underWay.push(blobs);
			if (underWay.length > checker.width) {
				yield* contentsOf(source, await (underWay.shift() as Promise<BlobsOfReading>), sizes);
			}
		}
		for (let next = underWay.shift(); next !== undefined; next = underWay.shift()) {
			throwIfAborted(signal);
			yield* contentsOf(source, await next, sizes);
		}
	} finally {
		await Promise.allSettled(underWay);
	}
}

/** Where blobs lay when reading began. */
interface Places extends Omit<ContentSource, 'index'> {
	readonly table: BlobTable;
	readonly packs: readonly KnownPack[];
}

/** A blob that an entry needs; without an id, the end of an entry that has come. */
interface Wanted {
	readonly entry: ListingEntry;
	readonly id: BlobId | undefined;
	readonly isLast: boolean;
}

/** What is read at once. */
interface Reading {
	readonly ranges: { readonly range: PackRange; readonly numbers: number[] }[];
	storedBytes: number;
	contentBytes: number;
	readonly wanted: Wanted[];
	/** Of each the number in the table, -1 when it is not there. */
	readonly numbers: number[];
}

/** What was read. */
interface BlobsOfReading {
	readonly reading: Reading;
	/** By their numbers those that came out right. */
	readonly blobs: ReadonlyMap<number, Uint8Array>;
	/** The memory in which they lie. */
	readonly arrays: readonly Uint8Array[];
}

/** Divides what the entries need into ranges that are read at once. */
async function* readings({ table, readBlob }: Places, portions: Portions): AsyncGenerator<Reading> {
	const numberOf = (id: BlobId): number => table.find(blobIdBytes(id));
	let reading = emptyReading();
	/** @returns what is full, so that the blob begins another one. */
	const add = (wanted: Wanted, number: number): Reading | undefined => {
		let full: Reading | undefined;
		if (number >= 0 && !fits(reading, number, table)) {
			full = reading;
			reading = emptyReading();
			fits(reading, number, table);
		}
		reading.wanted.push(wanted);
		reading.numbers.push(number);
		return full;
	};
	for await (const entries of gathered(portions)) {
		const firsts = Int32Array.from(entries, ({ content }) => (content === undefined ? -1 : numberOf(content.id)));
		for (const position of inStorageOrder(firsts, table)) {
			const entry = entries[position] as ListingEntry;
			const { content } = entry;
			const isWhole = content === undefined || content.level === 0;
			if (!isWhole) {
				for await (const id of chunkIds(readBlob, content)) {
					const full = add({ entry, id, isLast: false }, numberOf(id));
					if (full !== undefined) {
						yield full;
					}
				}
			}
			const full = isWhole
				? add({ entry, id: content?.id, isLast: true }, firsts[position] as number)
				: add({ entry, id: undefined, isLast: true }, -1);
			if (full !== undefined) {
				yield full;
			}
		}
	}
	yield reading;
}

async function* gathered(portions: Portions): AsyncGenerator<readonly ListingEntry[]> {
	let entries: ListingEntry[] = [];
	for await (const portion of portions) {
		entries.push(...portion);
		if (entries.length >= ENTRIES_AT_ONCE) {
			yield entries;
			entries = [];
		}
	}
	yield entries;
}

function emptyReading(): Reading {
	return { ranges: [], storedBytes: 0, contentBytes: 0, wanted: [], numbers: [] };
}

/** Whether a blob is read along; it is counted then. */
function fits(reading: Reading, number: number, table: BlobTable): boolean {
	const location = table.location(number);
	const { pack, offset, storedBytes, lengthBytes } = location;
	const isFull =
		reading.contentBytes + lengthBytes > READING_CONTENT_BYTES ||
		reading.wanted.length >= READING_BLOBS ||
		reading.storedBytes > READING_STORED_BYTES;
	if (isFull && reading.ranges.length > 0) {
		return false;
	}
	let growth = storedBytes;
	let along = reading.ranges.findLast(({ range }) => {
		const before = range.bytes;
		const isAlong = readsAlong(range, location);
		growth = isAlong ? range.bytes - before : growth;
		return isAlong;
	});
	if (along === undefined) {
		if (reading.ranges.length === READING_RANGES) {
			return false;
		}
		along = { range: { pack, offset, bytes: storedBytes }, numbers: [] };
		reading.ranges.push(along);
	}
	along.numbers.push(number);
	reading.storedBytes += growth;
	reading.contentBytes += lengthBytes;
	return true;
}

/** Positions of the entries by where the first blob of each lies; what lies nowhere comes first. */
function inStorageOrder(numbers: Int32Array, table: BlobTable): Uint32Array {
	const places = Float64Array.from(numbers, (number) => (number < 0 ? -1 : placeOf(number, table)));
	return Uint32Array.from(numbers, (_, position) => position).sort((a, b) => (places[a] as number) - (places[b] as number));
}

function placeOf(number: number, table: BlobTable): number {
	const { pack, offset, innerOffset } = table.location(number);
	return (pack * 2 ** 32 + offset) * 2 + innerOffset / 2 ** 20;
}

async function read({ storage, table, packs }: Places, reading: Reading, checker: RangeChecker): Promise<BlobsOfReading> {
	const blobs = new Map<number, Uint8Array>();
	const arrays: Uint8Array[] = [];
	await Promise.all(
		reading.ranges.map(async ({ range, numbers }) => {
			const { id } = packs[range.pack] as KnownPack;
			let bytes: Uint8Array<ArrayBuffer>;
			try {
				bytes = await storage.getRange(layout.pack(id), range.offset, range.bytes);
			} catch {
				// What does not come out right is left to who asks: then it is looked for once more, and named.
				return;
			}
			const inOrder = [...new Set(numbers)].sort((a, b) => placeOf(a, table) - placeOf(b, table));
			const { bytes: all, damaged } = await checker.read(rangeOfBlobs(bytes, range.offset, table, inOrder));
			arrays.push(all);
			const isDamaged = new Set(damaged);
			let end = 0;
			for (const [position, number] of inOrder.entries()) {
				const start = end;
				end += table.location(number).lengthBytes;
				if (!isDamaged.has(position)) {
					blobs.set(number, all.subarray(start, end));
				}
			}
		}),
	);
	return { reading, blobs, arrays };
}

const NOTHING = new Uint8Array(0);

async function* contentsOf(
	{ readBlob }: ContentSource,
	{ reading, blobs, arrays }: BlobsOfReading,
	sizes: SizeCheck,
): AsyncGenerator<ContentPortion> {
	for (const [position, { entry, id, isLast }] of reading.wanted.entries()) {
		const bytes = id === undefined ? NOTHING : (blobs.get(reading.numbers[position] as number) ?? (await readBlob(id)));
		sizes.add(entry, bytes.length, isLast);
		yield { entry, bytes, isLast };
	}
	freeMemory(arrays);
}

/** Compares what came of each entry with its size; a list that names its chunks over and over would go on for ever otherwise. */
class SizeCheck {
	#total = 0;

	/** @throws StoreError `STORE_DAMAGED`. */
	add({ sizeBytes }: ListingEntry, bytes: number, isLast: boolean): void {
		this.#total += bytes;
		if (this.#total > sizeBytes || (isLast && this.#total < sizeBytes)) {
			throw wrongSize();
		}
		if (isLast) {
			this.#total = 0;
		}
	}
}
