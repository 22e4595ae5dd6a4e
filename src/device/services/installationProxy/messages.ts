import {
	getArray,
	getBoolean,
	getData,
	getDict,
	getNumber,
	getString,
	isDict,
	type PlistDict,
	type PlistValue,
} from '../../../plist/index.ts';

/** Source: docs/protocol.md#installation-proxy. */
export const INSTALLATION_PROXY_SERVICE = 'com.apple.mobile.installation_proxy';

/** An app as the device describes it. Only what was asked for is present, and of that only what the device has. */
export interface InstalledApp {
	readonly bundleId: string;
	/** What stands below the icon. */
	readonly displayName?: string;
	readonly bundleName?: string;
	/** As people read it: `17.2.1`. */
	readonly shortVersion?: string;
	readonly buildVersion?: string;
	readonly applicationType?: string;
	/** Its documents can be reached through house_arrest. */
	readonly fileSharingEnabled?: boolean;
	readonly staticBytes?: number;
	/** Documents and data; the device adds them up on request, which takes long. */
	readonly dynamicBytes?: number;
	readonly signerIdentity?: string;
	/** Its entitlements let a developer's computer look into it (`get-task-allow`); only for apps signed for development. */
	readonly debuggable?: boolean;
	/** The name of its process. */
	readonly executable?: string;
	readonly container?: string;
	readonly path?: string;
	/** Group id → path. */
	readonly groupContainers?: Readonly<Record<string, string>>;
	/** The app is offloaded: its data is there, the app itself is not. */
	readonly isDemoted?: boolean;
	/** The licence of an App Store app, which a restore needs to fetch it again. */
	readonly sinf?: Uint8Array;
	/** Binary property list about the purchase; as secret as the account it names. */
	readonly iTunesMetadata?: Uint8Array;
}

export type AppAttribute = keyof InstalledApp;

/** The wire key of every field. Source: docs/protocol.md#installation-proxy. */
export const ATTRIBUTE_KEYS: Readonly<Record<AppAttribute, string>> = {
	bundleId: 'CFBundleIdentifier',
	displayName: 'CFBundleDisplayName',
	bundleName: 'CFBundleName',
	shortVersion: 'CFBundleShortVersionString',
	buildVersion: 'CFBundleVersion',
	applicationType: 'ApplicationType',
	fileSharingEnabled: 'UIFileSharingEnabled',
	staticBytes: 'StaticDiskUsage',
	dynamicBytes: 'DynamicDiskUsage',
	signerIdentity: 'SignerIdentity',
	debuggable: 'Entitlements',
	executable: 'CFBundleExecutable',
	container: 'Container',
	path: 'Path',
	groupContainers: 'GroupContainers',
	isDemoted: 'IsDemotedApp',
	sinf: 'ApplicationSINF',
	iTunesMetadata: 'iTunesMetadata',
};

/**
 * Reads one app; fields of a wrong type are left out, as apps write their own Info.plist and get it wrong.
 * @param knownBundleId - where the app's dictionary is filed under its bundle id and need not repeat it.
 * @returns undefined when there is no bundle id.
 */
export function readApp(value: unknown, knownBundleId?: string): InstalledApp | undefined {
	if (!isDict(value)) {
		return undefined;
	}
	const bundleId = getString(value, ATTRIBUTE_KEYS.bundleId) ?? knownBundleId;
	if (bundleId === undefined || bundleId === '') {
		return undefined;
	}
	const groups = getDict(value, ATTRIBUTE_KEYS.groupContainers);
	return withoutUndefined({
		bundleId,
		displayName: getString(value, ATTRIBUTE_KEYS.displayName),
		bundleName: getString(value, ATTRIBUTE_KEYS.bundleName),
		shortVersion: getString(value, ATTRIBUTE_KEYS.shortVersion),
		buildVersion: getString(value, ATTRIBUTE_KEYS.buildVersion),
		applicationType: getString(value, ATTRIBUTE_KEYS.applicationType),
		fileSharingEnabled: getFlag(value, ATTRIBUTE_KEYS.fileSharingEnabled),
		staticBytes: getNumber(value, ATTRIBUTE_KEYS.staticBytes),
		dynamicBytes: getNumber(value, ATTRIBUTE_KEYS.dynamicBytes),
		signerIdentity: getString(value, ATTRIBUTE_KEYS.signerIdentity),
		debuggable: readDebuggable(getDict(value, ATTRIBUTE_KEYS.debuggable)),
		executable: getString(value, ATTRIBUTE_KEYS.executable),
		container: getString(value, ATTRIBUTE_KEYS.container),
		path: getString(value, ATTRIBUTE_KEYS.path),
		groupContainers:
			groups && (Object.fromEntries(Object.entries(groups).filter(([, path]) => typeof path === 'string')) as Record<string, string>),
		isDemoted: getFlag(value, ATTRIBUTE_KEYS.isDemoted),
		sinf: getData(value, ATTRIBUTE_KEYS.sinf),
		iTunesMetadata: getData(value, ATTRIBUTE_KEYS.iTunesMetadata),
	});
}

