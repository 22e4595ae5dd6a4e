import type { Content } from './content.ts';

/** The kinds of things that a backup carries. */
export type EntryKind = 'file' | 'folder' | 'link';

/** Type bits of a Unix mode. */
export const MODE_FILE = 0x8000;
export const MODE_FOLDER = 0x4000;
export const MODE_LINK = 0xa000;
const MODE_TYPE = 0xf000;

/** The user and group of almost everything in a backup. */
export const MOBILE_ID = 501;

/** Everything about a file, folder or link but where it is. Times are whole seconds since 1970, as the file system of the device gives them out. */
export interface EntryFacts {
	/** Type and permission bits. */
	readonly mode: number;
	readonly userId: number;
	readonly groupId: number;
	readonly inode: number;
	readonly modifiedAt: number;
	readonly changedAt: number;
	readonly bornAt: number;
	/** 1 … 4 for files, 0 for folders and links. */
	readonly protectionClass: number;
	/** Files only. */
	readonly content: Content | undefined;
	/** Links only: where it points to. */
	readonly target: string | undefined;
	readonly attributes: Readonly<Record<string, Uint8Array>> | undefined;
	/**
	 * By how much the size in the manifest differs from what is sent: not zero for databases in use, whose size is taken
	 * before they are read. Recorded size = content size + this.
	 */
	readonly sizeError: number;
}

/** One thing in the tree. Entries are immutable: a change puts a new one in the old one's place. */
export class DeviceEntry implements EntryFacts {
	readonly domain: string;
	/** Relative to the domain, no leading slash; empty for the domain's root. */
	readonly path: string;
	readonly mode: number;
	readonly userId: number;
	readonly groupId: number;
	readonly inode: number;
	readonly modifiedAt: number;
	readonly changedAt: number;
	readonly bornAt: number;
	readonly protectionClass: number;
	readonly content: Content | undefined;
	readonly target: string | undefined;
	readonly attributes: Readonly<Record<string, Uint8Array>> | undefined;
	readonly sizeError: number;

	constructor(domain: string, path: string, facts: EntryFacts) {
		this.domain = domain;
		this.path = path;
		this.mode = facts.mode;
		this.userId = facts.userId;
		this.groupId = facts.groupId;
		this.inode = facts.inode;
		this.modifiedAt = facts.modifiedAt;
		this.changedAt = facts.changedAt;
		this.bornAt = facts.bornAt;
		this.protectionClass = facts.protectionClass;
		this.content = facts.content;
		this.target = facts.target;
		this.attributes = facts.attributes;
		this.sizeError = facts.sizeError;
	}

	get kind(): EntryKind {
		return kindOfMode(this.mode);
	}

	/** Bytes that are really there. */
	get sizeBytes(): number {
		return this.content?.sizeBytes ?? 0;
	}

	/** What the manifest of a backup says. */
	get recordedSizeBytes(): number {
		return this.sizeBytes + this.sizeError;
	}
}

/** The kind that a mode's type bits name; anything that is neither folder nor link counts as a file. */
export function kindOfMode(mode: number): EntryKind {
	const type = mode & MODE_TYPE;
	return type === MODE_FOLDER ? 'folder' : type === MODE_LINK ? 'link' : 'file';
}
