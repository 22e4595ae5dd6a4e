/** The type of our tasks in tasks.json. */
export const TASK_TYPE = 'deviceLab';

/** What the editor puts before the name of a task that nobody wrote: `deviceLab: Back Up Lab-3` is how others name it. */
export const TASK_SOURCE = 'deviceLab';

/** What a task can do. */
export const TASK_ACTIONS = [
	'backup',
	'rollback',
	'assertState',
	'verify',
	'install',
	'appSnapshot',
	'appRollback',
	'snapshotOnFailure',
	'wait',
] as const;
export type TaskAction = (typeof TASK_ACTIONS)[number];

/** What a task does while a device waits for its passcode. `skip` ends it as if it were done: for backups that may as well be left out. */
export const PASSCODE_ANSWERS = ['wait', 'skip', 'fail'] as const;
export type PasscodeAnswer = (typeof PASSCODE_ANSWERS)[number];

/** What a roll-back does when the device stands at the snapshot already, as far as that can be told. */
export const UNCHANGED_ANSWERS = ['run', 'skip'] as const;
export type UnchangedAnswer = (typeof UNCHANGED_ANSWERS)[number];

/** How far a roll-back may go: `auto` takes the cheapest way that leads to the state. */
export const TASK_SCOPES = ['device', 'app', 'auto'] as const;
export type TaskScope = (typeof TASK_SCOPES)[number];

/** What becomes of an app's roll-back while the app runs, since nothing here can end it. `wait`: for somebody to close it, two minutes. */
export const RUNNING_ANSWERS = ['wait', 'fail', 'go-on'] as const;
export type RunningAnswer = (typeof RUNNING_ANSWERS)[number];

/** A task as people write it in tasks.json, after its variables were put in. package.json has the same as a JSON schema. */
export interface LabTask {
	readonly action: TaskAction;
	/** A UDID or its beginning, a name, `select`, `last-selected`, `all`; absent: the only one that is attached, else it is asked for. */
	readonly device?: string;
	/** A snapshot's name, or its id or the beginning of that. */
	readonly snapshot?: string;
	/** Of the snapshot that is taken. */
	readonly name?: string;
	/** How far `rollback` and `assertState` go: the whole device, or the app where there is a `bundleId`, unless it is said. */
	readonly scope: TaskScope;
	/** The app whose data it is about. */
	readonly bundleId?: string;
	/** What is installed: an .ipa file or an .app folder, from the folder of the task on. */
	readonly file?: string;
	/** Of the snapshots that tasks took of the same, without a name and not pinned, so many of the newest stay. */
	readonly keep?: number;
	readonly onAppRunning: RunningAnswer;
	/** The task that `snapshotOnFailure` runs, by its label. */
	readonly task?: string;
	/** The launch configuration that begins from what was kept of a failure. */
	readonly launch?: string;
	readonly ifUnchanged: UnchangedAnswer;
	readonly onPasscodeNeeded: PasscodeAnswer;
	/** Absent: as long as the device itself waits, one to three minutes. */
	readonly passcodeTimeoutSeconds?: number;
	/** Whether a roll-back takes a snapshot of the present state first; absent: as the setting says. */
	readonly safety?: boolean;
	/** Whether the hooks of the lab file run. */
	readonly hooks: boolean;
	/** How long `wait` waits. */
	readonly timeoutSeconds: number;
}

/** The field that an action cannot do without. */
export const NEEDED_FIELDS: Readonly<Partial<Record<TaskAction, 'snapshot' | 'bundleId' | 'file' | 'task'>>> = {
	rollback: 'snapshot',
	assertState: 'snapshot',
	appRollback: 'snapshot',
	appSnapshot: 'bundleId',
	install: 'file',
	snapshotOnFailure: 'task',
};

/** A task that is there without being written: a backup of a device, or the roll-back to one of its snapshots. */
export interface OfferedTask {
	/** Of its definition: a name where only one device has it, else a UDID. */
	readonly device: string;
	/** The device as the task's name has it. */
	readonly shown: string;
	/** The baseline that it rolls back to; absent of a backup. */
	readonly snapshot?: string;
}

/**
 * For each attached device a backup, and the roll-back to each of its baselines.
 * @param attached - each with the names of its snapshots of the whole device.
 * @param baselines - names that tests rely on, in any case; with none, each name is one.
 */
export function offeredTasks(
	attached: readonly { readonly udid: string; readonly name: string; readonly states: readonly string[] }[],
	baselines: readonly string[],
): readonly OfferedTask[] {
	const wanted = new Set(baselines.map((name) => name.toLowerCase()));
	return attached.flatMap(({ udid, name, states }) => {
		const isOnlyOne = attached.filter((other) => other.name.toLowerCase() === name.toLowerCase()).length === 1;
		const device = isOnlyOne ? { device: name, shown: name } : { device: udid, shown: `${name} (${udid})` };
		const offered = states.filter((state) => wanted.size === 0 || wanted.has(state.toLowerCase()));
		return [device, ...offered.map((snapshot) => ({ ...device, snapshot }))];
	});
}
