import { EngineError } from '../errors.ts';
import type { Listing, ListingEntry, SnapshotRecord, SnapshotStore } from '../../snapshots/index.ts';
import type { ContainerItem } from './containerTree.ts';
import { fromListingPath } from './listingNames.ts';

const TYPE_BITS = 0o170000;
const LINK_BITS = 0o120000;

/** The mode of a link's entry: its content is where it points to. */
export const LINK_MODE = LINK_BITS | 0o777;

/** A target is one path. */
const MAX_TARGET_BYTES = 4096;

/** One thing in an app's snapshot, with the entry that has its content. */
export interface SnapshotItem extends ContainerItem {
	readonly entry: ListingEntry;
}

/** What an app's snapshot holds, by path in the container. @throws EngineError `STORE_DAMAGED`. */
export async function readSnapshotTree(store: SnapshotStore, record: SnapshotRecord): Promise<ReadonlyMap<string, SnapshotItem>> {
	return itemsOf(store, await store.openListing(record));
}

async function itemsOf(store: SnapshotStore, listing: Listing): Promise<ReadonlyMap<string, SnapshotItem>> {
	const items = new Map<string, SnapshotItem>();
	for await (const portion of listing.entries()) {
		for (const entry of portion) {
			const path = fromListingPath(entry.path);
			if (path === undefined) {
				throw new EngineError('STORE_DAMAGED', 'The snapshot holds what no container can.', {
					details: { path: entry.path.slice(0, 200) },
				});
			}
			items.set(path, await itemOf(store, entry));
		}
	}
	return items;
}

async function itemOf(store: SnapshotStore, entry: ListingEntry): Promise<SnapshotItem> {
	const { sizeBytes, modifiedAtMs } = entry;
	if (entry.kind === 'folder') {
		return { kind: 'folder', sizeBytes: 0, modifiedAtMs, entry };
	}
	if (isLinkMode(entry.mode)) {
		return { kind: 'link', sizeBytes: 0, modifiedAtMs, target: await readTarget(store, entry), entry };
	}
	return { kind: 'file', sizeBytes, modifiedAtMs, entry };
}

/** Whether an entry stands for a symbolic link. */
export function isLinkMode(mode: number): boolean {
	return (mode & TYPE_BITS) === LINK_BITS;
}

async function readTarget(store: SnapshotStore, entry: ListingEntry): Promise<string> {
	if (entry.sizeBytes > MAX_TARGET_BYTES) {
		throw new EngineError('STORE_DAMAGED', 'The snapshot holds a link that is none.', { details: { path: entry.path.slice(0, 200) } });
	}
	const parts: Uint8Array[] = [];
	for await (const part of store.openContent(entry)) {
		parts.push(part);
	}
	return Buffer.concat(parts).toString();
}
