import { DeviceEntry, MOBILE_ID, MODE_FOLDER, type EntryFacts } from './entry.ts';

/** All entries of a device, by domain and path. Parents exist for everything, and each domain has its root. */
export class DeviceTree {
	readonly #domains = new Map<string, Map<string, DeviceEntry>>();
	/** Domains whose map a snapshot looks at too: copied before the first change. */
	readonly #shared = new Set<string>();
	#nextInode: number;
	#count = 0;

	constructor(nextInode = 4_000_000) {
		this.#nextInode = nextInode;
	}

	/** Number of entries of all kinds. */
	get count(): number {
		return this.#count;
	}

	get nextInode(): number {
		return this.#nextInode;
	}

	/** Number of a new file; never given twice. */
	takeInode(): number {
		return this.#nextInode++;
	}

	domains(): string[] {
		return [...this.#domains.keys()];
	}

	hasDomain(domain: string): boolean {
		return this.#domains.has(domain);
	}

	get(domain: string, path: string): DeviceEntry | undefined {
		return this.#domains.get(domain)?.get(path);
	}

	*entries(): IterableIterator<DeviceEntry> {
		for (const entries of this.#domains.values()) {
			yield* entries.values();
		}
	}

	entriesOf(domain: string): IterableIterator<DeviceEntry> {
		return (this.#domains.get(domain) ?? new Map<string, DeviceEntry>()).values();
	}

	/** The tree as it is now; later changes to either do not show in the other. Costs one map per domain, and only when it changes. */
	snapshot(): DeviceTree {
		const copy = new DeviceTree(this.#nextInode);
		for (const [domain, entries] of this.#domains) {
			copy.#domains.set(domain, entries);
			copy.#shared.add(domain);
			this.#shared.add(domain);
		}
		copy.#count = this.#count;
		return copy;
	}

	/** Puts an entry in its place, in that of another when there is one. Parents are the caller's care; see `addWithParents`. */
	put(entry: DeviceEntry): DeviceEntry {
		const entries = this.#writable(entry.domain);
		const before = entries.size;
		entries.set(entry.path, entry);
		this.#count += entries.size - before;
		return entry;
	}

	/** Adds an entry and the folders above it that do not exist yet, with its times. */
	addWithParents(domain: string, path: string, facts: EntryFacts): DeviceEntry {
		if (path !== '') {
			const parent = parentOf(path);
			if (this.get(domain, parent) === undefined) {
				this.addWithParents(domain, parent, { ...folderFacts(facts.bornAt), inode: this.takeInode() });
			}
		}
		return this.put(new DeviceEntry(domain, path, facts));
	}

	delete(domain: string, path: string): void {
		if (this.get(domain, path) !== undefined && this.#writable(domain).delete(path)) {
			this.#count--;
		}
	}

	deleteDomain(domain: string): void {
		this.#count -= this.#domains.get(domain)?.size ?? 0;
		this.#domains.delete(domain);
		this.#shared.delete(domain);
	}

	#writable(domain: string): Map<string, DeviceEntry> {
		const present = this.#domains.get(domain);
		if (present !== undefined && !this.#shared.has(domain)) {
			return present;
		}
		const entries = new Map(present);
		this.#domains.set(domain, entries);
		this.#shared.delete(domain);
		return entries;
	}
}

/** The facts of an ordinary folder, but its inode. */
export function folderFacts(bornAt: number): EntryFacts {
	return {
		mode: MODE_FOLDER | 0o755,
		userId: MOBILE_ID,
		groupId: MOBILE_ID,
		inode: 0,
		modifiedAt: bornAt,
		changedAt: bornAt,
		bornAt,
		protectionClass: 0,
		content: undefined,
		target: undefined,
		attributes: undefined,
		sizeError: 0,
	};
}

/** The path of the folder that holds `path`; empty for what lies in the domain's root. */
export function parentOf(path: string): string {
	return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
