import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { FolderHost } from './folderHost.ts';

/** Opens a backup folder for a restore: it is only read, and what the device might write goes to a place that is thrown away. */
export async function withFolderHost<T>(root: string, backup: string, use: (host: FolderHost) => Promise<T>): Promise<T> {
	const scratch = await fs.mkdtemp(path.join(tmpdir(), 'devicelab-restore-'));
	const host = new FolderHost(root, { base: backup, tree: scratch });
	try {
		return await use(host);
	} finally {
		await host.dispose();
		await fs.rm(scratch, { recursive: true, force: true });
	}
}
