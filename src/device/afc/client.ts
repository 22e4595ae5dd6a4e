import { MiB } from '../../base/index.ts';
import { protocolViolation, type DeviceError } from '../errors.ts';
import type { Connection } from '../transport/connection.ts';
import { AfcChannel, type AfcRequestOptions } from './channel.ts';
import { afcError } from './errors.ts';
import { parseDeviceInfo, parseDirectory, parseFileInfo, type AfcDeviceInfo, type AfcFileInfo } from './fileInfo/messages.ts';
import { AFC_STATUS } from './frame.ts';
import type { AfcLinkType, AfcLock, AfcOpenMode, AfcReply, AfcRequest, AfcSeekOrigin } from './messages.ts';

/** An open file, as the device numbers it; it ends with the connection. */
export type AfcHandle = bigint;

/** More than this is not asked for in one read; the reply has to stay below MAX_AFC_REPLY_BYTES. */
const maxReadBytes = 8 * MiB;

/** A device may take this long over one request, such as removing a large folder. */
const defaultReplyTimeoutMs = 120_000;

/**
 * Files below the root that a device shows over AFC: its media folder, or an app's container (house_arrest).
 *
 * Calls may overlap; they are sent at once and carried out in order. Paths begin with a slash. Every method rejects with DeviceError
 * `AFC_ERROR` when the device refuses (see isAfcNotFound and its neighbours), with `CONNECTION_LOST`, `TIMED_OUT` or
 * `PROTOCOL_VIOLATION` when the link is gone, and with AbortError when its signal fires. Whole files: afc/transfer.ts; folders: afc/walk.ts.
 */
export class AfcClient {
	readonly #channel: AfcChannel;

	constructor(connection: Connection, options: { readonly replyTimeoutMs?: number } = {}) {
		this.#channel = new AfcChannel(connection, options.replyTimeoutMs ?? defaultReplyTimeoutMs);
	}

	/** Ends the connection; the device closes what is open and releases its locks. */
	close(): void {
		this.#channel.close();
	}

