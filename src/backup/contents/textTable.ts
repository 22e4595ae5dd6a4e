import { MiB } from '../../base/index.ts';
import { BackupError } from '../errors.ts';

/**
 * Texts by number, as UTF-8 in large blocks: about half of what strings take, and nothing that the garbage collector has to look at.
 * Each is at most MAX_TEXT_BYTES long, and must be well-formed: what comes from SQLite and from a decoder is.
 */
export class TextTable {
	readonly #blocks: Buffer[] = [];
	#used = BLOCK_BYTES;
	#starts = new Float64Array(1024);
	#lengths = new Uint16Array(1024);
	#count = 0;

	get count(): number {
		return this.#count;
	}

	/** Adds one as the next number. @throws BackupError `DAMAGED_MANIFEST` - it is too long. */
	push(text: string): void {
		const length = Buffer.byteLength(text);
		if (length > MAX_TEXT_BYTES) {
			throw new BackupError('DAMAGED_MANIFEST', `A path of the manifest has ${length} bytes.`);
		}
		if (this.#used + length > BLOCK_BYTES) {
			this.#blocks.push(Buffer.alloc(BLOCK_BYTES));
			this.#used = 0;
		}
		if (this.#count === this.#starts.length) {
			this.#grow();
		}
		this.#blocks.at(-1)?.write(text, this.#used, 'utf8');
		this.#starts[this.#count] = (this.#blocks.length - 1) * BLOCK_BYTES + this.#used;
		this.#lengths[this.#count] = length;
		this.#used += length;
		this.#count++;
	}

	/** Empty for a number that there is not. */
	at(number: number): string {
		const start = this.#starts[number] ?? 0;
		const length = this.#lengths[number] ?? 0;
		const from = start % BLOCK_BYTES;
		return this.#blocks[Math.floor(start / BLOCK_BYTES)]?.toString('utf8', from, from + length) ?? '';
	}

	#grow(): void {
		const capacity = Math.ceil(this.#count * 1.5);
		const [starts, lengths] = [new Float64Array(capacity), new Uint16Array(capacity)];
		starts.set(this.#starts);
		lengths.set(this.#lengths);
		this.#starts = starts;
		this.#lengths = lengths;
	}
}

/** The longest path that a manifest may have. */
const MAX_TEXT_BYTES = 65_535;

const BLOCK_BYTES = MiB;
