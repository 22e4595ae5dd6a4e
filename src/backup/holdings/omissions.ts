import type { BackupContents } from '../contents/backupContents.ts';

/** What a backup does not hold, and why. Sentences are made from it at the edge. */
export interface Omission {
	readonly what: OmittedThing;
	/**
	 * `never`: no backup over a cable holds it. `unencrypted`: an encrypted one would. `in-icloud`: what is already in iCloud is left there.
	 */
	readonly why: 'never' | 'unencrypted' | 'in-icloud';
	/** How many are known to be left out; undefined where nobody can tell. */
	readonly count: number | undefined;
}

export type OmittedThing =
	| 'saved-passwords'
	| 'health'
	| 'wifi-settings'
	| 'website-history'
	| 'call-history'
	| 'app-binaries'
	| 'caches'
	| 'synced-media'
	| 'icloud-photos'
	| 'icloud-data'
	| 'face-and-touch-id'
	| 'apple-pay';

/**
 * What is left out, by what Apple says of its backups (support.apple.com/108771) and by what this one shows.
 * @param cloudOnly - photos and videos that the library lists and the backup does not have.
 */
export function omissionsOf(contents: BackupContents, cloudOnly: number | undefined): Omission[] {
	const all: Omission[] = [];
	if (!contents.isEncrypted && contents.manifest?.isEncrypted !== true) {
		const has = (domain: string, path?: string): boolean =>
			path === undefined
				? contents.table.rowsOf(domain).some((row) => contents.table.isFile(row))
				: contents.find(domain, path) !== undefined;
		// The keychain is there, but wrapped for this one phone: no other can use its passwords.
		all.push({ what: 'saved-passwords', why: 'unencrypted', count: undefined });
		if (!has('HealthDomain')) {
			all.push({ what: 'health', why: 'unencrypted', count: undefined });
		}
		all.push({ what: 'wifi-settings', why: 'unencrypted', count: undefined });
		if (!has('HomeDomain', 'Library/Safari/History.db') && !has('AppDomain-com.apple.mobilesafari', 'Library/Safari/History.db')) {
			all.push({ what: 'website-history', why: 'unencrypted', count: undefined });
		}
		if (!has('HomeDomain', 'Library/CallHistoryDB/CallHistory.storedata')) {
			all.push({ what: 'call-history', why: 'unencrypted', count: undefined });
		}
	}
	if (cloudOnly !== undefined && cloudOnly > 0) {
		all.push({ what: 'icloud-photos', why: 'in-icloud', count: cloudOnly });
	}
	all.push({ what: 'icloud-data', why: 'in-icloud', count: undefined });
	const never: readonly OmittedThing[] = ['app-binaries', 'caches', 'synced-media', 'face-and-touch-id', 'apple-pay'];
	return [...all, ...never.map((what) => ({ what, why: 'never', count: undefined }) as const)];
}
