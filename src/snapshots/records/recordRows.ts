import { canonicalJson } from './canonicalJson.ts';
import { isRecord, RECORD_SCHEMA_VERSION, type Facts, type SnapshotRecord } from './record.ts';

/**
 * Records as plain data that is quickly read: of each a row of its values, in a fixed order, in which facts that many snapshots share, such as
 * those of the device, are a number. A record with a field that has no place in a row is kept as it is. Nothing is lost.
 */
export interface PackedRecords {
	readonly facts: readonly Facts[];
	readonly rows: readonly unknown[];
}

/** Fields in the order of a row; what may be absent is `null` then. */
const FIELDS = [
	'id',
	'udid',
	'kind',
	'takenAtMs',
	'trigger',
	'listing',
	'fileCount',
	'sizeBytes',
	'addedBytes',
	'device',
	'backup',
	'parent',
	'git',
	'app',
] as const;

/** What a record has that was read, beside what a type says of it. */
const KNOWN: ReadonlySet<string> = new Set([...FIELDS, 'schemaVersion']);

export function packRecords(records: readonly SnapshotRecord[]): PackedRecords {
	const numbers = new Map<string, number>();
	const facts: Facts[] = [];
	const numberOf = (value: Facts): number => {
		const text = canonicalJson(value);
		const known = numbers.get(text);
		if (known !== undefined) {
			return known;
		}
		numbers.set(text, facts.length);
		return facts.push(value) - 1;
	};
	const rows = records.map((record) =>
		Object.keys(record).every((field) => KNOWN.has(field))
			? FIELDS.map((field) => (field === 'device' || field === 'backup' ? numberOf(record[field]) : (record[field] ?? null)))
			: record,
	);
	return { facts, rows };
}

/** What is no record, whatever it came from, is left out. */
export function unpackRecords(packed: unknown): SnapshotRecord[] {
	const { facts, rows } = (packed ?? {}) as { readonly facts?: unknown; readonly rows?: unknown };
	if (!Array.isArray(facts) || !Array.isArray(rows)) {
		return [];
	}
	const records: SnapshotRecord[] = [];
	for (const row of rows as unknown[]) {
		const record = Array.isArray(row) ? recordOf(row, facts) : row;
		if (isRecord(record)) {
			records.push(record);
		}
	}
	return records;
}

/** In plain steps: a list of ten thousand is read with each command. */
function recordOf(row: readonly unknown[], facts: readonly unknown[]): Record<string, unknown> {
	const record: Record<string, unknown> = {
		schemaVersion: RECORD_SCHEMA_VERSION,
		id: row[0],
		udid: row[1],
		kind: row[2],
		takenAtMs: row[3],
		trigger: row[4],
		listing: row[5],
		fileCount: row[6],
		sizeBytes: row[7],
		addedBytes: row[8],
		device: facts[row[9] as number],
		backup: facts[row[10] as number],
	};
	if (row[11] !== null) {
		record['parent'] = row[11];
	}
	if (row[12] !== null) {
		record['git'] = row[12];
	}
	if (row[13] !== null) {
		record['app'] = row[13];
	}
	return record;
}
