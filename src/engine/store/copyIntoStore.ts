import type { Dirent } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { KiB, throwIfAborted } from '../../base/index.ts';
import { resolveDevicePath } from '../../device/index.ts';
import type { JobRun } from '../jobs/progress.ts';
import type { StoreRun } from './storeRun.ts';

/** Small files that are read before it is their turn: what takes time is opening them. */
const AHEAD = 16;

/** Larger ones are read in portions of this size. */
const PORTION_BYTES = 256 * KiB;

/** Copies a backup's folder into a snapshot that is being made. The folder is only read. */
export async function copyIntoStore(target: StoreRun, folder: string, udid: string, run: JobRun): Promise<void> {
	let transferredBytes = 0;
	let transferredFiles = 0;
	const copyFile = async (name: string, bytes: Uint8Array | undefined): Promise<void> => {
		const writer = target.host.openWrite(resolveDevicePath(`${udid}/${name}`, [udid]));
		for await (const portion of bytes === undefined ? portionsOf(path.join(folder, name)) : [bytes]) {
			throwIfAborted(run.signal);
			await writer.write(portion);
			transferredBytes += portion.length;
		}
		await writer.finish();
		transferredFiles++;
	};
	const copyFolder = async (relative: string, share: readonly [from: number, to: number]): Promise<void> => {
		const below = (entry: Dirent): string => (relative === '' ? entry.name : `${relative}/${entry.name}`);
		const entries = await fs.readdir(path.join(folder, relative), { withFileTypes: true });
		const files = entries.filter((entry) => entry.isFile()).map(below);
		for await (const [name, bytes] of readAhead(folder, files)) {
			throwIfAborted(run.signal);
			await copyFile(name, bytes);
			run.onProgress?.({ phase: 'transferring', percent: share[0], transferredBytes, transferredFiles });
		}
		if (entries.length === 0 && relative !== '') {
			await target.host.createDirectory(resolveDevicePath(`${udid}/${relative}`, [udid]));
		}
		const folders = entries.filter((entry) => entry.isDirectory()).map(below);
		const percentAt = (index: number): number => share[0] + ((share[1] - share[0]) * index) / folders.length;
		for (const [index, name] of folders.entries()) {
			await copyFolder(name, [percentAt(index), percentAt(index + 1)]);
		}
	};
	// Content is spread evenly over the folders of a backup, so that their number tells how far it is.
	await copyFolder('', [0, 100]);
	await target.host.settle();
}

/** The files in order, small ones with their bytes. */
async function* readAhead(folder: string, names: readonly string[]): AsyncGenerator<[name: string, bytes: Uint8Array | undefined]> {
	const reading: Promise<[string, Uint8Array | undefined]>[] = [];
	for (const name of names) {
		const read = readIfSmall(path.join(folder, name)).then((bytes): [string, Uint8Array | undefined] => [name, bytes]);
		// Whoever awaits it sees the failure; nobody does once an earlier one has failed.
		read.catch(() => undefined);
		reading.push(read);
		if (reading.length === AHEAD) {
			yield await (reading.shift() as Promise<[string, Uint8Array | undefined]>);
		}
	}
	for (const read of reading) {
		yield await read;
	}
}

async function readIfSmall(file: string): Promise<Uint8Array | undefined> {
	const { size } = await fs.lstat(file);
	return size <= PORTION_BYTES ? fs.readFile(file) : undefined;
}

async function* portionsOf(file: string): AsyncGenerator<Uint8Array> {
	const handle = await fs.open(file, 'r');
	try {
		const buffer = new Uint8Array(PORTION_BYTES);
		for (;;) {
			const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
			if (bytesRead === 0) {
				return;
			}
			yield buffer.subarray(0, bytesRead);
		}
	} finally {
		await handle.close();
	}
}
