import { getBoolean, getData, getDict, getNumber, getString, isDict, type PlistDict } from '../../../plist/index.ts';

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
			dict[key] = value;
		}
	}
	return dict;
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
