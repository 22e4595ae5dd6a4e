import { throwIfAborted } from '../../base/index.ts';
import { StoreError } from '../errors.ts';
import { layout } from '../layout.ts';
import type { Lease } from '../leases/leaseBoard.ts';
import type { PackId } from '../packs/packFormat.ts';
import type { SnapshotId, SnapshotRecord } from '../records/record.ts';
import { readJob } from '../staging/beginStaging.ts';
import type { StoreParts } from '../store.ts';
import { condemn, readCondemnations, takeBackUnfinished, type Condemnation } from './condemned.ts';
import type { BlobMarks } from './blobMarks.ts';
import type { UpkeepOptions } from './progress.ts';
import { markSnapshots } from './reachable.ts';
import { repack } from './repack.ts';
import { upkeepJobId } from './rewriter.ts';
import { chooseRewrites, usageOf, type PackUsage } from './usage.ts';

/** How long a condemned pack stays at least, whatever the leases say: a share may show a new file late. */
const DEFAULT_GRACE_MS = 10 * 60_000;

/** A staging area of a device that never came back. */
const STALE_STAGING_MS = 7 * 24 * 60 * 60_000;

/** Nobody takes so long to write a small file, also when the machine slept meanwhile. */
const STALE_LEFTOVER_MS = 24 * 60 * 60_000;

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
	/** Packs of which so little would be needed that it is written anew. */
	readonly rewrittenPacks?: readonly PackId[];
	/** What the volume gets back once they are deleted. */
	readonly freedBytes: number;
	/** What nothing would need, and stays, since it shares its packs with what is needed and is too little to write these anew. */
	readonly unfreedBytes: number;
}

export interface PruneResult {
	readonly forgotten: readonly SnapshotRef[];
	readonly deletedPacks: number;
	readonly freedBytes: number;
	/** Condemned, and deleted by a later prune: when the grace period is over, and those who worked at that time have ended. */
	readonly waitingPacks: number;
	readonly waitingBytes: number;
	/** Packs of which only what is needed was written anew; they are among those that were deleted or wait. */
	readonly rewrittenPacks?: number;
}

/** See `SnapshotStore.planPrune`. @throws StoreError `STORE_DAMAGED`, `NEWER_FORMAT` - what some snapshot needs cannot be told. */
export async function planPrune(parts: StoreParts, options: PruneOptions = {}): Promise<PrunePlan> {
	const forget = options.forget ?? [];
	const { used } = await findUsage(parts, forget, options.signal);
	const packs: PackId[] = [];
	let freedBytes = 0;
	let unfreedBytes = 0;
	for (const { pack, neededBytes, storedBytes } of used) {
		throwIfAborted(options.signal);
		if (neededBytes === 0) {
			packs.push(pack.id);
			freedBytes += (await parts.storage.size(layout.pack(pack.id))) ?? 0;
		} else {
			unfreedBytes += storedBytes - neededBytes;
		}
	}
	const rewrites = rewritesOf(parts, used);
	const rewrittenBytes = rewrites.reduce((sum, { neededBytes, storedBytes }) => sum + storedBytes - neededBytes, 0);
	return {
		forget,
		graceMs: options.graceMs ?? DEFAULT_GRACE_MS,
		packs,
		rewrittenPacks: rewrites.map(({ pack }) => pack.id),
		freedBytes: freedBytes + rewrittenBytes,
		unfreedBytes: unfreedBytes - rewrittenBytes,
	};
}

/** See `SnapshotStore.prune`. */
export async function prune(parts: StoreParts, plan: PrunePlan, options: UpkeepOptions = {}): Promise<PruneResult> {
	throwIfAborted(options.signal);
	const lease = await parts.leases.acquire({ kind: 'prune', jobId: upkeepJobId() });
	try {
		return await pruneUnder(lease, parts, plan, options);
	} finally {
		await lease.release();
	}
}

async function pruneUnder(lease: Lease, parts: StoreParts, plan: PrunePlan, options: UpkeepOptions): Promise<PruneResult> {
	const { storage, index } = parts;
	await refuseIfInUse(parts, plan.forget);
	const forgotten: SnapshotRef[] = [];
	for (const { udid, id } of plan.forget) {
		throwIfAborted(options.signal);
		if ((await storage.size(layout.record(udid, id))) !== undefined) {
			lease.check();
			await parts.records.remove(udid, id);
			forgotten.push({ udid, id });
		}
	}
	await takeBackUnfinished(storage);
	// What the plan says may be old: what is needed is found out again, from what is there now.
	const { marks, used } = await findUsage(parts, [], options.signal);
	const unneeded = used.filter(({ number, neededBytes }) => neededBytes === 0 && !index.isCondemned(number));
	await condemnNow(
		lease,
		parts,
		unneeded.map(({ pack }) => pack.id),
	);
	const first = await executeCondemned(lease, parts, plan.graceMs, options);
	// Only now: what was deleted makes room for it. What is not needed was not deleted, so the numbers still hold.
	const rewritten = await repackNow(lease, parts, marks, used, options);
	const last = rewritten.length > 0 ? await executeCondemned(lease, parts, plan.graceMs, options) : first;
	await clearStaging(parts, lease);
	await clearRemains(parts, marks.missing.size === 0);
	await index.refresh();
	const deletedPacks = first.deletedPacks + (last === first ? 0 : last.deletedPacks);
	await index.save(deletedPacks > 0);
	return {
		...last,
		forgotten,
		deletedPacks,
		freedBytes: first.freedBytes + (last === first ? 0 : last.freedBytes),
		rewrittenPacks: rewritten.length,
	};
}

