import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupContents, BackupError, FolderPayloads, KeyCache, openBackup } from '../../backup/index.ts';
import { silentLogger } from '../../base/index.ts';
import { SnapshotStore, type SnapshotId } from '../../snapshots/index.ts';
import { systemClock } from '../systemClock.ts';
import { copyControlFiles, fileIdAt, SnapshotPayloads } from './snapshotPayloads.ts';

/** A place that has been found: plain data, for the worker. */
export type FoundPlace =
	| { readonly kind: 'snapshot'; readonly storeFolder: string; readonly udid: string; readonly id: string }
	| { readonly kind: 'folder'; readonly folder: string };

/** What is needed to open one. */
export interface PlaceOrder {
	readonly place: FoundPlace;
	/** Of an encrypted backup; a secret. */
	readonly password?: string | undefined;
}

/** Backups that stay open, so that a second look is instant. */
const MAX_OPEN = 3;

interface Opened {
	readonly contents: BackupContents;
	readonly scratch: string;
	users: number;
	usedAt: number;
}

/** Opens backups for reading, and keeps the last few open. Each has a folder of its own below `tempFolder`. */
export class ContentsPool {
	readonly #tempFolder: string;
	readonly #keys = new KeyCache();
	readonly #opened = new Map<string, Promise<Opened>>();
	/** Those of `#opened` that are open by now. */
	readonly #ready = new Map<string, Opened>();
	readonly #stores = new Map<string, Promise<SnapshotStore>>();
	#uses = 0;

	constructor(tempFolder: string) {
		this.#tempFolder = tempFolder;
	}

	/**
	 * Works on an open backup, which stays open until the work has ended.
	 * @throws what BackupContents.open throws, StoreError.
	 */
	async use<T>(
		order: PlaceOrder,
		signal: AbortSignal | undefined,
		work: (contents: BackupContents, scratch: string) => Promise<T>,
	): Promise<T> {
		const held = await this.hold(order, signal);
		try {
			return await work(held.contents, held.scratch);
		} finally {
			await held.release();
		}
	}

	/** The same for work that is not one function: whoever holds it releases it, once. */
	async hold(
		order: PlaceOrder,
		signal: AbortSignal | undefined,
	): Promise<{ readonly contents: BackupContents; readonly scratch: string; release(): Promise<void> }> {
		const opened = await this.#open(order, signal);
		opened.users++;
		opened.usedAt = ++this.#uses;
		const release = async (): Promise<void> => {
			opened.users--;
			await this.#closeSpare();
		};
		return { contents: opened.contents, scratch: opened.scratch, release };
	}

