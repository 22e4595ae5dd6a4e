import * as crypto from 'node:crypto';
import { errorText, throwIfAborted, type Logger } from '../../base/index.ts';
import { StoreError } from '../errors.ts';
import { inParallel } from '../inParallel.ts';
import { layout } from '../layout.ts';
import type { SnapshotStorage } from '../storage/storage.ts';
import { canonicalJson } from './canonicalJson.ts';
import { LabelFiles, type LabelsChange } from './labelFiles.ts';
import { UNREADABLE_LABELS, type LabelsFile, type SnapshotLabels } from './labels.ts';
import { checkUdid, decodeRecord, encodeRecord, isSnapshotId, MAX_RECORD_BYTES, type SnapshotId, type SnapshotRecord } from './record.ts';
import { addVerdict, readVerdicts, removeVerdicts, type SnapshotVerdict } from './checks.ts';
import { readRecordCache, writeRecordCache, type RecordCache } from './recordCache.ts';

/** A snapshot as people see it. */
export interface Snapshot {
	readonly record: SnapshotRecord;
	/** Where their file is damaged, `UNREADABLE_LABELS`. */
	readonly labels: SnapshotLabels;
	/** The nearest ancestor that was not deleted. */
	readonly parent: SnapshotId | undefined;
	/** Of the last check of all its bytes; undefined when there was none. */
	readonly verdict: SnapshotVerdict | undefined;
}

/** A snapshot that is there and cannot be used; or that nobody deleted, and whose record is gone. */
export interface UnreadableSnapshot {
	readonly id: string;
	/** `NEWER_FORMAT`: a newer version can read it. `STORE_DAMAGED`: nobody can, or its record is missing. */
	readonly code: 'NEWER_FORMAT' | 'STORE_DAMAGED';
}

export interface SnapshotList {
	/** Oldest first. */
	readonly snapshots: readonly Snapshot[];
	readonly unreadable: readonly UnreadableSnapshot[];
}

/** So many files that were not in the cache make a new one worth its writing. */
const CACHE_AFTER = 64;

const MAX_APP_HEAD_BYTES = 4096;

/** Records, labels and heads of all devices. */
export class RecordStore {
	readonly #storage: SnapshotStorage;
	readonly #log: Logger;
	readonly #labelFiles: LabelFiles;
	readonly #caches = new Map<string, RecordCache>();

	constructor(storage: SnapshotStorage, log: Logger) {
		this.#storage = storage;
		this.#log = log;
		this.#labelFiles = new LabelFiles(storage, log);
	}

