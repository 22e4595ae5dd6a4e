import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbsence, unreadable } from './backupFolder.ts';
import { FileIdTable } from './contents/fileIdTable.ts';
import { isFileId } from './fileId.ts';

/**
 * The file IDs that a manifest promises content for, compared with what is there.
 * Memory: 30 bytes per file, about 15 MB for 500,000.
 */
export class PayloadIndex {
	readonly #promised = new FileIdTable();
	#present = new Uint8Array(0);
	#extraFiles = 0;

	/** @param fileId - checked to be 40 lower-case hex digits. */
	add(fileId: string): void {
		this.#promised.push(fileId);
	}

	/** Ends the adding; what is there can be noted from now on. */
	seal(): void {
		this.#promised.seal();
		this.#present = new Uint8Array(this.#promised.count);
	}

	/** Notes that the content of a file is there. */
	notePresent(fileId: string): void {
		const number = this.#promised.find(fileId);
		if (number === undefined) {
			this.#extraFiles++;
		} else {
			this.#present[number] = 1;
		}
	}

	/** Notes what is in one hash folder of a backup. @throws BackupError `UNREADABLE`. */
	async noteFolder(folder: string, prefix: string): Promise<void> {
		const path = join(folder, prefix);
		try {
			for (const entry of await readdir(path, { withFileTypes: true })) {
				// Links and folders in the place of a file do not count: following them could lead out of the backup.
				if (entry.isFile() && isFileId(entry.name)) {
					this.notePresent(entry.name);
				}
			}
		} catch (error) {
			if (!isAbsence(error)) {
				throw unreadable(path, error);
			}
		}
	}

	/** Files that were noted and that nothing promised. */
	get extraFiles(): number {
		return this.#extraFiles;
	}

	/** The promised files that were not noted, each once. */
	*missing(): Generator<string> {
		for (let number = 0; number < this.#promised.count; number++) {
			const fileId = this.#present[number] === 1 ? undefined : this.#promised.at(number);
			// Of two rows with one ID only the first is ever noted.
			if (fileId !== undefined && this.#promised.find(fileId) === number) {
				yield fileId;
			}
		}
	}

	/** The hash folders that a backup can have: `00` to `ff`. */
	static readonly prefixes: readonly string[] = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, '0'));
}
