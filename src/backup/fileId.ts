import { hash } from 'node:crypto';

/**
 * The name under which a backup stores one file: lower-case hex SHA-1 of the UTF-8 text `<domain>-<relativePath>`, 40 digits.
 *
 * @param relativePath - without a leading slash; empty for the root row of a domain.
 */
export function fileIdOf(domain: string, relativePath: string): string {
	return hash('sha1', `${domain}-${relativePath}`, 'hex');
}

/** True for exactly 40 lower-case hex digits. Anything else from a manifest must never become part of a path. */
export function isFileId(value: string): boolean {
	return FILE_ID.test(value);
}

/** Where the content of a file lies below the backup folder, with forward slashes: `ab/ab…`. */
export function payloadPathOf(fileId: string): string {
	return `${fileId.slice(0, 2)}/${fileId}`;
}

const FILE_ID = /^[0-9a-f]{40}$/;
