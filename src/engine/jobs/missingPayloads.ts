import { openManifestDb, readManifestDbHeader } from '../../backup/index.ts';
import { resolveDevicePath } from '../../device/index.ts';
import { EngineError } from '../errors.ts';
import type { FolderRun } from '../folder/folderRun.ts';

/** How many of the missing files are named. */
const MAX_EXAMPLES = 10;

/**
 * Files that the manifest of a finished run names and that are not there. One folder is compared at a time, so that memory stays small.
 * The manifest of an encrypted backup cannot be read without its password; nothing is found missing there.
 *
 * @throws EngineError `BACKUP_DAMAGED` - there is no manifest.
 */
export async function missingPayloads(run: FolderRun, udid: string, signal: AbortSignal): Promise<{ count: number; examples: string[] }> {
	const place = await run.find('Manifest.db');
	const header = place === undefined ? 'empty' : await readManifestDbHeader(place);
	if (place === undefined || header === 'empty') {
		throw new EngineError('BACKUP_DAMAGED', 'The device ended without sending a manifest.');
	}
	const missing = { count: 0, examples: [] as string[] };
	if (header === 'other') {
		return missing;
	}
	const manifest = await openManifestDb(place);
	try {
		for (let prefix = 0; prefix < 256; prefix++) {
			signal.throwIfAborted();
			const hex = prefix.toString(16).padStart(2, '0');
			const present = new Set((await run.host.list(resolveDevicePath(`${udid}/${hex}`, [udid]))).map((entry) => entry.name));
			for (const fileId of manifest.fileIds(hex)) {
				if (!present.has(fileId)) {
					missing.count++;
					if (missing.examples.length < MAX_EXAMPLES) {
						missing.examples.push(fileId);
					}
				}
			}
		}
	} finally {
		manifest.dispose();
	}
	return missing;
}
