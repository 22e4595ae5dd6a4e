import * as crypto from 'node:crypto';
import { errorText, throwIfAborted, type Logger } from '../../base/index.ts';
import { StoreError } from '../errors.ts';
import { layout } from '../layout.ts';
import type { SnapshotStorage } from '../storage/storage.ts';
import { canonicalJson } from './canonicalJson.ts';
import { decodeLabels, encodeLabels, isNewer, MAX_LABELS_BYTES, parseLabelsName, type LabelsFile, type SnapshotLabels } from './labels.ts';
import { checkUdid, decodeRecord, encodeRecord, isSnapshotId, MAX_RECORD_BYTES, type SnapshotId, type SnapshotRecord } from './record.ts';
import { addVerdict, readVerdicts, removeVerdicts, type SnapshotVerdict } from './checks.ts';
import { readRecordCache, writeRecordCache, type RecordCache } from './recordCache.ts';

/** A snapshot as people see it. */
export interface Snapshot {
	readonly record: SnapshotRecord;
	readonly labels: SnapshotLabels;
	/** The nearest ancestor that was not deleted. */
	readonly parent: SnapshotId | undefined;
	/** Of the last check of all its bytes; undefined when there was none. */
	readonly verdict: SnapshotVerdict | undefined;
}

/** A snapshot that is there and cannot be used. */
export interface UnreadableSnapshot {
	readonly id: string;
	/** `NEWER_FORMAT`: a newer version can read it. `STORE_DAMAGED`: nobody can. */
	readonly code: 'NEWER_FORMAT' | 'STORE_DAMAGED';
}

export interface SnapshotList {
	/** Oldest first. */
	readonly snapshots: readonly Snapshot[];
	readonly unreadable: readonly UnreadableSnapshot[];
}

/** So many files that were not in the cache make a new one worth its writing. */
const CACHE_AFTER = 64;

const READ_AT_ONCE = 32;

const MAX_APP_HEAD_BYTES = 4096;

/** Records, labels and heads of all devices. */
export class RecordStore {
	readonly #storage: SnapshotStorage;
	readonly #log: Logger;
	readonly #caches = new Map<string, RecordCache>();

	constructor(storage: SnapshotStorage, log: Logger) {
		this.#storage = storage;
		this.#log = log;
	}

