import * as zlib from 'node:zlib';
import { MAX_BLOB_BYTES } from '../blobs/blobId.ts';
import { StoreError } from '../errors.ts';

const SAMPLE_BYTES = 512;
const SAMPLE_RUNS = 4;

/**
 * How uneven a sample has to be. Of n random bytes the squares of the counts of each value add up to n + n²/256, 1536 here; text and
 * property lists come to 5000 and more, databases to far more.
 */
const UNEVEN = 2300;

const params = { [zlib.constants.ZSTD_c_compressionLevel]: 1 };
const counts = new Uint16Array(256);

/** Whether a few runs of bytes out of a content look as if compression would help. Costs about a microsecond. */
export function looksCompressible(bytes: Uint8Array): boolean {
	if (bytes.length < 128) {
		return true;
	}
	counts.fill(0);
	const sampled = Math.min(SAMPLE_BYTES, bytes.length);
	const run = Math.floor(sampled / SAMPLE_RUNS);
	for (let index = 0; index < SAMPLE_RUNS; index++) {
		const start = Math.floor(((bytes.length - run) * index) / (SAMPLE_RUNS - 1));
		for (let at = start; at < start + run; at++) {
			const value = bytes[at] as number;
			counts[value] = (counts[value] as number) + 1;
		}
	}
	let squares = 0;
	for (let value = 0; value < 256; value++) {
		const count = counts[value] as number;
		squares += count * count;
	}
	return squares * (SAMPLE_BYTES / sampled) ** 2 > UNEVEN;
}

export function compress(bytes: Uint8Array): Buffer {
	return zlib.zstdCompressSync(bytes, { params });
}

/** Output is made in portions of this size: a frame as it is written comes in one, and need not be put together. */
const PORTION_BYTES = 272 * 1024;

/** @throws StoreError `STORE_DAMAGED` - it is no frame, or one that would become larger than any writer makes them. */
export function decompress(bytes: Uint8Array): Buffer {
	try {
		return zlib.zstdDecompressSync(bytes, { maxOutputLength: MAX_BLOB_BYTES, chunkSize: PORTION_BYTES });
	} catch (error) {
		throw new StoreError('STORE_DAMAGED', 'A compressed part of a pack cannot be read.', { cause: error });
	}
}
