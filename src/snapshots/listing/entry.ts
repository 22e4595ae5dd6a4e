import type { BlobId } from '../blobs/blobId.ts';
import type { ListingPath } from './pathKey.ts';

/**
 * What a file holds: the blob itself at level 0; at level n a list of chunks, or of lists of level n - 1. Two files with the same content
 * have the same reference, as long as both were split in the same way.
 */
export interface ContentRef {
	readonly id: BlobId;
	readonly level: number;
}

/** One file or folder of a snapshot. Only folders that were made as such are entries; a file's folders follow from its path. */
export interface ListingEntry {
	readonly path: ListingPath;
	readonly kind: 'file' | 'folder';
	/** Undefined for a folder and for an empty file. */
	readonly content: ContentRef | undefined;
	readonly sizeBytes: number;
	/** When it was last written, in ms since 1970. */
	readonly modifiedAtMs: number;
	/** POSIX permission bits. */
	readonly mode: number;
}

/** How an entry's kind is written: `CHUNKED + n` is a file whose content has level n + 1. */
export const KIND_REMOVED = 0;
export const KIND_FOLDER = 1;
export const KIND_EMPTY_FILE = 2;
export const KIND_BLOB = 3;

/** Levels of lists that a reader follows: 4 of them reach beyond any disk. */
export const MAX_CONTENT_LEVEL = 4;
export const KIND_LAST = KIND_BLOB + MAX_CONTENT_LEVEL;

export function kindOf(entry: Pick<ListingEntry, 'kind' | 'content'>): number {
	if (entry.kind === 'folder') {
		return KIND_FOLDER;
	}
	return entry.content === undefined ? KIND_EMPTY_FILE : KIND_BLOB + entry.content.level;
}