	/** Names in a folder, in the device's order, without `.` and `..`. A name never holds a slash. */
	async list(path: string, options?: AfcRequestOptions): Promise<string[]> {
		const names = parseDirectory(await this.#data({ operation: 'list', path }, options));
		if (names.some((name) => name.includes('/'))) {
			throw this.#violation('The device listed a name that contains a slash.');
		}
		return names;
	}

	async info(path: string, options?: AfcRequestOptions): Promise<AfcFileInfo> {
		return (
			parseFileInfo(await this.#data({ operation: 'info', path }, options)) ??
			this.#fail('The device described a file in numbers that are none.')
		);
	}

	/** Model and space of the volume behind the root. */
	async deviceInfo(options?: AfcRequestOptions): Promise<AfcDeviceInfo> {
		return (
			parseDeviceInfo(await this.#data({ operation: 'deviceInfo' }, options)) ??
			this.#fail('The device described its volume in numbers that are none.')
		);
	}

	/** Opens a file; all modes but `read` create it. When the wait is given up, a handle that comes later is closed again. */
	async open(path: string, mode: AfcOpenMode, options?: AfcRequestOptions): Promise<AfcHandle> {
		const request: AfcRequest = { operation: 'open', path, mode };
		const reply = await this.#channel.request(request, options, (late) => this.#closeLate(late));
		if (reply.kind === 'handle' && reply.handle !== 0n) {
			return reply.handle;
		}
		throw this.#refusal(reply, request);
	}

	async closeFile(handle: AfcHandle, options?: AfcRequestOptions): Promise<void> {
		await this.#status({ operation: 'close', handle }, options);
	}

	/** At most `maxBytes` from the file's position on, which moves along; fewer do not mean the end, none do. */
	async read(handle: AfcHandle, maxBytes: number, options?: AfcRequestOptions): Promise<Uint8Array> {
		const request = { operation: 'read', handle, maxBytes: Math.min(maxBytes, maxReadBytes) } as const;
		const data = await this.#data(request, options);
		if (data.length > request.maxBytes) {
			throw this.#violation('The device sent more of a file than was asked for.');
		}
		return data;
	}

	/** Writes all of `bytes` (a MiB or so, since they go as one packet) at the file's position; they must stay as they are until this resolves. */
	async write(handle: AfcHandle, bytes: Uint8Array, options?: AfcRequestOptions): Promise<void> {
		await this.#status({ operation: 'write', handle, payload: bytes }, options);
	}

	async seek(handle: AfcHandle, offset: number, origin: AfcSeekOrigin = 'start', options?: AfcRequestOptions): Promise<void> {
		await this.#status({ operation: 'seek', handle, origin, offset }, options);
	}

	/** The file's position. */
	async tell(handle: AfcHandle, options?: AfcRequestOptions): Promise<number> {
		const request: AfcRequest = { operation: 'tell', handle };
		const reply = await this.#channel.request(request, options);
		if (reply.kind === 'position') {
			return reply.position;
		}
		throw this.#refusal(reply, request);
	}

	/** Takes a lock or gives it back, without waiting: see isAfcWouldBlock. Locks are advisory and end with the handle. */
	async lock(handle: AfcHandle, lock: AfcLock, options?: AfcRequestOptions): Promise<void> {
		await this.#status({ operation: 'lock', handle, lock }, options);
	}

	/** Cuts or extends the open file. */
	async setSize(handle: AfcHandle, sizeBytes: number, options?: AfcRequestOptions): Promise<void> {
		await this.#status({ operation: 'setSize', handle, sizeBytes }, options);
	}

	async truncate(path: string, sizeBytes: number, options?: AfcRequestOptions): Promise<void> {
		await this.#status({ operation: 'truncate', path, sizeBytes }, options);
	}

	/** Creates the folder with its parents; one that exists is fine. */
	async makeDirectory(path: string, options?: AfcRequestOptions): Promise<void> {
		await this.#status({ operation: 'makeDirectory', path }, options);
	}

	/** Removes a file or an empty folder. A folder with contents is refused as "unknown error". */
	async remove(path: string, options?: AfcRequestOptions): Promise<void> {
		await this.#status({ operation: 'remove', path }, options);
	}

	/** Removes a file, or a folder with everything below it. */
	async removeAll(path: string, options?: AfcRequestOptions): Promise<void> {
		await this.#status({ operation: 'removeAll', path }, options);
	}

	async rename(from: string, to: string, options?: AfcRequestOptions): Promise<void> {
		await this.#status({ operation: 'rename', from, to }, options);
	}

	/** Creates `path` as a link to `target`; the target of a symbolic one is stored as given. */
	async link(type: AfcLinkType, target: string, path: string, options?: AfcRequestOptions): Promise<void> {
		await this.#status({ operation: 'link', type, target, path }, options);
	}

	/** Sets the time of the last change. */
	async setTime(path: string, timeMs: number, options?: AfcRequestOptions): Promise<void> {
		await this.#status({ operation: 'setTime', path, timeMs }, options);
	}

	async #status(request: AfcRequest, options: AfcRequestOptions | undefined): Promise<void> {
		const reply = await this.#channel.request(request, options);
		if (reply.kind !== 'status' || reply.status !== AFC_STATUS.SUCCESS) {
			throw this.#refusal(reply, request);
		}
	}

	/** Data; none also when the device says "success" or "end of data" instead. */
	async #data(request: AfcRequest, options: AfcRequestOptions | undefined): Promise<Uint8Array> {
		const reply = await this.#channel.request(request, options);
		if (reply.kind === 'data') {
			return reply.data;
		}
		const isEmpty = reply.kind === 'status' && (reply.status === AFC_STATUS.SUCCESS || reply.status === AFC_STATUS.END_OF_DATA);
		if (isEmpty && (request.operation === 'read' || request.operation === 'list')) {
			return new Uint8Array(0);
		}
		throw this.#refusal(reply, request);
	}

	/** A status other than success is an answer; a reply of a kind that the request does not have is a broken protocol. */
	#refusal(reply: AfcReply, request: AfcRequest): DeviceError {
		if (reply.kind === 'status' && reply.status !== AFC_STATUS.SUCCESS) {
			return afcError(reply.status, request.operation, pathOf(request));
		}
		return this.#violation(`The device answered "${request.operation}" with something else.`);
	}

	#violation(message: string): DeviceError {
		const error = protocolViolation(message);
		this.#channel.fail(error);
		return error;
	}

	#fail(message: string): never {
		throw this.#violation(message);
	}

	#closeLate(reply: AfcReply): void {
		if (reply.kind === 'handle') {
			this.closeFile(reply.handle).catch(() => {
				// The handle goes with the connection anyway; nobody waits for it.
			});
		}
	}
}

function pathOf(request: AfcRequest): string | undefined {
	return request.operation === 'rename' ? request.from : 'path' in request ? request.path : undefined;
}
