import * as crypto from 'node:crypto';

/** Content by its name: 64 hex digits, the SHA-256 of its bytes. */
export type BlobId = string & { readonly __brand: 'BlobId' };

export const BLOB_ID_BYTES = 32;

/** The largest blob there is: longer content is split. Bounds what a reader has to hold to check one. */
export const MAX_BLOB_BYTES = 1024 * 1024;

/** The id of some bytes, in its binary form. */
export function hashBlob(bytes: Uint8Array): Buffer {
	// In one call: an object for each of many small blobs costs more than hashing them.
	return crypto.hash('sha256', bytes, 'buffer');
}

/** @param bytes - holds 32 bytes from `offset` on. */
export function blobIdText(bytes: Uint8Array, offset = 0): BlobId {
	return Buffer.from(bytes.buffer, bytes.byteOffset + offset, BLOB_ID_BYTES).toString('hex') as BlobId;
}

/** @param id - 64 hex digits; a record's or listing's field that has passed `isBlobId`. */
export function blobIdBytes(id: BlobId): Buffer {
	return Buffer.from(id, 'hex');
}

export function isBlobId(value: unknown): value is BlobId {
	return isHex(value, 2 * BLOB_ID_BYTES);
}

/** Lower-case hex digits, so many of them. By hand: an expression would be most of what reading a list of ten thousand snapshots takes. */
export function isHex(value: unknown, digits: number): value is string {
	if (typeof value !== 'string' || value.length !== digits) {
		return false;
	}
	for (let index = 0; index < digits; index++) {
		const unit = value.charCodeAt(index);
		if (unit < 0x30 || unit > 0x66 || (unit > 0x39 && unit < 0x61)) {
			return false;
		}
	}
	return true;
}
