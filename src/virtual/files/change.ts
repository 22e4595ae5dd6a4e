import { MODE_FILE, MODE_FOLDER, MODE_LINK, type EntryKind } from './entry.ts';
import type { SegmentWriter } from './store.ts';
import { folderFacts, type DeviceTree } from './tree.ts';

/** One thing that was made or changed from outside. */
export interface ChangedItem {
	readonly path: string;
	readonly kind: EntryKind;
	/** Seconds since 1970. */
	readonly modifiedAt: number;
	/** Of a link. */
	readonly target?: string;
	/** Of a file whose content is new: gives out all of it. Absent: only its time changed. */
	readonly content?: Iterable<Uint8Array>;
}

/**
 * Puts an item in its place. What is there keeps its permissions and protection class, as a file that is written to does.
 * @param now - the tree's own time: a file with new content is born then, so that a backup sees a change even within one second.
 */
export function putItem(tree: DeviceTree, domain: string, item: ChangedItem, writer: SegmentWriter, now: number): void {
	const { path, kind, modifiedAt } = item;
	const before = tree.get(domain, path);
	const kept = before?.kind === kind ? before : undefined;
	const type = kind === 'folder' ? MODE_FOLDER | 0o755 : kind === 'link' ? MODE_LINK | 0o755 : MODE_FILE | 0o644;
	const bornAt = item.content === undefined && kept !== undefined ? kept.bornAt : now;
	let content = kept?.content;
	if (item.content !== undefined) {
		writer.begin();
		for (const portion of item.content) {
			writer.write(portion);
		}
		content = writer.end();
	}
	tree.addWithParents(domain, path, {
		...folderFacts(modifiedAt),
		mode: kept?.mode ?? type,
		protectionClass: kept?.protectionClass ?? (kind === 'file' ? 3 : 0),
		attributes: kept?.attributes,
		inode: kept?.inode ?? tree.takeInode(),
		changedAt: now,
		bornAt,
		content: kind === 'file' ? content : undefined,
		target: kind === 'link' ? item.target : undefined,
	});
}
