import { encodeBinaryPlist, type PlistDict } from '../../plist/index.ts';
import { GeneratedContent, type Content } from './content.ts';
import { MOBILE_ID, MODE_FILE, MODE_FOLDER, MODE_LINK, type DeviceEntry, type EntryFacts } from './entry.ts';
import type { ContentStyle } from './pool.ts';
import { hash32, Random } from './random.ts';
import type { SegmentWriter } from './store.ts';
import { folderFacts, type DeviceTree } from './tree.ts';

/** What may differ from an ordinary file: class 3, mode 0644, owned by mobile. */
export type EntryOptions = Partial<
	Pick<EntryFacts, 'protectionClass' | 'userId' | 'groupId' | 'attributes' | 'sizeError' | 'modifiedAt'>
> & {
	readonly permissions?: number;
};

/** Fills a tree with the files of a phone. Everything it makes up depends on the seed and on the order of calls alone. */
export class TreeBuilder {
	readonly tree: DeviceTree;
	readonly random: Random;
	readonly seed: string;
	/** The time at which the phone was last used, in seconds since 1970; nothing in the tree is newer. */
	readonly now: number;
	readonly scratchFolder: string;
	readonly #writer: SegmentWriter;
	#files = 0;
	#bytes = 0;

	constructor(tree: DeviceTree, seed: string, now: number, writer: SegmentWriter, scratchFolder: string) {
		this.tree = tree;
		this.seed = seed;
		this.now = now;
		this.random = new Random(seed);
		this.#writer = writer;
		this.scratchFolder = scratchFolder;
	}

	/** Regular files so far, and the bytes in them. */
	get files(): number {
		return this.#files;
	}

	get bytes(): number {
		return this.#bytes;
	}

	file(domain: string, path: string, content: Content, options: EntryOptions = {}): DeviceEntry {
		this.#files++;
		this.#bytes += content.sizeBytes;
		return this.#add(domain, path, MODE_FILE | (options.permissions ?? 0o644), { content, protectionClass: 3, ...options });
	}

	/** A file made up from its place and the seed. */
	generated(domain: string, path: string, style: ContentStyle, sizeBytes: number, options?: EntryOptions): DeviceEntry {
		return this.file(domain, path, new GeneratedContent(style, hash32(`${domain}-${path}`, hash32(this.seed)), sizeBytes), options);
	}

	/** A file with these very bytes. */
	stored(domain: string, path: string, bytes: Uint8Array, options?: EntryOptions): DeviceEntry {
		return this.file(domain, path, this.#writer.add(bytes), options);
	}

	/** A property list, binary as on the device. */
	plist(domain: string, path: string, value: PlistDict, options?: EntryOptions): DeviceEntry {
		return this.stored(domain, path, encodeBinaryPlist(value), { permissions: 0o600, ...options });
	}

	folder(domain: string, path: string, options: EntryOptions = {}): DeviceEntry {
		return this.#add(domain, path, MODE_FOLDER | (options.permissions ?? 0o755), { protectionClass: 0, ...options });
	}

	link(domain: string, path: string, target: string): DeviceEntry {
		return this.#add(domain, path, MODE_LINK | 0o755, { target, protectionClass: 0 });
	}

	/** A moment of the last year, more often recent than not. */
	moment(): number {
		const age = this.random.next() / 2 ** 32;
		return this.now - Math.floor(age * age * 365 * 86_400);
	}

	#add(domain: string, path: string, mode: number, facts: Partial<EntryFacts>): DeviceEntry {
		const modifiedAt = facts.modifiedAt ?? this.moment();
		return this.tree.addWithParents(domain, path, {
			...folderFacts(modifiedAt - this.random.below(30 * 86_400)),
			...facts,
			userId: facts.userId ?? MOBILE_ID,
			groupId: facts.groupId ?? MOBILE_ID,
			sizeError: facts.sizeError ?? 0,
			mode,
			inode: this.tree.takeInode(),
			modifiedAt,
			changedAt: modifiedAt,
		});
	}
}
