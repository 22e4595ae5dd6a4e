import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { verifyBackupPassword } from '../../backup/index.ts';
import type { SnapshotLibrary } from './library.ts';
import { translated } from './translated.ts';

/**
 * Whether a password opens an encrypted snapshot. Takes seconds, off this thread: its key is derived.
 * @throws EngineError `SNAPSHOT_NOT_FOUND`, `STORE_DAMAGED`; BackupError `NOT_ENCRYPTED`.
 */
export async function checkSnapshotPassword(
	library: SnapshotLibrary,
	request: { readonly device: string; readonly snapshot: string; readonly password: string },
	signal?: AbortSignal,
): Promise<boolean> {
	const { snapshot } = await library.find(request.device, request.snapshot);
	const scratch = await fs.mkdtemp(path.join(tmpdir(), 'devicelab-check-'));
	try {
		await translated(async () => {
			const store = await library.store();
			const entry = await (await store.openListing(snapshot.record)).find('Manifest.plist');
			await fs.writeFile(path.join(scratch, 'Manifest.plist'), entry === undefined ? '' : store.openContent(entry), { mode: 0o600 });
		});
		return await verifyBackupPassword(scratch, request.password, signal);
	} finally {
		await fs.rm(scratch, { recursive: true, force: true });
	}
}
