import * as vscode from 'vscode';
import { Disposable } from '../../base/index.ts';
import { TIMELINE_KEYS, type TimelineKey } from '../../contract/index.ts';
import { commandIds, type CommandId, type CommandTarget } from '../../contributions.ts';
import { knownDevices, pickDevices } from '../pick.ts';
import { RecentDevices } from '../recent.ts';
import { TimelinePanel, type PanelDeps } from './panel.ts';

/** The panels' type, in `package.json`'s key bindings and for panels that the editor brings back after a restart. */
const timelineViewType = 'deviceLab.timeline';

/** What timelines are made of. */
export type TimelineDeps = Pick<PanelDeps, 'lab' | 'client' | 'log' | 'extensionUri' | 'passwords' | 'openFile'>;

/** One timeline for each device, opened by command and brought back after a restart. */
export class Timelines extends Disposable implements vscode.WebviewPanelSerializer {
	readonly #deps: TimelineDeps;
	readonly #panels = new Map<string, TimelinePanel>();
	readonly #recent = new RecentDevices();

	constructor(deps: TimelineDeps) {
		super();
		this.#deps = deps;
		this.register(vscode.commands.registerCommand(commandIds.openTimeline, (target?: CommandTarget) => this.#open(target)));
		for (const key of TIMELINE_KEYS) {
			this.register(vscode.commands.registerCommand(keyCommands[key], () => this.#active()?.press(key)));
		}
		this.register(vscode.window.registerWebviewPanelSerializer(timelineViewType, this));
	}

	override dispose(): void {
		for (const panel of this.#panels.values()) {
			panel.dispose();
		}
		super.dispose();
	}

	/** Brings back a panel of the last session. Its page saved which device it showed. */
	deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
		const udid = typeof state === 'object' && state !== null && 'udid' in state ? state.udid : undefined;
		if (typeof udid !== 'string' || this.#panels.has(udid)) {
			// Nothing to show, or shown already.
			panel.dispose();
		} else {
			this.#take(panel, udid);
		}
		return Promise.resolve();
	}

	async #open(target: CommandTarget | undefined): Promise<void> {
		const udid = target?.udid ?? (await this.#ask());
		if (udid !== undefined) {
			this.#show(udid, target?.snapshot);
		}
	}

	async #ask(): Promise<string | undefined> {
		const { lab } = this.#deps;
		await lab.whenReady();
		const devices = knownDevices(lab, 'stored');
		if (devices.length === 0) {
			void vscode.window.showInformationMessage(
				vscode.l10n.t('There is no device yet. Attach one, or start the virtual lab to look around.'),
			);
			return undefined;
		}
		const only = devices.length === 1 ? devices[0] : undefined;
		const options = { title: vscode.l10n.t('Open Timeline'), nowMs: Date.now() };
		return (only ?? (await pickDevices(devices, this.#recent, options))?.[0])?.udid;
	}

	#show(udid: string, snapshot?: string): void {
		const known = this.#panels.get(udid);
		if (known !== undefined) {
			known.show(snapshot);
			return;
		}
		const column = vscode.window.activeTextEditor === undefined ? vscode.ViewColumn.Active : vscode.ViewColumn.Beside;
		this.#take(vscode.window.createWebviewPanel(timelineViewType, '', column), udid).show(snapshot);
	}

	#take(panel: vscode.WebviewPanel, udid: string): TimelinePanel {
		const timeline = new TimelinePanel(panel, udid, {
			...this.#deps,
			switchDevice: (other, from) => {
				// The panel of another device stands where this one stood.
				if (this.#deps.lab.snapshots(other).length > 0 || this.#deps.lab.device(other) !== undefined) {
					this.#show(other);
					this.#forget(udid, from);
				}
			},
		});
		this.#panels.set(udid, timeline);
		timeline.onDidDispose(() => this.#forget(udid, timeline));
		return timeline;
	}

	/** Whoever closed the panel: the next who asks for the device's timeline gets another one. */
	#forget(udid: string, timeline: TimelinePanel): void {
		if (this.#panels.get(udid) === timeline) {
			this.#panels.delete(udid);
		}
		timeline.dispose();
	}

	#active(): TimelinePanel | undefined {
		return [...this.#panels.values()].find((panel) => panel.isActive);
	}
}

/** The command that each key of the timeline is bound to. */
const keyCommands: Readonly<Record<TimelineKey, CommandId>> = {
	next: commandIds.timelineNext,
	previous: commandIds.timelinePrevious,
	pageDown: commandIds.timelinePageDown,
	pageUp: commandIds.timelinePageUp,
	first: commandIds.timelineFirst,
	last: commandIds.timelineLast,
	parent: commandIds.timelineParent,
	child: commandIds.timelineChild,
	details: commandIds.timelineDetails,
	mark: commandIds.timelineMark,
	compare: commandIds.timelineCompare,
	snapshot: commandIds.timelineSnapshot,
	rollBack: commandIds.timelineRollBack,
	rename: commandIds.timelineRename,
	pin: commandIds.timelinePin,
	delete: commandIds.timelineDelete,
	now: commandIds.timelineNow,
	find: commandIds.timelineFind,
};
