import { errorText, type Clock, type Logger } from '../../base/index.ts';
import type { SnapshotCheck } from '../../contract/index.ts';
import { StoreError, type SnapshotRecord, type SnapshotStore } from '../../snapshots/index.ts';

/** All snapshots that are there now, of one device or of all. */
export async function allRecords(store: SnapshotStore, only?: string): Promise<SnapshotRecord[]> {
	const records: SnapshotRecord[] = [];
	for (const udid of only === undefined ? await store.devices() : [only]) {
		records.push(...(await store.snapshots(udid)).snapshots.map(({ record }) => record));
	}
	return records;
}

/**
 * Keeps with the snapshots what a check of all their bytes found.
 * @param checked - what was there when the check began.
 */
export async function noteVerdicts(
	store: SnapshotStore,
	checked: readonly SnapshotRecord[],
	found: Pick<SnapshotCheck, 'damagedSnapshots'>,
	{ clock, log }: { readonly clock: Clock; readonly log: Logger },
): Promise<void> {
	const damaged = new Set<string>(found.damagedSnapshots.map(({ id }) => id));
	const atMs = clock.now();
	try {
		for (const { udid, id } of checked) {
			await store.setVerdict(udid, id, { atMs, whole: !damaged.has(id) });
		}
	} catch (error) {
		if (!StoreError.is(error)) {
			throw error;
		}
		// A store that can only be read is checked as well; the report says what was found.
		log.debug(`What the check found could not be kept: ${errorText(error)}`);
	}
}
