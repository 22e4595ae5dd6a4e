import { open, mkdir, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { SafeNames } from '../../backup/index.ts';
import { errorText, isAbortError, throwIfAborted } from '../../base/index.ts';
import type { ExtractResult } from '../../contract/index.ts';
import { EngineError } from '../errors.ts';

/** Skipped things that are named; all are counted. */
const MAX_SKIPPED = 100;

/** Names that are tried beside one that is there already. */
const MAX_TRIES = 1000;

/** The folder that things are copied to. Names are made safe, and nothing that lies there is ever written over. */
export class ExtractTarget {
	readonly #folder: string;
	readonly #names = new SafeNames();
	readonly #made = new Set<string>();
	readonly #onProgress: (files: number, bytes: number) => void;
	readonly #skipped: { place: string; why: string }[] = [];
	#skippedCount = 0;
	#files = 0;
	#bytes = 0;

	constructor(folder: string, onProgress: (files: number, bytes: number) => void) {
		this.#folder = folder;
		this.#onProgress = onProgress;
	}

	/**
	 * Writes one file. What fails of the content is noted, and the others are written; what fails of the folder ends everything.
	 * @param place - where it goes, as the phone names it.
	 * @param modifiedAt - the time that the file gets.
	 * @throws EngineError `FOLDER_UNUSABLE`, `HOST_FULL`. AbortError.
	 */
	async write(
		place: readonly string[],
		content: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
		modifiedAt?: Date,
		signal?: AbortSignal,
	): Promise<boolean> {
		throwIfAborted(signal);
		const { file, path } = await this.#create(this.#names.filePath(place));
		let isWhole = false;
		let bytes = 0;
		try {
			for await (const portion of content) {
				const data = typeof portion === 'string' ? Buffer.from(portion) : portion;
				await file.write(data).catch((error: unknown) => {
					throw folderError(this.#folder, error);
				});
				bytes += data.length;
			}
			isWhole = true;
		} catch (error) {
			if (isAbortError(error) || EngineError.is(error, 'FOLDER_UNUSABLE', 'HOST_FULL')) {
				throw error;
			}
			this.skip(place.join('/'), errorText(error));
		} finally {
			await file.close();
			if (!isWhole) {
				await rm(path, { force: true });
			}
		}
		if (isWhole) {
			if (modifiedAt !== undefined && modifiedAt.getTime() > 0) {
				// A file system that cannot hold this time keeps today's: the content is what matters.
				await utimes(path, modifiedAt, modifiedAt).catch(() => undefined);
			}
			this.#files++;
			this.#bytes += bytes;
			this.#onProgress(this.#files, this.#bytes);
		}
		return isWhole;
	}

	/** Makes an empty folder of the phone's one too. */
	async folder(place: readonly string[]): Promise<void> {
		await this.#makeFolder(this.#names.folderPath(place));
	}

	skip(place: string, why: string): void {
		this.#skippedCount++;
		if (this.#skipped.length < MAX_SKIPPED) {
			this.#skipped.push({ place, why });
		}
	}

	result(itemCount: number): ExtractResult {
		return {
			to: this.#folder,
			fileCount: this.#files,
			sizeBytes: this.#bytes,
			itemCount,
			skipped: this.#skipped,
			skippedCount: this.#skippedCount,
		};
	}

	async #create(relative: string) {
		const slash = relative.lastIndexOf('/');
		await this.#makeFolder(slash < 0 ? '' : relative.slice(0, slash));
		const dot = relative.lastIndexOf('.');
		const [stem, extension] = dot > slash + 1 ? [relative.slice(0, dot), relative.slice(dot)] : [relative, ''];
		for (let attempt = 1; ; attempt++) {
			const path = join(this.#folder, attempt === 1 ? relative : `${stem} (${attempt})${extension}`);
			try {
				// `wx` follows no link and writes over nothing.
				return { file: await open(path, 'wx', 0o600), path };
			} catch (error) {
				if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt >= MAX_TRIES) {
					throw folderError(this.#folder, error);
				}
			}
		}
	}

	async #makeFolder(relative: string): Promise<void> {
		if (!this.#made.has(relative)) {
			try {
				await mkdir(join(this.#folder, relative), { recursive: true, mode: 0o700 });
			} catch (error) {
				throw folderError(this.#folder, error);
			}
			this.#made.add(relative);
		}
	}
}

function folderError(folder: string, cause: unknown): EngineError {
	const code = (cause as NodeJS.ErrnoException).code === 'ENOSPC' ? 'HOST_FULL' : 'FOLDER_UNUSABLE';
	return new EngineError(code, `The folder ${folder} cannot be written: ${errorText(cause)}`, { cause, details: { folder } });
}
