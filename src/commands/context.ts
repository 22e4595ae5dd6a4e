import type * as vscode from 'vscode';
import type { Lab, LabClient, PasswordStore, VirtualLabProcess } from '../client/index.ts';
import type { JobKind, LabFile } from '../contract/index.ts';
import type { CommandTarget } from '../contributions.ts';
import type { LabSource, RecentDevices, SnapshotContents } from '../views/index.ts';
import type { ReportDocuments } from './reports/documents.ts';

/** What commands are given, by what they use of it: a test can stand in for each. */
export interface CommandDeps {
	readonly lab: LabSource & Pick<Lab, 'refresh'>;
	readonly client: Pick<LabClient, 'request' | 'restart'>;
	readonly log: vscode.LogOutputChannel;
	readonly passwords: Pick<PasswordStore, 'get' | 'set' | 'forget'>;
	readonly virtualLab: Pick<VirtualLabProcess, 'start' | 'stop' | 'lab'>;
	/** Told of passwords that were given, so that nobody asks again; opens files as text. */
	readonly contents: Pick<SnapshotContents, 'opened' | 'openText'>;
	/** Has views look again at what `lab` does not know. */
	refreshViews(): void;
	/** Has views not tell that this work ended well, until disposed: the command does. */
	leaveResult?(work: { readonly kind: JobKind; readonly udid: string }): vscode.Disposable;
	/** The rules of the lab file for a clean-up, and the baselines that stay with any. */
	labRules?(): Promise<Pick<LabFile, 'baselines' | 'retention'>>;
	/** Shared with whoever else asks for devices. */
	readonly recent?: RecentDevices;
	/** Milliseconds since 1970; the system's unless a test says otherwise. */
	readonly now?: () => number;
}

/** What a command works with. */
export interface CommandContext extends CommandDeps {
	readonly now: () => number;
	/** What was used last comes first where a person chooses. */
	readonly recent: RecentDevices;
	/** Results that are longer than a message. */
	readonly documents: ReportDocuments;
}

/**
 * One verb: picks what it was not given, confirms what cannot be taken back, and acts.
 *
 * @param targets - the rows that it was called on, one or all selected ones; none from the palette.
 * @throws whatever a request failed with. `run` shows it, unless it is shown already or the user cancelled.
 */
export type Command = (context: CommandContext, targets: readonly CommandTarget[]) => Promise<void>;