	/** Works on the control files of a backup that may be none, or one that no password opens. */
	async useUnopened<T>(
		place: FoundPlace,
		work: (folder: string, payloads: SnapshotPayloads | FolderPayloads, scratch: string) => Promise<T>,
	): Promise<T> {
		const scratch = await mkdtemp(join(this.#tempFolder, 'look-'));
		try {
			if (place.kind === 'folder') {
				return await work(place.folder, new FolderPayloads(place.folder), scratch);
			}
			const { store, listing } = await this.#snapshot(place);
			await copyControlFiles(store, listing, scratch);
			return await work(scratch, new SnapshotPayloads(store, listing), scratch);
		} finally {
			await rm(scratch, { recursive: true, force: true });
		}
	}

	/** A lease that keeps a snapshot where it is while it is being read; undefined for a folder. */
	async lease(place: FoundPlace): Promise<{ release(): Promise<void> } | undefined> {
		if (place.kind === 'folder') {
			return undefined;
		}
		const store = await this.#store(place.storeFolder);
		return store.acquireLease({ kind: 'read', udid: place.udid, snapshot: place.id });
	}

	/**
	 * The file IDs of what differs between two snapshots, in portions.
	 * @throws BackupError `NOT_A_BACKUP` - one is a folder, of which nothing says what differs. StoreError.
	 */
	async *changed(before: FoundPlace, after: FoundPlace): AsyncGenerator<readonly string[]> {
		if (before.kind === 'folder' || after.kind === 'folder') {
			throw new BackupError('NOT_A_BACKUP', 'Only snapshots can be compared.');
		}
		const store = await this.#store(after.storeFolder);
		const [a, b] = await Promise.all([before, after].map(({ udid, id }) => store.snapshot(udid, id as SnapshotId)));
		if (a === undefined || b === undefined) {
			return;
		}
		for await (const portion of store.diff(a, b)) {
			yield portion.flatMap(({ before: old, after: now }) => fileIdAt((now ?? old)?.path ?? '') ?? []);
		}
	}

	get keys(): KeyCache {
		return this.#keys;
	}

	/** Closes everything. */
	async close(): Promise<void> {
		this.#keys.clear();
		for (const opened of await Promise.allSettled(this.#opened.values())) {
			if (opened.status === 'fulfilled') {
				await closeOne(opened.value);
			}
		}
		this.#opened.clear();
		for (const store of await Promise.allSettled(this.#stores.values())) {
			if (store.status === 'fulfilled') {
				store.value.dispose();
			}
		}
		this.#stores.clear();
	}

	async #open(order: PlaceOrder, signal: AbortSignal | undefined): Promise<Opened> {
		const name = JSON.stringify(order.place);
		const known = await this.#opened.get(name)?.catch(() => undefined);
		// A folder may have been written anew, and a password must be right each time: the key of the right one is remembered.
		if (known !== undefined && !(await this.#isOutdated(known, order, signal))) {
			return known;
		}
		if (known !== undefined && known.users === 0) {
			this.#opened.delete(name);
			this.#ready.delete(name);
			await closeOne(known);
		}
		const opening = this.#openNew(order, signal);
		this.#opened.set(name, opening);
		try {
			const opened = await opening;
			this.#ready.set(name, opened);
			return opened;
		} catch (error) {
			this.#opened.delete(name);
			throw error;
		}
	}

	async #isOutdated({ contents }: Opened, { place, password }: PlaceOrder, signal: AbortSignal | undefined): Promise<boolean> {
		if (contents.isEncrypted) {
			if (password === undefined) {
				throw new BackupError('PASSWORD_NEEDED', 'This backup is encrypted: its password is needed to read it.');
			}
			await contents.checkPassword(password, this.#keys, signal);
		}
		if (place.kind === 'snapshot') {
			return false;
		}
		const now = await openBackup(place.folder);
		return (
			now.statusUuid !== contents.facts.statusUuid ||
			now.date?.getTime() !== contents.facts.date?.getTime() ||
			now.state !== contents.facts.state
		);
	}

	async #openNew({ place, password }: PlaceOrder, signal: AbortSignal | undefined): Promise<Opened> {
		const scratch = await mkdtemp(join(this.#tempFolder, 'open-'));
		try {
			const common = { backupPassword: password, keys: this.#keys, signal, tempFolder: scratch };
			if (place.kind === 'folder') {
				const { controlSizes } = await openBackup(place.folder);
				// The layout without hash folders came with the old index.
				const isFlat = controlSizes['Manifest.db'] === undefined && controlSizes['Manifest.mbdb'] !== undefined;
				const payloads = new FolderPayloads(place.folder, isFlat);
				return { contents: await BackupContents.open({ controlFolder: place.folder, payloads, ...common }), scratch, users: 0, usedAt: 0 };
			}
			const { store, listing } = await this.#snapshot(place);
			await copyControlFiles(store, listing, scratch);
			const payloads = new SnapshotPayloads(store, listing);
			return { contents: await BackupContents.open({ controlFolder: scratch, payloads, ...common }), scratch, users: 0, usedAt: 0 };
		} catch (error) {
			await rm(scratch, { recursive: true, force: true });
			throw error;
		}
	}

	async #snapshot(place: FoundPlace & { kind: 'snapshot' }) {
		const store = await this.#store(place.storeFolder);
		const record = await store.snapshot(place.udid, place.id as SnapshotId);
		return { store, listing: await store.openListing(record) };
	}

	#store(folder: string): Promise<SnapshotStore> {
		let store = this.#stores.get(folder);
		if (store === undefined) {
			store = SnapshotStore.open(folder, { clock: systemClock, log: silentLogger });
			this.#stores.set(folder, store);
			store.catch(() => this.#stores.delete(folder));
		}
		return store;
	}

	async #closeSpare(): Promise<void> {
		const idle = [...this.#ready].filter(([, { users }]) => users === 0).sort(([, a], [, b]) => a.usedAt - b.usedAt);
		for (const [name, opened] of idle.slice(0, Math.max(0, this.#ready.size - MAX_OPEN))) {
			this.#opened.delete(name);
			this.#ready.delete(name);
			await closeOne(opened);
		}
	}
}

async function closeOne({ contents, scratch }: Opened): Promise<void> {
	contents.dispose();
	await rm(scratch, { recursive: true, force: true });
}
