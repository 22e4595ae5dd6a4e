import * as crypto from 'node:crypto';
import { errorText } from '../../base/index.ts';
import { layout } from '../layout.ts';
import type { PackId } from '../packs/packFormat.ts';
import { PackWriter } from '../packs/packWriter.ts';
import type { StorageKey } from '../storage/storage.ts';
import type { StoreParts } from '../store.ts';

/** A name for a staging area of upkeep. Its lease has to name it, so that nobody clears it away. */
export function upkeepJobId(): string {
	return `upkeep-${crypto.randomBytes(8).toString('hex')}`;
}

/**
 * Writes blobs that are in the store already into packs of their own. What a crash leaves belongs to no device, and the next prune clears it
 * away: until `publish` has resolved, nothing that was there before may go.
 */
export class Rewriter {
	readonly #parts: StoreParts;
	readonly #folder: StorageKey;
	#writer: PackWriter | undefined;

	constructor(parts: StoreParts, jobId: string) {
		this.#parts = parts;
		this.#folder = `${layout.staging}/${jobId}`;
	}

	/** @param bytes - as they were checked. */
	store(bytes: Uint8Array): void {
		this.#writer ??= new PackWriter(this.#parts.storage, this.#folder, () => false);
		this.#writer.store(bytes);
	}

	/** Makes durable packs of what was stored. */
	async publish(): Promise<PackId[]> {
		const { storage } = this.#parts;
		const published: PackId[] = [];
		for (const { part, packId } of this.#writer?.finish() ?? []) {
			await storage.publish(part, layout.pack(packId));
			published.push(packId);
		}
		await storage.deleteFolder(this.#folder);
		return published;
	}

	/** Gives up what was not published. */
	async discard(): Promise<void> {
		try {
			this.#writer?.close();
			await this.#parts.storage.deleteFolder(this.#folder);
		} catch (error) {
			// What failed before is told; the next prune clears this away.
			this.#parts.log.debug(`What was being written anew could not be removed: ${errorText(error)}`);
		}
	}
}
