import { toStoreError } from '../../src/snapshots/errors.ts';
import type { AppendFile, StorageKey, StoredFile, WorkingStorage } from '../../src/snapshots/storage/storage.ts';
import type { MemoryStorage } from './memoryStorage.ts';

/** What happens at a chosen step. `before`, `after`: the step does nothing, or all it should, and fails; `half`: an append writes half of it. */
export type Fault = 'before' | 'after' | 'half';

/** The process is gone: nothing it does from here on reaches the storage. */
export class Stopped extends Error {
	override readonly name = 'Stopped';
}

/**
 * Storage whose writing steps are counted and can be stopped at any of them, or made to fail as a full disk does.
 * Reads are not steps. After a stop every further step throws as well, as none is taken by a process that is gone.
 */
export class FaultyStorage implements WorkingStorage {
	readonly inner: MemoryStorage;
	/** What was done so far, for messages. */
	readonly steps: string[] = [];
	readonly #stopAt: { step: number; fault: Fault } | undefined;
	#fullAfter = Infinity;
	#readOnly = false;
	#operations = 0;
	#failing: { readonly from: number; readonly code: string } | undefined;
	#isStopped = false;

	constructor(inner: MemoryStorage, stopAt?: { step: number; fault: Fault }) {
		this.inner = inner;
		this.#stopAt = stopAt;
	}

	/** From now on no write finds space. */
	fill(isFull: boolean): void {
		this.#fullAfter = isFull ? this.steps.length : Infinity;
	}

	/** From now on nothing can be written, as on a volume that is mounted so. */
	mountReadOnly(): void {
		this.#readOnly = true;
	}

	/** Reads and steps so far. */
	get operations(): number {
		return this.#operations;
	}

	/** From this operation on, reads among them, everything fails as the system would say it: a share that went away. Undefined: it is back. */
	failFrom(operation: number | undefined, code = 'EIO'): void {
		this.#failing = operation === undefined ? undefined : { from: operation, code };
	}

	/** The same from some steps later on. */
	fillAfter(steps: number): void {
		this.#fullAfter = this.steps.length + steps;
	}

	get(key: StorageKey, maxBytes: number): Promise<Uint8Array | undefined> {
		return this.#reading(() => this.inner.get(key, maxBytes));
	}

	getRange(key: StorageKey, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
		return this.#reading(() => this.inner.getRange(key, offset, length));
	}

	size(key: StorageKey): Promise<number | undefined> {
		return this.#reading(() => this.inner.size(key));
	}

	list(folder: StorageKey): Promise<StoredFile[]> {
		return this.#reading(() => this.inner.list(folder));
	}

	names(folder: StorageKey): Promise<string[]> {
		return this.#reading(() => this.inner.names(folder));
	}

	putIfAbsent(key: StorageKey, bytes: Uint8Array): Promise<boolean> {
		return this.#step(`put ${key}`, () => this.inner.putIfAbsent(key, bytes), true);
	}

	replace(key: StorageKey, bytes: Uint8Array): Promise<void> {
		return this.#step(`replace ${key}`, () => this.inner.replace(key, bytes), true);
	}

	delete(key: StorageKey): Promise<void> {
		return this.#step(`delete ${key}`, () => this.inner.delete(key));
	}

	openAppend(key: StorageKey): AppendFile {
		const file = this.#stepNow(`open ${key}`, () => this.inner.openAppend(key), true);
		const step = (what: string, work: () => void, half?: () => void): void =>
			this.#stepNow(`${what} ${key}`, work, what === 'append', half);
		return {
			get sizeBytes(): number {
				return file.sizeBytes;
			},
			append: (bytes) => {
				const half = (): void => file.append(bytes.subarray(0, bytes.length >> 1));
				step('append', () => file.append(bytes), half);
			},
			read: (offset, length) => file.read(offset, length),
			sync: () => step('sync', () => file.sync()),
			close: () => file.close(),
		};
	}

	publish(from: StorageKey, to: StorageKey): Promise<void> {
		return this.#step(`publish ${to}`, () => this.inner.publish(from, to));
	}

	/** Removes one file after the other, each a step of its own. */
	async deleteFolder(folder: StorageKey): Promise<void> {
		for (const { key } of await this.inner.list(folder)) {
			await this.delete(key);
		}
	}

	freeBytes(): Promise<number> {
		return this.inner.freeBytes();
	}

	rootNames(): Promise<string[]> {
		return this.#reading(() => this.inner.rootNames());
	}

	clearLeftovers(): Promise<number> {
		return this.#step('clear leftovers', () => this.inner.clearLeftovers());
	}

	async #reading<T>(work: () => Promise<T>): Promise<T> {
		this.#operate('read');
		return work();
	}

	#operate(what: string): void {
		this.#operations++;
		if (this.#failing !== undefined && this.#operations >= this.#failing.from) {
			throw systemError(this.#failing.code, what);
		}
	}

	async #step<T>(what: string, work: () => Promise<T>, needsSpace = false): Promise<T> {
		const fault = this.#begin(what, needsSpace);
		if (fault === 'before' || fault === 'half') {
			throw this.#stop();
		}
		const result = await work();
		if (fault === 'after') {
			throw this.#stop();
		}
		return result;
	}

	#stepNow<T>(what: string, work: () => T, needsSpace = false, half?: () => void): T {
		const fault = this.#begin(what, needsSpace);
		if (fault === 'half') {
			half?.();
		}
		if (fault === 'before' || fault === 'half') {
			throw this.#stop();
		}
		const result = work();
		if (fault === 'after') {
			throw this.#stop();
		}
		return result;
	}

	#begin(what: string, needsSpace: boolean): Fault | undefined {
		if (this.#isStopped) {
			throw new Stopped('the process is gone');
		}
		this.#operate(what);
		if (this.#readOnly) {
			throw systemError('EROFS', what);
		}
		if (this.steps.length >= this.#fullAfter && needsSpace) {
			throw systemError('ENOSPC', what);
		}
		this.steps.push(what);
		return this.#stopAt?.step === this.steps.length ? this.#stopAt.fault : undefined;
	}

	#stop(): Stopped {
		this.#isStopped = true;
		return new Stopped(`stopped at step ${this.steps.length}: ${this.steps.at(-1)}`);
	}
}

function systemError(code: string, what: string): unknown {
	return toStoreError(Object.assign(new Error(`${code}: refused`), { code }), what);
}
