/**
 * What a domain means to backup and restore.
 *
 * - `user`: data of the owner and of apps. Every backup carries it, every restore replaces it.
 * - `system`: settings of the system and its services. Every backup carries them; a restore replaces them only with `RestoreSystemFiles`.
 * - `encryptedOnly`: Health, HomeKit and the like. Only an encrypted backup carries them, so an unencrypted one never touches them.
 */
export type DomainKind = 'user' | 'system' | 'encryptedOnly';

/** The kind of a domain. Unknown names count as the user's data. Unverified: which domains iOS regards as system files. */
export function domainKindOf(domain: string): DomainKind {
	if (ENCRYPTED_ONLY.has(domain)) {
		return 'encryptedOnly';
	}
	return SYSTEM.has(domain) || domain.startsWith('SysContainerDomain-') || domain.startsWith('SysSharedContainerDomain-')
		? 'system'
		: 'user';
}

/**
 * True for what `RestorePreserveSettings` keeps: preferences of the system outside of apps' containers.
 * Unverified: iOS does not publish the list.
 */
export function isSetting(domain: string, path: string): boolean {
	if (domain === 'SystemPreferencesDomain' || domain === 'ManagedPreferencesDomain') {
		return true;
	}
	return domain === 'HomeDomain' && SETTING_FOLDERS.some((folder) => path === folder || path.startsWith(`${folder}/`));
}

/** True where a device records the SHA-1 of what it stored: system domains, not camera roll, media, tones, books or apps. */
export function recordsDigest(domain: string): boolean {
	return domain === 'HomeDomain' || domain === 'KeyboardDomain' || domainKindOf(domain) !== 'user';
}

/** Where a domain lies on the device; shown in upload records only, never used as a path. */
export function devicePathOf(domain: string, path: string): string {
	const base =
		domain === 'CameraRollDomain' || domain === 'MediaDomain' || domain === 'HomeDomain' ? '/.ba/mobile' : `/.ba/Containers/${domain}`;
	return path === '' ? base : `${base}/${path}`;
}

const ENCRYPTED_ONLY = new Set(['HealthDomain', 'HomeKitDomain', 'ProtectedDomain']);

const SYSTEM = new Set([
	'RootDomain',
	'SystemPreferencesDomain',
	'ManagedPreferencesDomain',
	'WirelessDomain',
	'NetworkDomain',
	'MobileDeviceDomain',
	'DatabaseDomain',
	'InstallDomain',
	'KeychainDomain',
]);

const SETTING_FOLDERS = ['Library/Preferences', 'Library/ConfigurationProfiles', 'Library/UserConfigurationProfiles'];
