import { getNumber, isDict, PlistReal, type PlistDict, type PlistValue } from '../../plist/index.ts';
import { protocolViolation } from '../errors.ts';
import { type HostFileError, type HostDirectoryEntry, type HostFileErrorCode } from './host.ts';

/** Stands for "no value" wherever a parameter is a string or empty. */
export const EMPTY_PARAMETER = '___EmptyParameterString___';

/** The lowest DeviceLink version of any system that is still met; iOS 14 and later say 400. */
export const LOWEST_MAJOR_VERSION = 300;

/** A command or answer of the device: its name and the elements behind it. */
export interface DeviceLinkMessage {
	readonly name: string;
	readonly parameters: readonly PlistValue[];
}

/** @throws DeviceError `PROTOCOL_VIOLATION` - it is no array that begins with a name. */
export function readDeviceLinkMessage(value: PlistValue): DeviceLinkMessage {
	const [name, ...parameters] = Array.isArray(value) ? value : [];
	if (typeof name !== 'string') {
		throw protocolViolation('The device sent something that is no DeviceLink message.');
	}
	return { name, parameters };
}

export function versionsOk(majorVersion: number): PlistValue[] {
	return ['DLMessageVersionExchange', 'DLVersionsOk', majorVersion];
}

export function processMessage(content: PlistDict): PlistValue[] {
	return ['DLMessageProcessMessage', content];
}

export function disconnect(): PlistValue[] {
	return ['DLMessageDisconnect', EMPTY_PARAMETER];
}

/** How a command of the device went. `text` and `value` are for the device; it shows the text in its own error. */
export interface StatusAnswer {
	readonly code: number;
	readonly text?: string;
	readonly value?: PlistValue;
}

export const STATUS_OK: StatusAnswer = { code: 0 };
export const STATUS_MULTI = -13;
export const STATUS_GENERIC_FAILURE = -1;

export function statusResponse({ code, text, value }: StatusAnswer): PlistValue[] {
	return ['DLMessageStatusResponse', code, text ?? EMPTY_PARAMETER, value ?? {}];
}

/** The device's numbers for failures of the host. Source: docs/protocol.md#devicelink-status. */
const ERROR_STATUS: Readonly<Record<HostFileErrorCode, number>> = {
	NOT_FOUND: -6,
	EXISTS: -7,
	NOT_A_DIRECTORY: -8,
	IS_A_DIRECTORY: -9,
	LINK_LOOP: -10,
	IO: -11,
	NO_SPACE: -15,
	OTHER: STATUS_GENERIC_FAILURE,
};

const ERROR_TEXT: Readonly<Record<HostFileErrorCode, string>> = {
	NOT_FOUND: 'No such file or directory',
	EXISTS: 'File exists',
	NOT_A_DIRECTORY: 'Not a directory',
	IS_A_DIRECTORY: 'Is a directory',
	LINK_LOOP: 'Too many levels of symbolic links',
	IO: 'Input/output error',
	NO_SPACE: 'No space left on device',
	OTHER: 'The operation failed',
};

/** The failure as the device understands it. The texts are fixed: messages of this system may hold paths that concern nobody else. */
export function failureStatus(error: HostFileError): { code: number; text: string } {
	return { code: ERROR_STATUS[error.code], text: ERROR_TEXT[error.code] };
}

/** The answer to a list of files of which some could not be sent. */
export function multiStatus(failures: ReadonlyMap<string, { code: number; text: string }>): StatusAnswer {
	const value: PlistDict = Object.create(null) as PlistDict;
	for (const [path, { code, text }] of failures) {
		value[path] = { DLFileErrorString: text, DLFileErrorCode: code };
	}
	return { code: STATUS_MULTI, text: 'Multi status', value };
}

const FILE_TYPES = { file: 'DLFileTypeRegular', directory: 'DLFileTypeDirectory', other: 'DLFileTypeUnknown' } as const;

/** A listing as the device reads it. Leaving out zero-byte files would turn the backup into a full one (Netimobiledevice issue 76). */
export function directoryListing(entries: readonly HostDirectoryEntry[]): PlistDict {
	const listing: PlistDict = Object.create(null) as PlistDict;
	for (const { name, kind, sizeBytes, modifiedAt } of entries) {
		listing[name] = { DLFileType: FILE_TYPES[kind], DLFileSize: sizeBytes, DLFileModificationDate: modifiedAt };
	}
	return listing;
}

/** A progress value or a size among the parameters; undefined when the device left it out. */
export function numberParameter(message: DeviceLinkMessage, index: number): number | undefined {
	const value = message.parameters[index];
	return typeof value === 'number'
		? value
		: value instanceof PlistReal
			? value.value
			: typeof value === 'bigint'
				? Number(value)
				: undefined;
}

/** @throws DeviceError `PROTOCOL_VIOLATION` - the parameter is no text. */
export function pathParameter(message: DeviceLinkMessage, index: number): string {
	const value = message.parameters[index];
	if (typeof value !== 'string') {
		throw protocolViolation(`The device sent ${message.name} without a path.`);
	}
	return value;
}

/** @throws DeviceError `PROTOCOL_VIOLATION` - the parameter is no array of texts. */
export function pathListParameter(message: DeviceLinkMessage, index: number): readonly string[] {
	const value = message.parameters[index];
	if (!Array.isArray(value) || !value.every((path) => typeof path === 'string')) {
		throw protocolViolation(`The device sent ${message.name} without a list of paths.`);
	}
	return value;
}

/** @throws DeviceError `PROTOCOL_VIOLATION` - the parameter is no dictionary of texts. */
export function pathPairsParameter(message: DeviceLinkMessage, index: number): readonly (readonly [string, string])[] {
	const value = message.parameters[index];
	const pairs = isDict(value) ? Object.entries(value) : undefined;
	if (pairs === undefined || !pairs.every(([, to]) => typeof to === 'string')) {
		throw protocolViolation(`The device sent ${message.name} without a list of moves.`);
	}
	return pairs as [string, string][];
}

/** The dictionary of a `DLMessageProcessMessage`. @throws DeviceError `PROTOCOL_VIOLATION`. */
export function processMessageContent(message: DeviceLinkMessage): PlistDict {
	const content = message.parameters[0];
	if (message.name !== 'DLMessageProcessMessage' || !isDict(content)) {
		throw protocolViolation(`The device sent ${message.name} where an answer was due.`);
	}
	return content;
}

/** Integers of 2^63 and above are negative numbers that the sender encoded without a sign. */
export function signedNumber(dict: PlistDict, key: string): number | undefined {
	const value = dict[key];
	return typeof value === 'bigint' ? Number(BigInt.asIntN(64, value)) : getNumber(dict, key);
}
