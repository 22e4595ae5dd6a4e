import { throwIfAborted } from '../../base/index.ts';
import { blobIdText, type BlobId } from '../blobs/blobId.ts';
import type { KnownPack } from '../blobs/blobIndex.ts';
import type { BlobTable } from '../blobs/blobTable.ts';
import { StoreError } from '../errors.ts';
import { layout } from '../layout.ts';
import { readPackDirectory, type PackId } from '../packs/packFormat.ts';
import { BESIDE_FROM_RANGES, checkHere, rangeOfBlobs, readsAlong, type PackRange, type RangeChecker } from '../packs/rangeCheck.ts';
import type { SnapshotRecord } from '../records/record.ts';
import type { StoreParts } from '../store.ts';
import type { BlobMarks } from './blobMarks.ts';
import { findDamagedFiles, type DamagedSnapshot } from './damage.ts';
import { throwUnlessDamage } from './packAudit.ts';
import type { SnapshotRef } from './prune.ts';
import { markSnapshots } from './reachable.ts';

export interface VerifyOptions {
	/** All of the store's when absent, or of `udid`. */
	readonly snapshots?: readonly SnapshotRecord[];
	/** Only this device's. */
	readonly udid?: string | undefined;
	/** The part of the blobs whose bytes are read, 0 to 1; all when absent. What the snapshots name is always looked for. */
	readonly sample?: number;
	/** A number from 0 up to 1, as `Math.random` gives it. */
	readonly random?: () => number;
	readonly signal?: AbortSignal;
	/** Who hashes when there is much to hash; this thread when absent. */
	readonly checker?: RangeChecker;
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
	/** Records that cannot be read at all, or are gone though nobody deleted them. */
	readonly unreadable: readonly { readonly udid: string; readonly id: string; readonly code: string }[];
	/** Snapshots whose name, note and pin cannot be read. They count as pinned. */
	readonly unreadableLabels: readonly SnapshotRef[];
	/** Devices that have a head, of their own or of an app, that names no snapshot. Looked for when all of a device's snapshots are checked. */
	readonly unreadableHeads: readonly string[];
	/** What the damage touches. Empty when there is none. */
	readonly damagedSnapshots: readonly DamagedSnapshot[];
}

/** A pack went away while it was read: another process has written its contents anew, or they are not needed any more. */
class PackGone extends Error {}

/** How often verification begins anew, because another process prunes at the same time. */
const ATTEMPTS = 4;

/** See `SnapshotStore.verify`. */
export async function verify(parts: StoreParts, options: VerifyOptions = {}): Promise<VerifyReport> {
	for (let attempt = 1; ; attempt++) {
		try {
			return await verifyOnce(parts, options);
		} catch (error) {
			if (!(error instanceof PackGone) || attempt === ATTEMPTS) {
				throw error instanceof PackGone
					? new StoreError('PLAN_OUTDATED', 'Packs go away while they are read: verify again when nobody prunes.')
					: error;
			}
		}
	}
}

async function verifyOnce(parts: StoreParts, options: VerifyOptions): Promise<VerifyReport> {
	const { index } = parts;
	await index.refresh();
	const { records, unreadable, unreadableLabels, unreadableHeads } = await chosen(parts, options);
	let isDamaged = false;
	const marks = await markSnapshots(parts, records, {
		signal: options.signal,
		onDamage: (error) => {
			throwUnlessDamage(error);
			isDamaged = true;
		},
	});
	const damagedPacks = new Set<PackId>(index.damagedPacks.keys());
	const damaged = new Set<BlobId>();
	const reads = plannedReads(marks, options);
	const checker = reads.length < BESIDE_FROM_RANGES ? checkHere : (options.checker ?? checkHere);
	const reader = new PackCheck(parts, marks.table, index.packs, checker, damaged, damagedPacks);
	const totalBytes = reads.reduce((sum, read) => sum + read.bytes, 0);
	let checkedBytes = 0;
	let checkedBlobs = 0;
	options.onProgress?.({ checkedBytes, totalBytes });
	for await (const read of reader.run(reads, options.signal)) {
		checkedBytes += read.bytes;
		checkedBlobs += read.numbers.length;
		options.onProgress?.({ checkedBytes, totalBytes });
	}
	const damagedSnapshots =
		damaged.size + marks.missing.size === 0 && !isDamaged
			? []
			: await findDamagedFiles(parts, records, new Set([...damaged, ...marks.missing]), options.signal);
	return {
		checkedSnapshots: records.length,
		checkedBlobs,
		checkedBytes,
		missingBlobs: [...marks.missing],
		damagedBlobs: [...damaged],
		damagedPacks: [...damagedPacks],
		unreadable,
		unreadableLabels,
		unreadableHeads,
		damagedSnapshots,
	};
}

/** Reads what was planned, as far ahead as the checker keeps up. */
class PackCheck {
	readonly #parts: StoreParts;
	readonly #table: BlobTable;
	readonly #packs: readonly KnownPack[];
	readonly #checker: RangeChecker;
	readonly #damaged: Set<BlobId>;
	readonly #damagedPacks: Set<PackId>;

