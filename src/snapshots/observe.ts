import * as crypto from 'node:crypto';
import { layout } from './layout.ts';
import { holderFrom, type LeaseHolder } from './leases/lease.ts';
import { currentProcess, type ProcessFacts } from './leases/processes.ts';
import { FolderStorage } from './storage/folderStorage.ts';
import type { SnapshotStorage, StorageKey } from './storage/storage.ts';

/** What a look at a store found. */
export interface StoreLook {
	/** Devices whose snapshots, labels, heads or events differ from those of the look before; none at the first. */
	readonly changedDevices: readonly string[];
	/** Who is at work, as far as it can be told without writing anything. */
	readonly holders: readonly LeaseHolder[];
	/** Others than at the look before; also at the first. */
	readonly holdersChanged: boolean;
}

/** As LeaseBoard has it; ages are compared with this computer's clock here, which is good enough for showing. */
const DEAD_AFTER_MS = 30 * 60_000;
const MAX_LEASE_BYTES = 16 * 1024;
const MAX_HEAD_BYTES = 1024;

/** Some file systems count in steps of two seconds: so many looks behind a change names are read still. */
const LOOKS_BEHIND_A_CHANGE = 4;

/** What was seen of a device. */
interface Seen {
	digest: string;
	/** The marks of its folders when they were read. */
	marks: string | undefined;
	/** Looks that found these marks. */
	looks: number;
}

/**
 * Follows what others do in a store, by looking: folders on a share tell nobody of changes. A look writes nothing. It reads
 * names, as what lies under a name never changes, and heads, which are replaced; and not even these where a folder was not touched.
 */
export class StoreObserver {
	readonly #storage: SnapshotStorage;
	readonly #facts: ProcessFacts;
	readonly #now: () => number;
	readonly #seen = new Map<string, Seen>();
	readonly #read = new Map<string, LeaseHolder | undefined>();
	#holders: string | undefined;
	#isFirst = true;

	/** @param now - milliseconds since 1970. */
	constructor(storage: SnapshotStorage, now: () => number, facts: ProcessFacts = currentProcess()) {
		this.#storage = storage;
		this.#facts = facts;
		this.#now = now;
	}

	/** Of a store in a folder, which need not be there yet. */
	static ofFolder(folder: string, now: () => number): StoreObserver {
		return new StoreObserver(new FolderStorage(folder), now);
	}

	/** Whether a holder is this process. */
	isOwn({ host, process, processStart }: LeaseHolder): boolean {
		return host === this.#facts.host && process === this.#facts.process && processStart === this.#facts.processStart;
	}

	/** One look. Not to be called again before it resolves. @throws StoreError `STORE_UNUSABLE`. */
	async look(): Promise<StoreLook> {
		const [changedDevices, holders] = await Promise.all([this.#changedDevices(), this.#liveHolders()]);
		const told = JSON.stringify(holders.map(({ id }) => id));
		const holdersChanged = told !== this.#holders;
		this.#holders = told;
		return { changedDevices, holders, holdersChanged };
	}

	async #changedDevices(): Promise<string[]> {
		const changed: string[] = [];
		const udids = await this.#storage.names(layout.devices);
		for (const udid of [...this.#seen.keys()].filter((known) => !udids.includes(known))) {
			this.#seen.delete(udid);
			changed.push(udid);
		}
		for (const udid of udids) {
			const marks = await this.#marksOf(udid);
			const seen = this.#seen.get(udid);
			if (seen !== undefined && marks !== undefined && seen.marks === marks && ++seen.looks > LOOKS_BEHIND_A_CHANGE) {
				continue;
			}
			const digest = await this.#digestOf(udid);
			if (seen?.digest !== digest && !this.#isFirst) {
				changed.push(udid);
			}
			this.#seen.set(udid, { digest, marks, looks: seen?.marks === marks ? (seen?.looks ?? 0) : 0 });
		}
		this.#isFirst = false;
		return changed;
	}

	/** Marks of all folders that tell of a device; undefined where the storage has none. Read before the names, so that nothing falls between. */
	async #marksOf(udid: string): Promise<string | undefined> {
		const storage = this.#storage;
		if (storage.changeMark === undefined) {
			return undefined;
		}
		const marks: (number | undefined)[] = [];
		for (const folder of [layout.device(udid), ...listed(udid), layout.appHeads(udid)]) {
			marks.push(await storage.changeMark(folder));
		}
		return marks.join(' ');
	}

	async #digestOf(udid: string): Promise<string> {
		const hash = crypto.createHash('sha1');
		for (const folder of listed(udid)) {
			const names = await this.#storage.names(folder);
			hash.update(`${names.sort().join('\n')}\n\n`);
		}
		for (const head of [layout.head(udid), ...(await this.#namesIn(layout.appHeads(udid)))]) {
			hash.update((await this.#storage.get(head, MAX_HEAD_BYTES)) ?? '-');
		}
		return hash.digest('base64');
	}

	async #namesIn(folder: StorageKey): Promise<StorageKey[]> {
		return (await this.#storage.names(folder)).sort().map((name) => `${folder}/${name}`);
	}

	async #liveHolders(): Promise<LeaseHolder[]> {
		const files = await this.#storage.list(layout.leases);
		const present = new Set(files.map(({ key }) => key));
		for (const key of [...this.#read.keys()].filter((known) => !present.has(known))) {
			this.#read.delete(key);
		}
		const live: LeaseHolder[] = [];
		for (const { key, modifiedAtMs } of files.sort((a, b) => (a.key < b.key ? -1 : 1))) {
			if (!this.#read.has(key)) {
				this.#read.set(key, await this.#readHolder(key));
			}
			const holder = this.#read.get(key);
			if (holder !== undefined && this.#isAlive(holder, this.#now() - modifiedAtMs)) {
				live.push(holder);
			}
		}
		return live;
	}

	#isAlive(holder: LeaseHolder, ageMs: number): boolean {
		return holder.host === this.#facts.host ? this.#facts.isAlive(holder.process, holder.processStart) : ageMs < DEAD_AFTER_MS;
	}

	/** Undefined for a file that is none, and for one that was there for a moment only. */
	async #readHolder(key: StorageKey): Promise<LeaseHolder | undefined> {
		const id = /^leases\/([0-9a-f]{24})$/.exec(key)?.[1];
		const bytes = id === undefined ? undefined : await this.#storage.get(key, MAX_LEASE_BYTES);
		try {
			return id === undefined || bytes === undefined ? undefined : holderFrom(JSON.parse(Buffer.from(bytes).toString()), id);
		} catch {
			// Files appear whole; what is no JSON was never a lease.
			return undefined;
		}
	}
}

/** Folders in which every change is one of names. */
function listed(udid: string): StorageKey[] {
	return [layout.records(udid), layout.labels(udid), layout.checks(udid), layout.events(udid)];
}
