import { Disposable, type Clock, type Logger } from '../base/index.ts';
import type { BlobId } from './blobs/blobId.ts';
import { BlobIndex } from './blobs/blobIndex.ts';
import { BlobReader } from './blobs/blobReader.ts';
import { readContent } from './content/contentReader.ts';
import { contentsInOrder, type ContentPortion, type Portions, type ReadContentsOptions } from './content/contentsInOrder.ts';
import { StoreError } from './errors.ts';
import { layout } from './layout.ts';
import type { LeaseHolder, LeaseProgram, LeaseRequest } from './leases/lease.ts';
import { LeaseBoard, type Lease } from './leases/leaseBoard.ts';
import { currentProcess, type ProcessFacts } from './leases/processes.ts';
import { diffListings, type ListingChange } from './listing/diff.ts';
import type { ListingEntry } from './listing/entry.ts';
import { Listing } from './listing/listing.ts';
import { decodeListingRoot } from './listing/listingRoot.ts';
import { SegmentCache } from './listing/segmentCache.ts';
import { addEvent, readEvents, type DeviceEvent } from './records/eventLog.ts';
import type { LabelsChange } from './records/labelFiles.ts';
import { checkName, checkNote } from './records/labels.ts';
import type { SnapshotVerdict } from './records/checks.ts';
import type { SnapshotId, SnapshotRecord } from './records/record.ts';
import { RecordStore, type SnapshotList } from './records/recordStore.ts';
import { beginStaging, type StagingOptions } from './staging/beginStaging.ts';
import type { StagingArea } from './staging/stagingArea.ts';
import { FolderStorage } from './storage/folderStorage.ts';
import type { WorkingStorage } from './storage/storage.ts';
import { openStoreFile } from './storeFile.ts';
import { throwUnlessDamage } from './upkeep/packAudit.ts';
import type { UpkeepOptions } from './upkeep/progress.ts';
import { planPrune, prune, type PruneOptions, type PrunePlan, type PruneResult } from './upkeep/prune.ts';
import { markSnapshots } from './upkeep/reachable.ts';
import { repair, type RepairReport } from './upkeep/repair.ts';
import { verify, type VerifyOptions, type VerifyReport } from './upkeep/verify.ts';

export interface StoreOptions {
	/** Makes the store when the folder is empty or not there yet. */
	readonly create?: boolean;
	readonly clock: Clock;
	readonly log: Logger;
	/** Who this process is, for leases; the real one when absent. */
	readonly process?: ProcessFacts;
	/** What others see at work; nothing in particular when absent. */
	readonly program?: LeaseProgram | undefined;
}

/** What the parts of a store share. */
export interface StoreParts {
	readonly storage: WorkingStorage;
	readonly index: BlobIndex;
	readonly records: RecordStore;
	readonly leases: LeaseBoard;
	readonly clock: Clock;
	readonly log: Logger;
	/** A blob's checked bytes. */
	readonly readBlob: (id: BlobId) => Promise<Uint8Array>;
	readonly openListing: (record: SnapshotRecord) => Promise<Listing>;
}

/**
 * A store of snapshots in a folder: docs/store-format.md. Any number of processes may have it open. Nothing is read before it is needed, and
 * nothing is kept that another process could make wrong.
 *
 * Methods reject with StoreError; `STORE_FULL` and `STORE_UNUSABLE` may come from any of them.
 */
export class SnapshotStore extends Disposable {
	/** Tells stores apart, wherever they are mounted. */
	readonly id: string;
	readonly #parts: StoreParts;

	private constructor(id: string, parts: StoreParts) {
		super();
		this.id = id;
		this.#parts = parts;
	}

	/** @throws StoreError `NOT_A_STORE`, `NEWER_FORMAT`; `STORE_UNUSABLE` - also of a folder with other things in it, where one was to be made. */
	static open(folder: string, options: StoreOptions): Promise<SnapshotStore> {
		return SnapshotStore.openStorage(new FolderStorage(folder), options);
	}

	/** The same over any storage. */
	static async openStorage(storage: WorkingStorage, options: StoreOptions): Promise<SnapshotStore> {
		const id = await openStoreFile(storage, options.create === true);
		const { clock, log } = options;
		const index = new BlobIndex(storage, log);
		const reader = new BlobReader(storage, index);
		const readBlob = (blob: BlobId): Promise<Uint8Array> => reader.read(blob);
		const segments = new SegmentCache(readBlob);
		return new SnapshotStore(id, {
			storage,
			index,
			records: new RecordStore(storage, log),
			leases: new LeaseBoard(storage, clock, options.process ?? currentProcess(), log, options.program),
			clock,
			log,
			readBlob,
			openListing: async (record) => new Listing(record.listing, decodeListingRoot(await readBlob(record.listing)), segments.load),
		});
	}

