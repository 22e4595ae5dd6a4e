import * as fs from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { KiB } from '../../base/index.ts';
import { OverlayFolder, toHostFileError } from './overlay.ts';
import type { FolderPortion, FolderQuestion, FolderStep, FolderWorkerData, FromFolderWorker, ToFolderWorker } from './workerProtocol.ts';

/** What one answer to a read carries at most. */
const PORTION_BYTES = 256 * KiB;

/** The file that is being written. After a failure its remaining data is dropped until the next file begins. */
interface OpenFile {
	readonly place: string;
	readonly descriptor: number;
}

class FolderWorker {
	readonly #overlay: OverlayFolder;
	readonly #reads = new Map<number, { descriptor: number; position: number }>();
	#writing: OpenFile | undefined;
	#nextHandle = 1;

	constructor({ base, tree }: FolderWorkerData) {
		this.#overlay = new OverlayFolder(base, tree);
	}

	/** Carries out the steps; the first failure ends the batch's file, later steps still run. */
	run(steps: readonly FolderStep[], bytes: Uint8Array | undefined): FromFolderWorker['failure'] {
		let failure: FromFolderWorker['failure'];
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

	answer(question: FolderQuestion): FromFolderWorker['value'] {
		switch (question.ask) {
			case 'list':
				return this.#overlay.list(question.folder);
			case 'open': {
				const descriptor = fs.openSync(
					this.#overlay.placeForReading(question.file),
					fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0),
				);
				const handle = this.#nextHandle++;
				this.#reads.set(handle, { descriptor, position: 0 });
				return this.#portion(handle);
			}
			case 'more':
				return this.#portion(question.handle);
			case 'close':
				this.#closeRead(question.handle);
				return undefined;
			case 'removed':
				return this.#overlay.removedFromBase;
		}
	}

	#step(step: FolderStep, bytes: Uint8Array | undefined): void {
		switch (step[0]) {
			case 'begin': {
				this.#drop();
				const place = this.#overlay.placeForWriting(step[1]);
				this.#writing = { place, descriptor: fs.openSync(place, 'w', 0o600) };
				return;
			}
			case 'data':
				if (this.#writing !== undefined && bytes !== undefined) {
					writeFully(this.#writing.descriptor, bytes.subarray(step[1], step[2]));
				}
				return;
			case 'finish': {
				const file = this.#writing;
				this.#writing = undefined;
				if (file !== undefined) {
					fs.closeSync(file.descriptor);
				}
				return;
			}
			case 'abandon':
				this.#drop();
				return;
			case 'folder':
				return this.#overlay.createDirectory(step[1]);
			case 'move':
				return this.#overlay.move(step[1], step[2]);
			case 'remove':
				return this.#overlay.remove(step[1]);
			case 'copy':
				return this.#overlay.copy(step[1], step[2]);
		}
	}

	#drop(): void {
		const file = this.#writing;
		this.#writing = undefined;
		if (file !== undefined) {
			fs.closeSync(file.descriptor);
			fs.rmSync(file.place, { force: true });
		}
	}

	#portion(handle: number): FolderPortion {
		const open = this.#reads.get(handle);
		if (open === undefined) {
			throw new Error('the file is not open');
		}
		const { size } = fs.fstatSync(open.descriptor);
		const remaining = Math.max(0, size - open.position);
		const bytes = new Uint8Array(Math.min(PORTION_BYTES, remaining));
		const count = fs.readSync(open.descriptor, bytes, 0, bytes.length, open.position);
		open.position += count;
		const isLast = count === 0 || open.position >= size;
		if (isLast) {
			this.#closeRead(handle);
		}
		return { handle, bytes: bytes.subarray(0, count), isLast };
	}

	#closeRead(handle: number): void {
		const open = this.#reads.get(handle);
		if (this.#reads.delete(handle) && open !== undefined) {
			fs.closeSync(open.descriptor);
		}
	}
}

function isPortion(value: FromFolderWorker['value']): value is FolderPortion {
	return value !== undefined && 'bytes' in value;
}

/** A disk that fills up takes a part and says so only at the next call. */
function writeFully(descriptor: number, bytes: Uint8Array): void {
	for (let offset = 0; offset < bytes.length;) {
		offset += fs.writeSync(descriptor, bytes, offset, bytes.length - offset);
	}
}

const port = parentPort;
if (port !== null) {
	const worker = new FolderWorker(workerData as FolderWorkerData);
	port.on('message', (message: ToFolderWorker) => {
		if ('steps' in message) {
			const { sequence, steps, bytes } = message;
			const failure = worker.run(steps, bytes);
			port.postMessage({ sequence, failure, bytes } satisfies FromFolderWorker, bytes === undefined ? [] : [bytes.buffer]);
			return;
		}
		const { sequence, question } = message;
		try {
			const value = worker.answer(question);
			port.postMessage({ sequence, value } satisfies FromFolderWorker, isPortion(value) ? [value.bytes.buffer] : []);
		} catch (error) {
			const { code, message: text } = toHostFileError(error);
			port.postMessage({ sequence, failure: { code, message: text } } satisfies FromFolderWorker);
		}
	});
}
