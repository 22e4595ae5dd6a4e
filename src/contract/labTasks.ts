/** The type of our tasks in tasks.json. */
export const TASK_TYPE = 'deviceLab';

/** What a task can do. */
export const TASK_ACTIONS = ['backup', 'rollback', 'assertState', 'verify', 'wait'] as const;
export type TaskAction = (typeof TASK_ACTIONS)[number];

/** What a task does while a device waits for its passcode. `skip` ends it as if it were done: for backups that may as well be left out. */
export const PASSCODE_ANSWERS = ['wait', 'skip', 'fail'] as const;
export type PasscodeAnswer = (typeof PASSCODE_ANSWERS)[number];

/** What a roll-back does when the device stands at the snapshot already, as far as that can be told. */
export const UNCHANGED_ANSWERS = ['run', 'skip'] as const;
export type UnchangedAnswer = (typeof UNCHANGED_ANSWERS)[number];

/** A task as people write it in tasks.json, after its variables were put in. package.json has the same as a JSON schema. */
export interface LabTask {
	readonly action: TaskAction;
	/** A UDID or its beginning, a name, `select`, `last-selected`, `all`; absent: the only one that is attached, else it is asked for. */
	readonly device?: string;
	/** A snapshot's name, or its id or the beginning of that. */
	readonly snapshot?: string;
	/** Of the snapshot that a backup takes. */
	readonly name?: string;
	readonly ifUnchanged: UnchangedAnswer;
	readonly onPasscodeNeeded: PasscodeAnswer;
	/** Absent: as long as the device itself waits, one to three minutes. */
	readonly passcodeTimeoutSeconds?: number;
	/** Whether a roll-back takes a snapshot of the present state first; absent: as the setting says. */
	readonly safety?: boolean;
	/** How long `wait` waits. */
	readonly timeoutSeconds: number;
}
