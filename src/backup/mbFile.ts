import { isDict, parsePlist, PlistUid, type PlistDict, type PlistValue } from '../plist/index.ts';
import { BackupError } from './errors.ts';

/** What Manifest.db records about one file, folder or link: the archived `MBFile` object of its `file` column. */
export interface MbFile {
	readonly relativePath: string;
	/** Plain size. Wrong for files that changed while the backup ran, so never cut content to it. */
	readonly sizeBytes: number;
	/** Unix mode with the type bits: see MODE_FILE, MODE_FOLDER, MODE_SYMLINK. */
	readonly mode: number;
	readonly userId: number;
	readonly groupId: number;
	readonly inode: number;
	/** Whole seconds since 1970, like the next two. */
	readonly modifiedAtSeconds: number;
	readonly statusChangedAtSeconds: number;
	readonly createdAtSeconds: number;
	/** 1–11, or 0 for folders, links and files without encryption. */
	readonly protectionClass: number;
	readonly flags: number;
	/** 44 bytes, see UnlockedKeybag.unwrapFileKey. Its presence does not prove that the backup is encrypted. */
	readonly encryptionKey?: Uint8Array;
	/** SHA-1 of the bytes as stored, 20 bytes; only files of some domains have one. */
	readonly digest?: Uint8Array;
	/** A binary property list, name → data, as the device wrote it. */
	readonly extendedAttributes?: Uint8Array;
	/** Where a link leads. */
	readonly target?: string;
}

/** Type bits of a Unix mode, as recorded by a device. */
export const MODE_TYPE_MASK = 0xf000;
export const MODE_FILE = 0x8000;
export const MODE_FOLDER = 0x4000;
export const MODE_SYMLINK = 0xa000;

/**
 * Reads a `file` column. Tolerant: a missing field becomes 0 or undefined, dates may be integers or NSDate objects, data may be inline
 * or behind a UID.
 *
 * @throws BackupError `DAMAGED_RECORD` - not a keyed archive with an MBFile as its root.
 */
export function decodeMbFile(bytes: Uint8Array): MbFile {
	const objects = readObjects(bytes);
	const root = objects.root;
	const at = (key: string): PlistValue | undefined => objects.resolve(root[key]);
	const relativePath = at(KEYS.relativePath);
	return {
		relativePath: typeof relativePath === 'string' ? relativePath : '',
		sizeBytes: integer(at(KEYS.size)),
		mode: integer(at(KEYS.mode)),
		userId: integer(at(KEYS.userId)),
		groupId: integer(at(KEYS.groupId)),
		inode: integer(at(KEYS.inode)),
		modifiedAtSeconds: seconds(at(KEYS.modified)),
		statusChangedAtSeconds: seconds(at(KEYS.statusChanged)),
		createdAtSeconds: seconds(at(KEYS.created)),
		protectionClass: integer(at(KEYS.protectionClass)),
		flags: integer(at(KEYS.flags)),
		encryptionKey: data(at(KEYS.encryptionKey)),
		digest: data(at(KEYS.digest)),
		extendedAttributes: data(at(KEYS.extendedAttributes)),
		target: text(at(KEYS.target)),
	};
}

/** Names of the archived fields; the encoder writes them too. */
export const KEYS = {
	relativePath: 'RelativePath',
	size: 'Size',
	mode: 'Mode',
	userId: 'UserID',
	groupId: 'GroupID',
	inode: 'InodeNumber',
	modified: 'LastModified',
	statusChanged: 'LastStatusChange',
	created: 'Birth',
	protectionClass: 'ProtectionClass',
	flags: 'Flags',
	encryptionKey: 'EncryptionKey',
	digest: 'Digest',
	extendedAttributes: 'ExtendedAttributes',
	target: 'Target',
} as const;

/** Seconds from 1970 to 2001-01-01, where Apple's reference date lies. */
const REFERENCE_DATE_SECONDS = 978_307_200;

function readObjects(bytes: Uint8Array): { root: PlistDict; resolve: (value: PlistValue | undefined) => PlistValue | undefined } {
	let archive: PlistValue;
	try {
		archive = parsePlist(bytes, RECORD_LIMITS);
	} catch (error) {
		throw new BackupError('DAMAGED_RECORD', 'A file record is not a property list.', { cause: error });
	}
	const objects = isDict(archive) ? archive['$objects'] : undefined;
	const top = isDict(archive) ? archive['$top'] : undefined;
	if (!Array.isArray(objects) || !isDict(top)) {
		throw new BackupError('DAMAGED_RECORD', 'A file record is not a keyed archive.');
	}
	const resolve = (value: PlistValue | undefined): PlistValue | undefined => {
		if (!(value instanceof PlistUid)) {
			return value;
		}
		// Object 0 stands for nil, and an object is never a reference itself.
		const object = value.value === 0 ? undefined : objects[value.value];
		return object instanceof PlistUid ? undefined : object;
	};
	const root = resolve(top['root']);
	if (!isDict(root)) {
		throw new BackupError('DAMAGED_RECORD', 'A file record has no root object.');
	}
	return { root, resolve };
}

/** Bounds of one record; real ones have under 1 KiB, extended attributes a few more. */
const RECORD_LIMITS = {};

function integer(value: PlistValue | undefined): number {
	return typeof value === 'number' && Number.isSafeInteger(value) ? value : 0;
}

function seconds(value: PlistValue | undefined): number {
	if (value instanceof Date) {
		return Math.floor(value.getTime() / 1000);
	}
	if (isDict(value)) {
		const sinceReference = value['NS.time'];
		return typeof sinceReference === 'number' ? Math.floor(sinceReference) + REFERENCE_DATE_SECONDS : 0;
	}
	return typeof value === 'number' && Number.isFinite(value) ? Math.floor(value) : 0;
}

function data(value: PlistValue | undefined): Uint8Array | undefined {
	const inner = isDict(value) ? value['NS.data'] : value;
	return inner instanceof Uint8Array ? inner : undefined;
}

function text(value: PlistValue | undefined): string | undefined {
	const inner = isDict(value) ? value['NS.string'] : value;
	return typeof inner === 'string' ? inner : undefined;
}