	/** UDIDs of all devices that ever had a snapshot here. */
	devices(): Promise<string[]> {
		return this.#parts.records.devices();
	}

	/** Oldest first; those that cannot be read are named beside. */
	snapshots(udid: string, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<SnapshotList> {
		return this.#parts.records.list(udid, options);
	}

	/** @throws StoreError `SNAPSHOT_NOT_FOUND`; `NEWER_FORMAT`, `STORE_DAMAGED` - it is there and cannot be read. */
	async snapshot(udid: string, id: SnapshotId): Promise<SnapshotRecord> {
		const record = await this.#parts.records.find(udid, id);
		if (record === undefined) {
			throw new StoreError('SNAPSHOT_NOT_FOUND', 'There is no such snapshot.', { details: { udid, snapshot: id } });
		}
		return record;
	}

	/**
	 * Names a snapshot, or takes its name away. Of several that give the same name at once one wins.
	 * @throws StoreError `NAME_TAKEN`, `NAME_INVALID`, `SNAPSHOT_NOT_FOUND`; `LEASE_HELD` - somebody else keeps on naming, or a repair runs.
	 */
	async setName(udid: string, id: SnapshotId, name: string | undefined): Promise<void> {
		if (name !== undefined) {
			checkName(name);
		}
		await this.#changeLabels(udid, id, { name }, async () => {
			const { snapshots } = await this.snapshots(udid);
			const other = snapshots.find(({ record, labels }) => name !== undefined && labels.name === name && record.id !== id);
			if (other !== undefined) {
				throw new StoreError('NAME_TAKEN', `Another snapshot is called ${name}.`, { details: { snapshot: other.record.id, name } });
			}
		});
	}

	/** @throws StoreError `NAME_INVALID`, `SNAPSHOT_NOT_FOUND`, `LEASE_HELD`. */
	async setNote(udid: string, id: SnapshotId, note: string | undefined): Promise<void> {
		await this.#changeLabels(udid, id, { note: note === undefined ? undefined : checkNote(note) });
	}

	/** A pinned snapshot is one that no policy forgets. @throws StoreError `SNAPSHOT_NOT_FOUND`, `LEASE_HELD`. */
	async setPinned(udid: string, id: SnapshotId, pinned: boolean): Promise<void> {
		await this.#changeLabels(udid, id, { pinned: pinned ? true : undefined });
	}

	async #changeLabels(udid: string, id: SnapshotId, change: LabelsChange, check?: () => Promise<void>): Promise<void> {
		await this.snapshot(udid, id);
		// Order matters: what is read before it is changed must not be changed in between by another process, or one of both changes were lost.
		const lease = await this.#parts.leases.acquire({ kind: 'name', udid });
		try {
			await check?.();
			lease.check();
			await this.#parts.records.setLabels(udid, id, change);
		} finally {
			await lease.release();
		}
	}

	/** Keeps what a check of all of a snapshot's bytes found; nothing when the snapshot has gone meanwhile. */
	async setVerdict(udid: string, id: SnapshotId, verdict: SnapshotVerdict): Promise<void> {
		if ((await this.#parts.storage.size(layout.record(udid, id))) !== undefined) {
			await this.#parts.records.setVerdict(udid, id, verdict);
		}
	}

	/** The snapshot that the device stands at, as far as is known; undefined when there is none, or it was deleted. */
	async head(udid: string): Promise<SnapshotId | undefined> {
		const id = await this.#parts.records.head(udid);
		return id !== undefined && (await this.#parts.storage.size(layout.record(udid, id))) !== undefined ? id : undefined;
	}

	/** The snapshots that apps of the device stand at, by bundle id; those that were deleted are left out. */
	async appHeads(udid: string): Promise<Map<string, SnapshotId>> {
		const heads = await this.#parts.records.appHeads(udid);
		for (const [app, id] of heads) {
			if ((await this.#parts.storage.size(layout.record(udid, id))) === undefined) {
				heads.delete(app);
			}
		}
		return heads;
	}

	/** After a roll-back: an app's snapshot becomes the head of its app, any other that of the device. @throws StoreError `SNAPSHOT_NOT_FOUND`. */
	async setHead(udid: string, id: SnapshotId): Promise<void> {
		const { kind, app } = await this.snapshot(udid, id);
		await (kind === 'app' && app !== undefined ? this.#parts.records.setAppHead(udid, app, id) : this.#parts.records.setHead(udid, id));
	}

	/** Notes something that explains why a device's state changed. Never changed afterwards. @throws StoreError `NAME_INVALID` - it is too long. */
	addEvent(udid: string, event: DeviceEvent): Promise<void> {
		return addEvent(this.#parts.storage, udid, event);
	}

	/** The newest events of a device, oldest first. */
	events(udid: string, limit?: number): Promise<DeviceEvent[]> {
		return readEvents(this.#parts.storage, udid, this.#parts.log, limit);
	}

	/**
	 * Begins a backup on top of a snapshot, or of nothing. Takes over what an interrupted run of the device had received.
	 * @throws StoreError `LEASE_HELD` - the device is being backed up or restored. `SNAPSHOT_NOT_FOUND` - the base.
	 */
	beginStaging(options: StagingOptions): Promise<StagingArea> {
		return beginStaging(this.#parts, options);
	}

	/**
	 * Whether no pack has something that the snapshot needs, as after damage was repaired. Reads the listing and no contents. What is made on top
	 * of such a snapshot lacks the same: only a backup without a base brings it back, and makes older snapshots whole as well.
	 */
	async isIncomplete(record: SnapshotRecord, signal?: AbortSignal): Promise<boolean> {
		await this.#parts.index.refresh();
		let isDamaged = false;
		const onDamage = (error: unknown): void => {
			throwUnlessDamage(error);
			isDamaged = true;
		};
		const marks = await markSnapshots(this.#parts, [record], { onDamage, signal });
		return isDamaged || marks.missing.size > 0;
	}

	/** What a snapshot holds. Opening it reads some kilobytes. */
	openListing(record: SnapshotRecord): Promise<Listing> {
		return this.#parts.openListing(record);
	}

	/** A file's bytes, in portions of at most a megabyte, each checked. Nothing for a folder. */
	openContent(entry: Pick<ListingEntry, 'content' | 'sizeBytes'>): AsyncGenerator<Uint8Array> {
		return readContent(this.#parts.readBlob, entry.content, entry.sizeBytes);
	}

	/**
	 * The contents of many entries about in the order in which they lie in packs, which is much faster than one by one; see `contentsInOrder`.
	 * @param portions - of listings of this store, as `Listing.entries` gives them.
	 */
	contents(portions: Portions, options: ReadContentsOptions = {}): AsyncGenerator<ContentPortion> {
		return contentsInOrder(this.#parts, portions, options);
	}

	/** The files that differ between two snapshots, of one device or of two. */
	async *diff(before: SnapshotRecord, after: SnapshotRecord): AsyncGenerator<ListingChange[]> {
		yield* diffListings(await this.openListing(before), await this.openListing(after));
	}

	/** Says to all processes what this one is at. @throws StoreError `LEASE_HELD`. */
	acquireLease(request: LeaseRequest): Promise<Lease> {
		return this.#parts.leases.acquire(request);
	}

	/** Who is at work in the store now. */
	async leases(): Promise<LeaseHolder[]> {
		return (await this.#parts.leases.holders()).holders;
	}

	/** What forgetting some snapshots, and giving back what nothing needs, would free. Changes nothing. */
	planPrune(options?: PruneOptions): Promise<PrunePlan> {
		return planPrune(this.#parts, options);
	}

	/**
	 * Forgets the plan's snapshots, condemns what nothing needs any more, and deletes what was condemned long enough ago and by now is
	 * needed by nobody. Safe beside running backups and restores.
	 * @throws StoreError `LEASE_HELD` - another prune or a repair runs. `SNAPSHOT_IN_USE`.
	 */
	prune(plan: PrunePlan, options?: UpkeepOptions): Promise<PruneResult> {
		return prune(this.#parts, plan, options);
	}

	/**
	 * Forgets snapshots; also ones that cannot be read. Their space comes back with the next `prune`. A head among them is no more.
	 * @throws StoreError `SNAPSHOT_IN_USE` - nothing was forgotten.
	 */
	async delete(udid: string, ids: readonly string[]): Promise<void> {
		const holder = (await this.leases()).find(({ snapshot }) => snapshot !== undefined && ids.includes(snapshot));
		if (holder !== undefined) {
			throw new StoreError('SNAPSHOT_IN_USE', 'A snapshot is in use.', { details: { snapshot: holder.snapshot, holder } });
		}
		for (const id of ids) {
			await this.#parts.records.remove(udid, id as SnapshotId);
		}
	}

	/** Reads and checks what the snapshots need. Finds damage and names it; changes nothing. */
	verify(options?: VerifyOptions): Promise<VerifyReport> {
		return verify(this.#parts, options);
	}

	/**
	 * Makes anew what can be made from what is there: index, heads, caches, records; takes what is readable out of damaged packs and puts these
	 * aside. Reads all packs. @throws StoreError `LEASE_HELD` - somebody is at work.
	 */
	repair(options?: UpkeepOptions): Promise<RepairReport> {
		return repair(this.#parts, options);
	}

	/** Bytes that may still be written where the store lies. */
	freeBytes(): Promise<number> {
		return this.#parts.storage.freeBytes();
	}
}
