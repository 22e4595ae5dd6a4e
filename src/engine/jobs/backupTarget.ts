import type { WorkerHost } from '../host/workerHost.ts';

/** Why a run begins from nothing. `asked`: a full backup was asked for. `first`: there is none to continue. */
export type FreshReason = 'asked' | 'first' | 'unfinished' | 'damaged';

/** Where a backup goes: a plain folder, or the store. Begun by its kind, and ended by what its kind calls success, or by `abandon`. */
export interface BackupTarget {
	/** What the device works on. */
	readonly host: WorkerHost;
	/** Undefined when the run continues the backup that is there. */
	readonly fresh: FreshReason | undefined;
	/** The folder of backups, or the store, for messages. */
	readonly place: string;
	/** Drops the run; the backup before it is as it was. Never throws. */
	abandon(): Promise<void>;
}
