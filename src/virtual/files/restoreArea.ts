import { MiB } from '../../base/index.ts';
import { readContent, StoredContent, type Content } from './content.ts';
import { DeviceEntry, type EntryFacts } from './entry.ts';
import type { ContentStore, SegmentWriter } from './store.ts';
import { DeviceTree } from './tree.ts';

/**
 * The side folder of a restore: what has arrived, not yet in its place. Content goes to disk as it comes, and only where it differs from what the
 * device holds at the same path anyway.
 */
export class RestoreArea {
	readonly tree = new DeviceTree();
	readonly #store: ContentStore;
	readonly #writer: SegmentWriter;
	readonly #takeInode: () => number;

	constructor(store: ContentStore, takeInode: () => number) {
		this.#store = store;
		this.#writer = store.createSegment();
		this.#takeInode = takeInode;
	}

	/** The segment that the area writes to. */
	get segment(): number {
		return this.#writer.segment;
	}

	/** Puts a file, folder or link into the area. It gets an inode of its own, as everything that is written anew. */
	put(domain: string, path: string, facts: Omit<EntryFacts, 'inode'>): void {
		this.tree.put(new DeviceEntry(domain, path, { ...facts, inode: this.#takeInode() }));
	}

	/**
	 * Receives the content of one file; one at a time.
	 * @param current - what the device holds at the same place: when the same bytes come, nothing is stored.
	 */
	receive(current: Content | undefined): ContentReceiver {
		return new ContentReceiver(this.#store, this.#writer, current);
	}

	/** Everything has arrived: makes it durable. */
	seal(): void {
		this.#writer.close();
	}
}

/** Takes the bytes of one restored file. */
export class ContentReceiver {
	readonly #store: ContentStore;
	readonly #writer: SegmentWriter;
	/** What the bytes were equal to so far; undefined once they were not. */
	#same: Content | undefined;
	#received = 0;
	#expected: Buffer = NOTHING;

	constructor(store: ContentStore, writer: SegmentWriter, current: Content | undefined) {
		this.#store = store;
		this.#writer = writer;
		this.#same = current;
		if (current === undefined) {
			writer.begin();
		}
	}

	write(bytes: Uint8Array): void {
		if (this.#same !== undefined && !this.#equals(this.#same, bytes)) {
			this.#writer.begin();
			this.#writer.copyFrom(this.#same, this.#received);
			this.#same = undefined;
		}
		if (this.#same === undefined) {
			this.#writer.write(bytes);
		}
		this.#received += bytes.length;
	}

	/** The complete content. */
	end(): Content {
		const same = this.#same;
		if (same === undefined) {
			return this.#writer.end();
		}
		if (same.sizeBytes === this.#received) {
			return same;
		}
		this.#writer.begin();
		this.#writer.copyFrom(same, this.#received);
		return this.#writer.end();
	}

	#equals(current: Content, bytes: Uint8Array): boolean {
		if (bytes.length > current.sizeBytes - this.#received) {
			return false;
		}
		for (let offset = 0; offset < bytes.length; offset += MiB) {
			const length = Math.min(MiB, bytes.length - offset);
			if (this.#expected.length < length) {
				this.#expected = Buffer.allocUnsafe(length);
			}
			readContent(this.#store, current, this.#expected, 0, this.#received + offset, length);
			if (this.#expected.compare(bytes, offset, offset + length, 0, length) !== 0) {
				return false;
			}
		}
		return true;
	}
}

const NOTHING = Buffer.alloc(0);

/** The segments that a tree's contents lie in. */
export function segmentsOf(tree: DeviceTree): Set<number> {
	const segments = new Set<number>();
	for (const entry of tree.entries()) {
		if (entry.content instanceof StoredContent) {
			segments.add(entry.content.segment);
		}
	}
	return segments;
}
