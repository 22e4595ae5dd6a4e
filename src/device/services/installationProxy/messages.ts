import { getArray, getDict, getNumber, getString, isDict, type PlistDict, type PlistValue } from '../../../plist/index.ts';
import { ATTRIBUTE_KEYS, readApp, type AppAttribute, type InstalledApp } from './app.ts';

/** Source: docs/protocol.md#installation-proxy. */
export const INSTALLATION_PROXY_SERVICE = 'com.apple.mobile.installation_proxy';

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
