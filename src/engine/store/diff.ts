import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { openBackupManifest, readManifestDbHeader, unlockBackup, type ManifestDb } from '../../backup/index.ts';
import { throwIfAborted } from '../../base/index.ts';
import type { DiffFile, DiffGroup, SnapshotDiff } from '../../contract/index.ts';
import type { SnapshotRecord, SnapshotStore } from '../../snapshots/index.ts';
import type { FoundSnapshot, SnapshotLibrary } from './library.ts';
import { translated } from './translated.ts';

export interface DiffOptions {
	/** How many files are named; 0 when absent. All are counted. */
	readonly maxFiles?: number;
	/** Of encrypted snapshots: names of files are in their manifest. */
	readonly password?: string | undefined;
	readonly signal?: AbortSignal | undefined;
}

/** Stands for what the manifest does not tell. */
const UNKNOWN_GROUP = '?';

/** Files in the backup's folder that are about the backup, not of the device. */
const CONTROL_FILES = new Set(['Info.plist', 'Manifest.plist', 'Manifest.db', 'Status.plist']);

/** What differs between two snapshots of one device, by domain or app. Contents are compared by their names; nothing of them is read. */
export async function diffSnapshots(
	library: SnapshotLibrary,
	before: FoundSnapshot,
	after: FoundSnapshot,
	options: DiffOptions = {},
): Promise<SnapshotDiff> {
	return translated(async () => {
		const store = await library.store();
		const [a, b] = [before.snapshot.record, after.snapshot.record];
		const manifests = [await openManifest(store, a, options), await openManifest(store, b, options)] as const;
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
					const place = placeOf(listed, change === 'removed' ? manifests[0] : manifests[1]);
					const group = groups.get(place.group) ?? { name: place.group, added: 0, removed: 0, changed: 0, addedBytes: 0, removedBytes: 0 };
					groups.set(place.group, group);
					group[change]++;
					const grown = (now?.sizeBytes ?? 0) - (old?.sizeBytes ?? 0);
					group[grown >= 0 ? 'addedBytes' : 'removedBytes'] += Math.abs(grown);
					fileCount++;
					if (files.length < (options.maxFiles ?? 0)) {
						files.push({
							change,
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
			manifests.forEach((manifest) => manifest?.dispose());
		}
	});
}

/** The manifest of a snapshot, or undefined when it cannot be read without a password. */
async function openManifest(
	store: SnapshotStore,
	record: SnapshotRecord,
	{ password, signal }: DiffOptions,
): Promise<ManifestDb | undefined> {
	const scratch = await fs.mkdtemp(path.join(tmpdir(), 'devicelab-diff-'));
	try {
		const listing = await store.openListing(record);
		for (const name of ['Manifest.db', 'Manifest.plist']) {
			const entry = await listing.find(name);
			await fs.writeFile(path.join(scratch, name), entry === undefined ? '' : store.openContent(entry), { mode: 0o600 });
		}
		const isPlain = (await readManifestDbHeader(path.join(scratch, 'Manifest.db'))) === 'sqlite';
		if (!isPlain && password === undefined) {
			return undefined;
		}
		const unlocked = isPlain ? undefined : await unlockBackup(scratch, password ?? '', signal);
		const manifest = await openBackupManifest(scratch, unlocked, signal === undefined ? {} : { signal });
		return manifest;
	} finally {
		// An open database outlives its name; where it does not, the temporary folder is the system's to clear.
		await fs.rm(scratch, { recursive: true, force: true }).catch(() => undefined);
	}
}

function placeOf(listed: string, manifest: ManifestDb | undefined): { group: string; domain: string | undefined; path: string } {
	const fileId = listed.slice(listed.lastIndexOf('/') + 1);
	const entry = manifest?.entry(fileId);
	if (entry === undefined) {
		return { group: UNKNOWN_GROUP, domain: undefined, path: listed };
	}
	const app = /^AppDomain(?:Plugin)?-(.+)$/.exec(entry.domain)?.[1];
	return { group: app ?? entry.domain, domain: entry.domain, path: entry.relativePath };
}
