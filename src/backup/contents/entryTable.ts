import type { ManifestEntry, ManifestEntryKind } from '../manifestEntry.ts';

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
 * The rows of a manifest in columns: some 150 bytes a row, so that 500,000 of them fit where objects would take half a gigabyte.
 * What only reading a file needs, such as its key, stays in the manifest.
 */
export class EntryTable {
	readonly domains: string[] = [];
	readonly #domainNumbers = new Map<string, number>();
	readonly #rowsOfDomain: number[][] = [];
	readonly #paths: string[] = [];
	readonly #targets = new Map<number, string>();
	#capacity = 1024;
	#fileIds = Buffer.alloc(20 * this.#capacity);
	#domainOf = new Uint32Array(this.#capacity);
	#kinds = new Uint8Array(this.#capacity);
	#modes = new Uint16Array(this.#capacity);
	#classes = new Uint8Array(this.#capacity);
	#modified = new Float64Array(this.#capacity);
	#created = new Float64Array(this.#capacity);
	#sizes = new Float64Array(this.#capacity);
	#slots = new Int32Array(0);

	get count(): number {
		return this.#paths.length;
	}

	add({ fileId, domain, relativePath, kind, file }: ManifestEntry): void {
		const row = this.#paths.length;
		if (row === this.#capacity) {
			this.#grow();
		}
		let number = this.#domainNumbers.get(domain);
		if (number === undefined) {
			number = this.domains.length;
			this.#domainNumbers.set(domain, number);
			this.domains.push(domain);
			this.#rowsOfDomain.push([]);
		}
		this.#rowsOfDomain[number]?.push(row);
		this.#paths.push(relativePath);
		this.#fileIds.write(fileId, 20 * row, 'hex');
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

	/** Makes file IDs findable; call it once all rows are there. */
	seal(): void {
		const size = 2 ** Math.ceil(Math.log2(Math.max(16, this.count * 2)));
		this.#slots = new Int32Array(size).fill(-1);
		for (let row = 0; row < this.count; row++) {
			let slot = this.#fileIds.readUInt32LE(20 * row) & (size - 1);
			while (this.#slots[slot] !== -1) {
				slot = (slot + 1) & (size - 1);
			}
			this.#slots[slot] = row;
		}
	}

	/** The row of a file ID of 40 hex digits; undefined when there is none. Of two with one ID the first. */
	rowOf(fileId: string): number | undefined {
		const wanted = Buffer.from(fileId, 'hex');
		if (wanted.length !== 20) {
			return undefined;
		}
		const mask = this.#slots.length - 1;
		for (let slot = wanted.readUInt32LE(0) & mask; ; slot = (slot + 1) & mask) {
			const row = this.#slots[slot] ?? -1;
			if (row === -1) {
				return undefined;
			}
			if (this.#fileIds.compare(wanted, 0, 20, 20 * row, 20 * row + 20) === 0) {
				return row;
			}
		}
	}

	/** The rows of a domain, in the order of the manifest. */
	rowsOf(domain: string): readonly number[] {
		const number = this.#domainNumbers.get(domain);
		return number === undefined ? [] : (this.#rowsOfDomain[number] ?? []);
	}

	domainAt(row: number): string {
		return this.domains[this.#domainOf[row] ?? 0] ?? '';
	}

	pathAt(row: number): string {
		return this.#paths[row] ?? '';
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
		return this.#fileIds.toString('hex', 20 * row, 20 * row + 20);
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

	#grow(): void {
		this.#capacity *= 2;
		const ids = Buffer.alloc(20 * this.#capacity);
		this.#fileIds.copy(ids);
		this.#fileIds = ids;
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

function copied<T extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(target: T, source: T): T {
	target.set(source);
	return target;
}
