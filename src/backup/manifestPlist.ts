import { encodeBinaryPlist, getBoolean, getData, getDate, getDict, getString, isDict, type PlistDict } from '../plist/index.ts';
import { definedOnly, parseControlPlist } from './controlPlists.ts';

/** `Manifest.plist`: facts about the device and the keys of the backup. */
export interface ManifestPlist {
	/** Not proof by itself: a tree that somebody decrypted may still say so. Compare with the header of Manifest.db. */
	readonly isEncrypted: boolean;
	/** `10.0` since iOS 10.2. */
	readonly version: string | undefined;
	/** `24.0` on current systems. */
	readonly systemDomainsVersion: string | undefined;
	readonly date: Date | undefined;
	readonly wasPasscodeSet: boolean | undefined;
	/** For BackupKeybag.parse. Backups without encryption have one too, which nobody can open. */
	readonly backupKeybag: Uint8Array | undefined;
	/** The wrapped key of Manifest.db, 44 bytes; encrypted backups only. */
	readonly manifestKey: Uint8Array | undefined;
	readonly device: ManifestDevice;
	/** Dictionaries of `Lockdown` that carry the name of a lockdown domain, as they are. */
	readonly lockdownDomains: PlistDict;
	/** Every bundle with a container, by bundle ID: far more than the apps a user knows. */
	readonly applications: ReadonlyMap<string, ManifestApplication>;
}

/** The device as `Lockdown` of Manifest.plist describes it. */
export interface ManifestDevice {
	readonly buildVersion: string | undefined;
	readonly deviceClass: string | undefined;
	readonly deviceName: string | undefined;
	readonly productType: string | undefined;
	readonly productVersion: string | undefined;
	readonly serialNumber: string | undefined;
	readonly uniqueDeviceId: string | undefined;
}

/** One bundle of `Applications`. */
export interface ManifestApplication {
	readonly bundleVersion: string | undefined;
	/** Where the bundle lies on the device. */
	readonly path: string | undefined;
	/** Such as `Data/Application`; since iOS 10. */
	readonly containerContentClass: string | undefined;
}

/** What an encoder needs: everything that readers insist on, except what a backup without encryption has not. */
export type NewManifestPlist = Partial<Omit<ManifestPlist, 'device'>> &
	Pick<ManifestPlist, 'isEncrypted' | 'date' | 'backupKeybag'> & { readonly device: Partial<ManifestDevice> };

/** @throws BackupError `DAMAGED_MANIFEST` - empty or not a dictionary. Missing keys and keys of another type are undefined. */
export function readManifestPlist(bytes: Uint8Array): ManifestPlist {
	const dict = parseControlPlist('Manifest.plist', bytes);
	const lockdown = getDict(dict, 'Lockdown') ?? {};
	return {
		isEncrypted: getBoolean(dict, 'IsEncrypted') ?? false,
		version: getString(dict, 'Version'),
		systemDomainsVersion: getString(dict, 'SystemDomainsVersion'),
		date: getDate(dict, 'Date'),
		wasPasscodeSet: getBoolean(dict, 'WasPasscodeSet'),
		backupKeybag: getData(dict, 'BackupKeyBag'),
		manifestKey: getData(dict, 'ManifestKey'),
		device: {
			buildVersion: getString(lockdown, 'BuildVersion'),
			deviceClass: getString(lockdown, 'DeviceClass'),
			deviceName: getString(lockdown, 'DeviceName'),
			productType: getString(lockdown, 'ProductType'),
			productVersion: getString(lockdown, 'ProductVersion'),
			serialNumber: getString(lockdown, 'SerialNumber'),
			uniqueDeviceId: getString(lockdown, 'UniqueDeviceID'),
		},
		lockdownDomains: Object.fromEntries(Object.entries(lockdown).filter(([, value]) => isDict(value))),
		applications: readApplications(getDict(dict, 'Applications') ?? {}),
	};
}

/** The binary property list, with the versions of current systems where none are given. */
export function encodeManifestPlist(manifest: NewManifestPlist): Uint8Array {
	const { device } = manifest;
	return encodeBinaryPlist(
		definedOnly({
			Applications: encodeApplications(manifest.applications ?? new Map()),
			BackupKeyBag: manifest.backupKeybag,
			Date: manifest.date,
			IsEncrypted: manifest.isEncrypted,
			Lockdown: definedOnly({
				...manifest.lockdownDomains,
				BuildVersion: device.buildVersion,
				DeviceClass: device.deviceClass,
				DeviceName: device.deviceName,
				ProductType: device.productType,
				ProductVersion: device.productVersion,
				SerialNumber: device.serialNumber,
				UniqueDeviceID: device.uniqueDeviceId,
			}),
			ManifestKey: manifest.manifestKey,
			SystemDomainsVersion: manifest.systemDomainsVersion ?? '24.0',
			Version: manifest.version ?? '10.0',
			WasPasscodeSet: manifest.wasPasscodeSet ?? false,
		}),
	);
}

function readApplications(dict: PlistDict): ReadonlyMap<string, ManifestApplication> {
	const applications = new Map<string, ManifestApplication>();
	for (const [bundleId, value] of Object.entries(dict)) {
		if (isDict(value)) {
			applications.set(bundleId, {
				bundleVersion: getString(value, 'CFBundleVersion'),
				path: getString(value, 'Path'),
				containerContentClass: getString(value, 'ContainerContentClass'),
			});
		}
	}
	return applications;
}

function encodeApplications(applications: ReadonlyMap<string, ManifestApplication>): PlistDict {
	return Object.fromEntries(
		[...applications].map(([bundleId, application]) => [
			bundleId,
			definedOnly({
				CFBundleIdentifier: bundleId,
				CFBundleVersion: application.bundleVersion,
				Path: application.path,
				ContainerContentClass: application.containerContentClass,
			}),
		]),
	);
}