/** The device's half of readApp. */
export function encodeApp(app: InstalledApp): PlistDict {
	const dict: PlistDict = {};
	for (const [attribute, key] of Object.entries(ATTRIBUTE_KEYS)) {
		const value = app[attribute as AppAttribute];
		if (value !== undefined) {
			dict[key] = attribute === 'debuggable' ? { [GET_TASK_ALLOW]: value } : value;
		}
	}
	return dict;
}

/** Which apps a listing covers. */
export type ApplicationType = 'User' | 'System' | 'Internal' | 'Any';

/** What of an app the device shall tell, and of which apps. Without `attributes` it tells all it has, which can be slow. */
export interface AppQuery {
	readonly applicationType?: ApplicationType;
	readonly attributes?: readonly AppAttribute[];
	/** For `lookup` only. */
	readonly bundleIds?: readonly string[];
}

/** How a package is installed. */
export interface InstallOptions {
	/** `Developer` for an .app folder; absent for an .ipa file. */
	readonly packageType?: 'Developer';
	readonly bundleId?: string;
	readonly sinf?: Uint8Array;
	readonly iTunesMetadata?: Uint8Array;
}

export type InstallationRequest =
	| { readonly command: 'browse' | 'lookup'; readonly query: AppQuery }
	| { readonly command: 'install' | 'upgrade'; readonly packagePath: string; readonly options: InstallOptions }
	| { readonly command: 'uninstall'; readonly bundleId: string };

/** One of the messages that answer a request. The last one is `complete` or `error`. */
export type InstallationReply =
	| { readonly kind: 'apps'; readonly apps: readonly InstalledApp[]; readonly index: number; readonly total: number }
	| { readonly kind: 'lookup'; readonly apps: readonly InstalledApp[] }
	| { readonly kind: 'progress'; readonly status: string; readonly percent: number | undefined }
	| { readonly kind: 'complete' }
	| { readonly kind: 'error'; readonly error: string; readonly description: string | undefined; readonly detail: number | undefined };

export function encodeInstallationRequest(request: InstallationRequest): PlistDict {
	switch (request.command) {
		case 'browse':
			return { Command: 'Browse', ClientOptions: encodeQuery(request.query) };
		case 'lookup':
			return { Command: 'Lookup', ClientOptions: encodeQuery(request.query) };
		case 'install':
		case 'upgrade':
			return {
				Command: request.command === 'install' ? 'Install' : 'Upgrade',
				PackagePath: request.packagePath,
				ClientOptions: encodeInstallOptions(request.options),
			};
		case 'uninstall':
			return { Command: 'Uninstall', ApplicationIdentifier: request.bundleId };
	}
}

/** A host's request as a device reads it. `attributes` are wire keys, since hosts may ask for ones that have no field here. */
export type ReceivedInstallationRequest =
	| {
			readonly command: 'browse' | 'lookup';
			readonly applicationType: string | undefined;
			readonly attributes: readonly string[] | undefined;
			readonly bundleIds: readonly string[] | undefined;
	  }
	| { readonly command: 'install' | 'upgrade'; readonly packagePath: string }
	| { readonly command: 'uninstall'; readonly bundleId: string };

/** The device's half; undefined for a command that is unknown or incomplete. */
export function readInstallationRequest(message: unknown): ReceivedInstallationRequest | undefined {
	if (!isDict(message)) {
		return undefined;
	}
	const command = getString(message, 'Command');
	const packagePath = getString(message, 'PackagePath');
	const bundleId = getString(message, 'ApplicationIdentifier');
	switch (command) {
		case 'Browse':
		case 'Lookup': {
			const options = getDict(message, 'ClientOptions');
			return {
				command: command === 'Browse' ? 'browse' : 'lookup',
				applicationType: options && getString(options, 'ApplicationType'),
				attributes: options && strings(getArray(options, 'ReturnAttributes')),
				bundleIds: options && strings(getArray(options, 'BundleIDs')),
			};
		}
		case 'Install':
		case 'Upgrade':
			return packagePath === undefined ? undefined : { command: command === 'Install' ? 'install' : 'upgrade', packagePath };
		case 'Uninstall':
			return bundleId === undefined ? undefined : { command: 'uninstall', bundleId };
		default:
			return undefined;
	}
}

