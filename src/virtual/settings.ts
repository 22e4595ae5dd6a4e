/**
 * What a virtual phone's owner has set, and the state it is in. All of it can be changed while the lab runs (`set KEY=VALUE`);
 * services read a setting when they need it and keep no copies.
 */
export interface DeviceSettings {
	/** The screen is locked: pairing and starting services answer `PasswordProtected`. */
	locked: boolean;
	/**
	 * How the question for the passcode before a backup ends: `none` (no passcode, so no question), `immediate` (asked and entered at once),
	 * `delay:<ms>` (entered after so long), `never` (nobody enters it).
	 */
	passcode: string;
	/** Find My is on: a restore is refused with 211. */
	findMy: boolean;
	/** Free and total bytes of the device's data volume. */
	freeBytes: number;
	totalBytes: number;
	batteryPercent: number;
	charging: boolean;
	/** Backing up over Wi-Fi is on: the muxer lists the device a second time, as a network device. */
	wifi: boolean;
	/** What the trust dialog is answered: `accept`, `deny`, `pending` (nobody answers), `pending:<n>` (accepted after n questions). */
	trust: string;
	supervised: boolean;
	/** Setup Assistant is done; otherwise backups are refused with 212. */
	setupDone: boolean;
	/** A profile keeps backup encryption on. */
	encryptionLocked: boolean;
	/** iCloud backup is on. */
	cloudBackup: boolean;
	/** Rounds of the slow half of the key derivation for new backup passwords; phones use 10,000,000. */
	dpic: number;
	/** Rounds of its quick half; phones use 10,000. */
	iterations: number;
	/** A restore is done and the device has not restarted since: another one is refused with 102. */
	restorePending: boolean;
	/** Refuse an incremental base that is incomplete (205) as devices were seen to, instead of starting over with a full backup. */
	strictManifest: boolean;
	/** The DeviceLink version that is offered. */
	deviceLinkMajor: number;
	/** TLS versions that are offered: `1.2`, `1.3`, `1.2-1.3`, or `off` for everything in clear. */
	tls: string;
	/** Pause between going down and coming back in a restart, in milliseconds. */
	rebootMs: number;
	/** An unused lockdown connection is closed after so many milliseconds. */
	lockdownIdleMs: number;
}
