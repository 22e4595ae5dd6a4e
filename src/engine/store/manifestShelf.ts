import { createHmac, randomBytes } from 'node:crypto';
import { Disposable, type Clock, type IDisposable } from '../../base/index.ts';
import { KeyCache, type ManifestDb } from '../../backup/index.ts';
import type { SnapshotId, SnapshotRecord, SnapshotStore } from '../../snapshots/index.ts';
import { openSnapshotManifest, type ManifestAccess } from './fileNames.ts';

/** Two snapshots are compared at a time, and whoever looks at one difference soon looks at the next. */
const MANIFESTS = 2;

const IDLE_MS = 60_000;

/**
 * Manifests of snapshots that are kept open for a while after they were used, since each has to be put together out of the store first:
 * hundreds of megabytes for a large device. One that a password opened is for whoever brings that password again; of the password itself only
 * a mark is kept that means nothing outside of this process.
 */
export class ManifestShelf extends Disposable {
	readonly #clock: Clock;
	readonly #keys = new KeyCache();
	readonly #secret = randomBytes(32);
	/** Those that nobody uses, the one last used at the end. */
	readonly #idle = new Map<SnapshotId, { readonly manifest: ManifestDb; readonly mark: string | undefined }>();
	#timer: IDisposable | undefined;

	constructor(clock: Clock) {
		super();
		this.#clock = clock;
	}

	/** The manifest, for the caller alone, who gives it back; see openSnapshotManifest. */
	async take(store: SnapshotStore, record: SnapshotRecord, access: ManifestAccess): Promise<ManifestDb | undefined> {
		const known = this.#idle.get(record.id);
		// Another password is tried on the snapshot itself, which says whether it is right.
		if (known === undefined || (known.mark !== undefined && known.mark !== this.#markOf(access))) {
			return openSnapshotManifest(store, record, { keys: this.#keys, ...access });
		}
		this.#idle.delete(record.id);
		return known.manifest;
	}

	/** @param access - as it was taken with. */
	giveBack(record: SnapshotRecord, manifest: ManifestDb, access: ManifestAccess): void {
		if (this.isDisposed || this.#idle.has(record.id)) {
			manifest.dispose();
			return;
		}
		this.#idle.set(record.id, { manifest, mark: this.#markOf(access) });
		for (const [id, oldest] of this.#idle) {
			if (this.#idle.size > MANIFESTS) {
				this.#idle.delete(id);
				oldest.manifest.dispose();
			}
		}
		this.#timer?.dispose();
		this.#timer = this.#clock.after(IDLE_MS, () => this.#clear());
	}

	override dispose(): void {
		this.#clear();
		this.#keys.clear();
		super.dispose();
	}

	#clear(): void {
		this.#timer?.dispose();
		this.#timer = undefined;
		this.#idle.forEach(({ manifest }) => manifest.dispose());
		this.#idle.clear();
	}

	#markOf({ password }: ManifestAccess): string | undefined {
		return password === undefined ? undefined : createHmac('sha256', this.#secret).update(password, 'utf8').digest('hex');
	}
}
