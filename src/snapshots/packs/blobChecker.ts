import type { BlobLocation } from '../blobs/blobTable.ts';
import { hashBlob } from '../blobs/blobId.ts';
import { StoreError } from '../errors.ts';
import { freeMemory } from '../freeMemory.ts';
import { decompress } from './compression.ts';
import { blobFromFrame } from './storedBlob.ts';

/** Checks blobs against their ids, best in the order in which they lie: then a frame is decompressed once for all that are in it. */
export class BlobChecker {
	readonly #freesFrames: boolean;
	#frame: { pack: number; offset: number; storedBytes: number; bytes: Uint8Array | undefined } | undefined;

	/** @param options.freesFrames - what `check` returned is not used after the next call, so that its memory can be given back at once. */
	constructor({ freesFrames = false }: { readonly freesFrames?: boolean } = {}) {
		this.#freesFrames = freesFrames;
	}

	/**
	 * The blob, or undefined when it is not what its id says.
	 * @param stored - what is stored at the location.
	 */
	check(stored: Uint8Array, location: Readonly<BlobLocation>, id: Uint8Array): Uint8Array | undefined {
		let bytes: Uint8Array | undefined = stored;
		if (location.isCompressed) {
			const { pack, offset, storedBytes } = location;
			if (this.#frame?.offset !== offset || this.#frame.pack !== pack || this.#frame.storedBytes !== storedBytes) {
				this.release();
				this.#frame = { pack, offset, storedBytes, bytes: orUndefined(() => decompress(stored)) };
			}
			const frame = this.#frame.bytes;
			bytes = frame === undefined ? undefined : orUndefined(() => blobFromFrame(frame, location));
		}
		return bytes !== undefined && bytes.length === location.lengthBytes && hashBlob(bytes).equals(id) ? bytes : undefined;
	}

	/** Lets go of the last frame; what `check` returned is not used any more. */
	release(): void {
		if (this.#freesFrames && this.#frame?.bytes !== undefined) {
			freeMemory([this.#frame.bytes]);
		}
		this.#frame = undefined;
	}
}

function orUndefined<T>(work: () => T): T | undefined {
	try {
		return work();
	} catch (error) {
		if (!StoreError.is(error, 'STORE_DAMAGED')) {
			throw error;
		}
		return undefined;
	}
}
