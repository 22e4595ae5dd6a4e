import type { ListingEntry } from './entry.ts';
import type { Listing } from './listing.ts';
import type { MergeCursor } from './mergeCursor.ts';

/** One path that differs between two listings: added without `before`, removed without `after`. */
export interface ListingChange {
	readonly before: ListingEntry | undefined;
	readonly after: ListingEntry | undefined;
}

/** Changes in one portion. */
const PORTION = 512;

/**
 * The files that differ, in portions, in the order of listings. A file that was only written again with the same content does not differ;
 * neither do folders. Listings that were made from one another share layers: of these only what later layers say is looked at.
 */
export async function* diffListings(before: Listing, after: Listing): AsyncGenerator<ListingChange[]> {
	const shared = sharedLayers(before, after);
	const [a, b] = [before.changesFrom(shared), after.changesFrom(shared)];
	let portion: ListingChange[] = [];
	await Promise.all([a.load(), b.load()]);
	while (a.top !== undefined || b.top !== undefined) {
		const order = compare(a, b);
		if (order !== 0 || !isSameContent(a, b)) {
			const key = (order <= 0 ? a : b).segment.key((order <= 0 ? a : b).index);
			const hidden = order === 0 || shared === 0 ? undefined : await before.findKey(key, shared);
			const change = changeOf(order <= 0 ? entryAt(a) : hidden, order >= 0 ? entryAt(b) : hidden);
			if (change !== undefined) {
				portion.push(change);
			}
		}
		if (order <= 0 && !a.next()) {
			await a.load();
		}
		if (order >= 0 && !b.next()) {
			await b.load();
		}
		if (portion.length >= PORTION) {
			yield portion;
			portion = [];
		}
	}
	if (portion.length > 0) {
		yield portion;
	}
}

/** How many of the first layers are the same in both. */
function sharedLayers(a: Listing, b: Listing): number {
	const others = b.root.layers;
	const differing = a.root.layers.findIndex(({ segments }, layer) => {
		const other = others[layer]?.segments;
		return other?.length !== segments.length || segments.some(({ id }, index) => other[index]?.id !== id);
	});
	return differing < 0 ? a.root.layers.length : differing;
}

/** Undefined when there is nothing to tell: both the same, or no files. */
function changeOf(before: ListingEntry | undefined, after: ListingEntry | undefined): ListingChange | undefined {
	const change = { before: before?.kind === 'file' ? before : undefined, after: after?.kind === 'file' ? after : undefined };
	const isSame =
		change.before?.content?.id === change.after?.content?.id &&
		change.before?.content?.level === change.after?.content?.level &&
		(change.before === undefined) === (change.after === undefined);
	return isSame ? undefined : change;
}

function compare(a: MergeCursor, b: MergeCursor): number {
	if (a.top === undefined || b.top === undefined) {
		return a.top === undefined ? 1 : -1;
	}
	if (a.top.prefix !== b.top.prefix) {
		return a.top.prefix - b.top.prefix;
	}
	return Buffer.compare(a.segment.keyBytes(a.index), b.segment.keyBytes(b.index));
}

function isSameContent(a: MergeCursor, b: MergeCursor): boolean {
	return a.segment.kind(a.index) === b.segment.kind(b.index) && a.segment.contentId(a.index).equals(b.segment.contentId(b.index));
}

/** Undefined for one that says that its path was removed. */
function entryAt(cursor: MergeCursor): ListingEntry | undefined {
	return cursor.segment.entry(cursor.index);
}
