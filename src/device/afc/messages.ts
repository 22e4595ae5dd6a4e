import { concatBytes, viewOf } from '../../base/index.ts';
import { DeviceError } from '../errors.ts';
import { AFC_OPERATION, AFC_STATUS } from './frame.ts';

/** How a file is opened, as `fopen` would say it: r, r+ (creating), w, w+, a, a+. */
export type AfcOpenMode = keyof typeof OPEN_MODES;

/** Source: docs/protocol.md#afc-operations. */
const OPEN_MODES = { read: 1, readWrite: 2, write: 3, writeRead: 4, append: 5, appendRead: 6 } as const;

export type AfcLock = keyof typeof LOCKS;

/** flock's operation plus 4, which makes each of them non-blocking. */
const LOCKS = { shared: 5, exclusive: 6, unlock: 12 } as const;

export type AfcSeekOrigin = keyof typeof SEEK_ORIGINS;

const SEEK_ORIGINS = { start: 0, current: 1, end: 2 } as const;

export type AfcLinkType = keyof typeof LINK_TYPES;

const LINK_TYPES = { hard: 1, symbolic: 2 } as const;

/** What a host asks for. Handles are what `open` returned; paths are absolute within the root that the service shows. */
export type AfcRequest =
	| { readonly operation: 'list' | 'info' | 'remove' | 'removeAll' | 'makeDirectory'; readonly path: string }
	| { readonly operation: 'deviceInfo' }
	| { readonly operation: 'truncate'; readonly path: string; readonly sizeBytes: number }
	| { readonly operation: 'open'; readonly path: string; readonly mode: AfcOpenMode }
	| { readonly operation: 'close' | 'tell'; readonly handle: bigint }
	| { readonly operation: 'read'; readonly handle: bigint; readonly maxBytes: number }
	| { readonly operation: 'write'; readonly handle: bigint; readonly payload: Uint8Array }
	| { readonly operation: 'seek'; readonly handle: bigint; readonly origin: AfcSeekOrigin; readonly offset: number }
	| { readonly operation: 'setSize'; readonly handle: bigint; readonly sizeBytes: number }
	| { readonly operation: 'lock'; readonly handle: bigint; readonly lock: AfcLock }
	| { readonly operation: 'rename'; readonly from: string; readonly to: string }
	| { readonly operation: 'link'; readonly type: AfcLinkType; readonly target: string; readonly path: string }
	| { readonly operation: 'setTime'; readonly path: string; readonly timeMs: number };

/** A request that a device answers with this status, because it does not know the operation or cannot read its parameters. */
export interface AfcInvalidRequest {
	readonly operation: 'invalid';
	readonly status: number;
}

/** What a device answers. `position` answers `tell`. */
export type AfcReply =
	| { readonly kind: 'status'; readonly status: number }
	| { readonly kind: 'data'; readonly data: Uint8Array }
	| { readonly kind: 'handle'; readonly handle: bigint }
	| { readonly kind: 'position'; readonly position: number };

/** An operation code with the bytes that follow the header; `parameters` and `payload` are what encodeAfcPacket takes. */
export interface AfcBody {
	readonly operation: number;
	readonly parameters: Uint8Array;
	readonly payload?: Uint8Array;
}

/**
 * The wire form of a request.
 * @throws DeviceError `UNSAFE_PATH` - a path contains NUL, which would end it early.
 */
