import { parentPort } from 'node:worker_threads';
import { KiB } from '../../base/index.ts';
import { toHostFileError } from './hostErrors.ts';
import type { HostFolder, HostFolderSink, HostFolderSource } from './hostFolder.ts';
import type { FromHostWorker, HostPortion, HostQuestion, HostStep, ToHostWorker } from './protocol.ts';

/** What one answer to a read carries at most. */
const PORTION_BYTES = 256 * KiB;

/**
 * The worker's half of WorkerHost: carries out, in order, what comes over the worker's port. To be called once, by the worker's own file.
 *
 * @param answerOwn - answers what only this kind of folder knows; see WorkerHost.askOwn.
 */
export function serveHostFolder(folder: HostFolder, answerOwn: (question: unknown) => unknown): void {
	const port = parentPort;
	if (port === null) {
		throw new Error('This code serves a worker thread.');
	}
	const service = new HostFolderService(folder, answerOwn);
	port.on('message', (message: ToHostWorker) => {
		if ('steps' in message) {
			const { sequence, steps, bytes } = message;
			const failure = service.run(steps, bytes);
			port.postMessage({ sequence, failure, bytes } satisfies FromHostWorker, bytes === undefined ? [] : [bytes.buffer]);
			return;
		}
		const { sequence, question } = message;
		try {
			const value = service.answer(question);
			const transferred = question.ask === 'open' || question.ask === 'more' ? [(value as HostPortion).bytes.buffer] : [];
			port.postMessage({ sequence, value } satisfies FromHostWorker, transferred);
		} catch (error) {
			const { code, message: text } = toHostFileError(error);
			port.postMessage({ sequence, failure: { code, message: text } } satisfies FromHostWorker);
		}
	});
}

class HostFolderService {
	readonly #folder: HostFolder;
	readonly #answerOwn: (question: unknown) => unknown;
	readonly #sources = new Map<number, HostFolderSource>();
	/** The file that is being written. After a failure its remaining data is dropped until the next file begins. */
	#sink: HostFolderSink | undefined;
	#nextHandle = 1;

	constructor(folder: HostFolder, answerOwn: (question: unknown) => unknown) {
		this.#folder = folder;
		this.#answerOwn = answerOwn;
	}

	/** Carries out the steps; the first failure ends the batch's file, later steps still run. */
	run(steps: readonly HostStep[], bytes: Uint8Array | undefined): FromHostWorker['failure'] {
		let failure: FromHostWorker['failure'];
		for (const step of steps) {
			try {
				this.#step(step, bytes);
			} catch (error) {
				const { code, message } = toHostFileError(error);
				failure ??= { code, message };
				this.#drop();
			}
		}
		return failure;
	}

	answer(question: HostQuestion): unknown {
		switch (question.ask) {
			case 'list':
				return this.#folder.list(question.folder);
			case 'open': {
				const handle = this.#nextHandle++;
				this.#sources.set(handle, this.#folder.open(question.file));
				return this.#portion(handle);
			}
			case 'more':
				return this.#portion(question.handle);
			case 'close':
				this.#closeSource(question.handle);
				return undefined;
			case 'own':
				return this.#answerOwn(question.question);
		}
	}

	#step(step: HostStep, bytes: Uint8Array | undefined): void {
		switch (step[0]) {
			case 'begin':
				this.#drop();
				this.#sink = this.#folder.create(step[1]);
				return;
			case 'data':
				if (bytes !== undefined) {
					this.#sink?.write(bytes.subarray(step[1], step[2]));
				}
				return;
			case 'finish': {
				const sink = this.#sink;
				this.#sink = undefined;
				sink?.finish();
				return;
			}
			case 'abandon':
				this.#drop();
				return;
			case 'folder':
				this.#folder.createDirectory(step[1]);
				return;
			case 'move':
				this.#folder.move(step[1], step[2]);
				return;
			case 'remove':
				this.#folder.remove(step[1]);
				return;
			case 'copy':
				this.#folder.copy(step[1], step[2]);
		}
	}

	#drop(): void {
		const sink = this.#sink;
		this.#sink = undefined;
		sink?.abandon();
	}

	#portion(handle: number): HostPortion {
		const source = this.#sources.get(handle);
		if (source === undefined) {
			throw new Error('the file is not open');
		}
		const { bytes, isLast } = source.read(PORTION_BYTES);
		if (isLast) {
			this.#closeSource(handle);
		}
		return { handle, bytes, isLast };
	}

	#closeSource(handle: number): void {
		const source = this.#sources.get(handle);
		if (this.#sources.delete(handle)) {
			source?.close();
		}
	}
}
