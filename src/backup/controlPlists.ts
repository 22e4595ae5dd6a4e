import { errorText } from '../base/index.ts';
import { isDict, parsePlist, type PlistDict, type PlistValue } from '../plist/index.ts';
import { BackupError } from './errors.ts';

/** The small property lists at the top of a backup folder. */
export type ControlFile = 'Info.plist' | 'Manifest.plist' | 'Status.plist';

/**
 * The dictionary of a control file.
 * @throws BackupError `DAMAGED_MANIFEST` - empty, not a property list, or not a dictionary; `details.file` names it.
 */
export function parseControlPlist(file: ControlFile, bytes: Uint8Array): PlistDict {
	if (bytes.length === 0) {
		throw damaged(file, 'it is empty');
	}
	let value: PlistValue;
	try {
		value = parsePlist(bytes);
	} catch (error) {
		throw damaged(file, errorText(error), error);
	}
	if (!isDict(value)) {
		throw damaged(file, 'it holds no dictionary');
	}
	return value;
}

/** A dictionary without the keys whose value is undefined, ready for an encoder. */
export function definedOnly(values: Readonly<Record<string, PlistValue | undefined>>): PlistDict {
	return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, PlistValue] => entry[1] !== undefined));
}

function damaged(file: ControlFile, why: string, cause?: unknown): BackupError {
	return new BackupError('DAMAGED_MANIFEST', `${file} cannot be read: ${why}.`, { details: { file }, cause });
}
