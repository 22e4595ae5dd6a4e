import { KiB, MiB } from '../../base/index.ts';
import { layout } from '../layout.ts';
import type { SnapshotStorage } from '../storage/storage.ts';
import type { PackId } from './packFormat.ts';

/** What is fetched at once when blobs are read one behind the other; more when that goes on. */
const WINDOW_BYTES = 512 * KiB;
const LARGE_WINDOW_BYTES = 2 * MiB;
const WINDOWS = 6;

/** A read that begins so close behind the one before it is taken for one of a row. */
const NEAR_BYTES = 128 * KiB;

interface Window {
	readonly pack: PackId;
	readonly start: number;
	readonly end: number;
	readonly bytes: Promise<Uint8Array>;
}

/**
 * Ranges of packs. A device asks for files one by one, in nearly the order in which it once sent them: so reads in a row are served out of
 * larger ones.
 */
export class PackReader {
	readonly #storage: SnapshotStorage;
	readonly #lastEnds = new Map<PackId, number>();
	#windows: Window[] = [];

	constructor(storage: SnapshotStorage) {
		this.#storage = storage;
	}

	/** @param dataEnd - where the pack's stored bytes end. */
	async read(pack: PackId, offset: number, length: number, dataEnd: number): Promise<Uint8Array> {
		const found = this.#windows.find((window) => window.pack === pack && window.start <= offset && offset + length <= window.end);
		if (found !== undefined) {
			this.#lastEnds.set(pack, offset + length);
			return (await found.bytes).subarray(offset - found.start, offset - found.start + length);
		}
		const lastEnd = this.#lastEnds.get(pack);
		const isInRow = lastEnd !== undefined && offset >= lastEnd - NEAR_BYTES && offset <= lastEnd + NEAR_BYTES;
		this.#lastEnds.set(pack, offset + length);
		if (this.#lastEnds.size > 1000) {
			this.#lastEnds.clear();
		}
		if (!isInRow || length >= LARGE_WINDOW_BYTES) {
			return this.#storage.getRange(layout.pack(pack), offset, length);
		}
		const goesOn = this.#windows.some(
			(window) => window.pack === pack && offset >= window.end - NEAR_BYTES && offset <= window.end + NEAR_BYTES,
		);
		const windowBytes = goesOn ? LARGE_WINDOW_BYTES : WINDOW_BYTES;
		const end = Math.max(offset + length, Math.min(offset + windowBytes, dataEnd));
		const bytes = this.#storage.getRange(layout.pack(pack), offset, end - offset);
		const window = { pack, start: offset, end, bytes };
		this.#windows = [window, ...this.#windows.slice(0, WINDOWS - 1)];
		try {
			return (await bytes).subarray(0, length);
		} catch (error) {
			this.#windows = this.#windows.filter((other) => other !== window);
			throw error;
		}
	}
}
