import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { openEncryptedManifestDb, openManifestDb, unlockBackup, type KeyCache, type ManifestDb } from '../../backup/index.ts';
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
export const CONTROL_FILES: ReadonlySet<string> = new Set([
	'Info.plist',
	'Manifest.plist',
	'Manifest.db',
	'Manifest.db-wal',
	'Manifest.db-shm',
	'Status.plist',
]);

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
	const listing = await store.openListing(record);
	const scratch = await fs.mkdtemp(path.join(tmpdir(), 'devicelab-manifest-'));
	const copy = async (name: string): Promise<void> => {
		const entry = await listing.find(name);
		if (entry !== undefined) {
			await fs.writeFile(path.join(scratch, name), store.openContent(entry), { mode: 0o600 });
		}
	};
	let manifest: ManifestDb | undefined;
	try {
		const entry = await listing.find('Manifest.db');
		if (entry === undefined) {
			return undefined;
		}
		const portions = store.openContent(entry);
		const first = await portions.next();
		await portions.return(undefined);
		if (first.done !== true && SQLITE_MAGIC.equals(first.value.subarray(0, SQLITE_MAGIC.length))) {
			await copy('Manifest.db');
			// An adopted backup may have rows in the log of its database.
			await copy('Manifest.db-wal');
			manifest = await openManifestDb(path.join(scratch, 'Manifest.db'), { ownFolder: scratch });
			return manifest;
		}
		if (password === undefined) {
			return undefined;
		}
		await copy('Manifest.plist');
		const { manifestDbKey } = await unlockBackup(scratch, password, signal, keys);
		// Decrypted as it comes out of the store: it has hundreds of megabytes, which are written once and not twice.
		return await openEncryptedManifestDb(store.openContent(entry), manifestDbKey, signal === undefined ? {} : { signal });
	} finally {
		if (manifest === undefined) {
			await fs.rm(scratch, { recursive: true, force: true });
		}
	}
}

const SQLITE_MAGIC = Buffer.from('SQLite format 3\0', 'latin1');

/** Where a file of the backup's folder belongs on the device; undefined when the manifest does not tell. */
export function placeIn(manifest: ManifestDb | undefined, listed: string): FilePlace | undefined {
	const place = manifest?.place(listed.slice(listed.lastIndexOf('/') + 1));
	return place === undefined ? undefined : { group: groupOf(place.domain), domain: place.domain, path: place.relativePath };
}

/** The group that a domain counts in: its own, or the app whose it is. */
export function groupOf(domain: string): string {
	return /^AppDomain(?:Plugin)?-(.+)$/.exec(domain)?.[1] ?? domain;
}

/** The place of a file that no manifest knows. */
export function unknownPlace(listed: string): FilePlace {
	return { group: UNKNOWN_GROUP, domain: undefined, path: listed };
}
