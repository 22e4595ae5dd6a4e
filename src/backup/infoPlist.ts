import { encodeXmlPlist, getArray, getData, getDate, getDict, getString, isDict, type PlistDict } from '../plist/index.ts';
import { definedOnly, parseControlPlist } from './controlPlists.ts';

/** `Info.plist`: what the host knows about the device, written by the host before a backup. Large when many apps are installed (9.5 MB was seen). */
export interface InfoPlist {
	readonly deviceName: string | undefined;
	readonly displayName: string | undefined;
	readonly productType: string | undefined;
	readonly productVersion: string | undefined;
	/** Marketing name; only Apple's host writes it. */
	readonly productName: string | undefined;
	readonly buildVersion: string | undefined;
	readonly serialNumber: string | undefined;
	/** The UDID in upper case. */
	readonly uniqueIdentifier: string | undefined;
	/** The UDID as the device spells it. */
	readonly targetIdentifier: string | undefined;
	readonly targetType: string | undefined;
	readonly lastBackupDate: Date | undefined;
	/** 32 hex digits. Hosts that write 16 bytes instead are read as well. */
	readonly guid: string | undefined;
	readonly iccid: string | undefined;
	readonly imei: string | undefined;
	readonly imei2: string | undefined;
	readonly meid: string | undefined;
	readonly phoneNumber: string | undefined;
	/** Bundle IDs of the apps that the user installed. */
	readonly installedApplications: readonly string[];
	/** By bundle ID, for apps that have both a SINF and metadata. */
	readonly applications: ReadonlyMap<string, InfoApplication>;
	/** Contents of files below `/iTunes_Control/iTunes/`, by name. */
	readonly itunesFiles: ReadonlyMap<string, Uint8Array>;
	readonly ibooksData2: Uint8Array | undefined;
	/** Lockdown's domain `com.apple.iTunes`, as it is. */
	readonly itunesSettings: PlistDict | undefined;
	readonly itunesVersion: string | undefined;
}

/** What a host keeps about one app, as installation_proxy and springboardservices gave it. */
export interface InfoApplication {
	readonly sinf: Uint8Array | undefined;
	readonly metadata: Uint8Array | undefined;
	/** PNG. */
	readonly placeholderIcon: Uint8Array | undefined;
}

/** @throws BackupError `DAMAGED_MANIFEST` - empty or not a dictionary. Missing keys and keys of another type are undefined or empty. */
export function readInfoPlist(bytes: Uint8Array): InfoPlist {
	const dict = parseControlPlist('Info.plist', bytes);
	const guid = getData(dict, 'GUID');
	return {
		deviceName: getString(dict, 'Device Name'),
		displayName: getString(dict, 'Display Name'),
		productType: getString(dict, 'Product Type'),
		productVersion: getString(dict, 'Product Version'),
		productName: getString(dict, 'Product Name'),
		buildVersion: getString(dict, 'Build Version'),
		serialNumber: getString(dict, 'Serial Number'),
		uniqueIdentifier: getString(dict, 'Unique Identifier'),
		targetIdentifier: getString(dict, 'Target Identifier'),
		targetType: getString(dict, 'Target Type'),
		lastBackupDate: getDate(dict, 'Last Backup Date'),
		guid: guid === undefined ? getString(dict, 'GUID') : Buffer.from(guid).toString('hex').toUpperCase(),
		iccid: getString(dict, 'ICCID'),
		imei: getString(dict, 'IMEI'),
		imei2: getString(dict, 'IMEI2'),
		meid: getString(dict, 'MEID'),
		phoneNumber: getString(dict, 'Phone Number'),
		installedApplications: (getArray(dict, 'Installed Applications') ?? []).filter((id): id is string => typeof id === 'string'),
		applications: readApplications(getDict(dict, 'Applications') ?? {}),
		itunesFiles: new Map(dataEntries(getDict(dict, 'iTunes Files') ?? {})),
		ibooksData2: getData(dict, 'iBooks Data 2'),
		itunesSettings: getDict(dict, 'iTunes Settings'),
		itunesVersion: getString(dict, 'iTunes Version'),
	};
}

/** The XML property list. What is undefined is left out; the lists and dictionaries that hosts always write are there even when empty. */
export function encodeInfoPlist(info: Partial<InfoPlist>): Uint8Array {
	return encodeXmlPlist(
		definedOnly({
			Applications: encodeApplications(info.applications ?? new Map()),
			'Build Version': info.buildVersion,
			'Device Name': info.deviceName,
			'Display Name': info.displayName,
			GUID: info.guid,
			ICCID: info.iccid,
			IMEI: info.imei,
			IMEI2: info.imei2,
			'Installed Applications': [...(info.installedApplications ?? [])],
			'Last Backup Date': info.lastBackupDate,
			MEID: info.meid,
			'Phone Number': info.phoneNumber,
			'Product Name': info.productName,
			'Product Type': info.productType,
			'Product Version': info.productVersion,
			'Serial Number': info.serialNumber,
			'Target Identifier': info.targetIdentifier,
			'Target Type': info.targetType ?? 'Device',
			'Unique Identifier': info.uniqueIdentifier,
			'iBooks Data 2': info.ibooksData2,
			'iTunes Files': Object.fromEntries(info.itunesFiles ?? []),
			'iTunes Settings': info.itunesSettings ?? {},
			'iTunes Version': info.itunesVersion,
		}),
	);
}

function readApplications(dict: PlistDict): ReadonlyMap<string, InfoApplication> {
	const applications = new Map<string, InfoApplication>();
	for (const [bundleId, value] of Object.entries(dict)) {
		if (isDict(value)) {
			applications.set(bundleId, {
				sinf: getData(value, 'ApplicationSINF'),
				metadata: getData(value, 'iTunesMetadata'),
				placeholderIcon: getData(value, 'PlaceholderIcon'),
			});
		}
	}
	return applications;
}

function encodeApplications(applications: ReadonlyMap<string, InfoApplication>): PlistDict {
	return Object.fromEntries(
		[...applications].map(([bundleId, application]) => [
			bundleId,
			definedOnly({
				ApplicationSINF: application.sinf,
				iTunesMetadata: application.metadata,
				PlaceholderIcon: application.placeholderIcon,
			}),
		]),
	);
}

function dataEntries(dict: PlistDict): [string, Uint8Array][] {
	return Object.entries(dict).filter((entry): entry is [string, Uint8Array] => entry[1] instanceof Uint8Array);
}
