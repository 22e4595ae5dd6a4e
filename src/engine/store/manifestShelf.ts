import { Disposable, type Clock, type IDisposable } from '../../base/index.ts';
import { KeyCache, type ManifestDb } from '../../backup/index.ts';
import type { SnapshotId, SnapshotRecord, SnapshotStore } from '../../snapshots/index.ts';
import { openSnapshotManifest, type ManifestAccess } from './fileNames.ts';

/** Two snapshots are compared at a time, and whoever looks at one difference soon looks at the next. */
const MANIFESTS = 2;

const IDLE_MS = 60_000;

/**
 * Manifests of snapshots that are kept open for a while after they were used, since each has to be put together out of the store first:
 * hundreds of megabytes for a large device. None that needs a password: that is asked for anew each time, but what was derived from it is kept.
 */
export class ManifestShelf extends Disposable {
	readonly #clock: Clock;
	readonly #keys = new KeyCache();
	/** Those that nobody uses, the one last used at the end. */
	readonly #idle = new Map<SnapshotId, ManifestDb>();
	#timer: IDisposable | undefined;

	constructor(clock: Clock) {
		super();
		this.#clock = clock;
	}

	/** The manifest, for the caller alone, who gives it back; see openSnapshotManifest. */
	async take(store: SnapshotStore, record: SnapshotRecord, access: ManifestAccess): Promise<ManifestDb | undefined> {
		const known = this.#idle.get(record.id);
		this.#idle.delete(record.id);
		return known ?? openSnapshotManifest(store, record, { keys: this.#keys, ...access });
	}

	giveBack(record: SnapshotRecord, manifest: ManifestDb, { password }: ManifestAccess): void {
		if (this.isDisposed || password !== undefined || this.#idle.has(record.id)) {
			manifest.dispose();
			return;
		}
		this.#idle.set(record.id, manifest);
		for (const [id, oldest] of this.#idle) {
			if (this.#idle.size > MANIFESTS) {
				this.#idle.delete(id);
				oldest.dispose();
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
		this.#idle.forEach((manifest) => manifest.dispose());
		this.#idle.clear();
	}
}
