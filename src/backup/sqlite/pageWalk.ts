import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { BackupError } from '../errors.ts';

/**
 * Looks at the pages of a database before SQLite does. A hostile file can have trees whose branches lead to the same pages over and over:
 * SQLite would walk them for ever, and nothing in this process could stop it.
 */
export class PageWalk {
	readonly #file: number;
	readonly #pageBytes: number;
	readonly #usableBytes: number;
	readonly #pageCount: number;
	readonly #page: Buffer;

	/** @throws BackupError `DAMAGED_FILE` - no database. */
	constructor(path: string) {
		this.#file = openSync(path, 'r');
		const header = Buffer.alloc(HEADER_BYTES);
		const sizeBytes = fstatSync(this.#file).size;
		const isWhole = readSync(this.#file, header, 0, HEADER_BYTES, 0) === HEADER_BYTES;
		const declared = isWhole ? header.readUInt16BE(16) : 0;
		this.#pageBytes = declared === 1 ? 65_536 : declared;
		const isPower = this.#pageBytes >= 512 && (this.#pageBytes & (this.#pageBytes - 1)) === 0;
		if (!isWhole || header.toString('latin1', 0, 16) !== 'SQLite format 3\0' || !isPower) {
			this.close();
			throw damaged('it is empty, encrypted or no database');
		}
		this.#usableBytes = this.#pageBytes - (header[20] ?? 0);
		this.#pageCount = Math.ceil(sizeBytes / this.#pageBytes);
		this.#page = Buffer.alloc(this.#pageBytes);
	}

	/**
	 * Walks the tree that begins at a page, of a table or of the schema (page 1).
	 * @throws BackupError `DAMAGED_FILE` - a page is reached twice, lies outside, or is of another kind.
	 */
	check(rootPage: number): void {
		const seen = new Set<number>();
		const waiting = [rootPage];
		for (let number = waiting.pop(); number !== undefined; number = waiting.pop()) {
			if (number < 1 || number > this.#pageCount || seen.has(number)) {
				throw damaged('its pages lead in circles or outside');
			}
			seen.add(number);
			const start = number === 1 ? HEADER_BYTES : 0;
			this.#read(number, start + PAGE_HEADER_BYTES);
			const kind = this.#page[start];
			if (kind === LEAF_TABLE || kind === LEAF_INDEX) {
				continue;
			}
			if (kind !== INTERIOR_TABLE && kind !== INTERIOR_INDEX) {
				throw damaged('a page of it is of no known kind');
			}
			this.#read(number, this.#pageBytes);
			const cells = this.#page.readUInt16BE(start + 3);
			if (start + PAGE_HEADER_BYTES + 2 * cells > this.#usableBytes) {
				throw damaged('a page of it names more cells than it holds');
			}
			waiting.push(this.#page.readUInt32BE(start + 8));
			for (let cell = 0; cell < cells; cell++) {
				const place = this.#page.readUInt16BE(start + PAGE_HEADER_BYTES + 2 * cell);
				if (place + 4 > this.#usableBytes) {
					throw damaged('a cell of it lies outside of its page');
				}
				waiting.push(this.#page.readUInt32BE(place));
			}
			if (waiting.length + seen.size > this.#pageCount + 1) {
				throw damaged('its pages lead in circles');
			}
		}
	}

	close(): void {
		closeSync(this.#file);
	}

	#read(number: number, sizeBytes: number): void {
		if (readSync(this.#file, this.#page, 0, sizeBytes, (number - 1) * this.#pageBytes) < sizeBytes) {
			throw damaged('it ends inside a page');
		}
	}
}

const HEADER_BYTES = 100;
const PAGE_HEADER_BYTES = 12;
const INTERIOR_INDEX = 2;
const INTERIOR_TABLE = 5;
const LEAF_INDEX = 10;
const LEAF_TABLE = 13;

function damaged(why: string): BackupError {
	return new BackupError('DAMAGED_FILE', `A database cannot be read: ${why}.`);
}
