import * as crypto from 'node:crypto';
import { KiB, MiB } from '../../base/index.ts';
import { BLOB_ID_BYTES, MAX_BLOB_BYTES } from '../blobs/blobId.ts';
import type { BlobLocation } from '../blobs/blobTable.ts';
import { StoreError } from '../errors.ts';
import type { SnapshotStorage, StorageKey } from '../storage/storage.ts';

/** The id of a pack: 64 hex digits, the SHA-256 of its directory, which holds the ids of all blobs. */
export type PackId = string & { readonly __brand: 'PackId' };

/**
 * A pack, all numbers little-endian:
 *
 * ```
 * header     "DLABPACK" | version u32 | 0 u32
 * data       blobs as they are, and zstd frames of one or several blobs
 * directory  salt 16 | for each blob, ascending by id:
 *              id 32 | offset u32 | stored bytes u32, highest bit: compressed | offset in the frame u32 | length u32
 * footer     pack id 32 | directory's offset u32 | number of blobs u32 | "DLABPEND"
 * ```
 *
 * The salt makes ids of packs unique: a pack that is on its way to be deleted never takes the place of one that was just written.
 */
export const PACK_VERSION = 1;
export const PACK_HEADER_BYTES = 16;
export const PACK_SALT_BYTES = 16;
export const PACK_ENTRY_BYTES = BLOB_ID_BYTES + 16;
export const PACK_FOOTER_BYTES = 48;

const HEADER_MAGIC = Buffer.from('DLABPACK');
const FOOTER_MAGIC = Buffer.from('DLABPEND');
const COMPRESSED = 0x8000_0000;

/** No writer comes near these; a reader refuses what is beyond. */
const MAX_PACK_BYTES = 1024 * MiB;
const MAX_PACK_BLOBS = 4 * 1024 * KiB;

/** What is fetched of a pack's end at once: the directory of a thousand blobs fits. */
const TAIL_BYTES = 64 * KiB;

