import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createGzip } from 'node:zlib';
import { GeneratedContent, PagedContent, StoredContent, type Content } from './content.ts';
import { DeviceEntry } from './entry.ts';
import { CONTENT_STYLES } from './pool.ts';
import { DeviceTree } from './tree.ts';

/** What is kept beside the entries: `files.json`. */
export interface SavedHeader {
	readonly format: 1;
	readonly seed: string;
	readonly profile: string;
	/**
	 * The file with the entries; undefined when nothing was changed since the device was made, so that seed and profile give the same tree again.
	 */
	readonly treeFile: string | undefined;
	/** The device's clock, in seconds since 1970. */
	readonly now: number;
	readonly nextInode: number;
	/** UUIDs of the backups that were made of this device. */
	readonly backups: readonly string[];
}

/** Writes the entries to a new file of the folder, durably: one line for each, compressed. */
export async function saveTree(folder: string, treeFile: string, tree: DeviceTree): Promise<void> {
	const file = join(folder, treeFile);
	await pipeline(Readable.from(chunks(tree)), createGzip({ level: constants.Z_BEST_SPEED }), createWriteStream(file, { mode: 0o600 }));
	await sync(file);
}

/** Makes a header the state of the folder, whole or not at all, and deletes the entries of earlier ones. */
export async function saveHeader(folder: string, header: SavedHeader): Promise<void> {
	const temporary = join(folder, `${HEADER_FILE}.new`);
	await writeFile(temporary, JSON.stringify(header), { mode: 0o600 });
	await sync(temporary);
	await rename(temporary, join(folder, HEADER_FILE));
	for (const name of await readdir(folder)) {
		if (TREE_FILE.test(name) && name !== header.treeFile) {
			await rm(join(folder, name), { force: true });
		}
	}
}

/** The name of the nth file with entries. */
export function treeFileName(number: number): string {
	return `files-${number}.jsonl.gz`;
}

/**
 * Reads what was saved; undefined when there is nothing. Without entries the tree is undefined.
 * @throws Error when it cannot be read as such.
 */
export async function loadState(folder: string): Promise<{ header: SavedHeader; tree: DeviceTree | undefined } | undefined> {
	const file = join(folder, HEADER_FILE);
	if (!existsSync(file)) {
		return undefined;
	}
	const header = readHeader(JSON.parse(await readFile(file, 'utf8')));
	return { header, tree: header.treeFile === undefined ? undefined : await loadTree(join(folder, header.treeFile), header.nextInode) };
}

async function loadTree(file: string, nextInode: number): Promise<DeviceTree> {
	const source = createReadStream(file);
	const unpacked = createGunzip();
	const failed = pipeline(source, unpacked);
	const tree = new DeviceTree(nextInode);
	const domains = new Map<string, string>();
	for await (const line of createInterface({ input: unpacked, crlfDelay: Infinity })) {
		const entry = readEntry(JSON.parse(line));
		// One string for each domain, not one for each entry.
		const domain = domains.get(entry.domain) ?? entry.domain;
		domains.set(domain, domain);
		tree.put(new DeviceEntry(domain, entry.path, entry));
	}
	await failed;
	return tree;
}

async function sync(file: string): Promise<void> {
	const handle = await open(file, 'r+');
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
}

const HEADER_FILE = 'files.json';
const TREE_FILE = /^files-\d+\.jsonl\.gz$/;

function* chunks(tree: DeviceTree): Generator<string> {
	let text = '';
	for (const entry of tree.entries()) {
		text += `${JSON.stringify(entryLine(entry))}\n`;
		if (text.length > 65_536) {
			yield text;
			text = '';
		}
	}
	yield text;
}

function entryLine(entry: DeviceEntry): unknown[] {
	return [
		entry.domain,
		entry.path,
		entry.mode,
		entry.userId,
		entry.groupId,
		entry.inode,
		entry.modifiedAt,
		entry.changedAt,
		entry.bornAt,
		entry.protectionClass,
		entry.content === undefined ? null : contentLine(entry.content),
		entry.target ?? null,
		entry.attributes === undefined
			? null
			: Object.entries(entry.attributes).map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
		entry.sizeError,
	];
}

function contentLine(content: Content): unknown[] {
	if (content instanceof StoredContent) {
		return ['s', content.segment, content.offset, content.sizeBytes];
	}
	if (content instanceof GeneratedContent) {
		return ['g', content.styleIndex, content.seed, content.sizeBytes];
	}
	return ['p', content.base.styleIndex, content.base.seed, content.base.sizeBytes, content.sizeBytes, content.edits];
}

function readHeader(value: unknown): SavedHeader {
	const header = value as Partial<SavedHeader> | null;
	if (typeof header !== 'object' || header === null || header.format !== 1 || typeof header.seed !== 'string') {
		throw new Error('The saved files of this device are of another version, or damaged.');
	}
	return {
		format: 1,
		seed: header.seed,
		profile: String(header.profile),
		treeFile: typeof header.treeFile === 'string' && TREE_FILE.test(header.treeFile) ? header.treeFile : undefined,
		now: integer(header.now),
		nextInode: integer(header.nextInode),
		backups: Array.isArray(header.backups) ? header.backups.map(String) : [],
	};
}

function readEntry(value: unknown): DeviceEntry {
	const fields: unknown[] = Array.isArray(value) ? value : [];
	const attributes: unknown = fields[12];
	return new DeviceEntry(String(fields[0]), String(fields[1]), {
		mode: integer(fields[2]),
		userId: integer(fields[3]),
		groupId: integer(fields[4]),
		inode: integer(fields[5]),
		modifiedAt: integer(fields[6]),
		changedAt: integer(fields[7]),
		bornAt: integer(fields[8]),
		protectionClass: integer(fields[9]),
		content: Array.isArray(fields[10]) ? readContentLine(fields[10]) : undefined,
		target: typeof fields[11] === 'string' ? fields[11] : undefined,
		attributes: Array.isArray(attributes) ? readAttributes(attributes) : undefined,
		sizeError: integer(fields[13]),
	});
}

function readContentLine(fields: readonly unknown[]): Content {
	const [kind, first, second, third] = fields;
	if (kind === 's') {
		return new StoredContent(integer(first), integer(second), integer(third));
	}
	const base = new GeneratedContent(CONTENT_STYLES[integer(first)] ?? 'binary', integer(second), integer(third));
	const edits: unknown = fields[5];
	return kind === 'p' && Array.isArray(edits) ? new PagedContent(base, integer(fields[4]), edits.map(integer)) : base;
}

function readAttributes(pairs: readonly unknown[]): Record<string, Uint8Array> {
	const attributes: Record<string, Uint8Array> = {};
	for (const pair of pairs) {
		if (Array.isArray(pair)) {
			attributes[String(pair[0])] = new Uint8Array(Buffer.from(String(pair[1]), 'base64'));
		}
	}
	return attributes;
}

function integer(value: unknown): number {
	if (!Number.isSafeInteger(value)) {
		throw new Error('The saved files of this device are damaged.');
	}
	return value as number;
}
