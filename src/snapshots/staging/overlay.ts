import { StoreError } from '../errors.ts';
import { KIND_BLOB, KIND_FOLDER, KIND_REMOVED, type ListingEntry } from '../listing/entry.ts';
import { FILE_ID_BYTES, isFileIdPath, parentOf, pathOfFileId, type ListingPath } from '../listing/pathKey.ts';
import type { ResidentListing } from '../listing/residentListing.ts';
import { encodeValues } from '../listing/segmentBuilder.ts';
import { VALUE_BYTES } from '../listing/segment.ts';
import { blobIdText } from '../blobs/blobId.ts';
import { FileIdTable } from './fileIdTable.ts';

/** Folders directly above file ids that get a table of their own: the backup's, and those in which a device gathers what it sends. */
const MAX_TABLES = 32;

const FILE_ID_PATH_LENGTH = 43;

/** What is in a folder, as the device lists it. */
export interface FolderItem {
	readonly name: string;
	readonly kind: 'file' | 'folder';
	readonly sizeBytes: number;
	readonly modifiedAtMs: number;
}

/**
 * A listing as a run changes it: the base with what came, moved or went laid over it. Paths have passed `checkPath`. A path is either a file
 * or a folder: whatever stands in the way of a new file goes.
 */
export class Overlay {
	readonly base: ResidentListing | undefined;
	/** By what comes before `ab/abcdef…`: empty, or ending in a slash. */
	readonly #tables = new Map<string, FileIdTable>();
	/** All other paths; undefined says removed. */
	readonly #texts = new Map<ListingPath, ListingEntry | undefined>();
	/** What comes before file ids that are among `#texts`, since there were too many tables. */
	readonly #withoutTable = new Set<string>();
	/** Folders of which it is known that neither they nor those above are files. */
	readonly #knownFolders = new Set<ListingPath>();
	readonly #key = Buffer.alloc(FILE_ID_BYTES);
	readonly #row = Buffer.alloc(VALUE_BYTES);

	constructor(base: ResidentListing | undefined) {
		this.base = base;
	}

	/** Ends the overlay's life, and gives its memory back. */
	dispose(): void {
		for (const table of this.#tables.values()) {
			table.dispose();
		}
		this.#tables.clear();
	}

	/** The files of the backup itself that came or went, by their ids. */
	get fileIds(): FileIdTable | undefined {
		return this.#tables.get('');
	}

	/** All other paths that came or went; undefined says removed. */
	*others(): Generator<[ListingPath, ListingEntry | undefined]> {
		yield* this.#texts;
		for (const [prefix, table] of this.#tables) {
			for (let row = 0; prefix !== '' && row < table.count; row++) {
				const path = prefix + pathOfFileId(table.key(row), 0);
				yield [path, entryFrom(path, table.values(row))];
			}
		}
	}

