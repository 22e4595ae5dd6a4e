import * as vscode from 'vscode';
import { Disposable } from '../../base/index.ts';
import {
	isFromTimeline,
	type FromTimeline,
	type JobInfo,
	type SnapshotInfo,
	type TimelineAction,
	type TimelineDevice,
	type TimelineKey,
	type ToTimeline,
} from '../../contract/index.ts';
import { commandIds, contextKeys, type CommandId } from '../../contributions.ts';
import { reportOf } from '../failures.ts';
import { timelineEvents } from './events.ts';
import { pageDocument, pageFolder } from './document.ts';
import { Questions, type Question, type QuestionDeps } from './questions.ts';
import { snapshotChanges, timelineDevice, timelineState } from './state.ts';

/** What a panel works with. */
export interface PanelDeps extends QuestionDeps {
	readonly log: vscode.LogOutputChannel;
	readonly extensionUri: vscode.Uri;
	/** Opens two versions of a file side by side. */
	openFile(file: { udid: string; before: string; after: string; domain: string; path: string }): void;
	/** The reader chose another device. */
	switchDevice(udid: string, from: TimelinePanel): void;
}

/** Actions of the page that are commands of ours, on snapshots. Commands check, ask and confirm; the page is trusted with nothing. */
const SNAPSHOT_COMMANDS: Readonly<Partial<Record<TimelineAction, CommandId>>> = {
	rollBack: commandIds.rollBack,
	restoreOntoOther: commandIds.restoreOntoOther,
	name: commandIds.nameSnapshot,
	note: commandIds.noteSnapshot,
	pin: commandIds.pinSnapshot,
	unpin: commandIds.unpinSnapshot,
	delete: commandIds.deleteSnapshot,
	export: commandIds.exportSnapshot,
	verify: commandIds.verifySnapshot,
	compare: commandIds.compareSnapshots,
	copyId: commandIds.copySnapshotId,
};

/**
 * The host half of one device's timeline. The page says `ready` and gets the whole state, also when it comes back after it was hidden; then it is
 * told what changes.
 */
export class TimelinePanel extends Disposable {
	readonly udid: string;
	readonly #panel: vscode.WebviewPanel;
	readonly #deps: PanelDeps;
	readonly #questions: Questions;
	/** What the page has; undefined while it has nothing. */
	#shown: { snapshots: readonly SnapshotInfo[]; jobs: readonly JobInfo[]; device: TimelineDevice } | undefined;
	#toReveal: Extract<ToTimeline, { type: 'reveal' }> | undefined;