export function isPackId(value: unknown): value is PackId {
	return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

export function encodePackHeader(): Buffer {
	const header = Buffer.alloc(PACK_HEADER_BYTES);
	HEADER_MAGIC.copy(header);
	header.writeUInt32LE(PACK_VERSION, 8);
	return header;
}

/** Writes one entry of a directory, or of a journal, at `at`. */
export function encodePackEntry(target: Buffer, at: number, id: Uint8Array, location: Readonly<BlobLocation>): void {
	target.set(id.subarray(0, BLOB_ID_BYTES), at);
	target.writeUInt32LE(location.offset, at + 32);
	target.writeUInt32LE(location.storedBytes + (location.isCompressed ? COMPRESSED : 0), at + 36);
	target.writeUInt32LE(location.innerOffset, at + 40);
	target.writeUInt32LE(location.lengthBytes, at + 44);
}

/** Reads into `location`, so that a loop over many need not make an object for each. */
export function decodePackEntry(source: Buffer, at: number, location: BlobLocation): void {
	const stored = source.readUInt32LE(at + 36);
	location.offset = source.readUInt32LE(at + 32);
	location.storedBytes = stored % COMPRESSED;
	location.isCompressed = stored >= COMPRESSED;
	location.innerOffset = source.readUInt32LE(at + 40);
	location.lengthBytes = source.readUInt32LE(at + 44);
}

/** Directory and footer of a pack. @param entries - encoded entries in any order; is sorted here. */
export function encodePackEnd(entries: Buffer, directoryOffset: number): { packId: PackId; bytes: Buffer } {
	const count = entries.length / PACK_ENTRY_BYTES;
	const order = Array.from({ length: count }, (_, index) => index * PACK_ENTRY_BYTES);
	order.sort((a, b) => entries.compare(entries, b, b + BLOB_ID_BYTES, a, a + BLOB_ID_BYTES));
	const bytes = Buffer.alloc(PACK_SALT_BYTES + entries.length + PACK_FOOTER_BYTES);
	crypto.randomFillSync(bytes, 0, PACK_SALT_BYTES);
	let at = PACK_SALT_BYTES;
	for (const from of order) {
		entries.copy(bytes, at, from, from + PACK_ENTRY_BYTES);
		at += PACK_ENTRY_BYTES;
	}
	const packId = packIdOf(bytes.subarray(0, at));
	bytes.write(packId, at, 'hex');
	bytes.writeUInt32LE(directoryOffset, at + 32);
	bytes.writeUInt32LE(count, at + 36);
	FOOTER_MAGIC.copy(bytes, at + 40);
	return { packId, bytes };
}

export function packIdOf(directory: Uint8Array): PackId {
	return crypto.createHash('sha256').update(directory).digest('hex') as PackId;
}

/**
 * The directory of a sealed pack, salt first, checked against the pack's name and within itself.
 * @throws StoreError `STORE_DAMAGED` - lengths, counts or hashes do not fit. `NEWER_FORMAT`.
 */
export async function readPackDirectory(storage: SnapshotStorage, key: StorageKey, packId: PackId): Promise<Buffer> {
	const sizeBytes = await storage.size(key);
	if (sizeBytes === undefined || sizeBytes < PACK_HEADER_BYTES + PACK_SALT_BYTES + PACK_FOOTER_BYTES || sizeBytes > MAX_PACK_BYTES) {
		throw damaged(packId, sizeBytes === undefined ? 'is missing' : 'has an impossible size');
	}
	checkHeader(asBuffer(await storage.getRange(key, 0, PACK_HEADER_BYTES)), packId);
	const tail = asBuffer(await storage.getRange(key, Math.max(0, sizeBytes - TAIL_BYTES), Math.min(TAIL_BYTES, sizeBytes)));
	const footer = tail.subarray(tail.length - PACK_FOOTER_BYTES);
	const directoryOffset = footer.readUInt32LE(32);
	const count = footer.readUInt32LE(36);
	const directoryBytes = PACK_SALT_BYTES + count * PACK_ENTRY_BYTES;
	const isPossible =
		footer.subarray(40).equals(FOOTER_MAGIC) &&
		footer.toString('hex', 0, 32) === packId &&
		count <= MAX_PACK_BLOBS &&
		directoryOffset >= PACK_HEADER_BYTES &&
		directoryOffset + directoryBytes + PACK_FOOTER_BYTES === sizeBytes;
	if (!isPossible) {
		throw damaged(packId, 'has no valid footer');
	}
	const before = tail.length - PACK_FOOTER_BYTES - directoryBytes;
	const directory =
		before >= 0 ? tail.subarray(before, before + directoryBytes) : asBuffer(await storage.getRange(key, directoryOffset, directoryBytes));
	checkPackDirectory(directory, packId, directoryOffset);
	return directory;
}

/** @throws StoreError `STORE_DAMAGED` - the directory is not the one that the id names, or an entry reaches outside of the data. */
export function checkPackDirectory(directory: Buffer, packId: PackId, dataEnd: number): void {
	if (packIdOf(directory) !== packId) {
		throw damaged(packId, 'has a damaged directory');
	}
	const location: BlobLocation = { pack: 0, offset: 0, storedBytes: 0, isCompressed: false, innerOffset: 0, lengthBytes: 0 };
	let before = -1;
	for (let at = PACK_SALT_BYTES; at < directory.length; at += PACK_ENTRY_BYTES) {
		decodePackEntry(directory, at, location);
		// The first bytes decide nearly always, and cost a tenth of a comparison of all.
		const prefix = directory.readUIntBE(at, 6);
		const isAscending =
			prefix > before ||
			(prefix === before && directory.compare(directory, at - PACK_ENTRY_BYTES, at - PACK_ENTRY_BYTES + 32, at, at + 32) > 0);
		before = prefix;
		if (!isAscending || !isPlausible(location, dataEnd)) {
			throw damaged(packId, 'has an entry that cannot be');
		}
	}
}

/** Bounds of an entry that comes from a file, before anything is allocated for it. */
export function isPlausible(location: Readonly<BlobLocation>, dataEnd: number): boolean {
	const { offset, storedBytes, isCompressed, innerOffset, lengthBytes } = location;
	return (
		offset >= PACK_HEADER_BYTES &&
		offset + storedBytes <= dataEnd &&
		storedBytes <= MAX_BLOB_BYTES &&
		lengthBytes <= MAX_BLOB_BYTES &&
		(isCompressed ? innerOffset + lengthBytes <= MAX_BLOB_BYTES : innerOffset === 0 && storedBytes === lengthBytes)
	);
}

function checkHeader(header: Buffer, packId: PackId): void {
	if (!header.subarray(0, 8).equals(HEADER_MAGIC)) {
		throw damaged(packId, 'does not begin as a pack');
	}
	const version = header.readUInt32LE(8);
	if (version > PACK_VERSION) {
		throw new StoreError('NEWER_FORMAT', 'A pack was written by a newer version.', { details: { what: 'pack', version, pack: packId } });
	}
}

function damaged(packId: PackId, what: string): StoreError {
	return new StoreError('STORE_DAMAGED', `Pack ${packId.slice(0, 12)} ${what}.`, { details: { pack: packId } });
}

/** The same memory with Buffer's accessors. */
function asBuffer(bytes: Uint8Array): Buffer {
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
