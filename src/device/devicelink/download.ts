import { throwIfAborted } from '../../base/index.ts';
import type { Connection } from '../transport/connection.ts';
import {
	BLOCK_DATA,
	BLOCK_FILE_COMPLETE,
	BLOCK_HOST_ERROR,
	encodeBlockHeader,
	encodePathRecord,
	END_OF_FILES,
	HOST_BLOCK_BYTES,
} from './frame.ts';
import { resolveDevicePath, type DeviceLinkHost, type HostFileError, type HostFileReader } from './host.ts';
import { failureStatus, multiStatus, STATUS_OK, type StatusAnswer } from './messages.ts';
import { asHostFailure } from './upload.ts';

/** What a download needs beside the connection. */
export interface DownloadContext {
	readonly host: DeviceLinkHost;
	readonly roots: readonly string[];
	readonly signal: AbortSignal | undefined;
	readonly onBytes: (count: number) => void;
	onFile(): void;
	/** The host could not read a file; the device is told and decides. */
	onHostFileError(path: string, error: HostFileError): void;
}

/**
 * Sends the raw part of `DLMessageDownloadFiles`: for each path `u32 length | path`, blocks of HOST_BLOCK_BYTES, and a closing block; `u32 0`
 * ends the list, also an empty one. A file that cannot be read gets an error block, and the rest goes on.
 *
 * @returns the status to answer with.
 * @throws DeviceError - the link was lost, or a path unsafe (nothing was sent then).
 */
export async function sendFiles(connection: Connection, paths: readonly string[], context: DownloadContext): Promise<StatusAnswer> {
	const resolved = paths.map((path) => ({ path, hostPath: resolveDevicePath(path, context.roots) }));
	const failures = new Map<string, { code: number; text: string }>();
	for (const { path, hostPath } of resolved) {
		const failure = await sendFile(connection, path, () => context.host.openRead(hostPath), context);
		if (failure !== undefined) {
			failures.set(path, failureStatus(failure));
			context.onHostFileError(path, failure);
		}
		context.onFile();
	}
	throwIfAborted(context.signal);
	await connection.write(END_OF_FILES);
	return failures.size === 0 ? STATUS_OK : multiStatus(failures);
}

/**
 * The path goes out with the first block, so that a small file is one write. A failure to read is told by an error block, in the middle of a
 * file as well as in the place of one, and returned.
 */
async function sendFile(
	connection: Connection,
	path: string,
	open: () => Promise<HostFileReader>,
	{ signal, onBytes }: DownloadContext,
): Promise<HostFileError | undefined> {
	let unsent = [encodePathRecord(path)];
	const send = async (...parts: Uint8Array[]): Promise<void> => {
		const prefix = unsent;
		unsent = [];
		// Right before the write, which an abort from here on interrupts.
		throwIfAborted(signal);
		await connection.write(...prefix, ...parts);
	};
	let reader: HostFileReader | undefined;
	let failure: HostFileError | undefined;
	const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
		try {
			return await work();
		} catch (error) {
			failure = asHostFailure(error);
			return undefined;
		}
	};
	try {
		reader = await attempt(open);
		const source = reader;
		let block = source && (await attempt(() => source.read(HOST_BLOCK_BYTES)));
		while (source !== undefined && block !== undefined && block.length > 0) {
			const next = block.length < HOST_BLOCK_BYTES ? undefined : await attempt(() => source.read(HOST_BLOCK_BYTES));
			onBytes(block.length);
			if (next === undefined && failure === undefined) {
				await send(encodeBlockHeader(BLOCK_DATA, block.length), block, encodeBlockHeader(BLOCK_FILE_COMPLETE, 0));
				return undefined;
			}
			await send(encodeBlockHeader(BLOCK_DATA, block.length), block);
			block = next;
		}
		if (failure === undefined) {
			await send(encodeBlockHeader(BLOCK_FILE_COMPLETE, 0));
		} else {
			const text = new TextEncoder().encode(failureStatus(failure).text);
			await send(encodeBlockHeader(BLOCK_HOST_ERROR, text.length), text);
		}
		return failure;
	} finally {
		await reader?.close();
	}
}
