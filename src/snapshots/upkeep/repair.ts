import { throwIfAborted } from '../../base/index.ts';
import type { BlobId } from '../blobs/blobId.ts';
import { layout, packIdOfName } from '../layout.ts';
import type { Lease } from '../leases/leaseBoard.ts';
import type { PackId } from '../packs/packFormat.ts';
import type { SnapshotRecord } from '../records/record.ts';
import type { StorageKey } from '../storage/storage.ts';
import type { StoreParts } from '../store.ts';
import { auditPack, readIntact, throwUnlessDamage, type PackAudit } from './packAudit.ts';
import type { UpkeepOptions } from './progress.ts';
import { clearRemains, type SnapshotRef } from './prune.ts';
import { markSnapshots } from './reachable.ts';
import { Rewriter, upkeepJobId } from './rewriter.ts';

/** What was made anew, and what could not be. */
export interface RepairReport {
	readonly packs: number;
	readonly blobs: number;
	/** Packs that were damaged. What could be read of them was written anew, and they were put aside; those of a newer version stay as well. */
	readonly damagedPacks: readonly PackId[];
	/** Devices whose head was missing or named nothing, and now names their newest snapshot. */
	readonly headsSet: readonly string[];
	/** Contents that were taken out of damaged packs. */
	readonly salvagedBlobs: number;
	/** What snapshots need and no pack has any more. A backup that brings the same content makes these snapshots whole again. */
	readonly missingBlobs: readonly BlobId[];
	/** Snapshots whose record was damaged, and is as it was written again. */
	readonly restoredRecords: readonly SnapshotRef[];
	/** Snapshots whose name, note and pin were damaged, and are as they were again. */
	readonly restoredLabels: readonly SnapshotRef[];
	/** Snapshots whose name, note and pin were damaged and are lost. They are pinned now. */
	readonly lostLabels: readonly SnapshotRef[];
	/** Snapshots whose record still cannot be read, or is gone though nobody deleted it. */
	readonly unreadable: readonly { readonly udid: string; readonly id: string; readonly code: string }[];
	/** Half-written files of long ago that were removed. */
	readonly removedLeftovers: number;
}

/**
 * See `SnapshotStore.repair`. Order matters: what is readable in a damaged pack is durable elsewhere before the pack is put aside, and a pack
 * that is put aside is still there. So a crash on the way loses nothing, and the next repair goes on.
 */
export async function repair(parts: StoreParts, options: UpkeepOptions = {}): Promise<RepairReport> {
	throwIfAborted(options.signal);
	const lease = await parts.leases.acquire({ kind: 'repair', jobId: upkeepJobId() });
	try {
		const { storage, index, records } = parts;
		const restoredRecords = await restoreRecords(parts, lease);
		const labels = await restoreLabels(parts, lease);
		const damaged = await auditAll(parts, options);
		const salvagedBlobs = await salvage(parts, lease, damaged, options.signal);
		lease.check();
		for (const name of await storage.names(layout.index)) {
			await storage.delete(`${layout.index}/${name}`);
		}
		await records.dropCaches();
		index.forget();
		await index.refresh();
		await index.save(true);
		const { all, unreadable, headsSet } = await repairHeads(parts, options.signal);
		const marks = await markSnapshots(parts, all, { onDamage: (error) => throwUnlessDamage(error), signal: options.signal });
		const removedLeftovers = await clearRemains(parts, false);
		return {
			packs: index.packs.length,
			blobs: index.table.count,
			damagedPacks: damaged.filter(({ isAside }) => !isAside).map(({ audit }) => audit.packId),
			headsSet,
			salvagedBlobs,
			missingBlobs: [...marks.missing],
			restoredRecords,
			...labels,
			unreadable,
			removedLeftovers,
		};
	} finally {
		await lease.release();
	}
}

/** A pack with something wrong, or one that an earlier repair put aside. */
interface DamagedPack {
	readonly audit: PackAudit;
	readonly isAside: boolean;
}

