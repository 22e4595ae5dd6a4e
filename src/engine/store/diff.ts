import { throwIfAborted } from '../../base/index.ts';
import type { DiffFile, DiffGroup, SnapshotDiff } from '../../contract/index.ts';
import type { ManifestDb } from '../../backup/index.ts';
import { translatedContents } from '../contents/contentsErrors.ts';
import { CONTROL_FILES, placeIn, unknownPlace, type ManifestAccess } from './fileNames.ts';
import type { SnapshotRecord } from '../../snapshots/index.ts';
import type { FoundSnapshot, SnapshotLibrary } from './library.ts';

export interface DiffOptions extends ManifestAccess {
	/** How many files are named; 0 when absent. All are counted. */
	readonly maxFiles?: number | undefined;
	/** Of the earlier snapshot, where it is another one: a device's password can change. A secret. */
	readonly beforePassword?: string | undefined;
}

/** What differs between two snapshots of one device, by domain or app. Contents are compared by their names; nothing of them is read. */
export async function diffSnapshots(
	library: SnapshotLibrary,
	before: FoundSnapshot,
	after: FoundSnapshot,
	options: DiffOptions = {},
): Promise<SnapshotDiff> {
	return translatedContents(async () => {
		const store = await library.store();
		const [a, b] = [before.snapshot.record, after.snapshot.record];
		// Of each at most one is opened, and only when it is asked: a manifest is megabytes.
		const manifests = new Map<SnapshotRecord, ManifestDb | undefined>();
		const accessTo = (record: SnapshotRecord): ManifestAccess => ({
			password: record === a ? (options.beforePassword ?? options.password) : options.password,
			signal: options.signal,
		});
		const manifestOf = async (record: SnapshotRecord): Promise<ManifestDb | undefined> => {
			if (!manifests.has(record)) {
				manifests.set(record, await library.manifests.take(store, record, accessTo(record)));
			}
			return manifests.get(record);
		};
		try {
			const groups = new Map<string, { -readonly [Key in keyof DiffGroup]: DiffGroup[Key] }>();
			const files: DiffFile[] = [];
			let fileCount = 0;
			for await (const portion of store.diff(a, b)) {
				throwIfAborted(options.signal);
				for (const { before: old, after: now } of portion) {
					const listed = (now ?? old)?.path ?? '';
					if (CONTROL_FILES.has(listed)) {
						continue;
					}
					const change = old === undefined ? 'added' : now === undefined ? 'removed' : 'changed';
					const place = placeIn(await manifestOf(change === 'removed' ? a : b), listed) ?? unknownPlace(listed);
					const group = groups.get(place.group) ?? { name: place.group, added: 0, removed: 0, changed: 0, addedBytes: 0, removedBytes: 0 };
					groups.set(place.group, group);
					group[change]++;
					const grown = (now?.sizeBytes ?? 0) - (old?.sizeBytes ?? 0);
					group[grown >= 0 ? 'addedBytes' : 'removedBytes'] += Math.abs(grown);
					fileCount++;
					if (files.length < (options.maxFiles ?? 0)) {
						files.push({
							change,
							group: place.group,
							...(place.domain === undefined ? {} : { domain: place.domain }),
							path: place.path,
							...(old === undefined ? {} : { beforeBytes: old.sizeBytes }),
							...(now === undefined ? {} : { afterBytes: now.sizeBytes }),
						});
					}
				}
			}
			const sorted = [...groups.values()].sort(
				(x, y) => y.added + y.removed + y.changed - (x.added + x.removed + x.changed) || (x.name < y.name ? -1 : 1),
			);
			return { before: a.id, after: b.id, groups: sorted, files, fileCount };
		} finally {
			manifests.forEach((manifest, record) => manifest !== undefined && library.manifests.giveBack(record, manifest, accessTo(record)));
		}
	});
}
