/** How a device is reached. */
export type Transport = 'usb' | 'network';

/** The trust between this computer and a device. `stale`: a pair record is here that the device no longer honours. */
export type TrustState = 'paired' | 'not-paired' | 'stale';

/** Something that the device may keep to itself; never a guess. */
export type Known = 'on' | 'off' | 'unknown';

/** An attached device as people see it. Fields are absent where the device does not say, or not before it is paired. */
export interface DeviceInfo {
	readonly udid: string;
	readonly name?: string;
	/** `iPhone16,1` */
	readonly productType?: string;
	/** As a person says it: `iPhone 15 Pro`. Equal to productType for models that are newer than this program. */
	readonly model?: string;
	readonly iosVersion?: string;
	readonly buildVersion?: string;
	/** What its connections go over; the better one when both are there. */
	readonly transport: Transport;
	readonly transports: readonly Transport[];
	/** The muxer that it is attached to, as its address is written. */
	readonly muxer: string;
	readonly trust: TrustState;
	/** The screen is locked, as far as the device says. */
	readonly locked?: boolean;
	readonly batteryPercent?: number;
	readonly charging?: boolean;
	/** Power comes from outside, also when the battery is full and not charged any more. */
	readonly onPower?: boolean;
	readonly totalBytes?: number;
	readonly freeBytes?: number;
	/** Whether its backups are encrypted. */
	readonly encryption: Known;
	readonly findMy: Known;
	readonly supervised: Known;
	readonly wifiSync: Known;
	/**
	 * Why it says little of itself: `awaited`, it has not answered yet; `none`, it did not answer in time, as a phone that hangs. Who it is may
	 * be known from before. Absent when it answered.
	 */
	readonly answer?: 'awaited' | 'none';
	/** What it is doing now for any program that uses this engine; absent when nothing. */
	readonly activity?: string;
}

/** A problem that concerns no single device, such as a muxer that does not answer. */
export interface LabProblem {
	readonly code: string;
	readonly message: string;
	readonly details: Readonly<Record<string, unknown>>;
}

export interface DeviceList {
	readonly devices: readonly DeviceInfo[];
	readonly problems: readonly LabProblem[];
}

/** Where pairing stands. `waiting-for-trust`: the dialog is on the device's screen. `locked`: it must be unlocked to show the dialog. */
export type PairingState = 'waiting-for-trust' | 'locked';

export interface EncryptionStatus {
	readonly encryption: Known;
	/** A managed device may forbid turning encryption off. */
	readonly required: Known;
}

export interface CloudBackupStatus {
	readonly cloudBackup: Known;
	/** As the device reports it; absent when it does not. */
	readonly lastBackupAt?: string;
}
