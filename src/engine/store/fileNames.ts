import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { BackupError, openBackupManifest, readManifestDbHeader, unlockBackup, type KeyCache, type ManifestDb } from '../../backup/index.ts';
import type { SnapshotRecord, SnapshotStore } from '../../snapshots/index.ts';

/** What is needed to read a manifest. */
export interface ManifestAccess {
	/** Of encrypted snapshots: names of files are in their manifest. */
	readonly password?: string | undefined;
	/** What was derived from passwords before. */
	readonly keys?: KeyCache | undefined;
	readonly signal?: AbortSignal | undefined;
}

/** A file as people place it. */
export interface FilePlace {
	/** A domain, or an app's bundle id with its groups and plug-ins; `?` for what the manifest does not tell. */
	readonly group: string;
	readonly domain: string | undefined;
	/** On the device where the manifest tells, else in the backup's folder. */
	readonly path: string;
}

/** Stands for what the manifest does not tell. */
const UNKNOWN_GROUP = '?';

/** Files in the backup's folder that are about the backup, not of the device. */
export const CONTROL_FILES: ReadonlySet<string> = new Set(['Info.plist', 'Manifest.plist', 'Manifest.db', 'Status.plist']);

/**
 * The manifest of a snapshot, or undefined when it cannot be read without a password. Dispose it.
 * @throws StoreError, BackupError - it is damaged, or the password is wrong.
 */
export async function openSnapshotManifest(
	store: SnapshotStore,
	record: SnapshotRecord,
	{ password, keys, signal }: ManifestAccess,
): Promise<ManifestDb | undefined> {
	if (record.backup['encrypted'] === true && password === undefined) {
		return undefined;
	}
	const scratch = await fs.mkdtemp(path.join(tmpdir(), 'devicelab-manifest-'));
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
		const unlocked = isPlain ? undefined : await unlockBackup(scratch, password ?? '', signal, keys);
		// The await matters: the folder may go only when the database is open.
		return await openBackupManifest(scratch, unlocked, signal === undefined ? {} : { signal });
	} finally {
		// An open database outlives its name; where it does not, the temporary folder is the system's to clear.
		await fs.rm(scratch, { recursive: true, force: true }).catch(() => undefined);
	}
}

/** Where a file of the backup's folder belongs on the device; undefined when the manifest does not tell. */
export function placeIn(manifest: ManifestDb | undefined, listed: string): FilePlace | undefined {
	let entry;
	try {
		entry = manifest?.entry(listed.slice(listed.lastIndexOf('/') + 1));
	} catch (error) {
		if (!BackupError.is(error)) {
			throw error;
		}
		// A row that cannot be read is one that tells nothing; all others can be used.
	}
	if (entry === undefined) {
		return undefined;
	}
	return { group: groupOf(entry.domain), domain: entry.domain, path: entry.relativePath };
}

/** The group that a domain counts in: its own, or the app whose it is. */
export function groupOf(domain: string): string {
	return /^AppDomain(?:Plugin)?-(.+)$/.exec(domain)?.[1] ?? domain;
}

/** The place of a file that no manifest knows. */
export function unknownPlace(listed: string): FilePlace {
	return { group: UNKNOWN_GROUP, domain: undefined, path: listed };
}
