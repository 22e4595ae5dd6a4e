import { MiB } from '../../../base/index.ts';
import {
	AFC_HEADER_BYTES,
	AFC_STATUS,
	decodeAfcHeader,
	encodeAfcPacket,
	MAX_AFC_REQUEST_BYTES,
	type AfcHeader,
} from '../../../device/afc/frame.ts';
import { formatDeviceInfo, formatDirectory, formatFileInfo, type AfcDeviceInfo } from '../../../device/afc/fileInfo/messages.ts';
import { decodeAfcRequest, encodeAfcReply, type AfcInvalidRequest, type AfcReply, type AfcRequest } from '../../../device/afc/messages.ts';
import { BadMessage, type ServiceChannel } from '../../channel.ts';
import { AfcFailure } from '../media/nodes.ts';
import type { Volume, VolumeFile } from '../media/volume.ts';

/** No matter how much is asked for, so much is given at a time; hosts read on. */
const MAX_READ_BYTES = 4 * MiB;
const MAX_OPEN_FILES = 256;

const SUCCESS: AfcReply = { kind: 'status', status: AFC_STATUS.SUCCESS };

/** Serves one AFC connection on a volume until the host goes away; its open files and locks end with it. Throws ChannelClosed, BadMessage. */
export async function serveAfc(channel: ServiceChannel, volume: Volume, deviceInfo: () => AfcDeviceInfo): Promise<void> {
	const session = new AfcSession(volume, deviceInfo);
	try {
		for (;;) {
			const header = readHeader(await channel.read(AFC_HEADER_BYTES));
			const body = await channel.read(header.entireBytes - AFC_HEADER_BYTES);
			const parameterBytes = header.thisBytes - AFC_HEADER_BYTES;
			const request = decodeAfcRequest(header.operation, body.subarray(0, parameterBytes), body.subarray(parameterBytes));
			const reply = encodeAfcReply(session.answer(request));
			await channel.write(...encodeAfcPacket(reply.operation, header.packetNumber, reply.parameters, reply.payload));
		}
	} finally {
		session.close();
	}
}

function readHeader(bytes: Uint8Array): AfcHeader {
	const header = decodeAfcHeader(bytes, MAX_AFC_REQUEST_BYTES);
	if (header === undefined) {
		throw new BadMessage('An AFC packet has no header that makes sense.');
	}
	return header;
}

class AfcSession {
	readonly #volume: Volume;
	readonly #deviceInfo: () => AfcDeviceInfo;
	readonly #files = new Map<bigint, VolumeFile>();
	#nextHandle = 1n;

	constructor(volume: Volume, deviceInfo: () => AfcDeviceInfo) {
		this.#volume = volume;
		this.#deviceInfo = deviceInfo;
	}

	close(): void {
		for (const file of this.#files.values()) {
			file.close();
		}
		this.#files.clear();
	}

	answer(request: AfcRequest | AfcInvalidRequest): AfcReply {
		try {
			return this.#perform(request);
		} catch (error) {
			if (error instanceof AfcFailure) {
				return { kind: 'status', status: error.status };
			}
			if (isSystemError(error)) {
				return { kind: 'status', status: error.code === 'ENOSPC' ? AFC_STATUS.NO_SPACE_LEFT : AFC_STATUS.IO_ERROR };
			}
			throw error;
		}
	}

	#perform(request: AfcRequest | AfcInvalidRequest): AfcReply {
		const volume = this.#volume;
		switch (request.operation) {
			case 'invalid':
				return { kind: 'status', status: request.status };
			case 'list':
				return { kind: 'data', data: formatDirectory(volume.list(request.path)) };
			case 'info':
				return { kind: 'data', data: formatFileInfo(volume.info(request.path)) };
			case 'deviceInfo':
				return { kind: 'data', data: formatDeviceInfo(this.#deviceInfo()) };
			case 'open':
				return this.#open(volume.open(request.path, request.mode));
			case 'read':
				return { kind: 'data', data: this.#file(request.handle).read(Math.min(request.maxBytes, MAX_READ_BYTES)) };
			case 'tell':
				return { kind: 'position', position: this.#file(request.handle).position };
			case 'remove':
				volume.remove(request.path);
				break;
			case 'removeAll':
				volume.removeAll(request.path);
				break;
			case 'makeDirectory':
				volume.makeDirectory(request.path);
				break;
			case 'truncate':
				volume.truncate(request.path, nonNegative(request.sizeBytes));
				break;
			case 'rename':
				volume.rename(request.from, request.to);
				break;
			case 'link':
				volume.link(request.type, request.target, request.path);
				break;
			case 'setTime':
				volume.setTime(request.path, request.timeMs);
				break;
			case 'write':
				this.#file(request.handle).write(request.payload);
				break;
			case 'seek':
				this.#seek(this.#file(request.handle), request.origin, request.offset);
				break;
			case 'setSize':
				this.#file(request.handle).resize(nonNegative(request.sizeBytes));
				break;
			case 'lock':
				this.#file(request.handle).lock(request.lock);
				break;
			case 'close':
				this.#file(request.handle).close();
				this.#files.delete(request.handle);
		}
		return SUCCESS;
	}

	#open(file: VolumeFile): AfcReply {
		if (this.#files.size >= MAX_OPEN_FILES) {
			file.close();
			throw new AfcFailure(AFC_STATUS.NO_RESOURCES);
		}
		const handle = this.#nextHandle++;
		this.#files.set(handle, file);
		return { kind: 'handle', handle };
	}

	#seek(file: VolumeFile, origin: 'start' | 'current' | 'end', offset: number): void {
		const base = origin === 'start' ? 0 : origin === 'current' ? file.position : file.sizeBytes;
		file.position = nonNegative(base + offset);
	}

	#file(handle: bigint): VolumeFile {
		const file = this.#files.get(handle);
		if (file === undefined) {
			throw new AfcFailure(AFC_STATUS.INVALID_ARGUMENT);
		}
		return file;
	}
}

function nonNegative(value: number): number {
	if (!(value >= 0 && Number.isSafeInteger(value))) {
		throw new AfcFailure(AFC_STATUS.INVALID_ARGUMENT);
	}
	return value;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
	return (
		error instanceof Error &&
		typeof (error as NodeJS.ErrnoException).code === 'string' &&
		(error as NodeJS.ErrnoException).syscall !== undefined
	);
}
