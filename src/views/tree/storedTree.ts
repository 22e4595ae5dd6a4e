import type * as vscode from 'vscode';
import type { Clock } from '../../base/index.ts';
import { ERROR_CODES, type ErrorCode, type LabProblem, type LocalBackup, type SnapshotInfo } from '../../contract/index.ts';
import { sentenceOf } from '../errorMessages.ts';
import type { LabSource } from '../labSource.ts';
import { plainText } from '../text.ts';
import type { RowItem } from './item.ts';
import type { LocalBackups } from './localBackups.ts';
import { backupItem, backupsItem, olderItem, problemItem, storedDeviceItem } from './otherItems.ts';
import { RowProvider } from './rowProvider.ts';
import { row, type LabRow } from './rows.ts';
import { SnapshotRows } from './snapshotRows.ts';
import { backupTooltip, snapshotTooltip } from './tooltips.ts';

/** Snapshots of devices that are not attached, and the backups that other programs keep. */
export class StoredTree extends RowProvider {
	readonly #lab: LabSource;
	readonly #backups: LocalBackups;
	readonly #snapshots: SnapshotRows;

	constructor(lab: LabSource, backups: LocalBackups, clock: Clock) {
		super(clock);
		this.#lab = lab;
		this.#backups = backups;
		this.#snapshots = new SnapshotRows(lab);
		this.register(lab.onDidChange(({ udid }) => this.changed(udid)));
		this.register(backups.onDidChange(() => this.changed()));
	}

	protected override async opened(parent: LabRow | undefined): Promise<void> {
		if (parent === undefined) {
			await Promise.all([this.#lab.whenReady(), this.#backups.want()]);
		}
	}

	protected override rowsBelow(parent: LabRow | undefined): readonly LabRow[] {
		const { backups = [], problems = [] } = this.#backups.list ?? {};
		switch (parent?.kind) {
			case undefined: {
				const devices = [...this.#lab.allSnapshots()].filter(([udid, own]) => own.length > 0 && this.#lab.device(udid) === undefined);
				return [...devices.map(([udid]) => row.device(udid, true)), ...(backups.length + problems.length > 0 ? [row.backups()] : [])];
			}
			case 'device':
				return this.#snapshots.below(parent.udid, true);
			case 'older':
				return this.#snapshots.ofMonth(parent).map(({ id }) => row.snapshot(parent.udid, id, true));
			case 'backups':
				return [...backups.map(({ path }) => row.backup(path)), ...problems.map((_, index) => row.problem(index))];
			default:
				return [];
		}
	}

	protected override itemOf(of: LabRow): RowItem | undefined {
		const nowMs = this.clock.now();
		switch (of.kind) {
			case 'device':
				return this.#isShown(of.udid)
					? storedDeviceItem(plainText(this.#lab.deviceName(of.udid)), this.#lab.snapshots(of.udid), nowMs)
					: undefined;
			case 'snapshot':
				return this.#isShown(of.udid) ? this.#snapshots.item(of, nowMs) : undefined;
			case 'older': {
				const count = this.#snapshots.ofMonth(of).length;
				return count === 0 || !this.#isShown(of.udid) ? undefined : olderItem(of.month, count);
			}
			case 'backups':
				return backupsItem(this.#backups.list?.backups.length);
			case 'backup': {
				const backup = this.#backup(of.backupPath);
				return backup === undefined ? undefined : backupItem(backup, this.#adoptedAs(backup), problemSentence(backup.problem), nowMs);
			}
			case 'problem': {
				const problem = this.#backups.list?.problems[of.index];
				return problem === undefined ? undefined : problemItem(problem, problemSentence(problem) ?? '');
			}
			default:
				return undefined;
		}
	}

	protected override tooltipOf(of: LabRow): vscode.MarkdownString | undefined {
		const nowMs = this.clock.now();
		if (of.kind === 'backup') {
			const backup = this.#backup(of.backupPath);
			return backup === undefined ? undefined : backupTooltip(backup, this.#adoptedAs(backup), problemSentence(backup.problem), nowMs);
		}
		if (of.kind !== 'snapshot') {
			return undefined;
		}
		const view = this.#snapshots.view(of, nowMs);
		return view === undefined
			? undefined
			: snapshotTooltip(view, view.snapshot.parent === undefined ? undefined : this.#lab.snapshot(of.udid, view.snapshot.parent));
	}

	#isShown(udid: string): boolean {
		return this.#lab.device(udid) === undefined && this.#lab.snapshots(udid).length > 0;
	}

	#backup(path: string): LocalBackup | undefined {
		return this.#backups.list?.backups.find((backup) => backup.path === path);
	}

	/** An adopted snapshot is as old as the backup that it was made from. */
	#adoptedAs({ udid, date }: LocalBackup): SnapshotInfo | undefined {
		if (udid === undefined || date === undefined) {
			return undefined;
		}
		const ms = new Date(date).getTime();
		return this.#lab.snapshots(udid).find(({ trigger, takenAt }) => trigger === 'import' && new Date(takenAt).getTime() === ms);
	}
}

const codes: ReadonlySet<string> = new Set(ERROR_CODES);

/** What is wrong, in a sentence. */
export function problemSentence(problem: LabProblem | undefined): string | undefined {
	if (problem === undefined) {
		return undefined;
	}
	return codes.has(problem.code)
		? sentenceOf({ code: problem.code as ErrorCode, message: problem.message, details: problem.details }).message
		: plainText(problem.message, 300);
}
