import type { TreeBuilder } from './builder.ts';

/** Settings of the system and its services, and the domains that only an encrypted backup carries. */
export function buildSystem(builder: TreeBuilder): void {
	const { random } = builder;
	const root = { userId: 0, groupId: 0 };
	builder.plist('RootDomain', 'Library/Preferences/com.apple.preferences.network.plist', { AirplaneMode: false }, root);
	builder.plist('RootDomain', 'Library/Preferences/com.apple.MobileBackup.plist', { BackupStateInfo: { state: 0 } }, root);
	builder.generated('RootDomain', 'Library/Caches/locationd/consolidated.db', 'database', 40_960, { ...root, protectionClass: 4 });
	builder.plist(
		'SystemPreferencesDomain',
		'SystemConfiguration/com.apple.wifi.known-networks.plist',
		{
			'wifi.network.ssid.Example': { AddReason: 'Example', UUID: random.uuid() },
		},
		root,
	);
	builder.plist(
		'SystemPreferencesDomain',
		'SystemConfiguration/com.apple.mobilegestalt.plist',
		{ UserAssignedDeviceName: 'Example' },
		root,
	);
	builder.plist('ManagedPreferencesDomain', 'mobile/com.apple.webcontentfilter.plist', { restrictWeb: false });
	builder.plist('WirelessDomain', 'Library/Preferences/com.apple.commcenter.plist', { version: 1 }, { userId: 25, groupId: 25 });
	builder.generated('WirelessDomain', 'Library/Databases/CellularUsage.db', 'database', 20_480, {
		userId: 25,
		groupId: 25,
		sizeError: 4096,
	});
	builder.generated('NetworkDomain', 'Library/Preferences/com.apple.networkextension.cache.plist', 'binary', 2_411, root);
	builder.plist('MobileDeviceDomain', 'ProvisioningProfiles/profiles.plist', { count: 0 });
	builder.generated('DatabaseDomain', 'timezone/Library/tz.db', 'database', 12_288, root);
	builder.folder('InstallDomain', 'Library/Installed');
	builder.plist(
		'KeychainDomain',
		'keychain-backup.plist',
		{
			genp: Array.from({ length: 12 }, () => ({ v_Data: Buffer.from(random.uuid()), v_PersistentRef: Buffer.from(random.uuid()) })),
			inet: [],
			cert: [],
			keys: [],
		},
		{ userId: 64, groupId: 64 },
	);
	for (const id of ['com.apple.backupd', 'com.apple.lsd', 'com.apple.geod']) {
		builder.plist(`SysContainerDomain-${id}`, `Library/Preferences/${id}.plist`, { LastRun: builder.moment() });
		builder.folder(`SysContainerDomain-${id}`, 'tmp');
	}
	builder.generated(
		'SysSharedContainerDomain-systemgroup.com.apple.configurationprofiles',
		'Library/ConfigurationProfiles/Truth.plist',
		'text',
		6_200,
	);
	buildEncryptedOnly(builder);
}

function buildEncryptedOnly(builder: TreeBuilder): void {
	builder.generated('HealthDomain', 'Health/healthdb.sqlite', 'database', 45_056, { protectionClass: 1 });
	builder.generated('HealthDomain', 'MedicalID/MedicalIDData.archive', 'binary', 911, { protectionClass: 4 });
	builder.generated('HomeKitDomain', 'Library/homed/datastore.sqlite', 'database', 36_864, { protectionClass: 3 });
	builder.plist('HomeKitDomain', 'Library/Preferences/com.apple.homed.plist', { HMDVersion: 9 });
	builder.generated('ProtectedDomain', 'trustd/private/TrustStore.sqlite3', 'database', 16_384, { protectionClass: 2 });
}
