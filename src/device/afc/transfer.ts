import { AbortError, concatBytes, KiB, MiB } from '../../base/index.ts';
import { DeviceError } from '../errors.ts';
import type { AfcRequestOptions } from './channel.ts';
import type { AfcClient, AfcHandle } from './client.ts';
import { isAfcNotFound } from './errors.ts';
import { AFC_STATUS } from './frame.ts';

/** Unverified: blocks that all device generations take; the gain lies in having several under way. */
const blockBytes = 512 * KiB;

/** Memory per file under way is this many blocks. */
const maxBlocksUnderWay = 4;

/** What readFile takes unless told otherwise: for settings and databases, not for videos. */
const defaultMaxBytes = 64 * MiB;

/**
 * A file's content in order, in blocks of up to 512 KiB, read ahead. The file is closed when the iteration ends, however it does.
 * Throws as AfcClient does.
 */
export async function* readBlocks(
	client: AfcClient,
	path: string,
	options: AfcRequestOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
	const handle = await client.open(path, 'read', options);
	const underWay: Promise<Uint8Array>[] = [];
	// Two at first, since most files end after one block and the next read says so; more once the file proves long.
	let limit = 2;
	try {
		for (;;) {
			while (underWay.length < limit) {
				underWay.push(heldBack(client.read(handle, blockBytes, options)));
			}
			const block = await (underWay.shift() as Promise<Uint8Array>);
			if (block.length === 0) {
				return;
			}
			yield block;
			limit = Math.min(limit + 1, maxBlocksUnderWay);
		}
	} finally {
		await Promise.allSettled(underWay);
		await closeAnyhow(client, handle, options);
	}
}

/**
 * A whole small file.
 * @throws DeviceError `AFC_ERROR` with status TOO_MUCH_DATA - it is longer than `maxBytes` (64 MiB unless given); at most one block more was read.
 */
export async function readFile(
	client: AfcClient,
	path: string,
	options: AfcRequestOptions & { readonly maxBytes?: number } = {},
): Promise<Uint8Array> {
	const maxBytes = options.maxBytes ?? defaultMaxBytes;
	const blocks: Uint8Array[] = [];
	let sizeBytes = 0;
	for await (const block of readBlocks(client, path, options)) {
		sizeBytes += block.length;
		if (sizeBytes > maxBytes) {
			throw new DeviceError('AFC_ERROR', `A file on the device is longer than ${maxBytes} bytes: ${path}.`, {
				details: { status: AFC_STATUS.TOO_MUCH_DATA, operation: 'read', path, maxBytes },
			});
		}
		blocks.push(block);
	}
	return concatBytes(blocks);
}

/** As readFile; undefined when there is no such file. */
export async function readFileIfPresent(
	client: AfcClient,
	path: string,
	options: AfcRequestOptions & { readonly maxBytes?: number } = {},
): Promise<Uint8Array | undefined> {
	try {
		return await readFile(client, path, options);
	} catch (error) {
		if (isAfcNotFound(error)) {
			return undefined;
		}
		throw error;
	}
}

/**
 * Creates or replaces a file, several blocks under way at a time. Chunks are sent as they are and must not be reused by the source.
 * When it fails or is given up, what was written so far stays on the device.
 */
export async function writeFile(
	client: AfcClient,
	path: string,
	content: Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
	options: AfcRequestOptions = {},
): Promise<void> {
	const handle = await client.open(path, 'write', options);
	const underWay: Promise<void>[] = [];
	let isClosing = false;
	try {
		for await (const chunk of content instanceof Uint8Array ? [content] : content) {
			for (let offset = 0; offset < chunk.length; offset += blockBytes) {
				if (underWay.length >= maxBlocksUnderWay) {
					await underWay.shift();
				}
				underWay.push(heldBack(client.write(handle, chunk.subarray(offset, offset + blockBytes), options)));
			}
		}
		while (underWay.length > 0) {
			await underWay.shift();
		}
		if (options.signal?.aborted === true) {
			throw new AbortError();
		}
		isClosing = true;
		await client.closeFile(handle, options);
	} catch (error) {
		await Promise.allSettled(underWay);
		// A handle is closed once: the device may have given its number to another file since.
		if (!isClosing) {
			await closeAnyhow(client, handle, options);
		}
		throw error;
	}
}

/** A promise that is awaited later: a failure before that must not count as unhandled. */
function heldBack<T>(promise: Promise<T>): Promise<T> {
	promise.catch(() => {
		// Whoever awaits the promise gets the failure.
	});
	return promise;
}

/** Closes a handle through which nothing more is to be written. A caller who gave up is not kept waiting for the device. */
async function closeAnyhow(client: AfcClient, handle: AfcHandle, options: AfcRequestOptions): Promise<void> {
	const closing = client.closeFile(handle).catch(() => {
		// The handle goes with the connection; if something failed before, that is the failure to tell.
	});
	if (options.signal?.aborted !== true) {
		await closing;
	}
}