/** One message of the device: a batch of a listing. Apps are dictionaries of wire keys here, as the host asked for them. */
export function encodeBrowseBatch(apps: readonly PlistDict[], index: number, total: number): PlistDict {
	return { CurrentList: [...apps], CurrentAmount: apps.length, CurrentIndex: index, Total: total, Status: 'BrowsingApplications' };
}

/** The device's only message in answer to `lookup`; keys are bundle ids. */
export function encodeLookupResult(apps: PlistDict): PlistDict {
	return { LookupResult: apps, Status: 'Complete' };
}

export function encodeInstallationProgress(status: string, percent?: number): PlistDict {
	return percent === undefined ? { Status: status } : { Status: status, PercentComplete: percent };
}

export function encodeInstallationComplete(): PlistDict {
	return { Status: 'Complete' };
}

export function encodeInstallationError(error: string, description: string, detail?: number): PlistDict {
	return { Error: error, ErrorDescription: description, ...(detail === undefined ? {} : { ErrorDetail: detail }) };
}

/** Reads one message of the device; undefined when it is none of the known ones. Apps without a bundle id are left out. */
export function readInstallationReply(message: unknown): InstallationReply | undefined {
	if (!isDict(message)) {
		return undefined;
	}
	const error = getString(message, 'Error');
	if (error !== undefined) {
		return { kind: 'error', error, description: getString(message, 'ErrorDescription'), detail: getNumber(message, 'ErrorDetail') };
	}
	const lookup = getDict(message, 'LookupResult');
	if (lookup !== undefined) {
		return { kind: 'lookup', apps: Object.entries(lookup).flatMap(([bundleId, app]) => readApp(app, bundleId) ?? []) };
	}
	const list = getArray(message, 'CurrentList');
	if (list !== undefined) {
		const apps = list.flatMap((app) => readApp(app) ?? []);
		return { kind: 'apps', apps, index: getNumber(message, 'CurrentIndex') ?? 0, total: getNumber(message, 'Total') ?? apps.length };
	}
	const status = getString(message, 'Status');
	if (status === 'Complete') {
		return { kind: 'complete' };
	}
	return status === undefined ? undefined : { kind: 'progress', status, percent: getNumber(message, 'PercentComplete') };
}

const GET_TASK_ALLOW = 'get-task-allow';

/** Entitlements that do not name it do not grant it. */
function readDebuggable(entitlements: PlistDict | undefined): boolean | undefined {
	return entitlements && getBoolean(entitlements, GET_TASK_ALLOW) === true;
}

/** App authors write this flag as a boolean, as a number or as `YES`. */
function getFlag(dict: PlistDict, key: string): boolean | undefined {
	const text = getString(dict, key);
	const number = getNumber(dict, key);
	if (text !== undefined) {
		return /^(yes|true|1)$/i.test(text);
	}
	return number === undefined ? getBoolean(dict, key) : number !== 0;
}

function withoutUndefined<T extends object>(fields: T): T {
	return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

function encodeQuery(query: AppQuery): PlistDict {
	return {
		...(query.applicationType === undefined ? {} : { ApplicationType: query.applicationType }),
		...(query.attributes === undefined ? {} : { ReturnAttributes: query.attributes.map((attribute) => ATTRIBUTE_KEYS[attribute]) }),
		...(query.bundleIds === undefined ? {} : { BundleIDs: [...query.bundleIds] }),
	};
}

function encodeInstallOptions(options: InstallOptions): PlistDict {
	return {
		...(options.packageType === undefined ? {} : { PackageType: options.packageType }),
		...(options.bundleId === undefined ? {} : { CFBundleIdentifier: options.bundleId }),
		...(options.sinf === undefined ? {} : { ApplicationSINF: options.sinf }),
		...(options.iTunesMetadata === undefined ? {} : { iTunesMetadata: options.iTunesMetadata }),
	};
}

function strings(values: readonly PlistValue[] | undefined): string[] | undefined {
	return values?.filter((value) => typeof value === 'string');
}
