import type { BlobLocation } from '../blobs/blobTable.ts';
import { StoreError } from '../errors.ts';
import { decompress } from './compression.ts';

/**
 * A blob's bytes out of what is stored for it. Not checked against its id yet.
 * @throws StoreError `STORE_DAMAGED`.
 */
export function blobFromStored(stored: Uint8Array, location: Readonly<BlobLocation>): Uint8Array {
	return location.isCompressed ? blobFromFrame(decompress(stored), location) : stored;
}

/** @throws StoreError `STORE_DAMAGED` - the frame ends before the blob does. */
export function blobFromFrame(frame: Uint8Array, { innerOffset, lengthBytes }: Readonly<BlobLocation>): Uint8Array {
	if (innerOffset + lengthBytes > frame.length) {
		throw new StoreError('STORE_DAMAGED', 'A compressed part of a pack is too short.');
	}
	return frame.subarray(innerOffset, innerOffset + lengthBytes);
}
