import * as crypto from 'node:crypto';
import { MiB } from '../../base/index.ts';
import { StoreError } from '../errors.ts';
import { layout } from '../layout.ts';
import { checkPackDirectory, PACK_ENTRY_BYTES, PACK_SALT_BYTES, type PackId } from '../packs/packFormat.ts';
import type { SnapshotStorage, StorageKey } from '../storage/storage.ts';

/** A pack's directory with its salt. It checks itself: its hash is the pack's id. */
export interface PackDirectory {
	readonly packId: PackId;
	readonly directory: Buffer;
}

/** Writers stay far below: what loading one holds in memory. */
const MAX_INDEX_FILE_BYTES = 32 * MiB;

const MAGIC = Buffer.from('DLABINDX');
const HEADER_BYTES = 16;
const PACK_HEAD_BYTES = 36;

/** `"DLABINDX" | version u32 | packs u32`, then for each pack `id 32 | blobs u32 | directory`, as in the pack. Little-endian. */
export function encodeIndexFile(directories: readonly PackDirectory[]): { name: string; bytes: Buffer } {
	const header = Buffer.alloc(HEADER_BYTES);
	MAGIC.copy(header);
	header.writeUInt32LE(1, 8);
	header.writeUInt32LE(directories.length, 12);
	const parts: Buffer[] = [header];
	for (const { packId, directory } of directories) {
		const head = Buffer.alloc(PACK_HEAD_BYTES);
		head.write(packId, 0, 'hex');
		head.writeUInt32LE((directory.length - PACK_SALT_BYTES) / PACK_ENTRY_BYTES, 32);
		parts.push(head, directory);
	}
	const bytes = Buffer.concat(parts);
	return { name: `${crypto.createHash('sha256').update(bytes).digest('hex')}.idx`, bytes };
}

/**
 * The directories in an index file, not checked against their ids yet; undefined when it is gone.
 * @throws StoreError `STORE_DAMAGED`, `NEWER_FORMAT`.
 */
export async function readIndexFile(
	storage: SnapshotStorage,
	key: StorageKey,
): Promise<{ directories: PackDirectory[]; sizeBytes: number } | undefined> {
	const raw = await storage.get(key, MAX_INDEX_FILE_BYTES);
	if (raw === undefined) {
		return undefined;
	}
	const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
	if (bytes.length < HEADER_BYTES || !bytes.subarray(0, 8).equals(MAGIC)) {
		throw damaged(key);
	}
	if (bytes.readUInt32LE(8) !== 1) {
		throw new StoreError('NEWER_FORMAT', 'An index file was written by a newer version.', {
			details: { what: 'index', version: bytes.readUInt32LE(8) },
		});
	}
	const directories: PackDirectory[] = [];
	let at = HEADER_BYTES;
	for (let left = bytes.readUInt32LE(12); left > 0; left--) {
		if (at + PACK_HEAD_BYTES > bytes.length) {
			throw damaged(key);
		}
		const packId = bytes.toString('hex', at, at + 32) as PackId;
		const length = PACK_SALT_BYTES + bytes.readUInt32LE(at + 32) * PACK_ENTRY_BYTES;
		at += PACK_HEAD_BYTES;
		if (at + length > bytes.length) {
			throw damaged(key);
		}
		directories.push({ packId, directory: bytes.subarray(at, at + length) });
		at += length;
	}
	if (at !== bytes.length) {
		throw damaged(key);
	}
	return { directories, sizeBytes: bytes.length };
}

/** The directory of a pack as an index file has it, checked against the pack's id; undefined when none has. */
export async function readSpareDirectory(storage: SnapshotStorage, packId: PackId): Promise<Buffer | undefined> {
	for (const name of await storage.names(layout.index)) {
		if (!name.endsWith('.idx')) {
			continue;
		}
		try {
			const file = await readIndexFile(storage, `${layout.index}/${name}`);
			const found = file?.directories.find((each) => each.packId === packId)?.directory;
			if (found !== undefined) {
				checkPackDirectory(found, packId, Number.MAX_SAFE_INTEGER);
				return found;
			}
		} catch (error) {
			// Another file may have it undamaged.
			if (!StoreError.is(error, 'STORE_DAMAGED', 'NEWER_FORMAT')) {
				throw error;
			}
		}
	}
	return undefined;
}

function damaged(key: StorageKey): StoreError {
	return new StoreError('STORE_DAMAGED', 'An index file is not what it should be.', { details: { key } });
}