export function encodeAfcRequest(request: AfcRequest): AfcBody {
	switch (request.operation) {
		case 'list':
			return { operation: AFC_OPERATION.READ_DIRECTORY, parameters: text(request.path) };
		case 'info':
			return { operation: AFC_OPERATION.FILE_INFO, parameters: text(request.path) };
		case 'remove':
			return { operation: AFC_OPERATION.REMOVE, parameters: text(request.path) };
		case 'removeAll':
			return { operation: AFC_OPERATION.REMOVE_ALL, parameters: text(request.path) };
		case 'makeDirectory':
			return { operation: AFC_OPERATION.MAKE_DIRECTORY, parameters: text(request.path) };
		case 'deviceInfo':
			return { operation: AFC_OPERATION.DEVICE_INFO, parameters: new Uint8Array(0) };
		case 'truncate':
			return { operation: AFC_OPERATION.TRUNCATE, parameters: concatBytes([integers(request.sizeBytes), text(request.path)]) };
		case 'open':
			return { operation: AFC_OPERATION.OPEN, parameters: concatBytes([integers(OPEN_MODES[request.mode]), text(request.path)]) };
		case 'close':
			return { operation: AFC_OPERATION.CLOSE, parameters: integers(request.handle) };
		case 'tell':
			return { operation: AFC_OPERATION.TELL, parameters: integers(request.handle) };
		case 'read':
			return { operation: AFC_OPERATION.READ, parameters: integers(request.handle, request.maxBytes) };
		case 'write':
			return { operation: AFC_OPERATION.WRITE, parameters: integers(request.handle), payload: request.payload };
		case 'seek':
			return { operation: AFC_OPERATION.SEEK, parameters: integers(request.handle, SEEK_ORIGINS[request.origin], request.offset) };
		case 'setSize':
			return { operation: AFC_OPERATION.SET_HANDLE_SIZE, parameters: integers(request.handle, request.sizeBytes) };
		case 'lock':
			return { operation: AFC_OPERATION.LOCK, parameters: integers(request.handle, LOCKS[request.lock]) };
		case 'rename':
			return { operation: AFC_OPERATION.RENAME, parameters: concatBytes([text(request.from), text(request.to)]) };
		case 'link':
			return {
				operation: AFC_OPERATION.LINK,
				parameters: concatBytes([integers(LINK_TYPES[request.type]), text(request.target), text(request.path)]),
			};
		case 'setTime':
			return { operation: AFC_OPERATION.SET_TIME, parameters: concatBytes([integers(msToNs(request.timeMs)), text(request.path)]) };
	}
}

/**
 * The device's half: reads what follows a request's header. Never throws; what cannot be read comes back as `invalid` with the status
 * that a device answers. A missing NUL after the last path is accepted.
 *
 * @param parameters - the bytes that "this length" counts after the header.
 * @param payload - the rest of the packet.
 */
export function decodeAfcRequest(operation: number, parameters: Uint8Array, payload: Uint8Array): AfcRequest | AfcInvalidRequest {
	const pathOperation = PATH_OPERATIONS.get(operation);
	const reader = new ParameterReader(parameters);
	try {
		if (pathOperation !== undefined) {
			return { operation: pathOperation, path: reader.text() };
		}
		return readRequest(operation, reader, payload) ?? { operation: 'invalid', status: AFC_STATUS.UNKNOWN_PACKET_TYPE };
	} catch (error) {
		if (error instanceof RangeError) {
			return { operation: 'invalid', status: AFC_STATUS.INVALID_ARGUMENT };
		}
		throw error;
	}
}

/** The wire form of a device's answer. */
export function encodeAfcReply(reply: AfcReply): AfcBody {
	switch (reply.kind) {
		case 'status':
			return { operation: AFC_OPERATION.STATUS, parameters: integers(reply.status) };
		case 'data':
			return { operation: AFC_OPERATION.DATA, parameters: new Uint8Array(0), payload: reply.data };
		case 'handle':
			return { operation: AFC_OPERATION.OPEN_RESULT, parameters: integers(reply.handle) };
		case 'position':
			return { operation: AFC_OPERATION.TELL_RESULT, parameters: integers(reply.position) };
	}
}

/**
 * Reads a device's answer from everything after its header. Devices differ in whether data counts as parameters or as payload,
 * so the border between the two is ignored.
 * @returns undefined when the operation is not one of a reply, the body is too short for it, or its number too large to be true.
 */
export function decodeAfcReply(operation: number, body: Uint8Array): AfcReply | undefined {
	if (operation === AFC_OPERATION.DATA) {
		return { kind: 'data', data: body };
	}
	if (body.length < 8) {
		return undefined;
	}
	const value = viewOf(body).getBigUint64(0, true);
	if (operation === AFC_OPERATION.OPEN_RESULT) {
		return { kind: 'handle', handle: value };
	}
	if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
		return undefined;
	}
	switch (operation) {
		case AFC_OPERATION.STATUS:
			return { kind: 'status', status: Number(value) };
		case AFC_OPERATION.TELL_RESULT:
			return { kind: 'position', position: Number(value) };
		default:
			return undefined;
	}
}

/** Milliseconds since 1970 as AFC's nanoseconds; a fraction of a millisecond is dropped. */
export function msToNs(timeMs: number): bigint {
	return BigInt(Math.trunc(timeMs)) * NS_PER_MS;
}

/** AFC's nanoseconds as whole milliseconds since 1970. */
export function nsToMs(timeNs: bigint): number {
	return Number(timeNs / NS_PER_MS);
}

const NS_PER_MS = 1_000_000n;

