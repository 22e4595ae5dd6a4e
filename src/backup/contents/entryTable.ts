import type { ManifestEntry, ManifestEntryKind } from '../manifestEntry.ts';
import { fileIdOf } from '../fileId.ts';
import { FileIdTable } from './fileIdTable.ts';
import { TextTable } from './textTable.ts';

/** One file, folder or link of a backup, as readers see it. */
export interface ContentsEntry {
	/** Its row in the table: names it as long as the backup is open. */
	readonly row: number;
	readonly fileId: string;
	readonly domain: string;
	/** Without a leading slash; empty for the root of a domain. From the device: see safeFileName before it becomes a path here. */
	readonly path: string;
	readonly kind: ManifestEntryKind;
	/** Unix mode with the type bits. */
	readonly mode: number;
	readonly modifiedAtSeconds: number;
	readonly createdAtSeconds: number;
	readonly protectionClass: number;
	/** What the manifest says, which is wrong for files that changed while the backup ran. */
	readonly recordedBytes: number;
	readonly target?: string;
}

/**
 * The rows of a manifest in columns: some 120 bytes a row, so that 500,000 of them fit where objects would take half a gigabyte.
 * What only reading a file needs, such as its key, stays in the manifest.
 */
export class EntryTable {
	readonly domains: string[] = [];
	readonly #domainNumbers = new Map<string, number>();
	readonly #ids = new FileIdTable();
	readonly #paths = new TextTable();
	readonly #targets = new Map<number, string>();
	#capacity = 1024;
	#domainOf = new Uint32Array(this.#capacity);
	#kinds = new Uint8Array(this.#capacity);
	#modes = new Uint16Array(this.#capacity);
	#classes = new Uint8Array(this.#capacity);
	#modified = new Float64Array(this.#capacity);
	#created = new Float64Array(this.#capacity);
	#sizes = new Float64Array(this.#capacity);
	/** All rows, ordered by domain, and where each domain's begin. */
	#byDomain = new Uint32Array(0);
	#domainStarts = new Uint32Array(1);
	/** See #foreignRowsOf. */
	readonly #foreign = new Map<string, ReadonlyMap<string, number>>();

	get count(): number {
		return this.#ids.count;
	}

	/** @throws BackupError `DAMAGED_MANIFEST` - there are more rows than any device has. */
	add({ fileId, domain, relativePath, kind, file }: ManifestEntry): void {
		const row = this.#ids.count;
		if (row === this.#capacity) {
			this.#grow();
		}
		let number = this.#domainNumbers.get(domain);
		if (number === undefined) {
			number = this.domains.length;
			this.#domainNumbers.set(domain, number);
			this.domains.push(domain);
		}
		this.#paths.push(relativePath);
		this.#ids.push(fileId);
		this.#domainOf[row] = number;
		this.#kinds[row] = KINDS.indexOf(kind);
		this.#modes[row] = file.mode;
		this.#classes[row] = file.protectionClass;
		this.#modified[row] = file.modifiedAtSeconds;
		this.#created[row] = file.createdAtSeconds;
		this.#sizes[row] = file.sizeBytes;
		if (file.target !== undefined) {
			this.#targets.set(row, file.target);
		}
	}

	/** Makes file IDs and domains findable; call it once all rows are there. */
	seal(): void {
		this.#ids.seal();
		const starts = new Uint32Array(this.domains.length + 1);
		for (let row = 0; row < this.count; row++) {
			starts[(this.#domainOf[row] ?? 0) + 1]! += 1;
		}
		for (let number = 1; number < starts.length; number++) {
			starts[number]! += starts[number - 1] ?? 0;
		}
		const next = starts.slice();
		this.#byDomain = new Uint32Array(this.count);
		for (let row = 0; row < this.count; row++) {
			const number = this.#domainOf[row] ?? 0;
			this.#byDomain[next[number] ?? 0] = row;
			next[number]! += 1;
		}
		this.#domainStarts = starts;
	}

	/** The row of a file ID of 40 hex digits; undefined when there is none. Of two with one ID the first. */
	rowOf(fileId: string): number | undefined {
		return this.#ids.find(fileId);
	}

	/** The row of a domain and path; undefined when there is none. */
	rowAt(domain: string, path: string): number | undefined {
		const row = this.rowOf(fileIdOf(domain, path));
		if (row !== undefined && this.domainAt(row) === domain && this.pathAt(row) === path) {
			return row;
		}
		return this.#foreignRowsOf(domain).get(path);
	}

	/** The rows of a domain, in the order of the manifest; none before `seal`. */
	rowsOf(domain: string): Uint32Array {
		const number = this.#domainNumbers.get(domain);
		return number === undefined ? NO_ROWS : this.#byDomain.subarray(this.#domainStarts[number], this.#domainStarts[number + 1]);
	}

	domainAt(row: number): string {
		return this.domains[this.#domainOf[row] ?? 0] ?? '';
	}

	pathAt(row: number): string {
		return this.#paths.at(row);
	}

	kindAt(row: number): ManifestEntryKind {
		return KINDS[this.#kinds[row] ?? 0] ?? 'file';
	}

	isFile(row: number): boolean {
		return this.#kinds[row] === 0;
	}

	sizeAt(row: number): number {
		return this.#sizes[row] ?? 0;
	}

	fileIdAt(row: number): string {
		return this.#ids.at(row);
	}

	entryAt(row: number): ContentsEntry {
		const target = this.#targets.get(row);
		return {
			row,
			fileId: this.fileIdAt(row),
			domain: this.domainAt(row),
			path: this.pathAt(row),
			kind: this.kindAt(row),
			mode: this.#modes[row] ?? 0,
			modifiedAtSeconds: this.#modified[row] ?? 0,
			createdAtSeconds: this.#created[row] ?? 0,
			protectionClass: this.#classes[row] ?? 0,
			recordedBytes: this.sizeAt(row),
			...(target === undefined ? {} : { target }),
		};
	}

	/**
	 * The rows of a domain by path, of those whose file ID is not the hash of their place: such were seen in backups of other tools. Gathered
	 * once for each domain, because what is asked for is often not there: a library lists every photo that is in iCloud only.
	 */
	#foreignRowsOf(domain: string): ReadonlyMap<string, number> {
		const known = this.#foreign.get(domain);
		if (known !== undefined) {
			return known;
		}
		const found = new Map<string, number>();
		for (const row of this.rowsOf(domain)) {
			const path = this.pathAt(row);
			if (!found.has(path) && fileIdOf(domain, path) !== this.fileIdAt(row)) {
				found.set(path, row);
			}
		}
		if (this.#domainNumbers.has(domain)) {
			this.#foreign.set(domain, found);
		}
		return found;
	}

	#grow(): void {
		this.#capacity = Math.ceil(this.#capacity * 1.5);
		this.#domainOf = copied(new Uint32Array(this.#capacity), this.#domainOf);
		this.#kinds = copied(new Uint8Array(this.#capacity), this.#kinds);
		this.#modes = copied(new Uint16Array(this.#capacity), this.#modes);
		this.#classes = copied(new Uint8Array(this.#capacity), this.#classes);
		this.#modified = copied(new Float64Array(this.#capacity), this.#modified);
		this.#created = copied(new Float64Array(this.#capacity), this.#created);
		this.#sizes = copied(new Float64Array(this.#capacity), this.#sizes);
	}
}

const KINDS: readonly ManifestEntryKind[] = ['file', 'folder', 'symlink'];
const NO_ROWS = new Uint32Array(0);

function copied<T extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(target: T, source: T): T {
	target.set(source);
	return target;
}
