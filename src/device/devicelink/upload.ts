import { throwIfAborted, viewOf } from '../../base/index.ts';
import { protocolViolation } from '../errors.ts';
import type { Connection, ReadOptions } from '../transport/connection.ts';
import { BLOCK_DATA, BLOCK_DEVICE_ERROR, BLOCK_FILE_COMPLETE, BLOCK_HEADER_BYTES, MAX_BLOCK_BYTES, MAX_PATH_BYTES } from './frame.ts';
import { HostFileError, resolveDevicePath, type DeviceLinkHost, type HostFileWriter } from './host.ts';

/** What an upload needs beside the connection. */
export interface UploadContext {
	readonly host: DeviceLinkHost;
	readonly roots: readonly string[];
	readonly readOptions: ReadOptions;
	readonly onBytes: (count: number) => void;
	onFile(): void;
	/** The device could not read a file of its own; it goes on without it. */
	onDeviceFileError(path: string, text: string): void;
}

const utf8 = new TextDecoder();

/** Texts of device-side file errors are a line; more is dropped. */
const MAX_ERROR_TEXT_BYTES = 4096;

/**
 * Receives the raw part of `DLMessageUploadFiles`: for each file `u32 length | device path`, `u32 length | backup path`, blocks, and a
 * closing block; `u32 0` ends the list. The device's own path is informative and never used.
 *
 * When the host cannot write, the stream is still read to its end, so that the connection stays in step, and the first failure is returned.
 * @throws DeviceError - the link was lost, the format broken, or a path unsafe; then the connection is out of step.
 */
export async function receiveFiles(connection: Connection, context: UploadContext): Promise<HostFileError | undefined> {
	const { host, roots, readOptions } = context;
	let failure: HostFileError | undefined;
	/** Remembers the first failure of the host. No promise where there is nothing to wait for: this runs for every 16 KiB of a backup. */
	const keep = (work: () => Promise<void> | undefined): Promise<void> | undefined => {
		if (failure !== undefined) {
			return undefined;
		}
		const remember = (error: unknown): void => {
			failure = asHostFailure(error);
		};
		try {
			return work()?.catch(remember);
		} catch (error) {
			remember(error);
			return undefined;
		}
	};
	for (;;) {
		const devicePathBytes = await readLength(connection, readOptions);
		if (devicePathBytes === 0) {
			break;
		}
		await take(connection, devicePathBytes, readOptions);
		const pathBytes = await readLength(connection, readOptions);
		const path = resolveDevicePath(utf8.decode(await take(connection, pathBytes, readOptions)), roots);
		let writer: HostFileWriter | undefined;
		await keep(() => {
			writer = host.openWrite(path);
			return undefined;
		});
		let end: BlocksEnd;
		try {
			end = await receiveBlocks(connection, context, (chunk) => keep(() => writer?.write(chunk)));
		} catch (error) {
			await drop(writer);
			throw error;
		}
		context.onFile();
		if (end.error !== undefined) {
			context.onDeviceFileError(path, end.error);
		}
		if (failure !== undefined) {
			await drop(writer);
		} else if (end.error === undefined || end.hadData) {
			// An error after data is read as an end by one client and as a failure by another; what came is kept, the device judges the backup.
			await keep(() => writer?.finish());
		} else {
			await keep(() => writer?.abandon());
		}
	}
	try {
		await host.settle();
	} catch (error) {
		failure ??= asHostFailure(error);
	}
	return failure;
}

/** How the blocks of one file ended: with the device's error text, or undefined; and whether content came before. */
interface BlocksEnd {
	readonly error: string | undefined;
	readonly hadData: boolean;
}

/** Lets go of a file that will not be finished. */
async function drop(writer: HostFileWriter | undefined): Promise<void> {
	try {
		await writer?.abandon();
	} catch {
		// What led here is reported already, and matters more.
	}
}

async function receiveBlocks(
	connection: Connection,
	{ readOptions, onBytes }: UploadContext,
	onChunk: (chunk: Uint8Array) => Promise<void> | undefined,
): Promise<BlocksEnd> {
	let hadData = false;
	for (;;) {
		throwIfAborted(readOptions.signal);
		const header = await take(connection, BLOCK_HEADER_BYTES, readOptions);
		const code = header[4];
		let remaining = viewOf(header).getUint32(0) - 1;
		if (remaining < 0 || remaining > MAX_BLOCK_BYTES) {
			connection.destroy();
			throw protocolViolation('The device sent a block of an impossible length.', { lengthBytes: remaining + 1 });
		}
		if (code === BLOCK_FILE_COMPLETE) {
			await skip(connection, remaining, readOptions);
			return { error: undefined, hadData };
		}
		if (code === BLOCK_DEVICE_ERROR) {
			return { error: await readText(connection, remaining, readOptions), hadData };
		}
		if (code !== BLOCK_DATA) {
			connection.destroy();
			throw protocolViolation('The device sent a block of an unknown kind.', { code });
		}
		hadData ||= remaining > 0;
		while (remaining > 0) {
			const chunk = connection.tryReadSome(remaining) ?? (await connection.readSome(remaining, readOptions));
			remaining -= chunk.length;
			onBytes(chunk.length);
			const pressure = onChunk(chunk);
			if (pressure !== undefined) {
				await pressure;
			}
		}
	}
}

/** Exactly so many bytes; without a promise of its own where they are there already, as they are for most of a stream of small files. */
function take(connection: Connection, sizeBytes: number, readOptions: ReadOptions): Uint8Array | Promise<Uint8Array> {
	return connection.tryRead(sizeBytes) ?? connection.read(sizeBytes, readOptions);
}

async function readLength(connection: Connection, readOptions: ReadOptions): Promise<number> {
	const lengthBytes = viewOf(await take(connection, 4, readOptions)).getUint32(0);
	if (lengthBytes > MAX_PATH_BYTES) {
		connection.destroy();
		throw protocolViolation('The device sent a path of an impossible length.', { lengthBytes });
	}
	return lengthBytes;
}

async function readText(connection: Connection, sizeBytes: number, readOptions: ReadOptions): Promise<string> {
	const kept = await connection.read(Math.min(sizeBytes, MAX_ERROR_TEXT_BYTES), readOptions);
	await skip(connection, sizeBytes - kept.length, readOptions);
	return utf8.decode(kept);
}

async function skip(connection: Connection, sizeBytes: number, readOptions: ReadOptions): Promise<void> {
	for (let remaining = sizeBytes; remaining > 0;) {
		remaining -= (await connection.readSome(remaining, readOptions)).length;
	}
}

/** The failure to report to the device; anything that is no failure of a file operation is a mistake of ours and goes up. */
export function asHostFailure(error: unknown): HostFileError {
	if (HostFileError.is(error)) {
		return error;
	}
	throw error instanceof Error ? error : new Error(String(error));
}