const PATH_OPERATIONS = new Map<number, 'list' | 'info' | 'remove' | 'removeAll' | 'makeDirectory'>([
	[AFC_OPERATION.READ_DIRECTORY, 'list'],
	[AFC_OPERATION.FILE_INFO, 'info'],
	[AFC_OPERATION.REMOVE, 'remove'],
	[AFC_OPERATION.REMOVE_ALL, 'removeAll'],
	[AFC_OPERATION.MAKE_DIRECTORY, 'makeDirectory'],
]);

/** Throws RangeError for parameters that are too short or name no known choice; undefined for an unknown operation. */
function readRequest(operation: number, reader: ParameterReader, payload: Uint8Array): AfcRequest | undefined {
	switch (operation) {
		case AFC_OPERATION.DEVICE_INFO:
			return { operation: 'deviceInfo' };
		case AFC_OPERATION.TRUNCATE:
			return { operation: 'truncate', sizeBytes: reader.number(), path: reader.text() };
		case AFC_OPERATION.OPEN:
			return { operation: 'open', mode: choice(OPEN_MODES, reader.number()), path: reader.text() };
		case AFC_OPERATION.CLOSE:
			return { operation: 'close', handle: reader.u64() };
		case AFC_OPERATION.TELL:
			return { operation: 'tell', handle: reader.u64() };
		case AFC_OPERATION.READ:
			return { operation: 'read', handle: reader.u64(), maxBytes: reader.number() };
		case AFC_OPERATION.WRITE:
			return { operation: 'write', handle: reader.u64(), payload: payload.length > 0 ? payload : reader.rest() };
		case AFC_OPERATION.SEEK:
			return { operation: 'seek', handle: reader.u64(), origin: choice(SEEK_ORIGINS, reader.number()), offset: reader.signedNumber() };
		case AFC_OPERATION.SET_HANDLE_SIZE:
			return { operation: 'setSize', handle: reader.u64(), sizeBytes: reader.number() };
		case AFC_OPERATION.LOCK:
			return { operation: 'lock', handle: reader.u64(), lock: choice(LOCKS, reader.number()) };
		case AFC_OPERATION.RENAME:
			return { operation: 'rename', from: reader.text(), to: reader.text() };
		case AFC_OPERATION.LINK:
			return { operation: 'link', type: choice(LINK_TYPES, reader.number()), target: reader.text(), path: reader.text() };
		case AFC_OPERATION.SET_TIME:
			return { operation: 'setTime', timeMs: nsToMs(reader.u64()), path: reader.text() };
		default:
			return undefined;
	}
}

function choice<Name extends string>(choices: Readonly<Record<Name, number>>, code: number): Name {
	for (const name in choices) {
		if (choices[name] === code) {
			return name;
		}
	}
	throw new RangeError('unknown choice');
}

/** Reads parameters from the front; every method throws RangeError when the bytes do not hold what is asked for. */
class ParameterReader {
	readonly #bytes: Uint8Array;
	#offset = 0;

	constructor(bytes: Uint8Array) {
		this.#bytes = bytes;
	}

	u64(): bigint {
		const value = viewOf(this.#bytes).getBigUint64(this.#offset, true);
		this.#offset += 8;
		return value;
	}

	number(): number {
		return safe(this.u64());
	}

	signedNumber(): number {
		return safe(BigInt.asIntN(64, this.u64()));
	}

	/** UTF-8 up to NUL or the end; empty only when a NUL says so. */
	text(): string {
		if (this.#offset >= this.#bytes.length) {
			throw new RangeError('path is missing');
		}
		const nul = this.#bytes.indexOf(0, this.#offset);
		const end = nul === -1 ? this.#bytes.length : nul;
		const value = decodeUtf8(this.#bytes.subarray(this.#offset, end));
		this.#offset = end + 1;
		return value;
	}

	rest(): Uint8Array {
		return this.#bytes.subarray(this.#offset);
	}
}

function safe(value: bigint): number {
	const number = Number(value);
	if (!Number.isSafeInteger(number)) {
		throw new RangeError('integer is too large');
	}
	return number;
}

/** Each value as u64 little-endian; negative ones in two's complement. */
function integers(...values: (number | bigint)[]): Uint8Array {
	const bytes = new Uint8Array(8 * values.length);
	const view = viewOf(bytes);
	values.forEach((value, index) => view.setBigUint64(8 * index, BigInt.asUintN(64, BigInt(value)), true));
	return bytes;
}

function text(path: string): Uint8Array {
	if (path.includes('\0')) {
		throw new DeviceError('UNSAFE_PATH', 'A path for the device contains a NUL character.', { details: { path } });
	}
	return new TextEncoder().encode(`${path}\0`);
}

/** Names may begin with U+FEFF, which a decoder would swallow by default. */
function decodeUtf8(bytes: Uint8Array): string {
	return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}