	/** UDIDs of all devices with at least a folder here. */
	async devices(): Promise<string[]> {
		return (await this.#storage.names(layout.devices)).sort();
	}

	async list(udid: string, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<SnapshotList> {
		throwIfAborted(signal);
		checkUdid(udid);
		const cache = await this.#cache(udid);
		const [ids, labelNames, verdicts] = await Promise.all([
			this.#storage.names(layout.records(udid)),
			this.#storage.names(layout.labels(udid)),
			readVerdicts(this.#storage, udid),
		]);
		const files = newestLabels(labelNames);
		const unreadable: UnreadableSnapshot[] = [];
		const missing = ids.filter((id) => !cache.records.has(id) && isSnapshotId(id));
		await inParallel(missing, async (id) => {
			throwIfAborted(signal);
			try {
				const record = await this.#read(udid, id);
				if (record !== undefined) {
					cache.records.set(id, record);
				}
			} catch (error) {
				if (!StoreError.is(error, 'NEWER_FORMAT', 'STORE_DAMAGED')) {
					throw error;
				}
				unreadable.push({ id, code: error.code as UnreadableSnapshot['code'] });
			}
		});
		const unread = [...files.values()].filter(({ name }) => !cache.labels.has(name));
		await inParallel(unread, (file) => this.#readLabels(udid, file, cache));
		const present: SnapshotRecord[] = [];
		for (const id of ids) {
			const record = cache.records.get(id);
			if (record !== undefined) {
				present.push(record);
			}
		}
		await this.#saveCache(udid, cache, new Set(ids), files, missing.length + unread.length);
		const parentOf = await this.#lineage(udid, present);
		const snapshots = present
			.sort((a, b) => a.takenAtMs - b.takenAtMs || (a.id < b.id ? -1 : 1))
			.map((record) => ({
				record,
				labels: cache.labels.get(files.get(record.id)?.name ?? '') ?? {},
				parent: parentOf(record),
				verdict: verdicts.get(record.id),
			}));
		return { snapshots, unreadable };
	}

	/** Undefined when the device has no such snapshot. */
	async find(udid: string, id: SnapshotId): Promise<SnapshotRecord | undefined> {
		return this.#read(checkUdid(udid), id);
	}

	/** Writes a record; what it names must be durable. */
	async add(fields: Omit<SnapshotRecord, 'id'>): Promise<SnapshotRecord> {
		const { record, bytes } = encodeRecord(fields);
		if (bytes.length > MAX_RECORD_BYTES) {
			throw new StoreError('NAME_INVALID', 'The facts of a snapshot are too long.', { details: { sizeBytes: bytes.length } });
		}
		await this.#storage.putIfAbsent(layout.record(checkUdid(fields.udid), record.id), bytes);
		return record;
	}

	/** Removes a record, then its labels. A head that names it is gone before. */
	async remove(udid: string, id: SnapshotId): Promise<void> {
		if ((await this.head(udid)) === id) {
			await this.#storage.delete(layout.head(udid));
		}
		for (const [app, head] of await this.appHeads(udid)) {
			if (head === id) {
				await this.#storage.delete(appHeadKey(udid, app));
			}
		}
		const parent = await this.#parentOf(udid, id);
		await this.#storage.putIfAbsent(`${layout.deleted(udid)}/${id}.${parent ?? 'none'}`, new Uint8Array(0));
		await this.#storage.delete(layout.record(udid, id));
		for (const file of await this.#labelFiles(udid, id)) {
			await this.#storage.delete(`${layout.labels(udid)}/${file.name}`);
		}
		await removeVerdicts(this.#storage, udid, id);
	}

	/** Keeps what a check of all of a snapshot's bytes found, in place of what one found before. */
	async setVerdict(udid: string, id: SnapshotId, verdict: SnapshotVerdict): Promise<void> {
		await addVerdict(this.#storage, checkUdid(udid), id, verdict);
	}

	/** Changes labels; a field that is undefined is taken away, one that is absent stays. */
	async setLabels(
		udid: string,
		id: SnapshotId,
		change: { [Field in keyof SnapshotLabels]?: SnapshotLabels[Field] | undefined },
	): Promise<void> {
		const files = await this.#labelFiles(udid, id);
		const current = files.reduce<LabelsFile | undefined>(
			(best, file) => (best === undefined || isNewer(file, best) ? file : best),
			undefined,
		);
		const cache = await this.#cache(udid);
		if (current !== undefined && !cache.labels.has(current.name)) {
			await this.#readLabels(udid, current, cache);
		}
		const before = current === undefined ? {} : (cache.labels.get(current.name) ?? {});
		const { file, bytes } = encodeLabels(id, (current?.number ?? 0) + 1, { ...before, ...change });
		await this.#storage.putIfAbsent(`${layout.labels(udid)}/${file.name}`, bytes);
		for (const old of files) {
			await this.#storage.delete(`${layout.labels(udid)}/${old.name}`);
		}
	}

	/** The snapshot that the device was last backed up to or rolled back to; undefined when there is none, or it is gone. */
	async head(udid: string): Promise<SnapshotId | undefined> {
		const bytes = await this.#storage.get(layout.head(checkUdid(udid)), 1024);
		try {
			const value = bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString()) as { snapshot?: unknown } | null);
			return isSnapshotId(value?.snapshot) ? value.snapshot : undefined;
		} catch (error) {
			this.#log.warn(`The head of a device cannot be read: ${errorText(error)}`);
			return undefined;
		}
	}

	/** The snapshot must be there. */
	async setHead(udid: string, id: SnapshotId): Promise<void> {
		await this.#storage.replace(layout.head(checkUdid(udid)), Buffer.from(canonicalJson({ schemaVersion: 1, snapshot: id })));
	}

	/** The snapshots that apps were last taken or rolled back to, by bundle id. Some may be gone. */
	async appHeads(udid: string): Promise<Map<string, SnapshotId>> {
		const heads = new Map<string, SnapshotId>();
		await inParallel(await this.#storage.names(layout.appHeads(checkUdid(udid))), async (name) => {
			const bytes = await this.#storage.get(`${layout.appHeads(udid)}/${name}`, MAX_APP_HEAD_BYTES);
			try {
				const value = bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown> | null);
				const [app, snapshot] = [value?.['app'], value?.['snapshot']];
				if (typeof app === 'string' && isSnapshotId(snapshot)) {
					heads.set(app, snapshot);
				}
			} catch (error) {
				this.#log.warn(`The head of an app cannot be read: ${errorText(error)}`);
			}
		});
		return heads;
	}

	/** The snapshot must be there, and be one of this app. */
	async setAppHead(udid: string, app: string, id: SnapshotId): Promise<void> {
		await this.#storage.replace(appHeadKey(udid, app), Buffer.from(canonicalJson({ schemaVersion: 1, app, snapshot: id })));
	}

	/** Writes records that are damaged as they were read before, where they were. @returns their ids. */
	async restore(udid: string): Promise<SnapshotId[]> {
		const cache = await this.#cache(udid);
		const restored: SnapshotId[] = [];
		for (const id of await this.#storage.names(layout.records(checkUdid(udid)))) {
			const known = cache.records.get(id);
			try {
				await this.#read(udid, id);
			} catch (error) {
				if (!StoreError.is(error, 'STORE_DAMAGED')) {
					throw error;
				}
				const {
					id: _id,
					schemaVersion: _version,
					...fields
				} = { ...known, schemaVersion: 0 } as SnapshotRecord & { schemaVersion: number };
				const again = known === undefined ? undefined : encodeRecord(fields);
				// A record proves its own name, so nothing else can take its place.
				if (again !== undefined && again.record.id === id) {
					await this.#storage.replace(layout.record(udid, id), again.bytes);
					restored.push(again.record.id);
				}
			}
		}
		return restored;
	}

	/** Forgets what was read before, on disk also. */
	async dropCaches(): Promise<void> {
		this.#caches.clear();
		for (const udid of await this.devices()) {
			await this.#storage.delete(layout.recordCache(udid));
		}
	}

	async #read(udid: string, id: string): Promise<SnapshotRecord | undefined> {
		const bytes = await this.#storage.get(layout.record(udid, id), MAX_RECORD_BYTES);
		const record = bytes === undefined ? undefined : decodeRecord(bytes, id);
		if (record !== undefined && record.udid !== udid) {
			throw new StoreError('STORE_DAMAGED', 'A snapshot lies with another device.', { details: { what: 'snapshot', snapshot: id } });
		}
		return record;
	}

	/** What leads from a record to the nearest ancestor that is there. Of a deleted one a name is left, which says its parent. */
	async #lineage(udid: string, records: readonly SnapshotRecord[]): Promise<(record: SnapshotRecord) => SnapshotId | undefined> {
		const present = new Set<string>(records.map(({ id }) => id));
		const parents = new Map<string, string>();
		if (records.some(({ parent }) => parent !== undefined && !present.has(parent))) {
			for (const name of await this.#storage.names(layout.deleted(udid))) {
				const [id, parent] = name.split('.', 2);
				parents.set(id as string, parent as string);
			}
		}
		return ({ parent }) => {
			let nearest: string | undefined = parent;
			for (let steps = 0; nearest !== undefined && !present.has(nearest) && steps <= parents.size; steps++) {
				nearest = parents.get(nearest);
			}
			return nearest !== undefined && present.has(nearest) ? (nearest as SnapshotId) : undefined;
		};
	}

