import * as fs from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { MiB } from '../../base/index.ts';
import {
	HostFileError,
	type DeviceLinkHost,
	type DevicePath,
	type HostDirectoryEntry,
	type HostFileReader,
	type HostFileWriter,
} from '../../device/index.ts';
import { toHostFileError } from './hostErrors.ts';
import type { HostFolderSink } from './hostFolder.ts';
import type { FromHostWorker, HostPortion, HostQuestion, HostStep, ToHostWorker } from './protocol.ts';

/** Bytes that travel to the worker in one message: some hundreds of small files, or a part of a large one. Waking the worker costs about 0.1 ms. */
const BATCH_BYTES = 1 * MiB;

/** Steps in one message when they carry few bytes, such as moves. */
const BATCH_STEPS = 1000;

/** What may be on its way to the disk before the connection to the device has to wait. */
const MAX_PENDING_BYTES = 8 * MiB;

/**
 * The folder of one backup, served by a worker thread, as DeviceLink's file interface. The disk work is done in a worker thread, in order, so that receiving and
 * decrypting go on meanwhile; at most MAX_PENDING_BYTES wait in between.
 */
export class WorkerHost implements DeviceLinkHost {
	readonly #root: string;
	readonly #worker: Worker;
	readonly #waiting = new Map<number, (answer: FromHostWorker) => void>();
	readonly #spareBuffers: Uint8Array<ArrayBuffer>[] = [];
	#sequence = 0;
	#steps: HostStep[] = [];
	#bytes: Uint8Array<ArrayBuffer> | undefined;
	#filled = 0;
	#pendingBytes = 0;
	#roomWaiter: (() => void) | undefined;
	#failure: HostFileError | undefined;
	#firstFailure: HostFileError | undefined;
	#ended: Error | undefined;

	/**
	 * @param root - the volume whose free space counts.
	 * @param workerFile - the code of the worker; it calls `serveHostFolder`.
	 * @param workerData - what it needs to open the folder.
	 */
	constructor(root: string, workerFile: string, workerData: object) {
		this.#root = root;
		this.#worker = new Worker(workerFile, { workerData, name: 'backup folder' });
		this.#worker.on('message', (answer: FromHostWorker) => this.#receive(answer));
		this.#worker.on('error', (error) => this.#end(error));
		this.#worker.on('exit', () => this.#end(new Error('the worker ended')));
	}

	/** The first thing that could not be written in this run. A run with one must not become a backup, whatever the device says of it. */
	get firstFailure(): HostFileError | undefined {
		return this.#firstFailure;
	}

	async freeSpaceBytes(): Promise<number> {
		const { bavail, bsize } = await fs.statfs(this.#root);
		return Math.max(0, bavail * bsize - this.#pendingBytes);
	}

	async list(path: DevicePath): Promise<readonly HostDirectoryEntry[]> {
		return (await this.#ask({ ask: 'list', folder: below(path) })) as readonly HostDirectoryEntry[];
	}

	createDirectory(path: DevicePath): Promise<void> {
		this.#add(['folder', below(path)]);
		return this.settle();
	}

	move(from: DevicePath, to: DevicePath): Promise<void> {
		this.#add(['move', below(from), below(to)]);
		return Promise.resolve();
	}

	remove(path: DevicePath): Promise<void> {
		this.#add(['remove', below(path)]);
		return Promise.resolve();
	}

	copy(from: DevicePath, to: DevicePath): Promise<void> {
		this.#add(['copy', below(from), below(to)]);
		return Promise.resolve();
	}

	async openRead(path: DevicePath): Promise<HostFileReader> {
		const first = (await this.#ask({ ask: 'open', file: below(path) })) as HostPortion;
		return new PortionReader(first, (question) => this.#ask(question) as Promise<HostPortion>);
	}

	openWrite(path: DevicePath): HostFileWriter & Pick<HostFolderSink, 'finish'> {
		this.#add(['begin', below(path)]);
		return {
			write: (chunk) => this.#addBytes(chunk),
			finish: (modifiedAtMs?: number) => this.#add(modifiedAtMs === undefined ? ['finish'] : ['finish', modifiedAtMs]),
			abandon: () => this.#add(['abandon']),
		};
	}

	async settle(): Promise<void> {
		await this.#post();
		const failure = this.#failure;
		this.#failure = undefined;
		if (failure !== undefined) {
			throw failure;
		}
	}

	/** Asks what only this kind of folder knows, after all that was asked for so far is done. */
	askOwn(question: unknown): Promise<unknown> {
		return this.#ask({ ask: 'own', question });
	}

	/** Ends the worker; what was not settled is lost. */
	async dispose(): Promise<void> {
		await this.#worker.terminate();
	}

	#add(step: HostStep): undefined {
		this.#steps.push(step);
		this.#postIfFull();
	}

	#addBytes(chunk: Uint8Array): Promise<void> | undefined {
		if (this.#failure !== undefined) {
			return Promise.reject(this.#failure);
		}
		for (let taken = 0; taken < chunk.length;) {
			this.#bytes ??= this.#spareBuffers.pop() ?? new Uint8Array(BATCH_BYTES);
			const part = chunk.subarray(taken, taken + this.#bytes.length - this.#filled);
			this.#bytes.set(part, this.#filled);
			this.#addRange(this.#filled, this.#filled + part.length);
			this.#filled += part.length;
			taken += part.length;
			// Order matters: a batch may go only when its bytes and the step that names them are both in it.
			this.#postIfFull();
		}
		return this.#pendingBytes > MAX_PENDING_BYTES ? this.#room() : undefined;
	}

	/** Neighbouring ranges of one file become one write. */
	#addRange(start: number, end: number): void {
		const last = this.#steps.at(-1);
		if (last?.[0] === 'data' && last[2] === start) {
			this.#steps[this.#steps.length - 1] = ['data', last[1], end];
		} else {
			this.#steps.push(['data', start, end]);
		}
	}

	#postIfFull(): void {
		if (this.#steps.length >= BATCH_STEPS || this.#filled === BATCH_BYTES) {
			void this.#post();
		}
	}

	/** Sends what has gathered. Resolves when it, and so all before it, is done; failures are kept for `settle`. */
	#post(): Promise<void> {
		const steps = this.#steps;
		const bytes = this.#bytes;
		const size = this.#filled;
		this.#steps = [];
		this.#bytes = undefined;
		this.#filled = 0;
		this.#pendingBytes += size;
		const answered = this.#send((sequence) => ({ sequence, steps, bytes }), bytes);
		return answered.then((answer) => {
			this.#pendingBytes -= size;
			if (answer.bytes !== undefined && this.#spareBuffers.length < 4) {
				this.#spareBuffers.push(answer.bytes);
			}
			if (answer.failure !== undefined) {
				this.#failure ??= failureOf(answer);
				this.#firstFailure ??= this.#failure;
			}
			if (this.#pendingBytes <= MAX_PENDING_BYTES / 2) {
				this.#roomWaiter?.();
				this.#roomWaiter = undefined;
			}
		});
	}

	#room(): Promise<void> {
		return new Promise((resolve) => {
			this.#roomWaiter = resolve;
		});
	}

	async #ask(question: HostQuestion): Promise<unknown> {
		if (this.#steps.length > 0) {
			void this.#post();
		}
		const answer = await this.#send((sequence) => ({ sequence, question }));
		if (answer.failure !== undefined) {
			throw failureOf(answer);
		}
		return answer.value;
	}

