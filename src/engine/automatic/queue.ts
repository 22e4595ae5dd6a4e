/** A device that is to be backed up. */
export interface DueDevice {
	readonly udid: string;
	/** Until when it can most likely be done. */
	readonly deadlineMs: number;
}

/** A backup that runs, automatic or not. */
export interface RunningBackup {
	/** It waits for its device's passcode, or may still come to ask for it. */
	readonly mayAskPerson: boolean;
}

/** Two share a cable's and a disk's speed well; more only make each last longer. Unverified on real hubs. */
const AT_ONCE = 2;

/**
 * Which device to begin with now, if with any. A phone waits one to three minutes for its passcode: so while one may ask, no other is begun,
 * and each has a person's whole attention. The one whose time is over soonest comes first.
 */
export function pickNext(due: readonly DueDevice[], running: readonly RunningBackup[], atOnce = AT_ONCE): string | undefined {
	if (running.length >= atOnce || running.some(({ mayAskPerson }) => mayAskPerson)) {
		return undefined;
	}
	return [...due].sort((a, b) => (a.deadlineMs === b.deadlineMs ? (a.udid < b.udid ? -1 : 1) : a.deadlineMs - b.deadlineMs))[0]?.udid;
}
