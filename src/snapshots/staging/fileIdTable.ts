import { freeMemory } from '../freeMemory.ts';
import { FILE_ID_BYTES } from '../listing/pathKey.ts';
import { KIND_REMOVED } from '../listing/entry.ts';
import { VALUE_BYTES } from '../listing/segment.ts';

const PAGE = 16_384;
const NONE = 0xffff_ffff;
const KIND_AT = VALUE_BYTES - 1;

/**
 * Files by their id, for hundreds of thousands: 71 bytes for each and about 8 for finding it. A row is the values of a listing's entry; rows
 * that say `removed` stay, since they may hide an entry of the base.
 */
export class FileIdTable {
	readonly #keys: Buffer[] = [];
	readonly #values: Buffer[] = [];
	/** For each row the one before it with the same first byte. */
	readonly #before: Uint32Array[] = [];
	readonly #last = new Uint32Array(256).fill(NONE);
	readonly #liveByFirst = new Uint32Array(256);
	#slots = new Uint32Array(2048);
	#mask = 2047;
	#count = 0;
	#live = 0;

	/** Rows, removed ones among them. */
	get count(): number {
		return this.#count;
	}

	get liveCount(): number {
		return this.#live;
	}

	/** How many files there are whose id begins with this byte. */
	liveWith(first: number): number {
		return this.#liveByFirst[first] as number;
	}

	/** The row of an id, or -1. */
	find(key: Uint8Array): number {
		for (let slot = tagOf(key) & this.#mask; ; slot = (slot + 1) & this.#mask) {
			const row = (this.#slots[slot] as number) - 1;
			if (row < 0 || this.#isAt(row, key)) {
				return row;
			}
		}
	}

	/** Gives an id its values, a row of VALUE_BYTES. */
	set(key: Uint8Array, values: Buffer): void {
		let row = this.find(key);
		if (row < 0) {
			row = this.#add(key);
		}
		const page = this.#values[Math.floor(row / PAGE)] as Buffer;
		const at = (row % PAGE) * VALUE_BYTES;
		const change = Number(values[KIND_AT] !== KIND_REMOVED) - Number(page[at + KIND_AT] !== KIND_REMOVED);
		this.#live += change;
		this.#liveByFirst[key[0] as number] = this.liveWith(key[0] as number) + change;
		values.copy(page, at, 0, VALUE_BYTES);
	}

	key(row: number): Buffer {
		const at = (row % PAGE) * FILE_ID_BYTES;
		return (this.#keys[Math.floor(row / PAGE)] as Buffer).subarray(at, at + FILE_ID_BYTES);
	}

	/** A view of the row's values; to be changed by `set` only. */
	values(row: number): Buffer {
		const at = (row % PAGE) * VALUE_BYTES;
		return (this.#values[Math.floor(row / PAGE)] as Buffer).subarray(at, at + VALUE_BYTES);
	}

	/** Ends the table's life, and gives its memory back. */
	dispose(): void {
		freeMemory([...this.#keys, ...this.#values, ...this.#before, this.#slots]);
	}

	removeRow(row: number): void {
		if (this.isLive(row)) {
			const first = this.key(row)[0] as number;
			this.values(row).fill(0);
			this.#live--;
			this.#liveByFirst[first] = this.liveWith(first) - 1;
		}
	}

	isLive(row: number): boolean {
		return (this.#values[Math.floor(row / PAGE)] as Buffer)[(row % PAGE) * VALUE_BYTES + KIND_AT] !== KIND_REMOVED;
	}

	/** The rows of all ids that begin with this byte, newest first. */
	*rowsWith(first: number): Generator<number> {
		for (
			let row = this.#last[first] as number;
			row !== NONE;
			row = (this.#before[Math.floor(row / PAGE)] as Uint32Array)[row % PAGE] as number
		) {
			yield row;
		}
	}

	/** All rows in the order of their ids. */
	*sorted(): Generator<number> {
		for (let first = 0; first < 256; first++) {
			const rows = [...this.rowsWith(first)].map((row) => ({ row, prefix: this.#prefix(row) }));
			rows.sort((a, b) => a.prefix - b.prefix || Buffer.compare(this.key(a.row), this.key(b.row)));
			for (const { row } of rows) {
				yield row;
			}
		}
	}

	/** Copies a row, so that going through all of them makes no views. */
	copyRow(row: number, key: Buffer, values: Buffer): void {
		const page = Math.floor(row / PAGE);
		const index = row % PAGE;
		(this.#keys[page] as Buffer).copy(key, 0, index * FILE_ID_BYTES, (index + 1) * FILE_ID_BYTES);
		(this.#values[page] as Buffer).copy(values, 0, index * VALUE_BYTES, (index + 1) * VALUE_BYTES);
	}

	#prefix(row: number): number {
		return (this.#keys[Math.floor(row / PAGE)] as Buffer).readUIntBE((row % PAGE) * FILE_ID_BYTES, 6);
	}

	#add(key: Uint8Array): number {
		if (2 * (this.#count + 1) > this.#mask) {
			this.#grow();
		}
		const row = this.#count++;
		if (row % PAGE === 0) {
			this.#keys.push(Buffer.allocUnsafeSlow(PAGE * FILE_ID_BYTES));
			this.#values.push(Buffer.alloc(PAGE * VALUE_BYTES));
			this.#before.push(new Uint32Array(PAGE));
		}
		const page = Math.floor(row / PAGE);
		(this.#keys[page] as Buffer).set(key, (row % PAGE) * FILE_ID_BYTES);
		(this.#before[page] as Uint32Array)[row % PAGE] = this.#last[key[0] as number] as number;
		this.#last[key[0] as number] = row;
		this.#place(row, key);
		return row;
	}

	#place(row: number, key: Uint8Array): void {
		let slot = tagOf(key) & this.#mask;
		while (this.#slots[slot] !== 0) {
			slot = (slot + 1) & this.#mask;
		}
		this.#slots[slot] = row + 1;
	}

	#grow(): void {
		this.#mask = 2 * this.#mask + 1;
		freeMemory([this.#slots]);
		this.#slots = new Uint32Array(this.#mask + 1);
		for (let row = 0; row < this.#count; row++) {
			this.#place(row, this.key(row));
		}
	}

	/** In plain steps: a call out of the language would cost more than the twenty comparisons. */
	#isAt(row: number, key: Uint8Array): boolean {
		const keys = this.#keys[Math.floor(row / PAGE)] as Buffer;
		const start = (row % PAGE) * FILE_ID_BYTES;
		for (let index = 0; index < FILE_ID_BYTES; index++) {
			if (keys[start + index] !== key[index]) {
				return false;
			}
		}
		return true;
	}
}

/** File ids are SHA-1 hashes; a few equal beginnings only make one search longer. */
function tagOf(key: Uint8Array): number {
	return (
		((key[1] as number) << 24) ^ ((key[2] as number) << 16) ^ ((key[3] as number) << 8) ^ (key[4] as number) ^ ((key[5] as number) << 12)
	);
}