async function auditAll(parts: StoreParts, options: UpkeepOptions): Promise<DamagedPack[]> {
	const { storage, index } = parts;
	const packs: { packId: PackId; key: StorageKey; isAside: boolean; sizeBytes: number }[] = [];
	for (const packId of await index.listPacks()) {
		const key = layout.pack(packId);
		packs.push({ packId, key, isAside: false, sizeBytes: (await storage.size(key)) ?? 0 });
	}
	for (const name of await storage.names(layout.quarantine)) {
		const packId = packIdOfName(name.replace(/\.[0-9a-f]{8}$/, ''));
		if (packId !== undefined) {
			packs.push({ packId, key: `${layout.quarantine}/${name}`, isAside: true, sizeBytes: 0 });
		}
	}
	const totalBytes = packs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
	let doneBytes = 0;
	const damaged: DamagedPack[] = [];
	options.onProgress?.({ doneBytes, totalBytes });
	for (const { packId, key, isAside, sizeBytes } of packs) {
		throwIfAborted(options.signal);
		const start = doneBytes;
		const onBytes = (bytes: number): void => {
			doneBytes = Math.min(doneBytes + bytes, start + sizeBytes);
			options.onProgress?.({ doneBytes, totalBytes });
		};
		const audit = await auditPack(storage, packId, key, { signal: options.signal, onBytes });
		if (audit !== undefined && (!audit.isWhole || isAside)) {
			damaged.push({ audit, isAside });
		}
		doneBytes = start + sizeBytes;
	}
	options.onProgress?.({ doneBytes, totalBytes });
	return damaged;
}

/**
 * Writes what is intact in damaged packs, and in no other, into new ones, and puts the damaged ones aside.
 * @returns how many blobs were written.
 */
async function salvage(parts: StoreParts, lease: Lease, damaged: readonly DamagedPack[], signal: AbortSignal | undefined): Promise<number> {
	if (damaged.length === 0) {
		return 0;
	}
	const { storage, index } = parts;
	await index.refresh();
	const bad = new Set(damaged.filter(({ isAside }) => !isAside).map(({ audit }) => audit.packId));
	const isElsewhere = (id: Uint8Array): boolean => {
		const number = index.table.find(id);
		return number >= 0 && index.isUsable(id) && !bad.has(index.packs[index.table.packOf(number)]?.id as PackId);
	};
	const rewriter = new Rewriter(parts, lease.holder.jobId as string);
	let salvaged = 0;
	try {
		for (const { audit } of damaged) {
			throwIfAborted(signal);
			for await (const { id, bytes } of readIntact(storage, audit)) {
				if (!isElsewhere(id)) {
					rewriter.store(bytes);
					salvaged++;
				}
			}
		}
		lease.check();
		await rewriter.publish();
	} catch (error) {
		await rewriter.discard();
		throw error;
	}
	for (const { audit, isAside } of damaged) {
		if (!isAside && !audit.isNewer) {
			lease.check();
			// Not under its own name: an earlier repair may have put another file of the same name aside.
			const suffix = lease.holder.id.slice(0, 8);
			await storage.publish(audit.key, `${layout.quarantine}/${audit.packId}.pack.${suffix}`);
		}
	}
	return salvaged;
}

/** Writes damaged records anew where they were read before they were damaged: a record proves its own id. */
async function restoreRecords({ records }: StoreParts, lease: Lease): Promise<SnapshotRef[]> {
	const restored: SnapshotRef[] = [];
	for (const udid of await records.devices()) {
		lease.check();
		restored.push(...(await records.restore(udid)).map((id) => ({ udid, id })));
	}
	return restored;
}

async function restoreLabels({ records }: StoreParts, lease: Lease): Promise<Pick<RepairReport, 'restoredLabels' | 'lostLabels'>> {
	const [restoredLabels, lostLabels]: [SnapshotRef[], SnapshotRef[]] = [[], []];
	for (const udid of await records.devices()) {
		lease.check();
		const { restored, lost } = await records.restoreLabels(udid);
		restoredLabels.push(...restored.map((id) => ({ udid, id })));
		lostLabels.push(...lost.map((id) => ({ udid, id })));
	}
	return { restoredLabels, lostLabels };
}

async function repairHeads(
	{ records }: StoreParts,
	signal: AbortSignal | undefined,
): Promise<Pick<RepairReport, 'headsSet' | 'unreadable'> & { all: SnapshotRecord[] }> {
	const headsSet: string[] = [];
	const all: SnapshotRecord[] = [];
	const unreadable: { udid: string; id: string; code: string }[] = [];
	for (const udid of await records.devices()) {
		const list = await records.list(udid, { signal });
		unreadable.push(...list.unreadable.map(({ id, code }) => ({ udid, id, code })));
		all.push(...list.snapshots.map(({ record }) => record));
		const head = await records.head(udid);
		const newest = list.snapshots.filter(({ record }) => record.kind === 'device').at(-1);
		if (newest !== undefined && !list.snapshots.some(({ record }) => record.id === head)) {
			await records.setHead(udid, newest.record.id);
			headsSet.push(udid);
		}
		await records.removeUnreadableAppHeads(udid);
	}
	return { all, unreadable, headsSet };
}