	find(path: ListingPath): ListingEntry | undefined {
		const table = this.#tableOf(path);
		if (table !== undefined) {
			const row = table.find(this.#keyOf(path));
			return row < 0 ? this.base?.find(path) : entryFrom(path, table.values(row));
		}
		return this.#texts.has(path) ? this.#texts.get(path) : this.base?.find(path);
	}

	/** All that there is now, in no order. */
	*all(): Generator<ListingEntry> {
		yield* this.#below('');
	}

	set(entry: ListingEntry): void {
		this.#makeWay(entry);
		this.#put(entry);
	}

	/** The same for a file, without making an object of it: there are hundreds of thousands. @param values - a row of a listing's values. */
	setFile(path: ListingPath, values: Buffer): void {
		const table = this.#tableOf(path, true);
		if (table === undefined) {
			this.set(entryFrom(path, values) as ListingEntry);
			return;
		}
		this.#makeParents(path);
		table.set(this.#keyOf(path), values);
	}

	createFolder(path: ListingPath, modifiedAtMs: number): void {
		refuseFolder(path);
		if (path !== '' && this.find(path)?.kind !== 'folder') {
			this.set({ path, kind: 'folder', content: undefined, sizeBytes: 0, modifiedAtMs, mode: 0o700 });
		}
	}

	/** A file, or a folder with all below it; a missing one is nothing to do. */
	remove(path: ListingPath): void {
		if (this.find(path) !== undefined) {
			this.#hide(path);
		}
		if (!endsInFileId(path)) {
			for (const below of [...this.#below(path)]) {
				this.#hide(below.path);
			}
			this.#dropEmptyTables(path);
		}
	}

	/** @throws StoreError `FILE_NOT_FOUND`. */
	move(from: ListingPath, to: ListingPath): void {
		this.#transfer(from, to, true);
	}

	/** Costs nothing but entries: the content stays where it is. @throws StoreError `FILE_NOT_FOUND`. */
	copy(from: ListingPath, to: ListingPath): void {
		this.#transfer(from, to, false);
	}

	/** What is directly in a folder; nothing for one that is not there. */
	list(folder: ListingPath): FolderItem[] {
		const items = new Map<string, FolderItem>();
		const start = folder === '' ? 0 : folder.length + 1;
		for (const entry of this.#directlyBelow(folder)) {
			const rest = entry.path.slice(start);
			const slash = rest.indexOf('/');
			const name = slash < 0 ? rest : rest.slice(0, slash);
			if (slash < 0) {
				items.set(name, { name, kind: entry.kind, sizeBytes: entry.sizeBytes, modifiedAtMs: entry.modifiedAtMs });
			} else if (!items.has(name)) {
				items.set(name, { name, kind: 'folder', sizeBytes: 0, modifiedAtMs: entry.modifiedAtMs });
			}
		}
		return [...items.values()];
	}

	#transfer(from: ListingPath, to: ListingPath, isMove: boolean): void {
		if (from === to || (isMove && this.#moveRow(from, to))) {
			return;
		}
		const entry = this.find(from);
		const below = endsInFileId(from) ? [] : [...this.#below(from)];
		if (entry === undefined && below.length === 0) {
			throw new StoreError('FILE_NOT_FOUND', 'There is no such file in the backup.', { details: { path: from } });
		}
		if (to.startsWith(`${from}/`) || from.startsWith(`${to}/`)) {
			throw new StoreError('PATH_UNSAFE', 'A folder cannot be put into itself.', { details: { path: to } });
		}
		if (below.length > 0 || entry?.kind === 'folder') {
			refuseFolder(to);
		}
		this.remove(to);
		if (entry !== undefined) {
			this.set({ ...entry, path: to });
		}
		for (const item of below) {
			this.set({ ...item, path: to + item.path.slice(from.length) });
		}
		if (isMove) {
			this.remove(from);
		}
	}

	/** Moves a file of this run from its place in one table to its place in another, as a device does with all that it sent. */
	#moveRow(from: ListingPath, to: ListingPath): boolean {
		const source = this.#tableOf(from);
		const row = source?.find(this.#keyOf(from)) ?? -1;
		const target = row >= 0 && source?.isLive(row) === true ? this.#tableOf(to, true) : undefined;
		if (source === undefined || target === undefined) {
			return false;
		}
		this.#makeParents(to);
		target.set(this.#keyOf(to), source.values(row));
		source.removeRow(row);
		return true;
	}

	/** What is directly in a folder, and of each folder in it one entry at least; the overlay's entries, then the base's that they leave. */
	*#directlyBelow(folder: ListingPath): Generator<ListingEntry> {
		const prefix = folder === '' ? '' : `${folder}/`;
		for (const [path, entry] of this.#texts) {
			if (entry !== undefined && path.startsWith(prefix) && path !== folder) {
				yield entry;
			}
		}
		for (const [above, table] of this.#tables) {
			for (let first = 0; first < 256; first++) {
				if (table.liveWith(first) === 0) {
					continue;
				}
				const parent = above + first.toString(16).padStart(2, '0');
				if (parent === folder) {
					yield* this.#liveRows(above, table, first);
				} else if (parent.startsWith(prefix)) {
					yield (this.#liveRows(above, table, first).next().value ?? undefined) as ListingEntry;
				}
			}
		}
		if (this.base === undefined) {
			return;
		}
		if (folder !== '') {
			yield* this.#visible(this.base.below(folder));
			return;
		}
		for (const entry of this.#visible(this.base.below('', false))) {
			yield entry;
		}
		for (let first = 0; first < 256; first++) {
			for (const entry of this.#visible(this.base.fileIds(first))) {
				yield entry;
				break;
			}
		}
	}

	/** All below a folder, at any depth. */
	*#below(folder: ListingPath): Generator<ListingEntry> {
		const prefix = folder === '' ? '' : `${folder}/`;
		for (const [path, entry] of this.#texts) {
			if (entry !== undefined && path.startsWith(prefix) && path !== folder) {
				yield entry;
			}
		}
		for (const [above, table] of this.#tables) {
			for (let first = 0; first < 256; first++) {
				const parent = above + first.toString(16).padStart(2, '0');
				if (parent === folder || parent.startsWith(prefix)) {
					yield* this.#liveRows(above, table, first);
				}
			}
		}
		if (this.base !== undefined) {
			yield* this.#visible(this.base.below(folder));
		}
	}

	*#liveRows(above: string, table: FileIdTable, first: number): Generator<ListingEntry> {
		for (const row of table.rowsWith(first)) {
			if (table.isLive(row)) {
				const path = above + pathOfFileId(table.key(row), 0);
				yield entryFrom(path, table.values(row)) as ListingEntry;
			}
		}
	}

	/** Entries of the base that this run neither replaced nor removed. */
	*#visible(entries: Iterable<ListingEntry>): Generator<ListingEntry> {
		for (const entry of entries) {
			const table = this.#tableOf(entry.path);
			if (table === undefined ? !this.#texts.has(entry.path) : table.find(this.#keyOf(entry.path)) < 0) {
				yield entry;
			}
		}
	}

	/** A file takes the place of a folder, a folder that of a file, and no file lies in another one. */
	#makeWay(entry: ListingEntry): void {
		this.#makeParents(entry.path);
		// Nothing lies below a file id: no folder is called so.
		if (entry.kind === 'file' && !endsInFileId(entry.path)) {
			for (const below of [...this.#below(entry.path)]) {
				this.#hide(below.path);
			}
		}
	}

	#makeParents(path: ListingPath): void {
		const parent = parentOf(path);
		if (parent !== '' && !this.#knownFolders.has(parent)) {
			for (let above = parent; above !== ''; above = parentOf(above)) {
				refuseFolder(above);
				if (this.find(above)?.kind === 'file') {
					this.#hide(above);
				}
			}
			this.#knownFolders.add(parent);
		}
	}

	#put(entry: ListingEntry): void {
		const table = this.#tableOf(entry.path, true);
		if (table === undefined) {
			this.#texts.set(entry.path, entry);
			this.#knownFolders.clear();
			return;
		}
		encodeValues(this.#row, 0, entry);
		table.set(this.#keyOf(entry.path), this.#row);
	}

	#hide(path: ListingPath): void {
		const table = this.#tableOf(path, true);
		if (table !== undefined) {
			table.set(this.#keyOf(path), this.#row.fill(0));
		} else if (this.base?.find(path) === undefined) {
			this.#texts.delete(path);
		} else {
			this.#texts.set(path, undefined);
		}
	}

	/** A table whose files all went, and which hides nothing of the base, gives its memory back. */
	#dropEmptyTables(folder: ListingPath): void {
		for (const [above, table] of this.#tables) {
			const parent = above.slice(0, -1);
			const isEmpty = above !== '' && table.liveCount === 0 && (parent === folder || parent.startsWith(`${folder}/`));
			if (isEmpty && (this.base === undefined || this.base.below(parent).next().done === true)) {
				this.#tables.delete(above);
				table.dispose();
			}
		}
	}

	#tableOf(path: ListingPath, make = false): FileIdTable | undefined {
		if (!endsInFileId(path)) {
			return undefined;
		}
		const above = path.slice(0, -FILE_ID_PATH_LENGTH);
		let table = this.#tables.get(above);
		if (table === undefined && make && !this.#withoutTable.has(above)) {
			if (above !== '' && this.#tables.size >= MAX_TABLES) {
				this.#withoutTable.add(above);
				return undefined;
			}
			table = new FileIdTable();
			this.#tables.set(above, table);
		}
		return table;
	}

