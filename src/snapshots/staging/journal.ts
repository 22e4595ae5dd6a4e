import type { Logger } from '../../base/index.ts';
import { BLOB_ID_BYTES, hashBlob } from '../blobs/blobId.ts';
import type { BlobLocation } from '../blobs/blobTable.ts';
import { layout } from '../layout.ts';
import { decompress } from '../packs/compression.ts';
import { decodePackEntry, encodePackEnd, encodePackEntry, isPlausible, PACK_ENTRY_BYTES, type PackId } from '../packs/packFormat.ts';
import { JOURNAL_ENTRY_BYTES } from '../packs/packWriter.ts';
import { blobFromFrame } from '../packs/storedBlob.ts';
import type { AppendFile, StorageKey, WorkingStorage } from '../storage/storage.ts';
import { StoreError } from '../errors.ts';

/** A journal cannot be longer than this: ten million blobs. */
const MAX_JOURNAL_BYTES = 10_000_000 * JOURNAL_ENTRY_BYTES;

/** Entries of a journal that are looked at before others get their turn. */
const BATCH = 512;

interface Entry {
	readonly id: Buffer;
	readonly location: BlobLocation;
}

/**
 * Makes packs of what a run that is gone had received. Every blob is read and checked: after a loss of power the journal may name bytes that
 * never reached the disk. What is damaged or missing is left out.
 *
 * @returns the packs, published; none of their blobs is named by anything yet.
 */
export async function takeOverPacks(storage: WorkingStorage, folder: StorageKey, log: Logger): Promise<PackId[]> {
	const names = await storage.names(folder);
	const journal = await storage.get(`${folder}/blobs.log`, MAX_JOURNAL_BYTES);
	const packs: PackId[] = [];
	for (const [pack, entries] of readJournal(journal ?? new Uint8Array(0))) {
		if (!names.includes(`${pack}.part`)) {
			continue;
		}
		const part = `${folder}/${pack}.part`;
		const packId = await finishPart(storage.openAppend(part), entries);
		if (packId !== undefined) {
			await storage.publish(part, layout.pack(packId));
			packs.push(packId);
		}
	}
	log.info(`What an interrupted run had received was taken over: ${packs.length} packs.`);
	return packs;
}

function readJournal(raw: Uint8Array): Map<number, Entry[]> {
	const journal = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
	const byPack = new Map<number, Entry[]>();
	for (let at = 0; at + JOURNAL_ENTRY_BYTES <= journal.length; at += JOURNAL_ENTRY_BYTES) {
		const pack = journal.readUInt32LE(at);
		const location: BlobLocation = { pack, offset: 0, storedBytes: 0, isCompressed: false, innerOffset: 0, lengthBytes: 0 };
		decodePackEntry(journal, at + 4, location);
		const entries = byPack.get(pack) ?? [];
		entries.push({ id: journal.subarray(at + 4, at + 4 + BLOB_ID_BYTES), location });
		byPack.set(pack, entries);
	}
	return byPack;
}

/** @returns undefined when nothing of it can be used. */
async function finishPart(file: AppendFile, entries: readonly Entry[]): Promise<PackId | undefined> {
	try {
		const good = Buffer.alloc(entries.length * PACK_ENTRY_BYTES);
		const seen = new Set<string>();
		let frame: { offset: number; bytes: Uint8Array } | undefined;
		for (const [index, { id, location }] of entries.entries()) {
			if (index % BATCH === 0) {
				await new Promise(setImmediate);
			}
			const name = id.toString('latin1');
			if (seen.has(name) || !isPlausible(location, file.sizeBytes)) {
				continue;
			}
			try {
				if (location.isCompressed && frame?.offset !== location.offset) {
					frame = { offset: location.offset, bytes: decompress(file.read(location.offset, location.storedBytes)) };
				}
				const bytes =
					location.isCompressed && frame !== undefined
						? blobFromFrame(frame.bytes, location)
						: file.read(location.offset, location.storedBytes);
				if (hashBlob(bytes).equals(id)) {
					encodePackEntry(good, seen.size * PACK_ENTRY_BYTES, id, location);
					seen.add(name);
				}
			} catch (error) {
				if (!StoreError.is(error, 'STORE_DAMAGED')) {
					throw error;
				}
			}
		}
		if (seen.size === 0) {
			return undefined;
		}
		const { packId, bytes } = encodePackEnd(good.subarray(0, seen.size * PACK_ENTRY_BYTES), file.sizeBytes);
		file.append(bytes);
		file.sync();
		return packId;
	} finally {
		file.close();
	}
}