	async #parentOf(udid: string, id: SnapshotId): Promise<SnapshotId | undefined> {
		try {
			return (await this.#read(udid, id))?.parent;
		} catch (error) {
			if (!StoreError.is(error, 'NEWER_FORMAT', 'STORE_DAMAGED')) {
				throw error;
			}
			// A damaged record can be deleted as well; its lineage ends there.
			return undefined;
		}
	}

	async #readLabels(udid: string, file: LabelsFile, cache: RecordCache): Promise<void> {
		try {
			const bytes = await this.#storage.get(`${layout.labels(udid)}/${file.name}`, MAX_LABELS_BYTES);
			if (bytes !== undefined) {
				cache.labels.set(file.name, decodeLabels(bytes, file));
			}
		} catch (error) {
			if (!StoreError.is(error, 'STORE_DAMAGED')) {
				throw error;
			}
			this.#log.warn(error.message);
		}
	}

	async #labelFiles(udid: string, id: SnapshotId): Promise<LabelsFile[]> {
		const names = await this.#storage.names(layout.labels(checkUdid(udid)));
		return names.map(parseLabelsName).filter((file) => file?.snapshot === id) as LabelsFile[];
	}

	async #cache(udid: string): Promise<RecordCache> {
		const known = this.#caches.get(udid);
		if (known !== undefined) {
			return known;
		}
		let cache: RecordCache;
		try {
			cache = await readRecordCache(this.#storage, udid);
		} catch (error) {
			this.#log.warn(`What was read of a device before cannot be used: ${errorText(error)}`);
			cache = { records: new Map(), labels: new Map() };
		}
		this.#caches.set(udid, cache);
		return cache;
	}

	/** Drops from the cache what is gone, and writes it when that saves the next reader much. */
	async #saveCache(
		udid: string,
		cache: RecordCache,
		ids: ReadonlySet<string>,
		files: Map<string, LabelsFile>,
		added: number,
	): Promise<void> {
		const names = new Set([...files.values()].map(({ name }) => name));
		for (const id of [...cache.records.keys()].filter((known) => !ids.has(known))) {
			cache.records.delete(id);
		}
		for (const name of [...cache.labels.keys()].filter((known) => !names.has(known))) {
			cache.labels.delete(name);
		}
		if (added < CACHE_AFTER) {
			return;
		}
		try {
			await writeRecordCache(this.#storage, udid, cache);
		} catch (error) {
			// A store that can only be read is slower, and no less right.
			this.#log.debug(`The cache of snapshots could not be written: ${errorText(error)}`);
		}
	}
}

/** Bundle ids are words of people who may write them in any case and length: a hash is a safe name for each. */
function appHeadKey(udid: string, app: string): string {
	return `${layout.appHeads(checkUdid(udid))}/${crypto.createHash('sha256').update(app).digest('hex').slice(0, 32)}`;
}

function newestLabels(names: readonly string[]): Map<string, LabelsFile> {
	const newest = new Map<string, LabelsFile>();
	for (const name of names) {
		const file = parseLabelsName(name);
		const known = file === undefined ? undefined : newest.get(file.snapshot);
		if (file !== undefined && (known === undefined || isNewer(file, known))) {
			newest.set(file.snapshot, file);
		}
	}
	return newest;
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
	const queue = items.values();
	await Promise.all(
		Array.from({ length: Math.min(READ_AT_ONCE, items.length) }, async () => {
			for (const item of queue) {
				await work(item);
			}
		}),
	);
}
