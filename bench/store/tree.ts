import { mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { KiB, MiB } from '../../src/base/index.ts';
import { SeededRandom } from './random.ts';

/** How large a tree is. */
export interface TreeSize {
	readonly files: number;
	readonly bytes: number;
}

/** What a generation changed, by paths in the tree: what a device would tell, and other programs must find out. */
export interface Churn {
	readonly written: readonly string[];
	readonly removed: readonly string[];
	/** In the databases among `written`. */
	readonly rowsChanged: number;
}

const DATABASE_BYTES = 6 * MiB;
const MANIFEST_BYTES_PER_FILE = 300;
const ROW_BYTES = 400;
/** Every file gets a time of its own generation: rsync tells files of equal size by it alone. */
const FIRST_GENERATION_AT_S = 1_750_000_000;

/**
 * A tree like an unencrypted device backup: 256 folders of files with names of 40 hexadecimal digits. A quarter of the bytes lies in SQLite
 * databases (one of them stands for the manifest and changes all over each time), a quarter in media of some hundred kilobytes that nothing
 * compresses, the rest in small files, of which two thirds are text.
 */
export class BackupTree {
	readonly folder: string;
	readonly #random: SeededRandom;
	readonly #text: Buffer;
	readonly #names: string[] = [];
	readonly #media = new Set<string>();
	readonly #databases: { readonly name: string; readonly rows: number }[] = [];
	readonly #smallBytes: number;
	readonly #mediaShare: number;
	#generation = 0;

	constructor(folder: string, size: TreeSize, seed: string) {
		this.folder = folder;
		this.#random = new SeededRandom(seed);
		this.#text = pseudoText(this.#random, 4 * MiB);
		const manifestBytes = size.files * MANIFEST_BYTES_PER_FILE;
		const databases = Math.max(1, Math.round((size.bytes / 4 - manifestBytes) / DATABASE_BYTES));
		const media = Math.round(size.bytes / 4 / (400 * KiB));
		const small = size.files - databases - media - 1;
		if (small < 1) {
			throw new Error('A tree needs more files, or fewer bytes.');
		}
		this.#mediaShare = media / (small + media);
		this.#smallBytes = Math.round(size.bytes / 2 / small);
		for (let index = 0; index < 256; index++) {
			mkdirSync(path.join(folder, index.toString(16).padStart(2, '0')), { recursive: true });
		}
		this.#createDatabase('Manifest.db', Math.round(manifestBytes / ROW_BYTES));
		for (let index = 0; index < databases; index++) {
			this.#createDatabase(this.#newName(), Math.round(DATABASE_BYTES / ROW_BYTES));
		}
		for (let index = 0; index < media + small; index++) {
			this.#write(this.#addName(index < media));
		}
	}

	/** Changes the share of the files (six of ten rewritten, two removed, two added) and of each database's rows, in place. */
	churn(share: number): Churn {
		this.#generation++;
		const total = Math.round(this.#names.length * share);
		const moved = Math.round(total * 0.2);
		const written = new Set<string>();
		const removed: string[] = [];
		for (let index = 0; index < total - 2 * moved; index++) {
			const name = this.#random.pick(this.#names);
			this.#write(name);
			written.add(name);
		}
		for (let index = 0; index < moved; index++) {
			const gone = this.#takeAway();
			removed.push(gone);
			written.delete(gone);
			const name = this.#addName(this.#random.next() < this.#mediaShare);
			this.#write(name);
			written.add(name);
		}
		let rowsChanged = 0;
		for (const { name, rows } of this.#databases) {
			rowsChanged += this.#updateDatabase(name, rows, Math.round(rows * share));
			written.add(name);
		}
		return { written: [...written], removed, rowsChanged };
	}

	/** What there is now, counted. */
	measure(): TreeSize {
		let files = 0;
		let bytes = 0;
		for (const entry of readdirSync(this.folder, { withFileTypes: true, recursive: true })) {
			if (entry.isFile()) {
				files++;
				bytes += statSync(path.join(entry.parentPath, entry.name)).size;
			}
		}
		return { files, bytes };
	}

	#newName(): string {
		const id = this.#random.bytes(20).toString('hex');
		return `${id.slice(0, 2)}/${id}`;
	}

	#addName(isMedia: boolean): string {
		const name = this.#newName();
		this.#names.push(name);
		if (isMedia) {
			this.#media.add(name);
		}
		return name;
	}

	#takeAway(): string {
		const at = this.#random.below(this.#names.length);
		const gone = this.#names[at] as string;
		rmSync(path.join(this.folder, gone));
		this.#media.delete(gone);
		this.#names[at] = this.#names.at(-1) as string;
		this.#names.pop();
		return gone;
	}

	/** A rewritten file stays of its kind. */
	#write(name: string): void {
		if (this.#media.has(name)) {
			this.#put(name, this.#random.bytes(100 * KiB + this.#random.below(600 * KiB)));
		} else {
			this.#writeSmall(name);
		}
	}

	/** Sizes as devices have them: most far below the mean, a few far above. */
	#writeSmall(name: string): void {
		const size = Math.max(64, Math.round(-Math.log(1 - this.#random.next()) * this.#smallBytes));
		if (this.#random.next() < 1 / 3) {
			this.#put(name, this.#random.bytes(size));
			return;
		}
		const parts = [this.#random.bytes(16)];
		for (let left = size - 16; left > 0;) {
			const length = Math.min(left, 2 * KiB);
			const from = this.#random.below(this.#text.length - length);
			parts.push(this.#text.subarray(from, from + length));
			left -= length;
		}
		this.#put(name, Buffer.concat(parts));
	}

	#put(name: string, bytes: Uint8Array): void {
		writeFileSync(path.join(this.folder, name), bytes);
		this.#stamp(name);
	}

	#stamp(name: string): void {
		const at = FIRST_GENERATION_AT_S + this.#generation * 3600;
		utimesSync(path.join(this.folder, name), at, at);
	}

	#createDatabase(name: string, rows: number): void {
		this.#databases.push({ name, rows });
		this.#inDatabase(name, (database) => {
			database.exec('PRAGMA page_size = 4096; CREATE TABLE entry (id INTEGER PRIMARY KEY, key TEXT, at INTEGER, body BLOB)');
			const insert = database.prepare('INSERT INTO entry VALUES (?, ?, ?, ?)');
			for (let id = 0; id < rows; id++) {
				insert.run(id, this.#random.bytes(20).toString('hex'), id, this.#body());
			}
		});
	}

	/** Rows keep their size, so their pages change where they lie, as a device's databases do. The manifest's changes lie all over it. */
	#updateDatabase(name: string, rows: number, count: number): number {
		this.#inDatabase(name, (database) => {
			const update = database.prepare('UPDATE entry SET at = ?, body = ? WHERE id = ?');
			const start = this.#random.below(rows);
			for (let index = 0; index < count; index++) {
				// People use what is recent: nine of ten changes lie together.
				const near = name !== 'Manifest.db' && this.#random.next() < 0.9;
				update.run(this.#generation, this.#body(), near ? (start + index) % rows : this.#random.below(rows));
			}
		});
		return count;
	}

	#inDatabase(name: string, work: (database: DatabaseSync) => void): void {
		const database = new DatabaseSync(path.join(this.folder, name));
		try {
			database.exec('PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; BEGIN');
			work(database);
			database.exec('COMMIT');
		} finally {
			database.close();
		}
		this.#stamp(name);
	}

	#body(): Buffer {
		const length = ROW_BYTES - 60;
		const from = this.#random.below(this.#text.length - length);
		return Buffer.from(this.#text.subarray(from, from + length));
	}
}

/** Words of a made-up language, frequent ones more often: it compresses about as property lists and JSON do. */
function pseudoText(random: SeededRandom, bytes: number): Buffer {
	const words = Array.from({ length: 4000 }, () =>
		random
			.bytes(2 + random.below(7))
			.toString('latin1')
			.replace(/[^a-z]/g, (character) => String.fromCharCode(97 + (character.charCodeAt(0) % 26))),
	);
	const parts: string[] = [];
	for (let length = 0; length < bytes;) {
		const word = words[Math.floor(words.length * random.next() ** 3)] as string;
		parts.push(word);
		length += word.length + 1;
	}
	return Buffer.from(parts.join(' ').slice(0, bytes), 'latin1');
}
