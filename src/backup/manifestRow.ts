import { BackupError } from './errors.ts';
import { isFileId } from './fileId.ts';
import { decodeMbFile, MODE_FILE, MODE_FOLDER, MODE_SYMLINK, MODE_TYPE_MASK, type MbFile } from './mbFile.ts';
import { FLAGS_OF_KIND, type ManifestEntry, type ManifestEntryKind, type ManifestRowProblem } from './manifestEntry.ts';

/**
 * Reads one row of the `Files` table. Nothing in it is trusted: a row that could lead outside the backup, or cannot be read, becomes a problem.
 *
 * @param row - the columns fileID, domain, relativePath, flags, file.
 */
export function readManifestRow(
	row: Readonly<Record<string, unknown>>,
): { entry: ManifestEntry; problem?: undefined } | { entry?: undefined; problem: ManifestRowProblem } {
	const { fileID: fileId, domain, relativePath, flags, file: record } = row;
	const fail = (reason: ManifestRowProblem['reason']): { problem: ManifestRowProblem } => ({
		problem: {
			fileId: typeof fileId === 'string' ? fileId : undefined,
			domain: typeof domain === 'string' ? domain : undefined,
			reason,
		},
	});
	if (typeof fileId !== 'string' || !isFileId(fileId)) {
		return fail('bad-file-id');
	}
	if (typeof domain !== 'string' || !isSafeDomain(domain)) {
		return fail('bad-domain');
	}
	if (typeof relativePath !== 'string' || !isSafeRelativePath(relativePath)) {
		return fail('bad-path');
	}
	if (typeof flags !== 'number') {
		return fail('bad-flags');
	}
	if (!(record instanceof Uint8Array) || record.length === 0) {
		return fail('no-record');
	}
	let file: MbFile;
	try {
		file = decodeMbFile(record);
	} catch (error) {
		if (!BackupError.is(error, 'DAMAGED_RECORD')) {
			throw error;
		}
		return fail('bad-record');
	}
	const kind = kindOf(flags, file.mode);
	return kind === undefined ? fail('bad-flags') : { entry: { fileId, domain, relativePath, kind, file } };
}

/** Devices refuse a manifest whose domains hold a slash; a backslash or NUL would be one on some host. */
export function isSafeDomain(domain: string): boolean {
	return domain.length > 0 && !/[/\\\0]/.test(domain) && domain !== '.' && domain !== '..';
}

/** No path that begins at the root, or leads out of its domain. */
export function isSafeRelativePath(path: string): boolean {
	return !path.startsWith('/') && !path.includes('\0') && !(path.includes('..') && path.split('/').includes('..'));
}

function kindOf(flags: number, mode: number): ManifestEntryKind | undefined {
	switch (flags) {
		case FLAGS_OF_KIND.file:
			return 'file';
		case FLAGS_OF_KIND.folder:
			return 'folder';
		case FLAGS_OF_KIND.symlink:
			return 'symlink';
		case 0:
			// Seen in a real backup; the mode still tells.
			return KIND_OF_MODE.get(mode & MODE_TYPE_MASK);
		default:
			return undefined;
	}
}

/** What the type bits of a mode say. */
export const KIND_OF_MODE: ReadonlyMap<number, ManifestEntryKind> = new Map([
	[MODE_FILE, 'file'],
	[MODE_FOLDER, 'folder'],
	[MODE_SYMLINK, 'symlink'],
]);
