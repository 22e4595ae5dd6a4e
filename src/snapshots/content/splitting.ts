import { KiB, MiB } from '../../base/index.ts';
import { MAX_BLOB_BYTES } from '../blobs/blobId.ts';

/**
 * How content is split into blobs. It depends on nothing but the content's beginning and the position, so that equal content always has
 * equal blobs.
 *
 * - Content up to a window is one blob.
 * - A SQLite database is split at multiples of its page size: rows are changed in place, and here and there. Further into a large one pieces
 *   are larger, so that their number stays bounded.
 * - Anything else is replaced as a whole, or encrypted and so different from the first changed block on: large pieces.
 *
 * Measured (docs/decisions/0006-store-format.md): of a 53 MB database in which 2 % of the rows changed, pages of 4 KiB store 10 % again,
 * 16 KiB 33 %, 64 KiB 81 %, content-defined pieces of 8 KiB 33 %.
 */
export interface Splitting {
	/** Bytes that are gathered before they are split; a multiple of every piece size. */
	readonly windowBytes: number;
	/** The piece that begins at `offset`, which is a multiple of the window or of the pieces in it. */
	pieceBytes(offset: number): number;
}

export const MAX_WINDOW_BYTES = MAX_BLOB_BYTES;

/** What must be known of a content's beginning before its splitting is chosen. */
export const SPLITTING_HEAD_BYTES = 18;

const SQLITE_MAGIC = Buffer.from('SQLite format 3\0');

const whole: Splitting = { windowBytes: MAX_WINDOW_BYTES, pieceBytes: () => MAX_BLOB_BYTES };

const databaseWindowBytes = 64 * KiB;

/** @param head - the beginning of the content; shorter than SPLITTING_HEAD_BYTES only when the content is. */
export function splittingFor(head: Uint8Array): Splitting {
	if (head.length < SPLITTING_HEAD_BYTES || Buffer.compare(head.subarray(0, SQLITE_MAGIC.length), SQLITE_MAGIC) !== 0) {
		return whole;
	}
	// The page size lies big-endian at offset 16; 1 stands for 65536. Any other value is a power of two from 512 on, in a real database.
	const stated = ((head[16] as number) << 8) | (head[17] as number);
	const page = stated === 1 ? 64 * KiB : [8, 16, 32].find((size) => size * KiB === stated) === undefined ? 4 * KiB : stated;
	return {
		windowBytes: databaseWindowBytes,
		pieceBytes: (offset) => Math.max(page, offset < 64 * MiB ? 4 * KiB : offset < 512 * MiB ? 16 * KiB : 64 * KiB),
	};
}
