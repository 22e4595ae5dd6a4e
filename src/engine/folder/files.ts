import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { HostFileError } from '../../device/index.ts';
import { EngineError } from '../errors.ts';

/** Replaces a file so that a reader sees either the old bytes or the new ones, also after a crash. */
export async function replaceFile(file: string, bytes: Uint8Array | string): Promise<void> {
	const temporary = `${file}.new`;
	const handle = await fs.open(temporary, 'w', 0o600);
	try {
		await handle.writeFile(bytes);
		await handle.sync();
	} finally {
		await handle.close();
	}
	await fs.rename(temporary, file);
	await syncFolder(path.dirname(file));
}

/** Makes renames in a folder durable, on systems that can. */
export async function syncFolder(folder: string): Promise<void> {
	if (process.platform === 'win32') {
		return;
	}
	const handle = await fs.open(folder, 'r');
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
}

/** The bytes of a small file, or undefined when it is not there. */
export async function readIfPresent(file: string): Promise<Uint8Array | undefined> {
	try {
		return await fs.readFile(file);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
			return undefined;
		}
		throw error;
	}
}

export async function exists(place: string): Promise<boolean> {
	return fs.lstat(place).then(
		() => true,
		(error: NodeJS.ErrnoException) => {
			if (error.code === 'ENOENT') {
				return false;
			}
			throw error;
		},
	);
}

/** Failures of the system while a folder is used, as a person may be told of them. */
export async function usingFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (error) {
		const code = HostFileError.is(error) ? error.details['systemCode'] : (error as NodeJS.ErrnoException).code;
		if (code === 'ENOSPC' || code === 'EDQUOT') {
			throw new EngineError('HOST_FULL', `The disk of ${folder} is full.`, { cause: error, details: { folder } });
		}
		if (
			code === 'EACCES' ||
			code === 'EPERM' ||
			code === 'EROFS' ||
			code === 'ENOTDIR' ||
			code === 'ENOENT' ||
			code === 'EIO' ||
			code === 'ENAMETOOLONG'
		) {
			throw new EngineError('FOLDER_UNUSABLE', `The folder ${folder} cannot be used: ${(error as Error).message}.`, {
				cause: error,
				details: { folder, systemCode: code },
			});
		}
		throw error;
	}
}
