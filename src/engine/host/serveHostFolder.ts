import { parentPort } from 'node:worker_threads';
import { KiB } from '../../base/index.ts';
import type { HostFileError } from '../../device/index.ts';
import { toHostFileError } from './hostErrors.ts';
import type { HostFolder, HostFolderSink, HostFolderSource } from './hostFolder.ts';
import type { FromHostWorker, HostFailure, HostPortion, HostQuestion, HostStep, ToHostWorker } from './protocol.ts';

/** What one answer to a read carries at most. */
const PORTION_BYTES = 256 * KiB;

/** Turns what this kind of folder throws into what the device room distinguishes. */
type Translate = (error: unknown) => HostFileError;

/** A kind of folder, opened in its worker. */
export interface ServedFolder {
	readonly folder: HostFolder;
	/** Answers what only this kind of folder knows; see WorkerHost.askOwn. */
	answerOwn(question: unknown): unknown;
}

/**
 * The worker's half of WorkerHost: carries out, one after the other, what comes over the worker's port. To be called once, by the worker's own
 * file. When the folder cannot be opened, everything is answered with that failure.
 */
export function serveHostFolder(open: () => ServedFolder | Promise<ServedFolder>, translate: Translate = toHostFileError): void {
	const port = parentPort;
	if (port === null) {
		throw new Error('This code serves a worker thread.');
	}
	const opened = Promise.resolve()
		.then(open)
		.then((served) => new HostFolderService(served, translate));
	// Order matters: an operation sees the effect of all before it, also where one of them waits.
	let previous: Promise<void> = opened.then(
		() => undefined,
		() => undefined,
	);
	port.on('message', (message: ToHostWorker) => {
		previous = previous.then(async () => {
			const { reply, transferred } = await handle(opened, message, translate);
			port.postMessage(reply, transferred);
		});
	});
}

async function handle(
	opened: Promise<HostFolderService>,
	message: ToHostWorker,
	translate: Translate,
): Promise<{ reply: FromHostWorker; transferred: ArrayBuffer[] }> {
	const { sequence } = message;
	const bytes = 'steps' in message ? message.bytes : undefined;
	try {
		const service = await opened;
		if ('steps' in message) {
			return {
				reply: { sequence, failure: service.run(message.steps, bytes), bytes },
				transferred: bytes === undefined ? [] : [bytes.buffer],
			};
		}
		const { question } = message;
		const value = await service.answer(question);
		const isPortion = question.ask === 'open' || question.ask === 'more';
		return { reply: { sequence, value }, transferred: isPortion ? [(value as HostPortion).bytes.buffer] : [] };
	} catch (error) {
		return { reply: { sequence, failure: failureFrom(error, translate) }, transferred: [] };
	}
}

function failureFrom(error: unknown, translate: Translate): HostFailure {
	const { code, message, details } = translate(error);
	return { code, message, details };
}

class HostFolderService {
	readonly #folder: HostFolder;
	readonly #answerOwn: (question: unknown) => unknown;
	readonly #sources = new Map<number, HostFolderSource>();
	/** The file that is being written. After a failure its remaining data is dropped until the next file begins. */
	#sink: HostFolderSink | undefined;
	readonly #translate: Translate;
	#nextHandle = 1;

	constructor(served: ServedFolder, translate: Translate) {
		this.#translate = translate;
		this.#folder = served.folder;
		this.#answerOwn = (question) => served.answerOwn(question);
	}

	/** Carries out the steps; the first failure ends the batch's file, later steps still run. */
	run(steps: readonly HostStep[], bytes: Uint8Array | undefined): FromHostWorker['failure'] {
		let failure: FromHostWorker['failure'];
		for (const step of steps) {
			try {
				this.#step(step, bytes);
			} catch (error) {
				failure ??= failureFrom(error, this.#translate);
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
				sink?.finish(step[1]);
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

	async #portion(handle: number): Promise<HostPortion> {
		const source = this.#sources.get(handle);
		if (source === undefined) {
			throw new Error('the file is not open');
		}
		const { bytes, isLast } = await source.read(PORTION_BYTES);
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
