import { ArchiveReader } from './archiveReader.ts';
import { KEYS } from './mbFileKeys.ts';

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
	const archive = new ArchiveReader(bytes);
	const file: { -readonly [Key in keyof MbFile]: MbFile[Key] } = {
		relativePath: '',
		sizeBytes: 0,
		mode: 0,
		userId: 0,
		groupId: 0,
		inode: 0,
		modifiedAtSeconds: 0,
		statusChangedAtSeconds: 0,
		createdAtSeconds: 0,
		protectionClass: 0,
		flags: 0,
	};
	archive.forEach(archive.root, (key, value) => {
		const object = archive.resolve(value);
		if (object !== undefined) {
			readField(file, archive, key, object);
		}
	});
	return file;
}

/** Seconds from 1970 to 2001-01-01, where Apple's reference date lies. */
const REFERENCE_DATE_SECONDS = 978_307_200;

function readField(file: { -readonly [Key in keyof MbFile]: MbFile[Key] }, archive: ArchiveReader, key: string, object: number): void {
	switch (key) {
		case KEYS.relativePath:
			file.relativePath = text(archive, object) ?? '';
			break;
		case KEYS.size:
			file.sizeBytes = archive.integer(object) ?? 0;
			break;
		case KEYS.mode:
			file.mode = archive.integer(object) ?? 0;
			break;
		case KEYS.userId:
			file.userId = archive.integer(object) ?? 0;
			break;
		case KEYS.groupId:
			file.groupId = archive.integer(object) ?? 0;
			break;
		case KEYS.inode:
			file.inode = archive.integer(object) ?? 0;
			break;
		case KEYS.modified:
			file.modifiedAtSeconds = seconds(archive, object);
			break;
		case KEYS.statusChanged:
			file.statusChangedAtSeconds = seconds(archive, object);
			break;
		case KEYS.created:
			file.createdAtSeconds = seconds(archive, object);
			break;
		case KEYS.protectionClass:
			file.protectionClass = archive.integer(object) ?? 0;
			break;
		case KEYS.flags:
			file.flags = archive.integer(object) ?? 0;
			break;
		case KEYS.encryptionKey:
			file.encryptionKey = data(archive, object);
			break;
		case KEYS.digest:
			file.digest = data(archive, object);
			break;
		case KEYS.extendedAttributes:
			file.extendedAttributes = data(archive, object);
			break;
		case KEYS.target:
			file.target = text(archive, object);
			break;
	}
}

/** An integer or real of Unix seconds, a date, or an archived NSDate. */
function seconds(archive: ArchiveReader, object: number): number {
	if (archive.isDict(object)) {
		const time = archive.find(object, 'NS.time');
		const sinceReference = time === undefined ? undefined : (archive.real(time) ?? archive.integer(time));
		return sinceReference === undefined ? 0 : wholeSeconds(sinceReference + REFERENCE_DATE_SECONDS);
	}
	const value = archive.integer(object) ?? archive.real(object) ?? 0;
	return wholeSeconds(archive.isDate(object) ? value + REFERENCE_DATE_SECONDS : value);
}

function wholeSeconds(value: number): number {
	const whole = Math.floor(value);
	return Number.isSafeInteger(whole) ? whole : 0;
}

function data(archive: ArchiveReader, object: number): Uint8Array | undefined {
	const inner = archive.isDict(object) ? archive.find(object, 'NS.data') : object;
	return inner === undefined ? undefined : archive.data(inner);
}

function text(archive: ArchiveReader, object: number): string | undefined {
	const inner = archive.isDict(object) ? archive.find(object, 'NS.string') : object;
	return inner === undefined ? undefined : archive.string(inner);
}