	/** UDIDs of all devices with at least a folder here. */
	async devices(): Promise<string[]> {
		return (await this.#storage.names(layout.devices)).sort();
	}

	async list(udid: string, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<SnapshotList> {
		throwIfAborted(signal);
		checkUdid(udid);
		const cache = await this.#cache(udid);
		const [ids, { files, read }, verdicts] = await Promise.all([
			this.#storage.names(layout.records(udid)),
			this.#labelFiles.readNewest(udid, cache.labels),
			readVerdicts(this.#storage, udid),
		]);
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
		const present: SnapshotRecord[] = [];
		for (const id of ids) {
			const record = cache.records.get(id);
			if (record !== undefined) {
				present.push(record);
			}
		}
		const idSet = new Set<string>(ids);
		await this.#saveCache(udid, cache, idSet, files, missing.length + read);
		// Nobody names a snapshot before its record is there, and a record goes after its name is among the deleted.
		const named = [...present.flatMap(({ parent }) => parent ?? []), ...files.keys(), ...verdicts.keys()];
		const absent = new Set(named.filter((id) => !idSet.has(id)));
		const deleted = await this.#deletedParents(udid, absent);
		for (const id of await this.#lost(
			udid,
			[...absent].filter((each) => !deleted.has(each)),
		)) {
			unreadable.push({ id, code: 'STORE_DAMAGED' });
		}
		const parentOf = lineage(present, deleted);
		const snapshots = present
			.sort((a, b) => a.takenAtMs - b.takenAtMs || (a.id < b.id ? -1 : 1))
			.map((record) => ({
				record,
				labels: labelsOf(files.get(record.id), cache),
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
		await this.#labelFiles.remove(udid, id);
		await removeVerdicts(this.#storage, udid, id);
	}

	/** Keeps what a check of all of a snapshot's bytes found, in place of what one found before. */
	async setVerdict(udid: string, id: SnapshotId, verdict: SnapshotVerdict): Promise<void> {
		await addVerdict(this.#storage, checkUdid(udid), id, verdict);
	}

	/** Changes labels; a field that is undefined is taken away, one that is absent stays. */
	async setLabels(udid: string, id: SnapshotId, change: LabelsChange): Promise<void> {
		await this.#labelFiles.change(udid, id, change);
	}

	/** Labels whose file is damaged, read anew; of these snapshots, or of all of the device. */
	unreadableLabels(udid: string, ids?: ReadonlySet<string>): Promise<SnapshotId[]> {
		return this.#labelFiles.unreadable(checkUdid(udid), ids);
	}

	/** Writes damaged labels as they were read before, or such as keep the snapshot. @returns whose were restored, and whose are lost. */
	async restoreLabels(udid: string): Promise<{ restored: SnapshotId[]; lost: SnapshotId[] }> {
		return this.#labelFiles.restore(checkUdid(udid), (await this.#cache(udid)).labels);
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

	/**
	 * Removes heads of apps that cannot be read: what the app stands at is not known then, so that its next snapshot reads everything.
	 * @returns how many.
	 */
	async removeUnreadableAppHeads(udid: string): Promise<number> {
		const keys = new Set([...(await this.appHeads(udid)).keys()].map((app) => appHeadKey(udid, app)));
		const names = await this.#storage.names(layout.appHeads(udid));
		const unreadable = names.map((name) => `${layout.appHeads(udid)}/${name}`).filter((key) => !keys.has(key));
		for (const key of unreadable) {
			await this.#storage.delete(key);
		}
		return unreadable.length;
	}

	/** Whether the head of the device, or of an app, is there and names no snapshot that is there. */
	async hasUnreadableHead(udid: string): Promise<boolean> {
		const [file, head, appFiles, appHeads] = [
			await this.#storage.size(layout.head(checkUdid(udid))),
			await this.head(udid),
			await this.#storage.names(layout.appHeads(udid)),
			await this.appHeads(udid),
		];
		const named = [...(head === undefined ? [] : [head]), ...appHeads.values()];
		const sizes = await Promise.all(named.map((id) => this.#storage.size(layout.record(udid, id))));
		return (file !== undefined && head === undefined) || appHeads.size < appFiles.length || sizes.includes(undefined);
	}

	/** The snapshot must be there, and be one of this app. */
	async setAppHead(udid: string, app: string, id: SnapshotId): Promise<void> {
		await this.#storage.replace(appHeadKey(udid, app), Buffer.from(canonicalJson({ schemaVersion: 1, app, snapshot: id })));
	}

	/** Writes records that are damaged, or gone though nobody deleted them, as they were read before. @returns their ids. */
	async restore(udid: string): Promise<SnapshotId[]> {
		const cache = await this.#cache(udid);
		const names = await this.#storage.names(layout.records(checkUdid(udid)));
		const lost = await this.#lost(
			udid,
			[...cache.records.keys()].filter((id) => !names.includes(id)),
		);
		const restored: SnapshotId[] = [];
		for (const id of [...names, ...lost]) {
			if ((await this.#isDamaged(udid, id)) && (await this.#writeAgain(udid, id, cache.records.get(id)))) {
				restored.push(id as SnapshotId);
			}
		}
		return restored;
	}

	async #isDamaged(udid: string, id: string): Promise<boolean> {
		try {
			return (await this.#read(udid, id)) === undefined;
		} catch (error) {
			if (!StoreError.is(error, 'STORE_DAMAGED', 'NEWER_FORMAT')) {
				throw error;
			}
			return error.code === 'STORE_DAMAGED';
		}
	}

	async #writeAgain(udid: string, id: string, known: SnapshotRecord | undefined): Promise<boolean> {
		if (known === undefined) {
			return false;
		}
		const { id: _id, schemaVersion: _version, ...fields } = { ...known, schemaVersion: 0 };
		const { record, bytes } = encodeRecord(fields);
		// A record proves its own name, so nothing else can take its place.
		if (record.id !== id) {
			return false;
		}
		await this.#storage.replace(layout.record(udid, id), bytes);
		return true;
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

	/** The parents of deleted snapshots, `none` for one without; read only when some of these ids are looked for. */
	async #deletedParents(udid: string, wanted: ReadonlySet<string>): Promise<Map<string, string>> {
		const names = wanted.size === 0 ? [] : await this.#storage.names(layout.deleted(udid));
		return new Map(names.map((name) => name.split('.', 2) as [string, string]));
	}

	/** Of some ids those whose record nobody deleted, and that have none. What was listed may have come or gone meanwhile, so it is asked once more. */
	async #lost(udid: string, ids: readonly string[]): Promise<string[]> {
		const gone = new Set<string>();
		await inParallel(ids, async (id) => {
			if ((await this.#storage.size(layout.record(udid, id))) === undefined) {
				gone.add(id);
			}
		});
		// Order matters: what was deleted just now has its name there by now.
		const deleted = await this.#deletedParents(udid, gone);
		return [...gone].filter((id) => !deleted.has(id)).sort();
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
		files: ReadonlyMap<SnapshotId, LabelsFile>,
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

function labelsOf(file: LabelsFile | undefined, { labels }: RecordCache): SnapshotLabels {
	return file === undefined ? {} : (labels.get(file.name) ?? UNREADABLE_LABELS);
}

/** What leads from a record to the nearest ancestor that is there. */
function lineage(
	records: readonly SnapshotRecord[],
	deleted: ReadonlyMap<string, string>,
): (record: SnapshotRecord) => SnapshotId | undefined {
	const present = new Set<string>(records.map(({ id }) => id));
	return ({ parent }) => {
		let nearest: string | undefined = parent;
		for (let steps = 0; nearest !== undefined && !present.has(nearest) && steps <= deleted.size; steps++) {
			nearest = deleted.get(nearest);
		}
		return nearest !== undefined && present.has(nearest) ? (nearest as SnapshotId) : undefined;
	};
}
