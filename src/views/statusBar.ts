import * as vscode from 'vscode';
import { Disposable } from '../base/index.ts';
import type { JobEnd, JobInfo } from '../contract/index.ts';
import { endSentence, jobText, jobTitle, percentOf, phaseText, waitingJobs, waitSentence } from './jobText.ts';
import type { LabSource } from './labSource.ts';
import { inline, unlinked, withoutIcons } from './text.ts';

/** How long the end of a job stays in the status bar. */
const END_SHOWN_MS = 8000;

/** The one item in the status bar: what is going on, what needs a person, or how many devices are attached; hidden when there are none. */
export class LabStatus extends Disposable {
	readonly #lab: LabSource;
	readonly #item: vscode.StatusBarItem;

	/** @param jobsCommand - the command that shows the running jobs. @param viewCommand - the one that shows the devices. */
	constructor(lab: LabSource, jobsCommand: string, viewCommand: string) {
		super();
		this.#lab = lab;
		this.#item = this.register(vscode.window.createStatusBarItem('deviceLab.status', vscode.StatusBarAlignment.Left, 10));
		this.#item.name = vscode.l10n.t('Device Lab');
		this.register(lab.onDidChange(() => this.#show(jobsCommand, viewCommand)));
		this.register(
			lab.onDidEndJob((end) => {
				vscode.window.setStatusBarMessage(`${endIcon(end)} ${withoutIcons(unlinked(endSentence(end)))}`, END_SHOWN_MS);
			}),
		);
		this.#show(jobsCommand, viewCommand);
	}

	#show(jobsCommand: string, viewCommand: string): void {
		const { jobs, devices } = this.#lab;
		const item = this.#item;
		if (jobs.length === 0) {
			if (devices.length === 0) {
				item.hide();
				return;
			}
			const text = devices.length === 1 ? vscode.l10n.t('1 device') : vscode.l10n.t('{0} devices', devices.length);
			item.text = `$(device-mobile) ${text}`;
			item.tooltip = vscode.l10n.t('Show devices');
			item.accessibilityInformation = { label: vscode.l10n.t('Device Lab: {0} attached.', text), role: 'button' };
			item.backgroundColor = undefined;
			item.command = viewCommand;
			item.show();
			return;
		}
		const first = mostUrgent(jobs);
		const isWaiting = first.waitsFor !== undefined;
		const text = this.#textOfAll(jobs, first);
		item.text = `${isWaiting ? '$(bell-dot)' : '$(sync~spin)'} ${withoutIcons(text)}`;
		item.tooltip = [...jobs.map((job) => `${this.#nameOf(job)}: ${jobText(job)}`), vscode.l10n.t('Click to see jobs and to cancel.')].join(
			'\n',
		);
		item.accessibilityInformation = { label: vscode.l10n.t('Device Lab: {0}', text), role: 'button' };
		item.backgroundColor = isWaiting ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
		item.command = jobsCommand;
		item.show();
	}

	/** One job, the most urgent, stands for all; how many others need the same of a person is said too. */
	#textOfAll(jobs: readonly JobInfo[], first: JobInfo): string {
		const waiting = jobs.filter(({ waitsFor }) => waitsFor !== undefined).length;
		if (waiting > 1) {
			return vscode.l10n.t('{0} · {1} devices wait', this.#textOf(first), waiting);
		}
		return jobs.length === 1 || waiting === 1 ? this.#textOf(first) : vscode.l10n.t('{0} jobs · {1}', jobs.length, this.#textOf(first));
	}

	#nameOf({ udid, deviceName }: JobInfo): string {
		return udid === undefined ? vscode.l10n.t('Snapshots') : inline(deviceName ?? this.#lab.deviceName(udid), 30);
	}

	#textOf(job: JobInfo): string {
		const name = this.#nameOf(job);
		if (job.waitsFor !== undefined) {
			return waitSentence(job.waitsFor, name).replace(/\.$/, '');
		}
		const percent = percentOf(job);
		const phase = phaseText(job) ?? jobTitle(job.kind);
		return percent === undefined || job.cancelling
			? vscode.l10n.t('{0}: {1}', name, phase)
			: vscode.l10n.t('{0}: {1} {2} %', name, phase, percent);
	}
}

/** What a person is asked for comes first, then what will be done soonest. */
function mostUrgent(jobs: readonly JobInfo[]): JobInfo {
	return waitingJobs(jobs)[0] ?? jobs.reduce((best, job) => ((job.percent ?? 0) > (best.percent ?? 0) ? job : best));
}

function endIcon({ outcome, finding }: JobEnd): string {
	if (outcome === 'done') {
		return finding === undefined ? '$(check)' : '$(warning)';
	}
	return outcome === 'cancelled' ? '$(circle-slash)' : '$(error)';
}
