import { throwIfAborted } from '../../base/index.ts';
import { StoreError } from '../errors.ts';
import { layout } from '../layout.ts';
import type { Lease } from '../leases/leaseBoard.ts';
import type { PackId } from '../packs/packFormat.ts';
import type { SnapshotId, SnapshotRecord } from '../records/record.ts';
import { readJob } from '../staging/beginStaging.ts';
import type { StoreParts } from '../store.ts';
import { condemn, readCondemnations, takeBackUnfinished, type Condemnation } from './condemned.ts';
import { BlobMarks, markListing } from './reachable.ts';

/** How long a condemned pack stays at least, whatever the leases say: a share may show a new file late. */
const DEFAULT_GRACE_MS = 10 * 60_000;

/** A staging area of a device that never came back. */
const STALE_STAGING_MS = 7 * 24 * 60 * 60_000;

export interface SnapshotRef {
	readonly udid: string;
	readonly id: SnapshotId;
}

export interface PruneOptions {
	/** Snapshots to forget first. */
	readonly forget?: readonly SnapshotRef[];
	readonly graceMs?: number;
	readonly signal?: AbortSignal;
}

/** What a prune would do, as things stand. */
export interface PrunePlan {
	readonly forget: readonly SnapshotRef[];
	readonly graceMs: number;
	/** Packs that nothing would need. */
	readonly packs: readonly PackId[];
	/** What the volume gets back once they are deleted. */
	readonly freedBytes: number;
	/** What nothing would need, and stays, since it shares its packs with what is needed. */
	readonly unfreedBytes: number;
}

export interface PruneResult {
	readonly forgotten: readonly SnapshotRef[];
	readonly deletedPacks: number;
	readonly freedBytes: number;
	/** Condemned, and deleted by a later prune: when the grace period is over, and those who worked at that time have ended. */
	readonly waitingPacks: number;
	readonly waitingBytes: number;
}

/** See `SnapshotStore.planPrune`. @throws StoreError `STORE_DAMAGED`, `NEWER_FORMAT` - what some snapshot needs cannot be told. */
export async function planPrune(parts: StoreParts, options: PruneOptions = {}): Promise<PrunePlan> {
	const forget = options.forget ?? [];
	await parts.index.refresh();
	const marks = await markAll(parts, forget, options.signal);
	const packs: PackId[] = [];
	let freedBytes = 0;
	let unfreedBytes = 0;
	for (const [pack, { neededBytes, storedBytes }] of usage(parts, marks).entries()) {
		const { id } = parts.index.packs[pack] as { id: PackId };
		if (neededBytes === 0) {
			packs.push(id);
			freedBytes += (await parts.storage.size(layout.pack(id))) ?? 0;
		} else {
			unfreedBytes += storedBytes - neededBytes;
		}
	}
	return { forget, graceMs: options.graceMs ?? DEFAULT_GRACE_MS, packs, freedBytes, unfreedBytes };
}

/** See `SnapshotStore.prune`. */
export async function prune(parts: StoreParts, plan: PrunePlan): Promise<PruneResult> {
	const lease = await parts.leases.acquire({ kind: 'prune' });
	try {
		return await pruneUnder(lease, parts, plan);
	} finally {
		await lease.release();
	}
}

async function pruneUnder(lease: Lease, parts: StoreParts, plan: PrunePlan): Promise<PruneResult> {
	const { storage, index, leases } = parts;
	await refuseIfInUse(parts, plan.forget);
	const forgotten: SnapshotRef[] = [];
	for (const { udid, id } of plan.forget) {
		if ((await storage.size(layout.record(udid, id))) !== undefined) {
			lease.check();
			await parts.records.remove(udid, id);
			forgotten.push({ udid, id });
		}
	}
	await takeBackUnfinished(storage);
	// What the plan says may be old: what is needed is found out again, from what is there now.
	await index.refresh();
	const marks = await markAll(parts, []);
	const unneeded = [...usage(parts, marks).entries()]
		.filter(([pack, { neededBytes }]) => neededBytes === 0 && !index.isCondemned(pack))
		.map(([pack]) => (index.packs[pack] as { id: PackId }).id);
	if (unneeded.length > 0) {
		lease.check();
		const others = async (): Promise<string[]> => {
			const { holders } = await leases.holders();
			return holders.filter(({ id }) => id !== lease.holder.id).map(({ id }) => id);
		};
		await condemn(storage, unneeded, others);
	}
	const result = await executeCondemned(lease, parts, plan.graceMs);
	await clearStaging(parts, lease);
	await index.refresh();
	await index.save(result.deletedPacks > 0);
	return { forgotten, ...result };
}

