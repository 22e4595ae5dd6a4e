import type { Command } from 'commander';
import type { ExitCode } from '../exitCodes.ts';
import type { Session } from '../session.ts';

/** Runs the work of a command in a session of its own; the number it resolves with is the exit code, 0 when it is none. */
export type RunCommand = (work: (session: Session) => Promise<ExitCode | void>) => Promise<void>;

/** Adds one command to the program. */
export type AddCommand = (program: Command, run: RunCommand) => void;

/** Headings of the list of commands. */
export const GROUP = {
	devices: 'Devices:',
	snapshots: 'Snapshots:',
	contents: 'What is in a snapshot:',
	apps: 'Apps and their data:',
	upkeep: 'The store of the snapshots:',
	backup: 'Back up and restore plain folders:',
	settings: 'Settings on a device:',
	help: 'This computer, and trying things out:',
} as const;

/** `Examples:` below a command's help. */
export function examples(...lines: readonly string[]): string {
	return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}\n`;
}

/** What `<device>` may be, for the help of commands. */
export const DEVICE_ARGUMENT = 'UDID, the start of one, or the name of an attached device';

/** What `<device>` may be where no phone is needed. */
export const KNOWN_DEVICE_ARGUMENT = 'UDID, the start of one, or the name of a device that is attached or has snapshots';

/** What `<snapshot>` may be. */
export const SNAPSHOT_ARGUMENT = 'id, the start of one, name, latest, head, parent or baseline; each may be followed by ~N (N parents up)';

/** What `<app>` may be. */
export const APP_ARGUMENT = 'bundle id, its last part, or the name of an app on the device';

/** What `<snapshot>` may be where it is one of an app. */
export const APP_SNAPSHOT_ARGUMENT =
	'id, the start of one, name, latest, head or parent (of this app); each may be followed by ~N (N parents up)';