	constructor(panel: vscode.WebviewPanel, udid: string, deps: PanelDeps) {
		super();
		this.udid = udid;
		this.#panel = this.register(panel);
		this.#deps = deps;
		this.#questions = new Questions(udid, deps);
		panel.webview.options = { enableScripts: true, localResourceRoots: [pageFolder(deps.extensionUri)] };
		const media = (name: string): vscode.Uri => vscode.Uri.joinPath(deps.extensionUri, 'media', name);
		panel.iconPath = { light: media('timeline-light.svg'), dark: media('timeline-dark.svg') };
		this.register(panel.webview.onDidReceiveMessage((message: unknown) => this.#receive(message)));
		this.register(panel.onDidChangeViewState(() => this.#changeVisibility()));
		this.register(deps.lab.onDidChange(({ udid: changed }) => this.#update(changed)));
		this.register(deps.lab.onDidEndJob(({ job }) => this.#jobEnded(job)));
		this.#retitle();
		panel.webview.html = pageDocument(panel.webview, deps.extensionUri);
	}

	get isActive(): boolean {
		return this.#panel.active;
	}

	onDidDispose(listener: () => void): void {
		this.register(this.#panel.onDidDispose(listener));
	}

	/** Brings the panel to the front, and a snapshot into sight. */
	show(snapshot?: string): void {
		this.#panel.reveal();
		if (snapshot !== undefined) {
			this.#toReveal = { type: 'reveal', snapshot };
			this.#reveal();
		}
	}

	press(key: TimelineKey): void {
		this.#send({ type: 'key', key });
	}

	#receive(message: unknown): void {
		if (!isFromTimeline(message)) {
			this.#deps.log.warn('The timeline page said something that it cannot mean; it was ignored.');
			return;
		}
		switch (message.type) {
			case 'ready':
				void this.#begin();
				return;
			case 'focus':
				void vscode.commands.executeCommand('setContext', contextKeys.timelineFocus, message.place);
				return;
			case 'switchDevice':
				this.#deps.switchDevice(message.udid, this);
				return;
			case 'run':
				this.#run(message);
				return;
			case 'diff':
			case 'rows':
			case 'coverage':
				void this.#answer(message);
				return;
			case 'openFile': {
				const { before, after, domain, path } = message;
				this.#deps.openFile({ udid: this.udid, before, after, domain, path });
			}
		}
	}

	async #begin(): Promise<void> {
		await this.#deps.lab.whenReady();
		if (this.isDisposed) {
			return;
		}
		const state = timelineState(this.#deps.lab, this.udid);
		this.#shown = { snapshots: state.snapshots, jobs: state.jobs, device: state.device };
		this.#send({ type: 'state', state });
		this.#reveal();
		await this.#tellHistory();
	}

	/** A build that was installed or removed changes no snapshot, and is told by nothing else. */
	#jobEnded({ udid, kind }: JobInfo): void {
		if (this.#shown !== undefined && udid === this.udid && (kind === 'install' || kind === 'uninstall')) {
			void this.#tellHistory();
		}
	}

	/** What happened beside the snapshots. The timeline can be read without it. */
	async #tellHistory(): Promise<void> {
		try {
			const history = await this.#deps.client.request('devices/history', { udid: this.udid });
			if (history.length > 0) {
				this.#send({ type: 'events', events: timelineEvents(history) });
			}
		} catch (error) {
			this.#deps.log.warn(`What happened to the device cannot be read: ${reportOf(error).code}`);
		}
	}

	#reveal(): void {
		if (this.#toReveal !== undefined && this.#shown !== undefined) {
			this.#send(this.#toReveal);
			this.#toReveal = undefined;
		}
	}

	/** Tells the page what is new since it was told last. */
	#update(changed: string | undefined): void {
		this.#retitle();
		const shown = this.#shown;
		if (shown === undefined || (changed !== undefined && changed !== this.udid)) {
			return;
		}
		const { lab } = this.#deps;
		const [snapshots, jobs, device] = [lab.snapshots(this.udid), lab.jobs, timelineDevice(lab, this.udid)];
		if (snapshots !== shown.snapshots) {
			const changes = snapshotChanges(shown.snapshots, snapshots);
			if (changes.changed.length + changes.removed.length > 0) {
				this.#send({ type: 'snapshots', ...changes });
				void this.#tellHistory();
			}
		}
		if (jobs !== shown.jobs) {
			this.#send({ type: 'jobs', jobs });
		}
		if (JSON.stringify(device) !== JSON.stringify(shown.device)) {
			this.#send({ type: 'device', device });
		}
		this.#shown = { snapshots, jobs, device };
	}

	/** A page that is hidden is thrown away by the editor; it says `ready` when it is back. */
	#changeVisibility(): void {
		if (!this.#panel.visible) {
			this.#shown = undefined;
		}
		if (!this.#panel.active) {
			void vscode.commands.executeCommand('setContext', contextKeys.timelineFocus, 'other');
		}
	}

	#run(message: Extract<FromTimeline, { type: 'run' }>): void {
		const { action, snapshots, job, text } = message;
		if (action === 'snapshot') {
			this.#execute(commandIds.backUp, [{ udid: this.udid }]);
		} else if (action === 'cancelJob') {
			this.#execute(commandIds.cancelJob, job === undefined ? [] : [{ jobId: job }]);
		} else if (action === 'compareWithNow') {
			const [snapshot] = snapshots;
			if (snapshot !== undefined && this.#deps.lab.snapshot(this.udid, snapshot) !== undefined) {
				this.#execute(commandIds.compareSnapshots, [{ udid: this.udid, snapshot, withNow: true }]);
			}
		} else if (action === 'showLog') {
			this.#execute(commandIds.showLog, []);
		} else if (action === 'copyCommand') {
			void vscode.env.clipboard.writeText(text ?? '');
		} else {
			const id = SNAPSHOT_COMMANDS[action];
			// A command without a target would ask for one: the page meant something that is gone.
			const targets = snapshots.filter((snapshot) => this.#deps.lab.snapshot(this.udid, snapshot) !== undefined);
			if (id !== undefined && targets.length > 0) {
				this.#execute(
					id,
					targets.map((snapshot) => ({ udid: this.udid, snapshot })),
				);
			}
		}
	}

	/** Commands report their own failures. */
	#execute(id: CommandId, targets: readonly object[]): void {
		void vscode.commands.executeCommand(id, targets[0], targets);
	}

	async #answer(question: Question): Promise<void> {
		this.#send(await this.#questions.answer(question));
	}

	#retitle(): void {
		const title = vscode.l10n.t('{0}: Timeline', this.#deps.lab.deviceName(this.udid));
		if (this.#panel.title !== title) {
			this.#panel.title = title;
		}
	}

	#send(message: ToTimeline): void {
		if (!this.isDisposed) {
			// Resolves to false when the page is gone; it will then ask anew.
			void this.#panel.webview.postMessage(message);
		}
	}
}
