import { randomUUID } from 'node:crypto';
import { encodeInfoPlist, type InfoApplication, type InfoPlist } from '../../backup/index.ts';
import { errorText, KiB, MiB, type Logger } from '../../base/index.ts';
import {
	InstallationProxyClient,
	INSTALLATION_PROXY_SERVICE,
	PlistChannel,
	readFileIfPresent,
	SpringboardClient,
	SPRINGBOARD_SERVICE,
	type AfcClient,
	type PairedDevice,
} from '../../device/index.ts';
import { getString, isDict, type PlistDict } from '../../plist/index.ts';
import { modelName } from '../devices/models.ts';
import { readDomain } from '../devices/readDevice.ts';

/** What hosts keep of `/iTunes_Control/iTunes`. Source: docs/protocol.md#info-plist. */
const ITUNES_FILES = [
	'ApertureAlbumPrefs',
	'IC-Info.sidb',
	'IC-Info.sidv',
	'PhotosFolderAlbums',
	'PhotosFolderName',
	'PhotosFolderPrefs',
	'VoiceMemos.plist',
	'iPhotoAlbumPrefs',
	'iTunesApplicationIDs',
	'iTunesPrefs',
	'iTunesPrefs.plist',
];

/** These are preferences of some hundred bytes; a device does not get to fill the memory with them. */
const MAX_FILE_BYTES = 4 * MiB;
const MAX_ICON_BYTES = 512 * KiB;

/** What a host that knows no better says; iTunes on the Mac had this version when the format settled. */
const FALLBACK_ITUNES_VERSION = '10.0.1';

export interface HostInfoContext {
	readonly paired: PairedDevice;
	readonly afc: AfcClient;
	readonly now: Date;
	readonly log: Logger;
	readonly signal: AbortSignal;
}

/**
 * `Info.plist` of a backup: what the host knows about the device, its apps and their icons. The device reads it in a restore.
 * A part that the device does not give makes a poorer file, not a failed backup.
 */
export async function createInfoPlist(context: HostInfoContext): Promise<Uint8Array> {
	const { paired, afc, now, signal } = context;
	const { values, itunes, itunesVersion } = await paired.withSession(
		async (lockdown) => {
			const host = await readDomain(lockdown, 'com.apple.mobile.iTunes', { signal });
			return {
				values: await readDomain(lockdown, undefined, { signal }),
				itunes: await readDomain(lockdown, 'com.apple.iTunes', { signal }),
				itunesVersion: getString(host, 'MinITunesVersion'),
			};
		},
		{ signal },
	);
	const apps = await optional(context, 'the list of apps', () => readApps(context));
	const itunesFiles = new Map<string, Uint8Array>();
	for (const name of ITUNES_FILES) {
		const bytes = await optional(context, name, () =>
			readFileIfPresent(afc, `/iTunes_Control/iTunes/${name}`, { signal, maxBytes: MAX_FILE_BYTES }),
		);
		if (bytes !== undefined) {
			itunesFiles.set(name, bytes);
		}
	}
	return encodeInfoPlist({
		...identity(values, paired.device.udid),
		lastBackupDate: now,
		guid: randomUUID().replaceAll('-', '').toUpperCase(),
		installedApplications: apps?.bundleIds ?? [],
		applications: apps?.applications ?? new Map(),
		itunesFiles,
		ibooksData2: await optional(context, 'iBooksData2', () =>
			readFileIfPresent(afc, '/Books/iBooksData2.plist', { signal, maxBytes: MAX_FILE_BYTES }),
		),
		itunesSettings: itunes,
		itunesVersion: itunesVersion ?? FALLBACK_ITUNES_VERSION,
	});
}

function identity(values: PlistDict, udid: string): Partial<InfoPlist> {
	const productType = getString(values, 'ProductType');
	return {
		deviceName: getString(values, 'DeviceName'),
		displayName: getString(values, 'DeviceName'),
		productType,
		productName: productType === undefined ? undefined : modelName(productType),
		productVersion: getString(values, 'ProductVersion'),
		buildVersion: getString(values, 'BuildVersion'),
		serialNumber: getString(values, 'SerialNumber'),
		uniqueIdentifier: udid.toUpperCase(),
		targetIdentifier: udid,
		targetType: 'Device',
		iccid: getString(values, 'IntegratedCircuitCardIdentity'),
		imei: getString(values, 'InternationalMobileEquipmentIdentity'),
		imei2: getString(values, 'InternationalMobileEquipmentIdentity2'),
		meid: getString(values, 'MobileEquipmentIdentifier'),
		phoneNumber: getString(values, 'PhoneNumber'),
	};
}

async function readApps({
	paired,
	log,
	signal,
}: HostInfoContext): Promise<{ bundleIds: string[]; applications: Map<string, InfoApplication> }> {
	const bundleIds: string[] = [];
	const licensed: { bundleId: string; sinf: Uint8Array; metadata: Uint8Array }[] = [];
	const proxy = new InstallationProxyClient(new PlistChannel(await paired.openService(INSTALLATION_PROXY_SERVICE, { signal })));
	try {
		for await (const batch of proxy.browse({ applicationType: 'User', attributes: ['bundleId', 'sinf', 'iTunesMetadata'] }, { signal })) {
			for (const { bundleId, sinf, iTunesMetadata } of batch) {
				bundleIds.push(bundleId);
				if (sinf !== undefined && iTunesMetadata !== undefined) {
					licensed.push({ bundleId, sinf, metadata: iTunesMetadata });
				}
			}
		}
	} finally {
		proxy.close();
	}
	const icons =
		licensed.length === 0 ? undefined : new SpringboardClient(new PlistChannel(await paired.openService(SPRINGBOARD_SERVICE, { signal })));
	const applications = new Map<string, InfoApplication>();
	try {
		for (const { bundleId, sinf, metadata } of licensed) {
			const icon = await icons?.iconPng(bundleId, { signal }).catch((error: unknown) => {
				signal.throwIfAborted();
				log.debug(`No icon for an app: ${errorText(error)}`);
				return undefined;
			});
			applications.set(bundleId, {
				sinf,
				metadata,
				placeholderIcon: icon !== undefined && icon.length <= MAX_ICON_BYTES ? icon : undefined,
			});
		}
	} finally {
		icons?.close();
	}
	return { bundleIds, applications };
}

async function optional<T>({ log, signal }: HostInfoContext, what: string, read: () => Promise<T>): Promise<T | undefined> {
	try {
		return await read();
	} catch (error) {
		signal.throwIfAborted();
		log.warn(`Info.plist goes without ${what}: ${errorText(error)}`);
		return undefined;
	}
}

/** The apps of a backup in the form in which a device takes them for downloading them again: the dictionary as it stands in Info.plist. */
export function applicationsOf(infoPlist: unknown): PlistDict | undefined {
	const applications = isDict(infoPlist) ? infoPlist['Applications'] : undefined;
	return isDict(applications) && Object.keys(applications).length > 0 ? applications : undefined;
}
