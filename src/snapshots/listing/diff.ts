import { KIND_FOLDER, type ListingEntry } from './entry.ts';
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
 * neither do folders.
 */
export async function* diffListings(before: Listing, after: Listing): AsyncGenerator<ListingChange[]> {
	const [a, b] = [before.cursor(), after.cursor()];
	let portion: ListingChange[] = [];
	await Promise.all([a.load(), b.load()]);
	while (a.top !== undefined || b.top !== undefined) {
		const order = compare(a, b);
		if (order !== 0 || !isSameContent(a, b)) {
			const change = { before: order <= 0 ? fileAt(a) : undefined, after: order >= 0 ? fileAt(b) : undefined };
			if (change.before !== undefined || change.after !== undefined) {
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

function compare(a: MergeCursor, b: MergeCursor): number {
	if (a.top === undefined || b.top === undefined) {
		return a.top === undefined ? 1 : -1;
	}
	if (a.top.prefix !== b.top.prefix) {
		return a.top.prefix - b.top.prefix;
	}
	// Both stand on the same entry of a layer that the listings share.
	if (a.segment === b.segment && a.index === b.index) {
		return 0;
	}
	return Buffer.compare(a.segment.keyBytes(a.index), b.segment.keyBytes(b.index));
}

function isSameContent(a: MergeCursor, b: MergeCursor): boolean {
	if (a.segment === b.segment && a.index === b.index) {
		return true;
	}
	return a.segment.kind(a.index) === b.segment.kind(b.index) && a.segment.contentId(a.index).equals(b.segment.contentId(b.index));
}

function fileAt(cursor: MergeCursor): ListingEntry | undefined {
	return cursor.segment.kind(cursor.index) === KIND_FOLDER ? undefined : cursor.segment.entry(cursor.index);
}
