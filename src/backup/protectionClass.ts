/**
 * Apple's data-protection classes: 1–5 for files, 6–11 for keychain items, of which 9–11 never leave the device.
 * The numbers are those of keybags and file records.
 */
export const ProtectionClass = {
	none: 0,
	complete: 1,
	completeUnlessOpen: 2,
	untilFirstAuthentication: 3,
	always: 4,
	recovery: 5,
	keychainUnlocked: 6,
	keychainFirstUnlock: 7,
	keychainAlways: 8,
	keychainUnlockedThisDevice: 9,
	keychainFirstUnlockThisDevice: 10,
	keychainAlwaysThisDevice: 11,
} as const;

/** A number of the table above; files that are not encrypted, folders and links carry 0. */
export type ProtectionClass = (typeof ProtectionClass)[keyof typeof ProtectionClass];

/** The classes for which a backup keybag holds a key, in the order in which they are written. */
export const KEYBAG_CLASSES: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
