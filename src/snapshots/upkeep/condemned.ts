import * as crypto from 'node:crypto';
import { layout } from '../layout.ts';
import { isPackId, type PackId } from '../packs/packFormat.ts';
import { canonicalJson } from '../records/canonicalJson.ts';
import type { SnapshotStorage, StorageKey } from '../storage/storage.ts';

/** Packs that nothing named when they were condemned, and whose jobs may have been about to name them. Written once, never changed. */
export interface Condemnation {
	readonly key: StorageKey;
	readonly packs: readonly PackId[];
	/** Leases that were held then: as long as one of them is, the packs stay. */
	readonly leases: readonly string[];
	/** By the keeper of the files. */
	readonly condemnedAtMs: number;
}

/** Among the leases of a condemnation whose writer has not listed them yet. */
const UNFINISHED = '*';

const MAX_CONDEMNATION_BYTES = 64 * 1024 * 1024;

/** All packs that must not be named by anything new. */
export async function readCondemned(storage: SnapshotStorage): Promise<ReadonlySet<string>> {
	const packs = new Set<string>();
	for (const name of await storage.names(layout.condemned)) {
		for (const pack of (await readFile(storage, `${layout.condemned}/${name}`)).packs) {
			packs.add(pack);
		}
	}
	return packs;
}

export async function readCondemnations(storage: SnapshotStorage): Promise<Condemnation[]> {
	const files = await storage.list(layout.condemned);
	return Promise.all(files.map(async ({ key, modifiedAtMs }) => ({ key, condemnedAtMs: modifiedAtMs, ...(await readFile(storage, key)) })));
}

/**
 * The first half of a deletion. Order matters: whoever begins later reads it after having written its lease, so either it sees the
 * condemnation, or `leasesNow`, which is asked afterwards, sees its lease.
 */
export async function condemn(
	storage: SnapshotStorage,
	packs: readonly PackId[],
	leasesNow: () => Promise<readonly string[]>,
): Promise<void> {
	const name = crypto.randomBytes(12).toString('hex');
	await storage.replace(`${layout.condemned}/${name}`, encode(packs, [UNFINISHED]));
	await storage.replace(`${layout.condemned}/${name}`, encode(packs, await leasesNow()));
}

/**
 * Takes back what a process condemned that ended before it had listed who was at work: nobody knows for whom the packs wait.
 * The caller holds the lease for pruning, so no writer is at it.
 */
export async function takeBackUnfinished(storage: SnapshotStorage): Promise<void> {
	for (const { key, leases } of await readCondemnations(storage)) {
		if (leases.includes(UNFINISHED)) {
			await storage.delete(key);
		}
	}
}

function encode(packs: readonly PackId[], leases: readonly string[]): Buffer {
	return Buffer.from(canonicalJson({ schemaVersion: 1, packs, leases }));
}

async function readFile(storage: SnapshotStorage, key: StorageKey): Promise<Pick<Condemnation, 'packs' | 'leases'>> {
	const bytes = await storage.get(key, MAX_CONDEMNATION_BYTES);
	try {
		const value = bytes === undefined ? {} : (JSON.parse(Buffer.from(bytes).toString()) as { packs?: unknown; leases?: unknown });
		const packs = Array.isArray(value.packs) ? value.packs.filter(isPackId) : [];
		// What cannot be read condemns nothing; packs that nothing names are found again.
		return { packs, leases: Array.isArray(value.leases) ? value.leases.filter((id) => typeof id === 'string') : [] };
	} catch {
		return { packs: [], leases: [] };
	}
}
