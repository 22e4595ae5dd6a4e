import { KiB } from '../../base/index.ts';

/** Where records stay when the lab stops; in memory only for a lab without state. */
export interface PairRecordStorage {
	load(): Promise<Map<string, Uint8Array>>;
	/** `undefined` deletes. */
	store(udid: string, record: Uint8Array | undefined): Promise<void>;
}

/** A record takes about 10 KiB. */
const MAX_RECORD_BYTES = 256 * KiB;
const MAX_RECORDS = 1000;

/** The muxer's own memory of pairings, one opaque property list per UDID. The muxer does not look inside. */
export class PairRecords {
	readonly #storage: PairRecordStorage | undefined;
	readonly #records: Map<string, Uint8Array>;

	constructor(records: Map<string, Uint8Array> = new Map(), storage?: PairRecordStorage) {
		this.#records = records;
		this.#storage = storage;
	}

	read(udid: string): Uint8Array | undefined {
		return this.#records.get(udid);
	}

	/** @returns false when the name or the size is not that of a pair record; nothing was kept. */
	async save(udid: string, record: Uint8Array): Promise<boolean> {
		const isNew = !this.#records.has(udid);
		if (!isRecordName(udid) || record.length > MAX_RECORD_BYTES || (isNew && this.#records.size >= MAX_RECORDS)) {
			return false;
		}
		// The bytes may be a view of a larger packet.
		const kept = record.slice();
		this.#records.set(udid, kept);
		await this.#storage?.store(udid, kept);
		return true;
	}

	/** @returns whether there was one. */
	async delete(udid: string): Promise<boolean> {
		const existed = this.#records.delete(udid);
		if (existed) {
			await this.#storage?.store(udid, undefined);
		}
		return existed;
	}
}

/** UDIDs become file names, so nothing else is let in. */
export function isRecordName(udid: string): boolean {
	return /^[0-9A-Za-z-]{1,64}$/.test(udid);
}