	constructor(
		parts: StoreParts,
		table: BlobTable,
		packs: readonly KnownPack[],
		checker: RangeChecker,
		damaged: Set<BlobId>,
		damagedPacks: Set<PackId>,
	) {
		this.#parts = parts;
		this.#table = table;
		this.#packs = packs;
		this.#checker = checker;
		this.#damaged = damaged;
		this.#damagedPacks = damagedPacks;
	}

	async *run(reads: readonly PlannedRead[], signal: AbortSignal | undefined): AsyncGenerator<PlannedRead> {
		let pack: number | undefined;
		const underWay: Promise<readonly number[]>[] = [];
		let begun = 0;
		for (const read of reads) {
			throwIfAborted(signal);
			const { id } = this.#packs[read.pack] as KnownPack;
			if (read.pack !== pack) {
				pack = read.pack;
				await this.#checkDirectory(id);
			}
			for (; begun < reads.length && underWay.length <= this.#checker.width; begun++) {
				const next = reads[begun] as PlannedRead;
				const damaged = this.#check(next);
				// Whoever awaits it sees the failure.
				damaged.catch(() => undefined);
				underWay.push(damaged);
			}
			for (const position of (await underWay.shift()) ?? []) {
				this.#damaged.add(blobIdText(this.#table.id(read.numbers[position] as number)));
				this.#damagedPacks.add(id);
			}
			yield read;
		}
	}

	/** @returns where in the read's list the damaged blobs stand: all of them when the pack ends too early. */
	async #check(read: PlannedRead): Promise<readonly number[]> {
		const { id } = this.#packs[read.pack] as KnownPack;
		let bytes: Uint8Array<ArrayBuffer>;
		try {
			bytes = await this.#parts.storage.getRange(layout.pack(id), read.offset, read.bytes);
		} catch (error) {
			await this.#throwUnlessDamaged(error, id);
			return [...read.numbers.keys()];
		}
		return this.#checker.check(rangeOfBlobs(bytes, read.offset, this.#table, read.numbers));
	}

	async #checkDirectory(id: PackId): Promise<void> {
		try {
			await readPackDirectory(this.#parts.storage, layout.pack(id), id);
		} catch (error) {
			await this.#throwUnlessDamaged(error, id);
			this.#damagedPacks.add(id);
		}
	}

	async #throwUnlessDamaged(error: unknown, id: PackId): Promise<void> {
		throwUnlessDamage(error);
		if ((await this.#parts.storage.size(layout.pack(id))) === undefined) {
			throw new PackGone();
		}
	}
}

type SmallFiles = Pick<VerifyReport, 'unreadable' | 'unreadableLabels' | 'unreadableHeads'>;

async function chosen({ records }: StoreParts, options: VerifyOptions): Promise<SmallFiles & { records: readonly SnapshotRecord[] }> {
	const { snapshots, udid: onlyUdid, signal } = options;
	const all: SnapshotRecord[] = [...(snapshots ?? [])];
	const unreadable: { udid: string; id: string; code: string }[] = [];
	const unreadableLabels: SnapshotRef[] = [];
	const unreadableHeads: string[] = [];
	if (snapshots !== undefined) {
		for (const udid of new Set(snapshots.map((record) => record.udid))) {
			const ids = await records.unreadableLabels(udid, new Set(snapshots.map(({ id }) => id)));
			unreadableLabels.push(...ids.map((id) => ({ udid, id })));
		}
		return { records: all, unreadable, unreadableLabels, unreadableHeads };
	}
	for (const udid of onlyUdid === undefined ? await records.devices() : [onlyUdid]) {
		const list = await records.list(udid, { signal });
		unreadable.push(...list.unreadable.map(({ id, code }) => ({ udid, id, code })));
		for (const { record } of list.snapshots) {
			throwIfAborted(signal);
			// Not from a cache: the record itself is to be checked.
			try {
				all.push((await records.find(udid, record.id)) ?? record);
			} catch (error) {
				throwUnlessDamage(error);
				unreadable.push({ udid, id: record.id, code: (error as StoreError).code });
			}
		}
		unreadableLabels.push(...(await records.unreadableLabels(udid)).map((id) => ({ udid, id })));
		if (await records.hasUnreadableHead(udid)) {
			unreadableHeads.push(udid);
		}
	}
	return { records: all, unreadable, unreadableLabels, unreadableHeads };
}

/** One range of a pack, and the blobs in it. */
interface PlannedRead extends PackRange {
	readonly numbers: number[];
}

/** In the order of packs and offsets, so that reading is sequential. */
function plannedReads(marks: BlobMarks, { sample = 1, random = Math.random }: VerifyOptions): PlannedRead[] {
	const { table } = marks;
	const wanted = Uint32Array.from(sample >= 1 ? marks.numbers() : [...marks.numbers()].filter(() => random() < sample));
	const places = new Float64Array(table.count);
	for (const number of wanted) {
		const { pack, offset } = table.location(number);
		places[number] = pack * 2 ** 32 + offset;
	}
	wanted.sort((a, b) => (places[a] as number) - (places[b] as number));
	const reads: PlannedRead[] = [];
	for (const number of wanted) {
		const location = table.location(number);
		const last = reads.at(-1);
		if (last !== undefined && readsAlong(last, location)) {
			last.numbers.push(number);
		} else {
			const { pack, offset, storedBytes } = location;
			reads.push({ pack, offset, bytes: storedBytes, numbers: [number] });
		}
	}
	return reads;
}