	/** Overwritten by the next call. */
	#keyOf(path: ListingPath): Buffer {
		this.#key.write(path.slice(-2 * FILE_ID_BYTES), 'hex');
		return this.#key;
	}
}

/** Where a file id stands there is a file: what holds hundreds of thousands of them need not look for more below. */
function refuseFolder(path: ListingPath): void {
	if (endsInFileId(path)) {
		throw new StoreError('PATH_UNSAFE', 'A folder is called as only files are.', { details: { path } });
	}
}

function endsInFileId(path: ListingPath): boolean {
	const at = path.length - FILE_ID_PATH_LENGTH;
	return at === 0 ? isFileIdPath(path) : at > 0 && path[at - 1] === '/' && isFileIdPath(path.slice(at));
}

/** Undefined for a removed one. */
function entryFrom(path: ListingPath, values: Buffer): ListingEntry | undefined {
	const kind = values[VALUE_BYTES - 1] as number;
	if (kind === KIND_REMOVED) {
		return undefined;
	}
	return {
		path,
		kind: kind === KIND_FOLDER ? 'folder' : 'file',
		content: kind >= KIND_BLOB ? { id: blobIdText(values), level: kind - KIND_BLOB } : undefined,
		sizeBytes: values.readUIntLE(32, 6),
		modifiedAtMs: values.readUIntLE(38, 6),
		mode: values.readUInt16LE(44),
	};
}
