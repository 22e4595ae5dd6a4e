/** When devices are backed up without being asked: when they are attached, within a window of the day, or both. */
export type AutomaticMode = 'onAttach' | 'inWindow' | 'both';

/** The rules of automatic backups. Without any they are off. */
export interface AutomaticRules {
	readonly mode: AutomaticMode;
	/** Local times of day as `readTimeWindow` reads them; counts for `inWindow` and `both`. */
	readonly window: string;
	/** A device that has a snapshot younger than this many hours is left alone. */
	readonly everyHours: number;
	/** Below this the battery is left alone; 0 for any. */
	readonly minBatteryPercent: number;
	/** Only while power comes from outside. */
	readonly onlyWhenCharging: boolean;
	/** Devices that are reached over Wi-Fi alone, too. */
	readonly overWifi: boolean;
}

/**
 * Why a device is, or is not, being backed up automatically. Words are added, never renamed.
 */
export type AutomaticReason =
	| 'backing-up' // it is being backed up automatically now
	| 'queued' // it is due; others are being backed up first
	| 'busy' // another job or another program works on it
	| 'fresh' // it has a young snapshot
	| 'next-attach' // this time it was looked at already; it is its turn when it is attached again
	| 'outside-window'
	| 'not-paired'
	| 'wifi'
	| 'not-charging'
	| 'battery-low'
	| 'locked'
	| 'no-space' // on the disk of the store
	| 'failed' // the last try failed; it is tried again
	| 'cancelled'; // a person cancelled the last one

/** Where one attached device stands with automatic backups. */
export interface AutomaticState {
	readonly udid: string;
	readonly reason: AutomaticReason;
	/** When it is looked at again for this reason, ISO 8601; absent where nothing but a change of the device, or of its use, helps. */
	readonly until?: string;
	/** When its youngest snapshot was taken, ISO 8601. */
	readonly lastSnapshotAt?: string;
}

/** Automatic backups as they stand. */
export interface AutomaticReport {
	/** Absent while they are off; then no device is listed. */
	readonly rules?: AutomaticRules;
	/** Attached devices. One that was just attached is listed when it has been looked at. */
	readonly devices: readonly AutomaticState[];
}

/** Minutes since local midnight; `from` equal to `to` is the whole day, `from` above `to` crosses midnight. */
export interface TimeWindow {
	readonly fromMinute: number;
	readonly toMinute: number;
}

/** Reads `22:00-06:00`, with a hyphen or a dash; undefined when it is none. */
export function readTimeWindow(text: string): TimeWindow | undefined {
	const match = /^\s*(\d{1,2}):(\d{2})\s*[-–—]\s*(\d{1,2}):(\d{2})\s*$/.exec(text);
	const [fromHour, fromMinute, toHour, toMinute] = (match?.slice(1) ?? []).map(Number);
	if (fromHour === undefined || fromMinute === undefined || toHour === undefined || toMinute === undefined) {
		return undefined;
	}
	// 24:00 is how people write the end of a day.
	if (fromHour > 23 || toHour > 24 || fromMinute > 59 || toMinute > 59 || (toHour === 24 && toMinute > 0)) {
		return undefined;
	}
	return { fromMinute: fromHour * 60 + fromMinute, toMinute: (toHour % 24) * 60 + toMinute };
}
