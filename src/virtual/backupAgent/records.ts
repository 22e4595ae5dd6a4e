import type { MbFile } from '../../backup/index.ts';
import { encodeBinaryPlist, isDict, parsePlist } from '../../plist/index.ts';
import type { DeviceEntry } from '../files/index.ts';

/** What a manifest records about an entry. `key` and `digest` belong to what was stored for it. */
export function recordOf(entry: DeviceEntry, encrypted: boolean, stored: { key?: Uint8Array; digest?: Uint8Array } = {}): MbFile {
	return {
		relativePath: entry.path,
		sizeBytes: entry.recordedSizeBytes,
		mode: entry.mode,
		userId: entry.userId,
		groupId: entry.groupId,
		inode: entry.inode,
		modifiedAtSeconds: entry.modifiedAt,
		statusChangedAtSeconds: entry.changedAt,
		createdAtSeconds: entry.bornAt,
		protectionClass: encrypted || entry.kind === 'file' ? entry.protectionClass : 0,
		flags: 0,
		encryptionKey: stored.key,
		digest: stored.digest,
		extendedAttributes: entry.attributes === undefined ? undefined : encodeBinaryPlist({ ...entry.attributes }),
		target: entry.target,
	};
}

/**
 * True when the entry is as the earlier backup recorded it, so that its content need not be sent again.
 * The inode is not compared: a restore writes every file anew, without changing it. Unverified: what iOS compares.
 */
export function isUnchanged(entry: DeviceEntry, record: MbFile): boolean {
	return (
		entry.modifiedAt === record.modifiedAtSeconds &&
		entry.recordedSizeBytes === record.sizeBytes &&
		entry.mode === record.mode &&
		entry.userId === record.userId &&
		entry.groupId === record.groupId &&
		entry.bornAt === record.createdAtSeconds &&
		entry.protectionClass === record.protectionClass &&
		entry.target === record.target
	);
}

/** Extended attributes of a record; undefined when there are none, or when they cannot be read. */
export function attributesOf(record: MbFile): Record<string, Uint8Array> | undefined {
	if (record.extendedAttributes === undefined) {
		return undefined;
	}
	try {
		const value = parsePlist(record.extendedAttributes);
		const attributes: Record<string, Uint8Array> = {};
		for (const [name, data] of isDict(value) ? Object.entries(value) : []) {
			if (data instanceof Uint8Array) {
				attributes[name] = data;
			}
		}
		return attributes;
	} catch {
		// A file without its attributes is better than no restore; a device would log it.
		return undefined;
	}
}
