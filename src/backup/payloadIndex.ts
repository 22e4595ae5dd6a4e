import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbsence, unreadable } from './backupFolder.ts';
import { isFileId } from './fileId.ts';

/**
 * The file IDs that a manifest promises content for, to be compared with the hash folders one at a time.
 * Memory: 20 bytes per file, about 10 MB for 500,000.
 */
export class PayloadIndex {
	readonly #byPrefix = new Map<string, IdList>();

	/** @param fileId - checked to be 40 lower-case hex digits. */
	add(fileId: string): void {
		const prefix = fileId.slice(0, 2);
		const list = this.#byPrefix.get(prefix) ?? new IdList();
		this.#byPrefix.set(prefix, list);
		list.push(fileId);
	}

	/** The hash folders that a backup can have: `00` to `ff`. */
	static readonly prefixes: readonly string[] = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, '0'));

	/**
	 * Compares one hash folder with what is promised for it.
	 * @returns the file IDs without a regular file, and the number of files that nothing mentions.
	 * @throws BackupError `UNREADABLE`.
	 */
	async compareFolder(folder: string, prefix: string): Promise<{ missing: readonly string[]; extraFiles: number }> {
		return this.compare(prefix, await listRegularFiles(join(folder, prefix)));
	}

	/** The same with the file IDs that are present. */
	compare(prefix: string, present: ReadonlySet<string>): { missing: readonly string[]; extraFiles: number } {
		const missing: string[] = [];
		let matched = 0;
		for (const fileId of new Set(this.#byPrefix.get(prefix)?.ids() ?? [])) {
			if (present.has(fileId)) {
				matched++;
			} else {
				missing.push(fileId);
			}
		}
		return { missing, extraFiles: present.size - matched };
	}
}

/** 20 bytes per file ID in one growing array. */
class IdList {
	#bytes = Buffer.alloc(20 * 64);
	#count = 0;

	push(fileId: string): void {
		if (this.#bytes.length === this.#count * 20) {
			const grown = Buffer.alloc(this.#bytes.length * 2);
			this.#bytes.copy(grown);
			this.#bytes = grown;
		}
		this.#bytes.write(fileId, this.#count * 20, 'hex');
		this.#count++;
	}

	*ids(): Generator<string> {
		for (let index = 0; index < this.#count; index++) {
			yield this.#bytes.toString('hex', index * 20, index * 20 + 20);
		}
	}
}

/** Links and folders in the place of a file do not count: following them could lead out of the backup. */
async function listRegularFiles(folder: string): Promise<ReadonlySet<string>> {
	try {
		const entries = await readdir(folder, { withFileTypes: true });
		return new Set(entries.filter((entry) => entry.isFile() && isFileId(entry.name)).map((entry) => entry.name));
	} catch (error) {
		if (isAbsence(error)) {
			return new Set();
		}
		throw unreadable(folder, error);
	}
}
