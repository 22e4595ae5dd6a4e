import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { AbortError, abortErrorOf, Disposable, throwIfAborted, toDisposable } from '../../base/index.ts';
import { EngineError, type EngineErrorCode } from '../errors.ts';
import { workerPath } from '../workerPath.ts';
import type { ContentsService, ItemOrder } from './contentsService.ts';
import type { ContentsMethod, FromContentsWorker, ToContentsWorker, WorkerFailure } from './protocol.ts';

/** How long the worker may take to end by itself. */
const END_LIMIT_MS = 5000;

/**
 * Reading a manifest makes much that is of use for a moment only, and left alone the engine keeps a hundred megabytes of room for it.
 * Measured with 500,000 rows: 250 MiB instead of 360 MiB, and no slower.
 */
const maxYoungGenerationSizeMb = 12;

type OrderOf<Method extends ContentsMethod> = Parameters<ContentsService[Method]>[0];
type ResultOf<Method extends ContentsMethod> = Awaited<ReturnType<ContentsService[Method]>>;

interface Waiting {
	readonly onAnswer: (answer: FromContentsWorker) => void;
	readonly onEnd: (error: Error) => void;
}

/**
 * The worker that reads backups: started by the first question, and kept, with what it has open, until this is disposed. Its decrypted copies
 * lie in a private folder that goes with it.
 */
export class ContentsWorkerHost extends Disposable {
	#worker: Worker | undefined;
	#sequence = 0;
	readonly #waiting = new Map<number, Waiting>();

	constructor() {
		super();
		this.register(toDisposable(() => this.#end()));
	}

	/** Asks for one thing. @throws EngineError, AbortError. */
	async ask<Method extends ContentsMethod>(
		method: Method,
		order: OrderOf<Method>,
		options: { readonly signal?: AbortSignal | undefined; readonly onProgress?: (files: number, bytes: number) => void } = {},
	): Promise<ResultOf<Method>> {
		const { signal, onProgress } = options;
		throwIfAborted(signal);
		const id = ++this.#sequence;
		return new Promise<ResultOf<Method>>((resolve, reject) => {
			const onAbort = (): void => {
				this.#cancel(id);
				// The worker may be in the middle of something; nobody waits for it.
				finish();
				reject(signal === undefined ? new AbortError() : abortErrorOf(signal));
			};
			const finish = (): void => {
				this.#waiting.delete(id);
				signal?.removeEventListener('abort', onAbort);
			};
			const onAnswer = (answer: FromContentsWorker): void => {
				switch (answer.tell) {
					case 'progress':
						onProgress?.(answer.files, answer.bytes);
						break;
					case 'result':
						finish();
						resolve(answer.result as ResultOf<Method>);
						break;
					case 'failure':
						finish();
						reject(errorOf(answer.failure));
						break;
					case 'portion':
						break;
				}
			};
			signal?.addEventListener('abort', onAbort, { once: true });
			this.#waiting.set(id, { onAnswer, onEnd: (error) => (finish(), reject(error)) });
			this.#post({ ask: method, id, order });
		});
	}

	/** The content of a file in portions; the worker is never more than some portions ahead. @throws EngineError, AbortError. */
	async *read(order: ItemOrder, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
		throwIfAborted(signal);
		const id = ++this.#sequence;
		const arrived: Uint8Array[] = [];
		let state: { done: boolean; error?: Error } = { done: false };
		let wake = (): void => undefined;
		const settle = (error?: Error): void => {
			state = { done: true, ...(error === undefined ? {} : { error }) };
			wake();
		};
		const onAbort = (): void => settle(signal === undefined ? new AbortError() : abortErrorOf(signal));
		signal?.addEventListener('abort', onAbort, { once: true });
		this.#waiting.set(id, {
			onEnd: settle,
			onAnswer: (answer) => {
				if (answer.tell === 'portion') {
					arrived.push(answer.bytes);
					wake();
				} else if (answer.tell !== 'progress') {
					settle(answer.tell === 'failure' ? errorOf(answer.failure) : undefined);
				}
			},
		});
		try {
			this.#post({ ask: 'read', id, order });
			for (;;) {
				const next = arrived.shift();
				if (next !== undefined && state.error === undefined) {
					this.#post({ ask: 'more', id });
					yield next;
				} else if (state.error !== undefined) {
					throw state.error;
				} else if (state.done) {
					return;
				} else {
					await new Promise<void>((resolve) => (wake = resolve));
				}
			}
		} finally {
			this.#waiting.delete(id);
			signal?.removeEventListener('abort', onAbort);
			if (!state.done || state.error !== undefined) {
				this.#cancel(id);
			}
		}
	}

	#cancel(id: number): void {
		this.#worker?.postMessage({ ask: 'cancel', id } satisfies ToContentsWorker);
	}

	#post(message: ToContentsWorker): void {
		if (this.isDisposed) {
			throw new AbortError();
		}
		this.#worker ??= this.#start();
		this.#worker.postMessage(message);
	}

	#start(): Worker {
		const tempFolder = mkdtempSync(join(tmpdir(), 'devicelab-contents-'));
		const worker = new Worker(workerPath('contentsWorker.js', 'contents/worker.ts'), {
			workerData: { tempFolder },
			name: 'backup contents',
			resourceLimits: { maxYoungGenerationSizeMb },
		});
		worker.on('message', (answer: FromContentsWorker) => this.#waiting.get(answer.id)?.onAnswer(answer));
		worker.on('error', (error) => this.#ended(worker, error));
		worker.on('exit', () => {
			rmSync(tempFolder, { recursive: true, force: true });
			this.#ended(worker, new Error('The worker ended.'));
		});
		return worker;
	}

	#ended(worker: Worker, error: Error): void {
		if (this.#worker === worker) {
			this.#worker = undefined;
		}
		for (const { onEnd } of [...this.#waiting.values()]) {
			onEnd(error);
		}
		this.#waiting.clear();
	}

	#end(): void {
		const worker = this.#worker;
		for (const { onEnd } of [...this.#waiting.values()]) {
			onEnd(new AbortError());
		}
		this.#waiting.clear();
		if (worker !== undefined) {
			worker.postMessage({ ask: 'end' } satisfies ToContentsWorker);
			const timer = setTimeout(() => void worker.terminate(), END_LIMIT_MS);
			worker.once('exit', () => clearTimeout(timer));
		}
	}
}

function errorOf({ code, message, details }: WorkerFailure): Error {
	return code === 'CANCELLED' ? new AbortError() : new EngineError(code as EngineErrorCode, message, { details: { ...details } });
}
