import { GiB } from '../../base/index.ts';
import type { PlistDict, PlistValue } from '../../plist/index.ts';
import type { VirtualDevice } from '../device.ts';

/**
 * What is given out before a session. Unverified: which keys current systems show; clients need the name, class, version, public key and
 * Wi-Fi address for pairing.
 */
export const PUBLIC_KEYS: ReadonlySet<string> = new Set([
	'BuildVersion',
	'CPUArchitecture',
	'DeviceClass',
	'DeviceName',
	'DevicePublicKey',
	'HardwareModel',
	'PasswordProtected',
	'ProductName',
	'ProductType',
	'ProductVersion',
	'ProtocolVersion',
	'SupportedDeviceFamilies',
	'UniqueChipID',
	'UniqueDeviceID',
	'WiFiAddress',
]);

/** Keys of the default domain that a host may set. */
export const SETTABLE_KEYS: ReadonlySet<string> = new Set([
	'DeviceName',
	'TimeZone',
	'TimeIntervalSince1970',
	'Uses24HourClock',
	'UntrustedHostBUID',
]);

export const BACKUP_DOMAIN = 'com.apple.mobile.backup';
export const WIRELESS_DOMAIN = 'com.apple.mobile.wireless_lockdown';
export const WIFI_KEY = 'EnableWifiConnections';
export const DEVICE_NAME_KEY = 'DeviceName';

/** The default domain. @param publicKeyPem - PKCS#1, as PEM text. */
export function defaultDomain(device: VirtualDevice, publicKeyPem: string): PlistDict {
	const { identity, settings } = device;
	const cellular: PlistDict =
		identity.imei === undefined
			? {}
			: {
					InternationalMobileEquipmentIdentity: identity.imei,
					IntegratedCircuitCardIdentity: `8900${identity.imei}`,
					MobileEquipmentIdentifier: identity.imei.slice(0, 14),
					...(identity.phoneNumber === undefined ? {} : { PhoneNumber: identity.phoneNumber }),
					SIMStatus: 'kCTSIMSupportSIMStatusReady',
					TelephonyCapability: true,
				};
	return {
		ActivationState: 'Activated',
		BasebandVersion: '1.00.00',
		BluetoothAddress: identity.bluetoothAddress,
		BoardId: 4,
		BuildVersion: identity.buildVersion,
		CPUArchitecture: identity.cpuArchitecture,
		ChipID: 33024,
		DeviceClass: identity.deviceClass,
		DeviceColor: '1',
		DeviceName: identity.name,
		DevicePublicKey: new TextEncoder().encode(publicKeyPem),
		DieID: identity.ecid,
		EthernetAddress: identity.bluetoothAddress,
		FirmwareVersion: 'iBoot-0.0.0',
		HardwareModel: identity.hardwareModel,
		HardwarePlatform: 't0000',
		HasSiDP: true,
		HostAttached: true,
		MLBSerialNumber: `FAKE${identity.serialNumber}`,
		ModelNumber: identity.modelNumber,
		PartitionType: 'GUID_partition_scheme',
		PasswordProtected: settings.locked,
		ProductName: identity.deviceClass === 'iPad' ? 'iPad OS' : 'iPhone OS',
		ProductType: identity.productType,
		ProductVersion: identity.iosVersion,
		ProductionSOC: true,
		ProtocolVersion: '2',
		RegionInfo: identity.regionInfo,
		SerialNumber: identity.serialNumber,
		SupportedDeviceFamilies: [1],
		TimeIntervalSince1970: Math.floor(device.clock.now() / 1000),
		TimeZone: 'Europe/Berlin',
		TimeZoneOffsetFromUTC: 3600,
		TrustedHostAttached: true,
		UniqueChipID: identity.ecid,
		UniqueDeviceID: identity.udid,
		UseRaptorCerts: true,
		Uses24HourClock: true,
		WiFiAddress: identity.wifiAddress,
		...cellular,
	};
}

/** The named domains. Battery and disk figures move with the settings. */
export function namedDomain(device: VirtualDevice, domain: string): PlistDict | undefined {
	const build = DOMAINS.get(domain);
	return build?.(device);
}

