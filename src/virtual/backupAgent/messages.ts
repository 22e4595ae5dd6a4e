import { getBoolean, getDict, getString, isDict, PlistReal, type PlistDict, type PlistValue } from '../../plist/index.ts';

/** Stands for "no value" wherever a parameter is a text. */
export const NO_VALUE = '___EmptyParameterString___';

/** Names of messages. */
export const MESSAGE = {
	versionExchange: 'DLMessageVersionExchange',
	versionsOk: 'DLVersionsOk',
	deviceReady: 'DLMessageDeviceReady',
	process: 'DLMessageProcessMessage',
	status: 'DLMessageStatusResponse',
	disconnect: 'DLMessageDisconnect',
	ping: 'DLMessagePing',
	download: 'DLMessageDownloadFiles',
	upload: 'DLMessageUploadFiles',
	freeSpace: 'DLMessageGetFreeDiskSpace',
	purge: 'DLMessagePurgeDiskSpace',
	list: 'DLContentsOfDirectory',
	createFolder: 'DLMessageCreateDirectory',
	move: 'DLMessageMoveItems',
	remove: 'DLMessageRemoveItems',
} as const;

/** A request of the host, as far as any of them needs. */
export interface HostRequest {
	/** `Backup`, `Restore`, `ChangePassword`, … or whatever else the host sent. */
	readonly name: string;
	readonly targetIdentifier: string | undefined;
	/** The folder to read from; the target's own when the host does not say. */
	readonly sourceIdentifier: string | undefined;
	readonly forceFullBackup: boolean;
	readonly oldPassword: string | undefined;
	readonly newPassword: string | undefined;
	readonly cloudBackup: boolean | undefined;
	readonly restore: RestoreOptions;
}

/** Options of a restore, with what the device does when the host leaves one out. Unverified: the defaults, but for the restart. */
export interface RestoreOptions {
	readonly systemFiles: boolean;
	readonly shouldReboot: boolean;
	readonly dontCopyBackup: boolean;
	readonly preserveSettings: boolean;
	readonly preserveCameraRoll: boolean;
	readonly removeItemsNotRestored: boolean;
	readonly password: string | undefined;
}

/** Reads the dictionary of a request; undefined when it names none. Values of another type count as absent. */
export function readRequest(value: PlistValue | undefined): HostRequest | undefined {
	const name = isDict(value) ? getString(value, 'MessageName') : undefined;
	if (!isDict(value) || name === undefined) {
		return undefined;
	}
	const options = getDict(value, 'Options') ?? {};
	return {
		name,
		targetIdentifier: text(value, 'TargetIdentifier'),
		sourceIdentifier: text(value, 'SourceIdentifier'),
		forceFullBackup: getBoolean(options, 'ForceFullBackup') ?? false,
		oldPassword: text(value, 'OldPassword'),
		newPassword: text(value, 'NewPassword'),
		cloudBackup: getBoolean(value, 'CloudBackupState') ?? getBoolean(options, 'CloudBackupState'),
		restore: {
			systemFiles: getBoolean(options, 'RestoreSystemFiles') ?? false,
			shouldReboot: getBoolean(options, 'RestoreShouldReboot') ?? true,
			dontCopyBackup: getBoolean(options, 'RestoreDontCopyBackup') ?? false,
			preserveSettings: getBoolean(options, 'RestorePreserveSettings') ?? false,
			preserveCameraRoll: getBoolean(options, 'RestorePreserveCameraRoll') ?? false,
			removeItemsNotRestored: getBoolean(options, 'RemoveItemsNotRestored') ?? false,
			password: text(options, 'Password') ?? text(value, 'Password'),
		},
	};
}

/** The name of a message, short enough for a log. */
export function nameOf(message: PlistValue): string {
	const name = Array.isArray(message) ? message[0] : undefined;
	return typeof name === 'string' ? name.slice(0, 100) : 'a message without a name';
}

/** The versions that a Hello offers; empty when it is none. */
export function readHello(value: PlistValue | undefined): number[] {
	if (!isDict(value) || getString(value, 'MessageName') !== 'Hello') {
		return [];
	}
	const versions = value['SupportedProtocolVersions'];
	return Array.isArray(versions) ? versions.filter((version) => typeof version === 'number') : [];
}

/** The final answer to a request. */
export function response(errorCode: number, description?: string): PlistValue[] {
	const body: PlistDict = { MessageName: 'Response', ErrorCode: errorCode };
	if (description !== undefined) {
		body['ErrorDescription'] = description;
	}
	return [MESSAGE.process, body];
}

/** The answer to Hello. */
export function helloResponse(version: number | undefined): PlistValue[] {
	return version === undefined
		? response(1, 'No common protocol version')
		: [MESSAGE.process, { MessageName: 'Response', ErrorCode: 0, ProtocolVersion: new PlistReal(version) }];
}

/** A host's answer to one command. */
export interface HostStatus {
	/** 0, or a negative error number of DeviceLink. */
	readonly code: number;
	readonly text: string;
	readonly value: PlistValue | undefined;
}

/**
 * Reads `["DLMessageStatusResponse", code, text, value]`; undefined when it is another message.
 * Hosts write negative codes as signed or as unsigned 64-bit integers, or as decimals beyond both in XML.
 */
export function readStatus(message: PlistValue): HostStatus | undefined {
	if (!Array.isArray(message) || message[0] !== MESSAGE.status) {
		return undefined;
	}
	const [, code, description, value] = message;
	return { code: foldInteger(code), text: typeof description === 'string' ? description : '', value };
}

/** Bytes from the value of a free-space answer; 0 when it is none. */
export function readByteCount(value: PlistValue | undefined): number {
	return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : 0;
}

/** One name in a listing. */
export interface ListedItem {
	readonly isFolder: boolean;
	readonly sizeBytes: number;
}

/** The names of a folder; what is not a dictionary counts as an empty folder. */
export function readListing(value: PlistValue | undefined): Map<string, ListedItem> {
	const items = new Map<string, ListedItem>();
	for (const [name, facts] of isDict(value) ? Object.entries(value) : []) {
		const size = isDict(facts) ? facts['DLFileSize'] : undefined;
		items.set(name, {
			isFolder: isDict(facts) && getString(facts, 'DLFileType') === 'DLFileTypeDirectory',
			sizeBytes: readByteCount(size),
		});
	}
	return items;
}

function foldInteger(value: PlistValue | undefined): number {
	if (typeof value === 'bigint') {
		return Number(value >= 2n ** 63n ? value - 2n ** 64n : value);
	}
	if (typeof value === 'number') {
		return value >= 2 ** 63 ? value - 2 ** 64 : value;
	}
	return 0;
}

function text(dict: PlistDict, key: string): string | undefined {
	const value = getString(dict, key);
	return value === undefined || value === NO_VALUE ? undefined : value;
}
