import { CodedError } from '../../base/index.ts';
import { DeviceError } from '../errors.ts';

/** A path below the backup root that has passed `resolveDevicePath`: components joined by `/`, the first one names the backup. */
export type DevicePath = string & { readonly __brand: 'DevicePath' };

export type HostEntryKind = 'file' | 'directory' | 'other';

export interface HostDirectoryEntry {
	readonly name: string;
	readonly kind: HostEntryKind;
	readonly sizeBytes: number;
	readonly modifiedAt: Date;
}

/** A file that is being sent to the device. */
export interface HostFileReader {
	/** The next `maxBytes` bytes, fewer only at the end of the file; undefined behind it. */
	read(maxBytes: number): Promise<Uint8Array | undefined>;
	close(): Promise<void>;
}

/** A file that is being received from the device. */
export interface HostFileWriter {
	/** Takes the bytes in order; the promise, where there is one, is back-pressure. The chunk may be reused by the caller afterwards. */
	write(chunk: Uint8Array): Promise<void> | undefined;
	/** The file is complete. */
	finish(): Promise<void> | undefined;
	/** The device gave the file up; drop what came. */
	abandon(): Promise<void> | undefined;
}

/**
 * The folder that a device reads and writes during a backup or a restore: a plain directory, or a store.
 *
 * Implementations guarantee: an operation sees the effect of those before it; failures reject with HostFileError, at the latest from
 * `settle`; nothing is held in memory beyond a bounded queue. Callers pass only paths that `resolveDevicePath` made.
 */
export interface DeviceLinkHost {
	/** Bytes that a user may still write to the volume. */
	freeSpaceBytes(): Promise<number>;
	/** The entries of a folder, zero-byte files included; empty for a folder that does not exist. */
	list(path: DevicePath): Promise<readonly HostDirectoryEntry[]>;
	/** Makes the folder and its parents; an existing one is success. */
	createDirectory(path: DevicePath): Promise<void>;
	/** Moves a file or tree; an existing destination is replaced. */
	move(from: DevicePath, to: DevicePath): Promise<void>;
	/** Removes a file or a whole tree; a missing one is success. */
	remove(path: DevicePath): Promise<void>;
	/** Copies a file or tree; an existing destination is replaced. */
	copy(from: DevicePath, to: DevicePath): Promise<void>;
	openRead(path: DevicePath): Promise<HostFileReader>;
	/** Begins a file, parents included, replacing an existing one. */
	openWrite(path: DevicePath): HostFileWriter;
	/** Resolves when everything asked for so far is done; rejects with the first failure since the last call. */
	settle(): Promise<void>;
}

/** Why a file operation of the host failed, in the distinctions that DeviceLink can tell the device. */
export class HostFileError extends CodedError<HostFileErrorCode> {}

export type HostFileErrorCode = 'NOT_FOUND' | 'EXISTS' | 'NOT_A_DIRECTORY' | 'IS_A_DIRECTORY' | 'LINK_LOOP' | 'IO' | 'NO_SPACE' | 'OTHER';

/**
 * The one door for paths that a device names: confines them to the backups `roots`, folders directly below the backup root.
 * A leading slash and empty components are dropped; `.`, `..`, NUL, backslashes and drive letters are refused.
 *
 * @throws DeviceError `UNSAFE_PATH` - the path would leave them.
 */
export function resolveDevicePath(path: string, roots: readonly string[]): DevicePath {
	// Nearly all paths of a backup look like this, and there are hundreds of thousands of them.
	const plain = PLAIN_PATH.exec(path);
	if (plain !== null && roots.includes(plain[1] as string)) {
		return path as DevicePath;
	}
	const components = path.split('/').filter((component) => component !== '');
	const isSafe =
		components.length > 0 &&
		roots.includes(components[0] as string) &&
		!components.some((component) => DOTS_ONLY.test(component) || UNSAFE_CHARACTERS.test(component));
	if (!isSafe) {
		throw new DeviceError('UNSAFE_PATH', 'The device named a file outside of its backup. The request was refused.', {
			details: { path: path.slice(0, 200) },
		});
	}
	return components.join('/') as DevicePath;
}

/** A folder, and below it names of letters, digits and hyphens only. */
const PLAIN_PATH = /^([A-Za-z0-9-]+)(?:\/[A-Za-z0-9-]+)+$/;

// A colon would name a drive or an alternate stream on Windows; no name in a backup folder holds one.
const UNSAFE_CHARACTERS = /[\\:\0]/;

/** `.` and `..`; Windows drops dots and spaces at the end of a name, so that more of them may mean the same. */
const DOTS_ONLY = /^[. ]+$/;
