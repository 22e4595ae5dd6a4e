import type { BlobLocation } from '../blobs/blobTable.ts';
import { hashBlob } from '../blobs/blobId.ts';
import { StoreError } from '../errors.ts';
import { decompress } from './compression.ts';
import { blobFromFrame } from './storedBlob.ts';

/** Checks blobs against their ids, best in the order in which they lie: then a frame is decompressed once for all that are in it. */
export class BlobChecker {
	#frame: { pack: number; offset: number; storedBytes: number; bytes: Uint8Array | undefined } | undefined;

	/** Takes a frame that was decompressed already; undefined when that failed. Only the last one is kept. */
	useFrame({ pack, offset, storedBytes }: Readonly<BlobLocation>, bytes: Uint8Array | undefined): void {
		this.#frame = { pack, offset, storedBytes, bytes };
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
				this.#frame = { pack, offset, storedBytes, bytes: orUndefined(() => decompress(stored)) };
			}
			const frame = this.#frame.bytes;
			bytes = frame === undefined ? undefined : orUndefined(() => blobFromFrame(frame, location));
		}
		return bytes !== undefined && bytes.length === location.lengthBytes && hashBlob(bytes).equals(id) ? bytes : undefined;
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
