import { KiB } from '../base/index.ts';
import { getBoolean, isDict, parsePlist, PlistError } from '../plist/index.ts';
import type { PayloadSource } from './contents/payloadSource.ts';
import { BackupError } from './errors.ts';
import { decryptBytes } from './fileCipher.ts';
import { fileIdOf } from './fileId.ts';
import type { ManifestDb } from './manifestDb.ts';
import type { UnlockedBackup } from './unlockBackup.ts';

/** Where iOS keeps how a device was set up by an organisation; tools that supervise a device by a restore write it there. */
export const SUPERVISION_PLACE = {
	domain: 'SysSharedContainerDomain-systemgroup.com.apple.configurationprofiles',
	path: 'Library/ConfigurationProfiles/CloudConfigurationDetails.plist',
} as const;

/** Some hundred times as long as it is. */
const MAX_BYTES = 256 * KiB;

/**
 * Whether the device was supervised when it was backed up; undefined when the backup does not tell. iOS restores a supervised backup onto
 * supervised devices only, and the reverse.
 */
export async function readSupervision(
	manifest: ManifestDb,
	unlocked: UnlockedBackup | undefined,
	payloads: Pick<PayloadSource, 'open'>,
): Promise<boolean | undefined> {
	try {
		const entry = manifest.entry(fileIdOf(SUPERVISION_PLACE.domain, SUPERVISION_PLACE.path));
		if (entry?.kind !== 'file') {
			return undefined;
		}
		const stored = await readStart(payloads.open(entry.fileId));
		const { encryptionKey, sizeBytes } = entry.file;
		const bytes =
			encryptionKey === undefined || unlocked === undefined
				? stored
				: decryptBytes(unlocked.keybag.unwrapFileKey(encryptionKey), stored, sizeBytes);
		const dict = parsePlist(bytes);
		return isDict(dict) ? (getBoolean(dict, 'IsSupervised') ?? false) : undefined;
	} catch (error) {
		if (BackupError.is(error) || error instanceof PlistError) {
			// A file that is missing or damaged tells nothing, and is reported as what it is.
			return undefined;
		}
		throw error;
	}
}

async function readStart(portions: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
	const parts: Uint8Array[] = [];
	let total = 0;
	for await (const portion of portions) {
		parts.push(portion);
		total += portion.length;
		if (total > MAX_BYTES) {
			throw new BackupError('DAMAGED_FILE', 'A small property list is far too large.');
		}
	}
	return Buffer.concat(parts);
}