/** The packs that are worth it, and that stay: a condemned one is waited for. */
function rewritesOf({ index }: StoreParts, used: readonly PackUsage[]): PackUsage[] {
	return chooseRewrites(used.filter(({ number, neededBytes }) => neededBytes > 0 && !index.isCondemned(number)));
}

/** @returns the packs whose contents lie elsewhere now; they are condemned. */
async function repackNow(
	lease: Lease,
	parts: StoreParts,
	marks: BlobMarks,
	used: readonly PackUsage[],
	options: UpkeepOptions,
): Promise<readonly PackId[]> {
	const chosen = rewritesOf(parts, used);
	const rewritten = chosen.length === 0 ? [] : await repack(parts, lease, marks, chosen, options);
	await condemnNow(lease, parts, rewritten);
	return rewritten;
}

async function condemnNow(lease: Lease, { storage, leases }: StoreParts, packs: readonly PackId[]): Promise<void> {
	if (packs.length > 0) {
		lease.check();
		const others = async (): Promise<string[]> => {
			const { holders } = await leases.holders();
			return holders.filter(({ id }) => id !== lease.holder.id).map(({ id }) => id);
		};
		await condemn(storage, packs, others);
	}
}

/** The second half of a deletion: see `condemn`. */
async function executeCondemned(
	lease: Lease,
	parts: StoreParts,
	graceMs: number,
	{ signal }: UpkeepOptions,
): Promise<Omit<PruneResult, 'forgotten' | 'rewrittenPacks'>> {
	const { storage, leases } = parts;
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
	const { used } = await findUsage(parts, [], signal);
	const needed = new Set(used.filter(({ neededBytes }) => neededBytes > 0).map(({ pack }) => pack.id));
	for (const condemnation of due) {
		for (const pack of condemnation.packs.filter((id) => !needed.has(id))) {
			throwIfAborted(signal);
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

/** How often it is looked again when packs come and go meanwhile. */
const LOOKS = 4;

/** What the snapshots need, but for some of them. */
async function findUsage(
	parts: StoreParts,
	forget: readonly SnapshotRef[],
	signal: AbortSignal | undefined,
): Promise<{ marks: BlobMarks; used: PackUsage[] }> {
	const leaveOut = new Set(forget.map(({ udid, id }) => `${udid}/${id}`));
	for (let look = 1; look <= LOOKS; look++) {
		await parts.index.refresh();
		const records = await allRecords(parts, leaveOut, signal);
		const marks = await markSnapshots(parts, records, { onDamage: throwUnlessMissingContent, signal });
		if (marks.table === parts.index.table) {
			return { marks, used: usageOf(parts.index.packs, marks) };
		}
	}
	throw new StoreError('PLAN_OUTDATED', 'What is in the store changes too fast to tell what is needed: try again.');
}

/**
 * What lies below a list that is in no pack is lost already. Below one that cannot be read just now, or a part of a listing that is missing,
 * it may well be needed.
 */
function throwUnlessMissingContent(error: unknown, part: 'listing' | 'content'): void {
	if (part === 'listing' || !StoreError.is(error, 'BLOB_MISSING')) {
		throw error;
	}
}

async function allRecords(
	{ records }: StoreParts,
	leaveOut: ReadonlySet<string>,
	signal: AbortSignal | undefined,
): Promise<SnapshotRecord[]> {
	const all: SnapshotRecord[] = [];
	for (const udid of await records.devices()) {
		const { snapshots, unreadable } = await records.list(udid, { signal });
		const unknown = unreadable.find(({ id }) => !leaveOut.has(`${udid}/${id}`));
		if (unknown !== undefined) {
			throw new StoreError(unknown.code, `What snapshot ${unknown.id.slice(0, 8)} needs cannot be told, so nothing is given back.`, {
				details: { what: 'snapshot', udid, snapshot: unknown.id, unreadable: unknown.id },
			});
		}
		all.push(...snapshots.map(({ record }) => record).filter(({ id }) => !leaveOut.has(`${udid}/${id}`)));
	}
	return all;
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

/** What a crash left of small files, and what was put aside as damaged once no snapshot lacks anything. */
export async function clearRemains({ storage, leases, log }: StoreParts, isNothingMissing: boolean): Promise<number> {
	const { nowMs } = await leases.holders();
	const removed = await storage.clearLeftovers(nowMs - STALE_LEFTOVER_MS);
	if (removed > 0) {
		log.info(`${removed} files that were half written long ago are removed.`);
	}
	if (isNothingMissing) {
		for (const name of await storage.names(layout.quarantine)) {
			await storage.delete(`${layout.quarantine}/${name}`);
		}
	}
	return removed;
}
