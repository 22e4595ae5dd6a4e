import { contentBytes, GeneratedContent, PagedContent, StoredContent, type Content } from './content.ts';
import { databaseAt, useDatabase } from './databases.ts';
import { domainKindOf, isSetting } from './domains.ts';
import { DeviceEntry, MOBILE_ID, MODE_FILE, type EntryFacts } from './entry.ts';
import { hash32, mix32, Random } from './random.ts';
import type { ContentStore, SegmentWriter } from './store.ts';
import { folderFacts, parentOf, type DeviceTree } from './tree.ts';

/** What using the phone did. */
export interface TouchResult {
	readonly changed: number;
	readonly added: number;
	readonly deleted: number;
}

/** What `touchTree` works on. */
export interface TouchContext {
	readonly tree: DeviceTree;
	readonly store: ContentStore;
	/** Where databases and property lists that change are stored. */
	readonly writer: SegmentWriter;
	/** Seconds since 1970, later than everything in the tree. */
	readonly now: number;
	/** Also change what only encrypted backups carry. */
	readonly encrypted: boolean;
}

/**
 * Changes, adds and deletes files as using a phone does: about 70, 20 and 10 in a hundred of `files`, the messages among the changed.
 * Settings and system files stay as they are, because a restore with its usual options leaves them alone too.
 * The result depends on the tree, on `files` and on `seed` alone.
 */
export function touchTree(context: TouchContext, files: number, seed: string): TouchResult {
	const salt = mix32(hash32(seed), files);
	const chosen = choose(context, Math.max(0, files - Math.round(files * 0.2)), salt);
	const deleted = Math.min(Math.round(files * 0.1), Math.max(0, chosen.length - 1));
	const random = new Random(salt);
	const added = Math.min(Math.round(files * 0.2), files);
	const parents = chosen.map((entry) => ({ domain: entry.domain, folder: parentOf(entry.path) }));
	chosen.forEach((entry, index) => {
		if (index >= chosen.length - deleted) {
			context.tree.delete(entry.domain, entry.path);
		} else {
			change(context, entry, random);
		}
	});
	for (let index = 0; index < added; index++) {
		add(context, parents[index % Math.max(1, parents.length)], random, `${salt.toString(36)}-${index}`);
	}
	return { changed: chosen.length - deleted, added, deleted };
}

/** Files of the owner and of apps, in an order that does not depend on how the tree came about. Databases come first, so that they are never deleted. */
function choose(context: TouchContext, count: number, salt: number): DeviceEntry[] {
	const candidates: { entry: DeviceEntry; rank: number }[] = [];
	for (const entry of context.tree.entries()) {
		if (entry.kind === 'file' && isTouchable(entry, context.encrypted)) {
			const inUse = databaseAt(entry.domain, entry.path) !== undefined;
			const rank = mix32(hash32(entry.path, hash32(entry.domain)), salt);
			// A database in use changes every second time, whatever the number of files.
			candidates.push({ entry, rank: inUse && rank % 2 === 0 ? -1 : inUse ? 2 ** 33 : rank });
		}
	}
	candidates.sort((a, b) => a.rank - b.rank || compareText(a.entry.domain, b.entry.domain) || compareText(a.entry.path, b.entry.path));
	return candidates.slice(0, count).map((candidate) => candidate.entry);
}

function isTouchable(entry: DeviceEntry, encrypted: boolean): boolean {
	const kind = domainKindOf(entry.domain);
	return (kind === 'user' || (kind === 'encryptedOnly' && encrypted)) && !isSetting(entry.domain, entry.path);
}

function change(context: TouchContext, entry: DeviceEntry, random: Random): void {
	const content = changedContent(context, entry, random);
	const inode = context.tree.takeInode();
	const modifiedAt = context.now + random.below(600);
	context.tree.put(new DeviceEntry(entry.domain, entry.path, { ...factsOf(entry), content, inode, modifiedAt, changedAt: modifiedAt }));
}

function changedContent(context: TouchContext, entry: DeviceEntry, random: Random): Content {
	const content = entry.content;
	const kind = databaseAt(entry.domain, entry.path);
	if (content === undefined) {
		return new GeneratedContent('binary', random.next(), 0);
	}
	if (kind !== undefined && content instanceof StoredContent) {
		const bytes = useDatabase(kind, contentBytes(context.store, content), random, random.between(3, 40), context.now, context.store.folder);
		if (bytes !== undefined) {
			return context.writer.add(bytes);
		}
	}
	const base = content instanceof PagedContent ? content.base : content;
	if (base instanceof GeneratedContent && base.style === 'database' && content.sizeBytes > 0) {
		const edits = content instanceof PagedContent ? content.edits : [];
		// Reading costs a look at every edit per page, and after so many nearly every page has changed anyway.
		return edits.length < MAX_EDITS
			? new PagedContent(base, content.sizeBytes + random.below(4) * 4096, [...edits, random.next()])
			: new GeneratedContent('database', random.next(), content.sizeBytes);
	}
	const style = base instanceof GeneratedContent ? base.style : 'binary';
	const grown = Math.floor(content.sizeBytes * (0.8 + random.below(500) / 1000)) + random.below(64);
	return new GeneratedContent(style, random.next(), grown);
}

const MAX_EDITS = 12;

function add(context: TouchContext, place: { domain: string; folder: string } | undefined, random: Random, name: string): void {
	const domain = place?.domain ?? 'CameraRollDomain';
	const folder = place?.folder ?? 'Media/DCIM/100APPLE';
	const style = random.pick(['jpeg', 'heic', 'text', 'binary'] as const);
	const sizeBytes = Math.min(4_000_000, Math.floor(20_000 * random.weight(1.2)));
	const modifiedAt = context.now + random.below(600);
	context.tree.addWithParents(domain, `${folder === '' ? '' : `${folder}/`}new-${name}.${style === 'text' ? 'txt' : 'dat'}`, {
		...folderFacts(modifiedAt),
		mode: MODE_FILE | 0o644,
		userId: MOBILE_ID,
		groupId: MOBILE_ID,
		inode: context.tree.takeInode(),
		protectionClass: 3,
		content: new GeneratedContent(style, random.next(), sizeBytes),
	});
}

/** The facts alone, for a copy with some of them replaced. */
export function factsOf(entry: DeviceEntry): EntryFacts {
	const { mode, userId, groupId, inode, modifiedAt, changedAt, bornAt, protectionClass, content, target, attributes, sizeError } = entry;
	return { mode, userId, groupId, inode, modifiedAt, changedAt, bornAt, protectionClass, content, target, attributes, sizeError };
}

function compareText(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}
