import type { Stats } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { join } from 'node:path';
import { errorText, KiB, MiB } from '../base/index.ts';
import { BackupError } from './errors.ts';

/** Every name at the top of a backup folder that means something to us; everything else there is left alone. */
export const CONTROL_NAMES = ['Info.plist', 'Status.plist', 'Manifest.plist', 'Manifest.db', 'Manifest.mbdb', 'Snapshot'] as const;
export type ControlName = (typeof CONTROL_NAMES)[number];

/** Sizes of the control files that exist as regular files; `Snapshot` is a folder, and counts as 0. */
export type ControlSizes = Partial<Readonly<Record<ControlName, number>>>;

/** Bounds of what is read into memory; about ten times the largest that were seen. */
const MAX_BYTES = { 'Info.plist': 128 * MiB, 'Status.plist': 64 * KiB, 'Manifest.plist': 32 * MiB } as const;

/**
 * Which control files a folder has.
 * @param onIrregular - told of those in whose place lies something else: a link, a pipe, a folder. Nothing of these is ever opened.
 * @throws BackupError `UNREADABLE` - the folder does not exist, or may not be read.
 */
export async function findControlFiles(folder: string, onIrregular?: (name: ControlName) => void): Promise<ControlSizes> {
	await statOf(folder);
	const sizes: { [Name in ControlName]?: number } = {};
	for (const name of CONTROL_NAMES) {
		const found = await statOf(join(folder, name), 'may-be-absent');
		if (name === 'Snapshot' ? found?.isDirectory() === true : found?.isFile() === true) {
			sizes[name] = name === 'Snapshot' ? 0 : found?.size;
		} else if (found !== undefined) {
			onIrregular?.(name);
		}
	}
	return sizes;
}

/**
 * The bytes of a control file.
 * @throws BackupError `DAMAGED_MANIFEST` - absent, no regular file, or larger than any that a device or host writes; `UNREADABLE`.
 */
export async function readControlFile(folder: string, name: keyof typeof MAX_BYTES): Promise<Uint8Array> {
	const path = join(folder, name);
	const found = await statOf(path, 'may-be-absent');
	if (found?.isFile() !== true || found.size > MAX_BYTES[name]) {
		const why = found?.isFile() === true ? 'is too large' : 'is missing';
		throw new BackupError('DAMAGED_MANIFEST', `${name} ${why}.`, { details: { file: name } });
	}
	try {
		const file = await open(path, 'r');
		try {
			return await file.readFile();
		} finally {
			await file.close();
		}
	} catch (error) {
		throw unreadable(path, error);
	}
}

/** What lies at `path`, without following links: a backup has none, so a link in its place is as good as nothing. */
export async function statOf(path: string, absence?: 'may-be-absent'): Promise<Stats | undefined> {
	try {
		return await lstat(path);
	} catch (error) {
		if (absence !== undefined && isAbsence(error)) {
			return undefined;
		}
		throw unreadable(path, error);
	}
}

/** True when a file system error means that there is nothing, rather than that we may not look. */
export function isAbsence(error: unknown): boolean {
	const code = errnoOf(error);
	return code === 'ENOENT' || code === 'ENOTDIR';
}

/** The error for a path that the file system refuses. */
export function unreadable(path: string, cause: unknown): BackupError {
	return new BackupError('UNREADABLE', `A file of the backup cannot be read: ${errorText(cause)}`, {
		details: { file: path, errno: errnoOf(cause) },
		cause,
	});
}

function errnoOf(error: unknown): unknown {
	return error instanceof Error && 'code' in error ? error.code : undefined;
}