/** The second half of a deletion: see `condemn`. */
async function executeCondemned(lease: Lease, parts: StoreParts, graceMs: number): Promise<Omit<PruneResult, 'forgotten'>> {
	const { storage, index, leases } = parts;
	const result = { deletedPacks: 0, freedBytes: 0, waitingPacks: 0, waitingBytes: 0 };
	const due: Condemnation[] = [];
	const { holders, nowMs } = await leases.holders();
	const alive = new Set(holders.map(({ id }) => id));
	for (const condemnation of await readCondemnations(storage)) {
		const isWaiting =
			nowMs - condemnation.condemnedAtMs < graceMs || condemnation.leases.some((id) => id !== lease.holder.id && alive.has(id));
		if (isWaiting) {
			result.waitingPacks += condemnation.packs.length;
			for (const pack of condemnation.packs) {
				result.waitingBytes += (await storage.size(layout.pack(pack))) ?? 0;
			}
		} else {
			due.push(condemnation);
		}
	}
	if (due.length === 0) {
		return result;
	}
	// Those who worked then have ended, and may have sealed what they named.
	await index.refresh();
	const marks = await markAll(parts, []);
	const used = usage(parts, marks);
	const needed = new Set(index.packs.filter((_, pack) => (used[pack]?.neededBytes ?? 0) > 0).map(({ id }) => id));
	for (const condemnation of due) {
		for (const pack of condemnation.packs.filter((id) => !needed.has(id))) {
			lease.check();
			result.freedBytes += (await storage.size(layout.pack(pack))) ?? 0;
			await storage.delete(layout.pack(pack));
			result.deletedPacks++;
		}
		// Order matters: as long as one of its packs is there, the condemnation is.
		await storage.delete(condemnation.key);
	}
	return result;
}

async function markAll(parts: StoreParts, forget: readonly SnapshotRef[], signal?: AbortSignal): Promise<BlobMarks> {
	const marks = new BlobMarks(parts.index.table);
	const leaveOut = new Set(forget.map(({ udid, id }) => `${udid}/${id}`));
	const seen = new Set<string>();
	for (const record of await allRecords(parts, leaveOut)) {
		throwIfAborted(signal);
		if (!seen.has(record.listing)) {
			seen.add(record.listing);
			await markListing(marks, await parts.openListing(record), parts.readBlob, throwUnlessMissing, signal);
		}
	}
	return marks;
}

/** What lies below a list that is in no pack is lost already. Below one that cannot be read just now it may well be needed. */
function throwUnlessMissing(error: unknown): void {
	if (!StoreError.is(error, 'BLOB_MISSING')) {
		throw error;
	}
}

async function allRecords({ records }: StoreParts, leaveOut: ReadonlySet<string>): Promise<SnapshotRecord[]> {
	const all: SnapshotRecord[] = [];
	for (const udid of await records.devices()) {
		const { snapshots, unreadable } = await records.list(udid);
		const unknown = unreadable.find(({ id }) => !leaveOut.has(`${udid}/${id}`));
		if (unknown !== undefined) {
			throw new StoreError(unknown.code, 'What a snapshot needs cannot be told, so nothing may be given back.', {
				details: { what: 'snapshot', udid, snapshot: unknown.id },
			});
		}
		all.push(...snapshots.map(({ record }) => record).filter(({ id }) => !leaveOut.has(`${udid}/${id}`)));
	}
	return all;
}

/** How much of each pack is needed. A blob that lies in several is counted where it would be read. */
function usage({ index }: StoreParts, marks: BlobMarks): { neededBytes: number; storedBytes: number }[] {
	const used = index.packs.map(({ dataEnd }) => ({ neededBytes: 0, storedBytes: dataEnd }));
	for (const number of marks.numbers()) {
		const { pack, storedBytes, isCompressed, lengthBytes } = index.table.location(number);
		const entry = used[pack];
		if (entry !== undefined) {
			// A frame's bytes are shared by the blobs in it; each counts at most with what it would be by itself.
			entry.neededBytes += Math.max(1, isCompressed ? Math.min(storedBytes, lengthBytes) : storedBytes);
		}
	}
	return used.map(({ neededBytes, storedBytes }) => ({ neededBytes: Math.min(neededBytes, storedBytes), storedBytes }));
}

async function refuseIfInUse({ leases }: StoreParts, forget: readonly SnapshotRef[]): Promise<void> {
	const ids = new Set<string>(forget.map(({ id }) => id));
	const holder = (await leases.holders()).holders.find(({ snapshot }) => snapshot !== undefined && ids.has(snapshot));
	if (holder !== undefined) {
		throw new StoreError('SNAPSHOT_IN_USE', 'A snapshot is in use.', { details: { snapshot: holder.snapshot, holder } });
	}
}

/** Staging areas whose device did not come back for a long time, and those that belong to none. */
async function clearStaging({ storage, leases, log }: StoreParts, lease: Lease): Promise<void> {
	for (const jobId of await storage.names(layout.staging)) {
		const folder = `${layout.staging}/${jobId}`;
		const { udid } = await readJob(storage, folder);
		const { holders, nowMs } = await leases.holders();
		const files = await storage.list(folder);
		// One that says nothing of a device was about to be removed, or its job is just beginning, and holds its lease.
		const isFresh = udid !== undefined && files.some(({ modifiedAtMs }) => nowMs - modifiedAtMs < STALE_STAGING_MS);
		if (isFresh || holders.some((holder) => holder.jobId === jobId || (udid !== undefined && holder.udid === udid))) {
			continue;
		}
		lease.check();
		log.info('What an interrupted run had received long ago is removed.');
		await storage.deleteFolder(folder);
	}
}
