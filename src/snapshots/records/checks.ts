import type { SnapshotStorage } from '../storage/storage.ts';
import { layout } from '../layout.ts';
import { isSnapshotId, type SnapshotId } from './record.ts';

/** What the last check of all of a snapshot's bytes found. */
export interface SnapshotVerdict {
	/** By the clock of whoever checked. */
	readonly atMs: number;
	readonly whole: boolean;
}

/**
 * Verdicts are empty files that say all in their names, `<snapshot>.<milliseconds>.<whole or damaged>`: the latest counts. Whoever adds one
 * removes the older ones afterwards, so that a crash in between is harmless.
 */
const NAME = /^([0-9a-f]{32})\.(\d{1,15})\.(whole|damaged)$/;

/** The verdict on each snapshot of a device that was ever checked. */
export async function readVerdicts(storage: SnapshotStorage, udid: string): Promise<Map<SnapshotId, SnapshotVerdict>> {
	const verdicts = new Map<SnapshotId, SnapshotVerdict>();
	for (const { snapshot, verdict } of await verdictFiles(storage, udid)) {
		const known = verdicts.get(snapshot);
		if (known === undefined || verdict.atMs > known.atMs) {
			verdicts.set(snapshot, verdict);
		}
	}
	return verdicts;
}

/** Adds a verdict in place of those that are there. */
export async function addVerdict(storage: SnapshotStorage, udid: string, id: SnapshotId, { atMs, whole }: SnapshotVerdict): Promise<void> {
	const name = `${id}.${Math.round(atMs)}.${whole ? 'whole' : 'damaged'}`;
	await storage.putIfAbsent(`${layout.checks(udid)}/${name}`, new Uint8Array(0));
	await removeVerdicts(storage, udid, id, name);
}

/** Removes the verdicts on a snapshot. @param except - the name of one that stays. */
export async function removeVerdicts(storage: SnapshotStorage, udid: string, id: SnapshotId, except?: string): Promise<void> {
	for (const { name, snapshot } of await verdictFiles(storage, udid)) {
		if (snapshot === id && name !== except) {
			await storage.delete(`${layout.checks(udid)}/${name}`);
		}
	}
}

async function verdictFiles(
	storage: SnapshotStorage,
	udid: string,
): Promise<{ name: string; snapshot: SnapshotId; verdict: SnapshotVerdict }[]> {
	const files = [];
	for (const name of await storage.names(layout.checks(udid))) {
		const [, snapshot, atMs, word] = NAME.exec(name) ?? [];
		if (isSnapshotId(snapshot)) {
			files.push({ name, snapshot, verdict: { atMs: Number(atMs), whole: word === 'whole' } });
		}
	}
	return files;
}
