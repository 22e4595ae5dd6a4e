import { layout } from '../layout.ts';
import type { PackId } from '../packs/packFormat.ts';
import type { StoreParts } from '../store.ts';

/** What was made anew, and what could not be. */
export interface RepairReport {
	readonly packs: number;
	readonly blobs: number;
	/** Packs whose directory cannot be read: what only they hold is lost. */
	readonly damagedPacks: readonly PackId[];
	/** Devices whose head was missing or named nothing, and now names their newest snapshot. */
	readonly headsSet: readonly string[];
}

/** See `SnapshotStore.repair`. Everything it deletes is a cache; a crash on the way leaves a store that is slower to open. */
export async function repair({ storage, index, records, leases }: StoreParts): Promise<RepairReport> {
	const lease = await leases.acquire({ kind: 'repair' });
	try {
		for (const name of await storage.names(layout.index)) {
			await storage.delete(`${layout.index}/${name}`);
		}
		await records.dropCaches();
		index.forget();
		await index.refresh();
		await index.save(true);
		const headsSet: string[] = [];
		for (const udid of await records.devices()) {
			const { snapshots } = await records.list(udid);
			const head = await records.head(udid);
			const newest = snapshots.filter(({ record }) => record.kind === 'device').at(-1);
			if (newest !== undefined && !snapshots.some(({ record }) => record.id === head)) {
				await records.setHead(udid, newest.record.id);
				headsSet.push(udid);
			}
		}
		return { packs: index.packs.length, blobs: index.table.count, damagedPacks: [...index.damagedPacks.keys()], headsSet };
	} finally {
		await lease.release();
	}
}
