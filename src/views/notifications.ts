import * as vscode from 'vscode';
import { Disposable } from '../base/index.ts';
import type { JobEnd, JobInfo } from '../contract/index.ts';
import { commandIds, settingIds, viewIds } from '../contributions.ts';
import { showReport } from './failures.ts';
import { endSentence, isDeviceWork, waitSentence } from './jobText.ts';
import type { LabSource } from './labSource.ts';
import { unlinked } from './text.ts';

/** Work that took this long may have been forgotten by the person who began it. */
const LONG_JOB_MS = 60_000;

/**
 * Interrupts a person, as `deviceLab.notifications` allows: when one is needed at a device (once for each job and what it waits for), when a
 * job failed, and with `all` when a long one ended while this window had no focus.
 */
export class LabNotices extends Disposable {
	readonly #lab: LabSource;
	readonly #log: vscode.LogOutputChannel;
	/** What was asked for already, by job. */
	readonly #asked = new Map<string, Set<string>>();

	constructor(lab: LabSource, log: vscode.LogOutputChannel) {
		super();
		this.#lab = lab;
		this.#log = log;
		this.register(lab.onDidChange(() => this.#lookAtJobs()));
		this.register(lab.onDidEndJob((end) => this.#ended(end)));
	}

	#lookAtJobs(): void {
		for (const job of this.#lab.jobs) {
			const asked = this.#asked.get(job.id) ?? new Set();
			if (job.waitsFor !== undefined && !asked.has(job.waitsFor) && !job.cancelling) {
				asked.add(job.waitsFor);
				this.#asked.set(job.id, asked);
				if (setting() !== 'never') {
					void this.#askPerson(job, waitSentence(job.waitsFor, this.#nameOf(job)));
				}
			}
		}
	}

	async #askPerson(job: JobInfo, sentence: string): Promise<void> {
		const [show, cancel] = [vscode.l10n.t('Show Devices'), vscode.l10n.t('Cancel')];
		const chosen = await vscode.window.showWarningMessage(unlinked(sentence), show, cancel);
		if (chosen === show) {
			await vscode.commands.executeCommand(`${viewIds.devices}.focus`);
		} else if (chosen === cancel && this.#lab.jobs.some(({ id }) => id === job.id)) {
			await vscode.commands.executeCommand(commandIds.cancelJob, { jobId: job.id });
		}
	}

	#ended(end: JobEnd): void {
		const { job, outcome, error } = end;
		this.#asked.delete(job.id);
		this.#log.info(endSentence({ ...end, job: { ...job, deviceName: undefined } }));
		if (outcome === 'failed' || outcome === 'interrupted') {
			const report = error ?? { code: 'ENGINE_STOPPED' as const, message: 'The engine ended while a job ran.', details: {} };
			const target = {
				...(job.udid === undefined ? {} : { udid: job.udid }),
				...(job.snapshot === undefined ? {} : { snapshot: job.snapshot }),
			};
			const device = job.udid === undefined ? undefined : this.#nameOf(job);
			void showReport(report, this.#log, { kind: job.kind, target, ...(device === undefined ? {} : { device }) });
		} else if (outcome === 'done' && setting() === 'all' && isDeviceWork(job) && !vscode.window.state.focused && isLong(job)) {
			void vscode.window.showInformationMessage(unlinked(endSentence(end)));
		}
	}

	#nameOf(job: JobInfo): string {
		return job.deviceName ?? (job.udid === undefined ? '' : this.#lab.deviceName(job.udid));
	}
}

function isLong({ startedAt }: JobInfo): boolean {
	return Date.now() - new Date(startedAt).getTime() >= LONG_JOB_MS;
}

function setting(): unknown {
	return vscode.workspace.getConfiguration().get(settingIds.notifications);
}
