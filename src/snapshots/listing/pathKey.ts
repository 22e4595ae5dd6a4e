import { StoreError } from '../errors.ts';

/** What a path in a listing may be at most, in bytes of UTF-8. */
export const MAX_PATH_BYTES = 4096;

export const FILE_ID_BYTES = 20;

/** A path relative to the backup's folder, `/` between its components, that has passed `checkPath`. */
export type ListingPath = string;

/**
 * The binary form of a path, by which listings are ordered. Nearly all files of a backup are `ab/abcdef…`, 40 hex digits behind the first
 * two of them: such a key is the 20 bytes of the id (`isFileId`). Every other path is its UTF-8 text, and comes before all file ids.
 */
export interface PathKey {
	readonly isFileId: boolean;
	readonly bytes: Uint8Array;
}

/** What nearly all paths look like; the rest is looked at more closely. */
const PLAIN_PATH = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}(\/[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}){0,20}$/;

const FILE_ID_PATH = /^([0-9a-f]{2})\/\1[0-9a-f]{38}$/;

export function keyOfPath(path: ListingPath): PathKey {
	return isFileIdPath(path) ? { isFileId: true, bytes: Buffer.from(path.slice(3), 'hex') } : { isFileId: false, bytes: Buffer.from(path) };
}

export function isFileIdPath(path: ListingPath): boolean {
	return path.length === 43 && FILE_ID_PATH.test(path);
}

/** The path of a file id. @param source - holds its 20 bytes from `at` on. */
export function pathOfFileId(source: Buffer, at: number): ListingPath {
	const hex = source.toString('hex', at, at + FILE_ID_BYTES);
	return `${hex.slice(0, 2)}/${hex}`;
}

/** Negative, zero or positive, as keys are ordered in a listing. */
export function compareKeys(a: PathKey, b: PathKey): number {
	if (a.isFileId !== b.isFileId) {
		return a.isFileId ? 1 : -1;
	}
	return Buffer.compare(a.bytes, b.bytes);
}

/**
 * The one door for paths: relative, `/` between components, none of which is empty, dots only, or holds what a file system may take for
 * something else.
 * @throws StoreError `PATH_UNSAFE`.
 */
export function checkPath(path: string): ListingPath {
	if (PLAIN_PATH.test(path)) {
		return path;
	}
	const components = path.split('/');
	const isSafe =
		path.length > 0 &&
		Buffer.byteLength(path) <= MAX_PATH_BYTES &&
		!/\p{Surrogate}/u.test(path) &&
		!components.some((component) => component === '' || /^[. ]+$/.test(component) || /[\\:\0]/.test(component));
	if (!isSafe) {
		throw new StoreError('PATH_UNSAFE', 'A path leads out of its folder.', { details: { path: path.slice(0, 200) } });
	}
	return path;
}

/** The folder of a path; empty for what lies at the top. */
export function parentOf(path: ListingPath): ListingPath {
	const slash = path.lastIndexOf('/');
	return slash < 0 ? '' : path.slice(0, slash);
}
