import { KiB } from '../../base/index.ts';
import { CONTENT_STYLES, generateContent, type ContentStyle } from './pool.ts';
import { mix32 } from './random.ts';
import type { ContentStore } from './store.ts';

/**
 * What a file holds, without holding it: generated content is made anew whenever it is read, stored content lies in the state folder.
 * Contents are immutable; a changed file gets a new one, so that a backup that runs meanwhile keeps reading what it began with.
 */
export type Content = GeneratedContent | PagedContent | StoredContent;

/** Bytes made from a seed. */
export class GeneratedContent {
	readonly seed: number;
	readonly sizeBytes: number;
	readonly styleIndex: number;

	constructor(style: ContentStyle, seed: number, sizeBytes: number) {
		this.styleIndex = CONTENT_STYLES.indexOf(style);
		this.seed = seed >>> 0;
		this.sizeBytes = sizeBytes;
	}

	get style(): ContentStyle {
		return CONTENT_STYLES[this.styleIndex] ?? 'binary';
	}
}

/** Bytes made from a seed, of which some pages were changed in place, as a database changes. Each edit is the seed of what it wrote. */
export class PagedContent {
	readonly base: GeneratedContent;
	readonly sizeBytes: number;
	readonly edits: readonly number[];

	constructor(base: GeneratedContent, sizeBytes: number, edits: readonly number[]) {
		this.base = base;
		this.sizeBytes = sizeBytes;
		this.edits = edits;
	}
}

/** Bytes in a segment of the content store. */
export class StoredContent {
	readonly segment: number;
	readonly offset: number;
	readonly sizeBytes: number;

	constructor(segment: number, offset: number, sizeBytes: number) {
		this.segment = segment;
		this.offset = offset;
		this.sizeBytes = sizeBytes;
	}
}

/**
 * Writes `length` bytes of `content`, from `fileOffset` on, to `target`. The range must lie within the content.
 * Synchronous: generated content is pure arithmetic, and stored content is a read from the page cache.
 */
export function readContent(
	store: ContentStore,
	content: Content,
	target: Uint8Array,
	targetOffset: number,
	fileOffset: number,
	length: number,
): void {
	if (length === 0) {
		return;
	}
	if (content instanceof StoredContent) {
		store.read(content, target, targetOffset, fileOffset, length);
	} else if (content instanceof GeneratedContent) {
		generateContent(content.style, content.seed, target, targetOffset, fileOffset, length);
	} else {
		readPages(content, target, targetOffset, fileOffset, length);
	}
}

/** The whole of a small content in memory. */
export function contentBytes(store: ContentStore, content: Content): Uint8Array {
	const bytes = new Uint8Array(content.sizeBytes);
	readContent(store, content, bytes, 0, 0, bytes.length);
	return bytes;
}

/** Pages of SQLite databases on the devices. */
const PAGE_BYTES = 4 * KiB;

/** One page in so many is rewritten by one edit. */
const EDITED_SHARE = 24;

function readPages(content: PagedContent, target: Uint8Array, targetOffset: number, fileOffset: number, length: number): void {
	const end = fileOffset + length;
	let position = fileOffset;
	while (position < end) {
		const page = Math.floor(position / PAGE_BYTES);
		const taken = Math.min((page + 1) * PAGE_BYTES, end) - position;
		const style = content.base.style;
		// The first page carries the change counter, so every edit rewrites it.
		generateContent(style, seedOfPage(content, page), target, targetOffset + position - fileOffset, position, taken);
		position += taken;
	}
}

function seedOfPage(content: PagedContent, page: number): number {
	for (let index = content.edits.length - 1; index >= 0; index--) {
		const edit = content.edits[index] ?? 0;
		if (page === 0 || mix32(edit, page) % EDITED_SHARE === 0) {
			return edit;
		}
	}
	return content.base.seed;
}
