import { hashBlob } from '../blobs/blobId.ts';
import { layout } from '../layout.ts';
import type { SnapshotStorage } from '../storage/storage.ts';
import { labelsFrom, type SnapshotLabels } from './labels.ts';
import { packRecords, unpackRecords } from './recordRows.ts';
import type { SnapshotRecord } from './record.ts';

/** What was read of one device before. Neither records nor labels files ever change, so what a list of names still has still holds. */
export interface RecordCache {
	/** By id. */
	readonly records: Map<string, SnapshotRecord>;
	/** By the name of their file. */
	readonly labels: Map<string, SnapshotLabels>;
}

const MAX_CACHE_BYTES = 256 * 1024 * 1024;
const HASH_BYTES = 32;
const VERSION = 2;

/** One file per device: a hash of the rest, then JSON in ASCII. Missing, damaged or of another version it is empty: it only saves time. */
export async function readRecordCache(storage: SnapshotStorage, udid: string): Promise<RecordCache> {
	const cache: RecordCache = { records: new Map(), labels: new Map() };
	const bytes = await storage.get(layout.recordCache(udid), MAX_CACHE_BYTES);
	if (bytes === undefined || !hashBlob(bytes.subarray(HASH_BYTES)).equals(bytes.subarray(0, HASH_BYTES))) {
		return cache;
	}
	const value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + HASH_BYTES, bytes.length - HASH_BYTES).toString('latin1')) as {
		version?: unknown;
		records?: unknown;
		labels?: unknown;
	};
	if (value.version !== VERSION || !Array.isArray(value.labels)) {
		return cache;
	}
	for (const record of unpackRecords(value.records)) {
		cache.records.set(record.id, record);
	}
	for (const item of value.labels as unknown[]) {
		const [name, fields] = Array.isArray(item) ? (item as unknown[]) : [];
		const labels = labelsFrom(fields);
		if (typeof name === 'string' && labels !== undefined) {
			cache.labels.set(name, labels);
		}
	}
	return cache;
}

export async function writeRecordCache(storage: SnapshotStorage, udid: string, cache: RecordCache): Promise<void> {
	// In the order of lists, which then need not be sorted. Only ASCII: one character in a name would make the whole text take twice the space
	// and time to read.
	const records = [...cache.records.values()].sort((a, b) => a.takenAtMs - b.takenAtMs);
	const text = JSON.stringify({ version: VERSION, records: packRecords(records), labels: [...cache.labels] }).replace(
		/[\u0080-\uffff]/g,
		(unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
	);
	const bytes = Buffer.from(text, 'latin1');
	await storage.replace(layout.recordCache(udid), Buffer.concat([hashBlob(bytes), bytes]));
}
