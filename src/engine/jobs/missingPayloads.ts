import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { openManifestDb, readManifestDbHeader, type ManifestDbHeader } from '../../backup/index.ts';
import { resolveDevicePath } from '../../device/index.ts';
import { EngineError } from '../errors.ts';
import { hostFilePortions } from '../host/hostFiles.ts';
import type { BackupTarget } from './backupTarget.ts';

/** How many of the missing files are named. */
const MAX_EXAMPLES = 10;

/**
 * Files that the manifest of a finished run names and that are not there. One folder is compared at a time, so that memory stays small.
 * The manifest of an encrypted backup cannot be read without its password; nothing is found missing there.
 *
 * @throws EngineError `BACKUP_DAMAGED` - there is no manifest.
 */
export async function missingPayloads(
	run: BackupTarget,
	udid: string,
	signal: AbortSignal,
): Promise<{ count: number; examples: string[] }> {
	const scratch = await fs.mkdtemp(path.join(tmpdir(), 'devicelab-manifest-'));
	try {
		// The manifest may lie in packs; SQLite reads files.
		const copy = path.join(scratch, 'Manifest.db');
		const header = await copyIfReadable(hostFilePortions(run.host, udid, 'Manifest.db'), copy);
		if (header === 'empty') {
			throw new EngineError('BACKUP_DAMAGED', 'The device ended without sending a manifest.');
		}
		return header === 'other' ? { count: 0, examples: [] } : await comparePayloads(copy, run, udid, signal);
	} finally {
		await fs.rm(scratch, { recursive: true, force: true });
	}
}

/** Copies a manifest, but no more of it than shows that it is encrypted: with millions of files that is a gigabyte. */
async function copyIfReadable(portions: AsyncGenerator<Uint8Array>, copy: string): Promise<ManifestDbHeader> {
	const first = await portions.next();
	await fs.writeFile(copy, first.done === true ? '' : first.value, { mode: 0o600 });
	const header = await readManifestDbHeader(copy);
	if (header === 'sqlite') {
		await fs.appendFile(copy, portions);
	} else {
		await portions.return(undefined);
	}
	return header;
}

async function comparePayloads(
	file: string,
	run: BackupTarget,
	udid: string,
	signal: AbortSignal,
): Promise<{ count: number; examples: string[] }> {
	const missing = { count: 0, examples: [] as string[] };
	const manifest = await openManifestDb(file);
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
