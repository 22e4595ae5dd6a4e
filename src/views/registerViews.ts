import * as vscode from 'vscode';
import { Disposable, type Clock } from '../base/index.ts';
import { viewIds } from '../contributions.ts';
import { LabContext } from './contextKeys.ts';
import { showJobs } from './jobsPick.ts';
import type { EngineSource, LabSource } from './labSource.ts';
import { LabViews, registerSelectionCommands } from './labViews.ts';
import { LabNotices, type ResultLeft } from './notifications.ts';
import { LabStatus } from './statusBar.ts';
import { systemClock } from './systemClock.ts';

/** What views are made of. */
export interface ViewDeps {
	readonly lab: LabSource;
	readonly client: EngineSource;
	readonly log: vscode.LogOutputChannel;
	/** The system's unless a test says otherwise. */
	readonly clock?: Clock;
}

/** The registered views. */
export interface RegisteredViews extends vscode.Disposable {
	/** Asks devices and other programs' folders anew; the lab is refreshed by whoever calls. */
	refresh(): void;
	/** Leaves it to whoever asked for some work to tell that it ended well, until disposed. */
	leaveResult(work: ResultLeft): vscode.Disposable;
}

const showJobsCommand = '_deviceLab.jobs.show';

/** Registers trees, status bar, notifications and context keys. Starts no engine: that happens when a view is looked at. */
export function registerViews({ lab, client, log, clock = systemClock }: ViewDeps): RegisteredViews {
	return new AllViews(lab, client, log, clock);
}

class AllViews extends Disposable implements RegisteredViews {
	readonly #views: LabViews;
	readonly #notices: LabNotices;

	constructor(lab: LabSource, client: EngineSource, log: vscode.LogOutputChannel, clock: Clock) {
		super();
		this.register(vscode.commands.registerCommand(showJobsCommand, () => showJobs(lab, clock)));
		this.register(new LabContext(lab, client));
		this.#views = this.register(new LabViews(lab, client, log, clock));
		this.register(registerSelectionCommands(this.#views));
		this.register(new LabStatus(lab, showJobsCommand, `${viewIds.devices}.focus`));
		this.#notices = this.register(new LabNotices(lab, log));
	}

	refresh(): void {
		this.#views.refresh();
	}

	leaveResult(work: ResultLeft): vscode.Disposable {
		return this.#notices.leaveResult(work);
	}
}
