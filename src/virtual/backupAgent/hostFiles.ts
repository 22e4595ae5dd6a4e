import { KiB, viewOf } from '../../base/index.ts';
import { BLOCK_DATA, BLOCK_FILE_COMPLETE, BLOCK_HOST_ERROR, MAX_BLOCK_BYTES, MAX_PATH_BYTES } from '../../device/devicelink/frame.ts';
import { PlistReal, type PlistValue } from '../../plist/index.ts';
import { readPlist, writePlist, type ServiceChannel } from '../channel.ts';
import { SessionEnded } from './errors.ts';
import { MESSAGE, nameOf, NO_VALUE, readByteCount, readListing, readStatus, type HostStatus, type ListedItem } from './messages.ts';
import { UploadWriter } from './uploadWriter.ts';

/** Where the bytes of a downloaded file go. */
export interface DownloadSink {
	write(bytes: Uint8Array): void;
	/** The file is complete, or the host could not send it: then `error` is the host's text. */
	end(error: string | undefined): void;
}

/** The commands with which a device works on the host's folder. One at a time: each waits for the host's answer. */
export class HostFiles {
	readonly #channel: ServiceChannel;
	/** Percent that is reported with the next command. */
	progress = 0;
	/** Called for every block that goes to the host, before it goes: for slow links and cut cables. */
	beforeWrite: ((sizeBytes: number) => Promise<void>) | undefined;

	constructor(channel: ServiceChannel) {
		this.#channel = channel;
	}

	/**
	 * Fetches files. `sinkFor` is called with each path in order.
	 * @returns the host's status: 0, or -13 when some files could not be sent, which their sinks have heard of.
	 */
	async download(paths: readonly string[], sinkFor: (path: string) => DownloadSink): Promise<HostStatus> {
		await this.send([MESSAGE.download, [...paths], {}, this.#percent(), 0]);
		let expected = 0;
		for (;;) {
			const path = await this.#readPath();
			if (path === '') {
				break;
			}
			if (path !== paths[expected]) {
				throw new SessionEnded(`The host sends "${path.slice(0, 200)}", which was not asked for.`);
			}
			expected++;
			await this.#receiveFile(sinkFor(path));
		}
		const status = await this.#status();
		for (const missing of paths.slice(expected)) {
			// libimobiledevice leaves out what follows a file that it could not read.
			sinkFor(missing).end('not sent');
		}
		return status;
	}

	/** Sends files: `work` writes their records; `totalBytes` announces how many bytes of content they have together. */
	async upload(totalBytes: number, work: (writer: UploadWriter) => Promise<void>): Promise<HostStatus> {
		await this.send([MESSAGE.upload, {}, this.#percent(), totalBytes]);
		const writer = new UploadWriter(this.#channel, this.beforeWrite);
		await work(writer);
		await writer.finish();
		return this.#status();
	}

	/** Names in a folder of the host. A folder that cannot be listed counts as empty. */
	async list(path: string): Promise<Map<string, ListedItem>> {
		await this.send([MESSAGE.list, path]);
		const status = await this.#status();
		return status.code === 0 ? readListing(status.value) : new Map();
	}

	/** Bytes that are free on the host. */
	async freeSpace(): Promise<number> {
		await this.send([MESSAGE.freeSpace]);
		return readByteCount((await this.#status()).value);
	}

	/** Asks the host to make room. @returns true when it says that it did. */
	async purge(wantedBytes: number): Promise<boolean> {
		await this.send([MESSAGE.purge, wantedBytes, PURGE_URGENCY, {}]);
		return (await this.#status()).code === 0;
	}

	async createFolder(path: string): Promise<HostStatus> {
		await this.send([MESSAGE.createFolder, path, {}, this.#percent()]);
		return this.#status();
	}

	async move(items: ReadonlyMap<string, string>): Promise<HostStatus> {
		await this.send([MESSAGE.move, Object.fromEntries(items), {}, this.#percent()]);
		return this.#status();
	}

	async remove(paths: readonly string[]): Promise<HostStatus> {
		await this.send([MESSAGE.remove, [...paths], {}, this.#percent()]);
		return this.#status();
	}

	/** Sends any message. */
	send(message: readonly PlistValue[]): Promise<void> {
		return writePlist(this.#channel, [...message], 'binary');
	}

	/** Sends bytes as they are. */
	sendRaw(...chunks: Uint8Array[]): Promise<void> {
		return this.#channel.write(...chunks);
	}

	/** Waits for the host's answer to a command that was sent with `send`. */
	status(): Promise<HostStatus> {
		return this.#status();
	}

	#percent(): PlistReal {
		return new PlistReal(this.progress);
	}

	async #status(): Promise<HostStatus> {
		const message = await readPlist(this.#channel);
		const status = readStatus(message);
		if (status !== undefined) {
			return status;
		}
		const name = nameOf(message);
		const reason = Array.isArray(message) && typeof message[1] === 'string' && message[1] !== NO_VALUE ? `: ${message[1]}` : '';
		throw new SessionEnded(
			name === MESSAGE.disconnect ? `The host disconnected${reason}` : `The host sends ${name} where a status belongs.`,
		);
	}

	async #readPath(): Promise<string> {
		const length = viewOf(await this.#channel.read(4)).getUint32(0);
		if (length > MAX_PATH_BYTES) {
			throw new SessionEnded(`The host announces a path of ${length} bytes.`);
		}
		return length === 0 ? '' : new TextDecoder().decode(await this.#channel.read(length));
	}

	async #receiveFile(sink: DownloadSink): Promise<void> {
		for (;;) {
			const header = await this.#channel.read(5);
			const length = viewOf(header).getUint32(0) - 1;
			const code = header[4];
			if (length < 0 || length > MAX_BLOCK_BYTES) {
				throw new SessionEnded(`The host announces a block of ${length + 1} bytes.`);
			}
			if (code === BLOCK_DATA) {
				for (let left = length; left > 0; left -= Math.min(left, PIECE_BYTES)) {
					sink.write(await this.#channel.read(Math.min(left, PIECE_BYTES)));
				}
				continue;
			}
			const text = length === 0 ? '' : new TextDecoder().decode(await this.#channel.read(Math.min(length, MAX_PATH_BYTES)));
			if (code !== BLOCK_FILE_COMPLETE && code !== BLOCK_HOST_ERROR) {
				throw new SessionEnded(`The host sends a block of kind ${code}.`);
			}
			sink.end(code === BLOCK_HOST_ERROR ? text || 'unknown error' : undefined);
			return;
		}
	}
}

const PIECE_BYTES = 256 * KiB;

/** The only value that was seen on the wire. */
const PURGE_URGENCY = 4;

/** Collects a file that is known to be small. What is beyond `maxBytes` is dropped and makes the file count as unreadable. */
export class MemorySink implements DownloadSink {
	readonly #parts: Uint8Array[] = [];
	readonly #maxBytes: number;
	#size = 0;
	/** The host's error text, when it could not send the file. */
	error: string | undefined;

	constructor(maxBytes: number) {
		this.#maxBytes = maxBytes;
	}

	write(bytes: Uint8Array): void {
		this.#size += bytes.length;
		if (this.#size <= this.#maxBytes) {
			this.#parts.push(bytes);
		}
	}

	end(error: string | undefined): void {
		this.error = error;
	}

	/** What arrived; undefined when the host has no such file, or one that is too long. */
	get bytes(): Uint8Array | undefined {
		return this.error === undefined && this.#size <= this.#maxBytes ? Buffer.concat(this.#parts) : undefined;
	}
}
