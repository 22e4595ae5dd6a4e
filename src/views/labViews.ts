import * as vscode from 'vscode';
import { Disposable, type Clock } from '../base/index.ts';
import { commandIds, viewIds } from '../contributions.ts';
import { hasMuxer } from './contextKeys.ts';
import type { EngineSource, LabSource } from './labSource.ts';
import { waitingJobs, waitSentence } from './jobText.ts';
import { unlinked } from './text.ts';
import { DeviceApps } from './tree/deviceApps.ts';
import { DeviceFacts } from './tree/deviceFacts.ts';
import { DevicesTree } from './tree/devicesTree.ts';
import { LocalBackups } from './tree/localBackups.ts';
import type { LabRow } from './tree/rows.ts';
import { problemSentence, StoredTree } from './tree/storedTree.ts';

/** The two trees in their views, with badge, message and progress bar. */
export class LabViews extends Disposable {
	readonly #lab: LabSource;
	readonly #devices: vscode.TreeView<LabRow>;
	readonly #stored: vscode.TreeView<LabRow>;
	readonly #facts: DeviceFacts;
	readonly #apps: DeviceApps;
	readonly #backups: LocalBackups;
	/** Ends the progress bar that is shown now. */
	#endProgress: (() => void) | undefined;

	constructor(lab: LabSource, engine: EngineSource, log: vscode.LogOutputChannel, clock: Clock) {
		super();
		this.#lab = lab;
		this.#facts = this.register(new DeviceFacts(lab, engine, log));
		this.#apps = this.register(new DeviceApps(lab, engine, log));
		this.#backups = this.register(new LocalBackups(lab, engine, log));
		const view = (id: string, treeDataProvider: vscode.TreeDataProvider<LabRow>): vscode.TreeView<LabRow> =>
			this.register(vscode.window.createTreeView(id, { treeDataProvider, canSelectMany: true, showCollapseAll: true }));
		this.#devices = view(viewIds.devices, this.register(new DevicesTree(lab, this.#facts, this.#apps, clock)));
		this.#stored = view(viewIds.stored, this.register(new StoredTree(lab, this.#backups, clock)));
		this.register(lab.onDidChange(() => this.#show()));
		this.#show();
	}

	override dispose(): void {
		this.#endProgress?.();
		super.dispose();
	}

	/** What devices and other programs were asked for is asked again. */
	refresh(): void {
		this.#facts.refresh();
		this.#apps.refresh();
		this.#backups.refresh();
	}

	/** The rows that are selected in the view that was used last. */
	get selection(): readonly LabRow[] {
		return this.#stored.visible && this.#stored.selection.length > 0 && this.#devices.selection.length === 0
			? this.#stored.selection
			: this.#devices.selection;
	}

	#show(): void {
		this.#devices.badge = this.#badge();
		this.#devices.message = this.#message();
		this.#showProgress();
	}

	/** Phones that wait for a person. */
	#badge(): vscode.ViewBadge | undefined {
		const waits = waitingJobs(this.#lab.jobs).flatMap((job) =>
			job.waitsFor === undefined || job.udid === undefined
				? []
				: [waitSentence(job.waitsFor, job.deviceName ?? this.#lab.deviceName(job.udid))],
		);
		return waits.length === 0 ? undefined : { value: waits.length, tooltip: waits.join('\n') };
	}

	/**
	 * One line for what concerns the whole lab. None while the view is empty for want of a muxer or of the engine: the welcome view says it better
	 * and offers what helps, and the editor shows that only where there is no message. An engine that starts again by itself is no news.
	 */
	#message(): string | undefined {
		const { devices, jobs, problems } = this.#lab;
		const isEmpty = devices.length === 0 && jobs.length === 0;
		const isWelcomes = (code: string): boolean =>
			code === 'ENGINE_STOPPED' || (isEmpty && code === 'MUX_UNAVAILABLE' && !hasMuxer(problems));
		const said = problems.filter(({ code }) => !isWelcomes(code));
		// A part of the snapshots that cannot be read is graver than a lab host that is away.
		const [first] = [...said].sort((a, b) => Number(b.code.startsWith('STORE')) - Number(a.code.startsWith('STORE')));
		const sentence = problemSentence(first);
		return sentence === undefined ? undefined : unlinked(sentence);
	}

	/** The editor shows a view that is busy in the place of its badge; so while a phone waits for a person, the bar rests. */
	#showProgress(): void {
		const { jobs } = this.#lab;
		const runs = jobs.length > 0 && this.#devices.badge === undefined;
		if (runs && this.#endProgress === undefined) {
			void vscode.window.withProgress(
				{ location: { viewId: viewIds.devices } },
				() => new Promise<void>((resolve) => (this.#endProgress = resolve)),
			);
		} else if (!runs) {
			this.#endProgress?.();
			this.#endProgress = undefined;
		}
	}
}

/** Key bindings get no row from the editor, so theirs go through these, with the selected rows. */
export const selectionCommands = {
	name: '_deviceLab.selection.name',
	delete: '_deviceLab.selection.delete',
} as const;

/** Registers them: they do nothing where the selection is nothing that they are for. */
export function registerSelectionCommands(views: Pick<LabViews, 'selection'>): vscode.Disposable {
	const run = (id: string, targets: readonly LabRow[]): unknown =>
		targets.length === 0 ? undefined : vscode.commands.executeCommand(id, targets[0], targets);
	const snapshots = (): LabRow[] => views.selection.filter(({ kind }) => kind === 'snapshot');
	return vscode.Disposable.from(
		vscode.commands.registerCommand(selectionCommands.name, () => run(commandIds.nameSnapshot, snapshots())),
		vscode.commands.registerCommand(selectionCommands.delete, () => run(commandIds.deleteSnapshot, snapshots())),
	);
}