	#send(message: (sequence: number) => ToHostWorker, bytes?: Uint8Array<ArrayBuffer>): Promise<FromHostWorker> {
		const sequence = ++this.#sequence;
		return new Promise((resolve) => {
			if (this.#ended !== undefined) {
				resolve(lostAnswer(sequence, this.#ended));
				return;
			}
			this.#waiting.set(sequence, resolve);
			this.#worker.postMessage(message(sequence), bytes === undefined ? [] : [bytes.buffer]);
		});
	}

	#receive(answer: FromHostWorker): void {
		const resolve = this.#waiting.get(answer.sequence);
		this.#waiting.delete(answer.sequence);
		resolve?.(answer);
	}

	#end(error: unknown): void {
		this.#ended ??= error instanceof Error ? error : new Error(String(error));
		for (const [sequence, resolve] of [...this.#waiting]) {
			this.#waiting.delete(sequence);
			resolve(lostAnswer(sequence, this.#ended));
		}
	}
}

/** Serves a file in blocks out of larger portions, of which the next one is fetched while one is used up. */
class PortionReader implements HostFileReader {
	readonly #ask: (question: HostQuestion) => Promise<HostPortion>;
	#portion: HostPortion;
	#next: Promise<HostPortion> | undefined;
	#position = 0;

	constructor(first: HostPortion, ask: (question: HostQuestion) => Promise<HostPortion>) {
		this.#portion = first;
		this.#ask = ask;
		this.#fetch();
	}

	async read(maxBytes: number): Promise<Uint8Array | undefined> {
		if (this.#position === this.#portion.bytes.length && this.#next !== undefined) {
			this.#portion = await this.#next;
			this.#position = 0;
			this.#fetch();
		}
		const block = this.#portion.bytes.subarray(this.#position, this.#position + maxBytes);
		this.#position += block.length;
		return block.length === 0 ? undefined : block;
	}

	async close(): Promise<void> {
		const { handle, isLast } = this.#portion;
		if (!isLast) {
			await this.#next?.catch(() => {
				// What is being closed need not be read any more.
			});
			await this.#ask({ ask: 'close', handle });
		}
	}

	#fetch(): void {
		this.#next = this.#portion.isLast ? undefined : this.#ask({ ask: 'more', handle: this.#portion.handle });
		this.#next?.catch(() => {
			// It is reported by the read that needs it.
		});
	}
}

/** The device names the backup's folder first; below it everything is relative to that. */
function below(path: DevicePath): string {
	const slash = path.indexOf('/');
	return slash < 0 ? '' : path.slice(slash + 1);
}

function failureOf(answer: FromHostWorker): HostFileError {
	const { code, message, details } = answer.failure ?? { code: 'OTHER', message: 'The disk work failed.', details: {} };
	return new HostFileError(code, message, { details });
}

function lostAnswer(sequence: number, error: Error): FromHostWorker {
	return { sequence, failure: { code: toHostFileError(error).code, message: `The disk work ended: ${error.message}`, details: {} } };
}
