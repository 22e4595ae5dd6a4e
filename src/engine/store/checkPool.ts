import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Disposable } from '../../base/index.ts';
import type { BlobsOfRange, RangeChecker, RangeOfBlobs } from '../../snapshots/index.ts';
import { workerPath } from '../workerPath.ts';

/** More would wait for the disk. */
const MAX_WORKERS = 4;

/** One that is being checked, and one that is there when it is done. */
const RANGES_EACH = 2;

/** A range on its way to a worker. */
export interface ToCheckWorker {
	readonly sequence: number;
	readonly range: RangeOfBlobs;
	readonly wantsBlobs: boolean;
}

/** What a worker found in it: see RangeChecker. The bytes where the blobs were wanted. */
export interface FromCheckWorker {
	readonly sequence: number;
	readonly damaged: readonly number[];
	readonly bytes?: Uint8Array<ArrayBuffer>;
}

interface Waiter {
	readonly worker: Worker;
	resolve(found: FromCheckWorker): void;
	reject(error: Error): void;
}

/** Reads blobs and compares them with their ids in threads of its own, which start with the first range. Ends with `dispose`. */
export class CheckPool extends Disposable implements RangeChecker {
	readonly #workers: Worker[] = [];
	readonly #waiting = new Map<number, Waiter>();
	readonly #size: number;
	#sequence = 0;

	/** @param maxWorkers - each takes some 30 MiB. */
	constructor(maxWorkers = MAX_WORKERS) {
		super();
		this.#size = Math.min(maxWorkers, availableParallelism());
	}

	get width(): number {
		return this.#size * RANGES_EACH;
	}

	async check(range: RangeOfBlobs): Promise<readonly number[]> {
		const { damaged } = await this.#ask(range, false);
		return damaged;
	}

	async read(range: RangeOfBlobs): Promise<BlobsOfRange> {
		const { bytes = new Uint8Array(0), damaged } = await this.#ask(range, true);
		return { bytes, damaged };
	}

	#ask(range: RangeOfBlobs, wantsBlobs: boolean): Promise<FromCheckWorker> {
		const sequence = this.#sequence++;
		const worker = (this.#workers[sequence % this.#size] ??= this.#start());
		return new Promise((resolve, reject) => {
			this.#waiting.set(sequence, { worker, resolve, reject });
			const { buffer } = range.bytes;
			worker.postMessage({ sequence, range, wantsBlobs } satisfies ToCheckWorker, [buffer, range.places.buffer, range.ids.buffer]);
		});
	}

	#start(): Worker {
		const worker = new Worker(workerPath('checkWorker.js', 'store/checkWorker.ts'), { name: 'check' });
		this.register({ dispose: () => void worker.terminate() });
		worker.on('message', (found: FromCheckWorker) => {
			this.#waiting.get(found.sequence)?.resolve(found);
			this.#waiting.delete(found.sequence);
		});
		worker.on('error', (error) => this.#lose(worker, error instanceof Error ? error : new Error(String(error))));
		worker.on('exit', () => this.#lose(worker, new Error('A thread that checks the store ended.')));
		return worker;
	}

	#lose(worker: Worker, error: Error): void {
		for (const [sequence, waiter] of [...this.#waiting]) {
			if (waiter.worker === worker) {
				this.#waiting.delete(sequence);
				waiter.reject(error);
			}
		}
	}
}