const DOMAINS: ReadonlyMap<string, (device: VirtualDevice) => PlistDict> = new Map<string, (device: VirtualDevice) => PlistDict>([
	[
		BACKUP_DOMAIN,
		({ encryption, settings }) => ({
			WillEncrypt: encryption.willEncrypt,
			RequiresEncryption: settings.encryptionLocked,
			CloudBackupEnabled: settings.cloudBackup,
			Version: '2.4',
		}),
	],
	[
		'com.apple.mobile.battery',
		({ settings }) => ({
			BatteryCurrentCapacity: settings.batteryPercent,
			BatteryIsCharging: settings.charging && settings.batteryPercent < 100,
			ExternalChargeCapable: true,
			ExternalConnected: settings.charging,
			FullyCharged: settings.batteryPercent >= 100,
			GasGaugeCapability: true,
			HasBattery: true,
		}),
	],
	['com.apple.disk_usage', ({ settings }) => diskUsage(settings.totalBytes, settings.freeBytes)],
	['com.apple.disk_usage.factory', ({ settings }) => diskUsage(settings.totalBytes, settings.freeBytes)],
	[
		WIRELESS_DOMAIN,
		({ settings, identity }) => ({
			[WIFI_KEY]: settings.wifi,
			BonjourFullServiceName: `${identity.wifiAddress}@fe80::1._apple-mobdev2._tcp.local.`,
			SupportsWifi: true,
			SupportsWifiSyncing: true,
		}),
	],
	['com.apple.fmip', ({ settings }) => ({ IsAssociated: settings.findMy })],
	[
		'com.apple.iTunes',
		() => ({ DBVersion: 5, KeyTypeSupportVersion: 492, MinITunesVersion: '12.5', SyncDataClasses: ['Contacts', 'Calendars', 'Bookmarks'] }),
	],
	[
		'com.apple.mobile.iTunes',
		() => ({ MinITunesVersion: '12.5', iTunesSetupComplete: true, AppleDRMVersion: { Format: 1, Maximum: 4, Minimum: 0 } }),
	],
	[
		'com.apple.international',
		() => ({
			Keyboard: 'en',
			Language: 'en',
			Locale: 'en_GB',
			SupportedLocales: ['de_DE', 'en_GB', 'en_US', 'fr_FR'],
			SupportedLanguages: ['de', 'en', 'fr'],
		}),
	],
	['com.apple.security.mac.amfi', () => ({ DeveloperModeStatus: false })],
	[
		'com.apple.purplebuddy',
		({ settings }) => ({ SetupDone: settings.setupDone, SetupState: settings.setupDone ? 'SetupUsingAssistant' : 'NotStarted' }),
	],
	['com.apple.mobile.chaperone', ({ settings }) => ({ DeviceIsChaperoned: settings.supervised })],
	['com.apple.mobile.data_sync', () => ({})],
	['com.apple.mobile.restriction', () => ({ ProhibitAppInstall: false, ProhibitAppDelete: false })],
	['com.apple.mobile.lockdown_cache', () => ({ ActivationState: 'Activated' })],
	['com.apple.mobile.sync_data_class', () => ({ DeviceHandlesDefaultCalendar: true, DeviceSupportsClearingData: true })],
	['com.apple.mobile.internal', () => ({ IsInternal: false, PasswordConfigured: false })],
	['com.apple.Accessibility', () => ({ VoiceOverTouchEnabledByiTunes: 0, ZoomTouchEnabledByiTunes: 0, InvertDisplayEnabledByiTunes: 0 })],
	['com.apple.fairplay', () => ({})],
	['com.apple.xcode.developerdomain', () => ({ DeveloperStatus: 'None' })],
]);

function diskUsage(totalBytes: number, freeBytes: number): PlistDict {
	const systemBytes = 12 * GiB;
	const dataBytes = Math.max(0, totalBytes - systemBytes);
	const available = Math.min(freeBytes, dataBytes);
	return {
		AmountDataAvailable: available,
		AmountDataReserved: 200 * 1024 * 1024,
		AmountRestoreAvailable: available,
		CalculateDiskUsage: 'OkilyDokily',
		NANDInfo: new Uint8Array(4),
		TotalDataAvailable: available,
		TotalDataCapacity: dataBytes,
		TotalDiskCapacity: totalBytes,
		TotalSystemAvailable: 0,
		TotalSystemCapacity: systemBytes,
	};
}

/** Values that hosts have set and that nothing else reads; kept while the lab runs, within bounds. */
export class StoredValues {
	readonly #values = new Map<string, PlistValue>();

	/** @returns false when there are too many already. */
	set(domain: string | undefined, key: string, value: PlistValue): boolean {
		const name = `${domain ?? ''}\0${key}`;
		if (this.#values.size >= MAX_STORED_VALUES && !this.#values.has(name)) {
			return false;
		}
		this.#values.set(name, value);
		return true;
	}

	remove(domain: string | undefined, key: string): boolean {
		return this.#values.delete(`${domain ?? ''}\0${key}`);
	}

	/** What was set in one domain. */
	of(domain: string | undefined): PlistDict {
		const prefix = `${domain ?? ''}\0`;
		return Object.fromEntries(
			[...this.#values].filter(([name]) => name.startsWith(prefix)).map(([name, value]) => [name.slice(prefix.length), value]),
		);
	}
}

const MAX_STORED_VALUES = 1000;
